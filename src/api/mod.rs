//! Every operation of the API in reading order, and the documents that describe them.

mod document;
mod service;

use std::sync::OnceLock;

pub use document::Documents;
use poem::endpoint::BoxEndpoint;
use poem::web::{Data, Json};
use poem::{EndpointExt, Route, get, handler};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use crate::app::App;

/// What the operations are about. The doc comments are the tags' descriptions.
#[derive(Tags)]
pub enum Tag {
    /// Find practitioners by text, place and need, and read their listings.
    Directory,
    /// Change a listing: profile, clinics, services, prices.
    Practitioners,
    /// Who trains, who recognises them, what their courses contain, and which keys they sign with.
    Academies,
    /// Signed training certificates: submit, read and verify.
    Certificates,
    /// Place names and the closed lists of codes.
    Reference,
    /// Whether the service is well.
    Service,
}

/// Every slice's operations, in reading order. Unit structs: the documents need no database.
fn operations() -> impl OpenApi {
    service::ServiceApi
}

fn service_of(operations: impl OpenApi) -> OpenApiService<impl OpenApi, ()> {
    OpenApiService::new(operations, "Stipple", env!("CARGO_PKG_VERSION"))
        .description(include_str!("description.md"))
}

/// Both OpenAPI documents, made once. Needs no database.
pub fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    DOCUMENTS.get_or_init(|| document::documents(&service_of(operations()).spec()))
}

/// The whole HTTP surface of one process.
pub fn router(app: App) -> BoxEndpoint<'static> {
    Route::new()
        .nest("/", service_of(operations()))
        .at("/openapi.json", get(openapi_3_1))
        .at("/openapi-3.0.json", get(openapi_3_0))
        .data(app)
        .boxed()
}

#[handler]
fn openapi_3_1(_app: Data<&App>) -> Json<serde_json::Value> {
    Json(documents().v3_1.clone())
}

#[handler]
fn openapi_3_0(_app: Data<&App>) -> Json<serde_json::Value> {
    Json(documents().v3_0.clone())
}
