//! The API as the pages call it: in this process, through everything that a stranger's request passes, from the quota of
//! whoever reads the page. Pages know nothing that the API does not say.

use std::sync::Arc;

use bytes::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::http::{Method, Uri};
use poem::{Endpoint, Request, Response};
use serde::de::DeserializeOwned;
use time::Date;

use crate::app::App;
use crate::platform::http::problem::classify;
use crate::platform::problem::Error;

/// Calls operations of the API for pages.
#[derive(Clone)]
pub struct Client {
    operations: Arc<BoxEndpoint<'static>>,
}

/// Parameters as a query has them; those without a value are left out.
pub(super) fn query_of(parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}

/// What a page is asked with, as far as the API must know it: who asks, from where.
pub(super) struct Asked<'a> {
    client: &'a Client,
    request: &'a Request,
}

impl Client {
    /// Calls these operations.
    pub const fn new(operations: Arc<BoxEndpoint<'static>>) -> Self {
        Self { operations }
    }

    /// On behalf of whoever sent `request`.
    pub(super) const fn of<'a>(&'a self, request: &'a Request) -> Asked<'a> {
        Asked { client: self, request }
    }
}

impl Asked<'_> {
    /// A header of the request for the page; empty where there is none that can be read.
    pub(super) fn header(&self, name: &str) -> &str {
        self.request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Reads what is at an address of the API, path and query.
    ///
    /// # Errors
    /// What the API answers, where that is no success.
    pub(super) async fn get<T: DeserializeOwned>(&self, address: &str) -> Result<T, Error> {
        self.call(Method::GET, address, "application/json", Bytes::new()).await
    }

    /// Sends a file or a text, and reads the answer.
    ///
    /// # Errors
    /// What the API answers, where that is no success.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<T, Error> {
        self.call(Method::POST, address, media_type, body).await
    }

    /// Reads what is at an address of the API, for two readers: what the page shows, and what it says to machines.
    ///
    /// # Errors
    /// What the API answers, where that is no success.
    pub(super) async fn get_both<A: DeserializeOwned, B: DeserializeOwned>(
        &self,
        address: &str,
    ) -> Result<(A, B), Error> {
        let body = self.answer(Method::GET, address, "application/json", Bytes::new()).await?;
        let read = serde_json::from_slice(&body).map_err(Error::internal)?;
        Ok((read, serde_json::from_slice(&body).map_err(Error::internal)?))
    }

    /// The day it is.
    pub(super) fn today(&self) -> Result<Date, Error> {
        let app = self.request.data::<App>();
        app.map(|app| app.clock.today()).ok_or_else(|| Error::internal("a page without its application"))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        address: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<T, Error> {
        let body = self.answer(method, address, media_type, body).await?;
        serde_json::from_slice(&body).map_err(Error::internal)
    }

    async fn answer(
        &self,
        method: Method,
        address: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<Bytes, Error> {
        let uri: Uri = address.parse().map_err(|error| Error::internal(format!("{address}: {error}")))?;
        let mut request = Request::builder().method(method).uri(uri).content_type(media_type).body(body);
        *request.extensions_mut() = self.request.extensions().clone();
        let response: Response = self.client.operations.call(request).await.map_err(classify)?;
        let status = response.status();
        let body = response.into_body().into_bytes().await.map_err(Error::internal)?;
        if !status.is_success() {
            return Err(Error::internal(format!("{address} answered {status} to a page")));
        }
        Ok(body)
    }
}
