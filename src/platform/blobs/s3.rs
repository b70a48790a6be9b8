//! A bucket of an S3-compatible store, asked through the service's own HTTP client.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    ClientOptions, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use object_store::{BackoffConfig, RetryConfig};

use crate::config::storage::Bucket;
use crate::platform::fetch::{Fetch, FetchError};

/// How long one request may take.
const WITHIN: Duration = Duration::from_secs(20);
/// How often a request that failed is made again, and for how long in all.
const RETRIES: usize = 3;
const RETRIED_FOR: Duration = Duration::from_secs(30);
/// The largest answer that is taken in: a photo, or a page of a listing.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// The store of a bucket, asked through `fetch`.
pub(super) fn open(bucket: &Bucket, fetch: Fetch) -> object_store::Result<AmazonS3> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.key_id)
        .with_secret_access_key(bucket.key.reveal())
        .with_http_connector(Connector(fetch))
        .with_retry(RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: RETRIES,
            retry_timeout: RETRIED_FOR,
        });
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    builder.build()
}

/// Makes the store ask through the service's own client, whatever options it would ask with.
#[derive(Debug)]
struct Connector(Fetch);

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Service(self.0.clone())))
    }
}

#[derive(Debug)]
struct Service(Fetch);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body: Bytes = body.collect().await?.to_bytes();
        let request = hyper::Request::from_parts(parts, body);
        let answer = self.0.exchange(request, LARGEST_ANSWER, WITHIN).await.map_err(failed)?;
        let whole = |bytes: Bytes| {
            HttpResponseBody::new(Full::new(bytes).map_err(|never: std::convert::Infallible| match never {}))
        };
        Ok(answer.map(whole))
    }
}

fn failed(error: FetchError) -> HttpError {
    let kind = match error {
        FetchError::Failed(..) => HttpErrorKind::Request,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
