//! Calls the API in process, through every rule a stranger's request meets except the edge's quotas:
//! how the demo is filled.

use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use poem::http::{Method, header};
use poem::{Endpoint, Request};
use serde_json::Value;

use crate::accounts::Secret;
use crate::app::App;
use crate::platform::http::Traffic;
use crate::platform::http::problem::classify;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The API, called in process.
pub struct LocalCaller {
    service: BoxEndpoint<'static>,
}

impl LocalCaller {
    /// For this app.
    pub fn new(app: &App) -> Self {
        let mut unlimited = app.config.http.clone();
        unlimited.reads_per_minute = 0;
        unlimited.writes_per_minute = 0;
        unlimited.verifications_per_minute = 0;
        unlimited.image_checks_per_minute = 0;
        let traffic = Arc::new(Traffic::new(unlimited, &app.ids, app.metrics.clone()));
        Self { service: super::service(app, &traffic) }
    }

    /// Sends JSON and answers JSON.
    ///
    /// # Errors
    /// What the API refused, with every fault.
    pub async fn post(&self, token: &Secret, path: &str, body: &Value) -> Result<Value, BoxError> {
        self.send(Method::POST, Some(token), path, ("application/json", body.to_string().into_bytes())).await
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// What the API refused, with every fault.
    pub async fn post_bytes(&self, token: &Secret, path: &str, body: Vec<u8>) -> Result<Value, BoxError> {
        self.send(Method::POST, Some(token), path, ("application/json", body)).await
    }

    /// Sends a picture.
    ///
    /// # Errors
    /// What the API refused, with every fault.
    pub async fn post_picture(&self, token: &Secret, path: &str, jpeg: Vec<u8>) -> Result<Value, BoxError> {
        self.send(Method::POST, Some(token), path, ("image/jpeg", jpeg)).await
    }

    /// Sends JSON as somebody without a token.
    ///
    /// # Errors
    /// What the API refused, with every fault.
    pub async fn post_as_anyone(&self, path: &str, body: &Value) -> Result<Value, BoxError> {
        self.send(Method::POST, None, path, ("application/json", body.to_string().into_bytes())).await
    }

    /// Changes something, whatever its version is.
    ///
    /// # Errors
    /// What the API refused, with every fault.
    pub async fn patch(&self, token: &Secret, path: &str, body: &Value) -> Result<Value, BoxError> {
        self.send(Method::PATCH, Some(token), path, ("application/json", body.to_string().into_bytes())).await
    }

    /// Puts something in its place, whatever its version is.
    ///
    /// # Errors
    /// What the API refused, with every fault.
    pub async fn put(&self, token: &Secret, path: &str, body: &Value) -> Result<Value, BoxError> {
        self.send(Method::PUT, Some(token), path, ("application/json", body.to_string().into_bytes())).await
    }

    /// Reads something.
    ///
    /// # Errors
    /// What the API refused.
    pub async fn get(&self, token: &Secret, path: &str) -> Result<Value, BoxError> {
        self.send(Method::GET, Some(token), path, ("application/json", Vec::new())).await
    }

    async fn send(
        &self,
        method: Method,
        token: Option<&Secret>,
        path: &str,
        (media_type, body): (&str, Vec<u8>),
    ) -> Result<Value, BoxError> {
        let mut request = Request::builder().method(method.clone()).uri(path.parse()?);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        if method != Method::POST && method != Method::GET {
            request = request.header(header::IF_MATCH, "*");
        }
        let request = request.content_type(media_type).body(body);
        let response = match self.service.call(request).await {
            Ok(response) => response,
            Err(error) => {
                let error = classify(error);
                return Err(format!("{method} {path}: {error} {:?}", error.faults()).into());
            }
        };
        let status = response.status();
        let text = response.into_body().into_string().await?;
        if !status.is_success() {
            return Err(format!("{method} {path}: {status}: {text}").into());
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }
}
