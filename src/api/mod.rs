//! Every operation of the API in reading order, and the documents that describe them.

mod document;
mod local;
mod service;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
pub use document::Documents;
pub use local::LocalCaller;
use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem::web::Data;
use poem::{EndpointExt, Response, Route, get, handler};
use poem_openapi::registry::MetaApi;
use poem_openapi::{OpenApi, OpenApiService};

use crate::academies;
use crate::accounts::http::Identify;
use crate::app::App;
pub use crate::app::Tag;
use crate::interop::http::InteropApi;
use crate::pages::FrontDoor;
use crate::places::PlacesApi;
use crate::platform::http::{Checked, Class, Edge, Policy, Shelf, Traffic, etag};
use crate::platform::pictures;
use crate::platform::problem::{self, Code};
use crate::vetting::VettingApi;
use crate::vocabulary::VocabularyApi;
use crate::{cases, certificates, directory, interop, pages, practitioners, reviews, transparency};

/// Every slice's operations, in reading order. Unit structs: the documents need no database.
fn operations() -> impl OpenApi {
    (
        directory::APIS,
        practitioners::http::APIS,
        academies::http::APIS,
        certificates::http::APIS,
        transparency::http::LogApi,
        reviews::http::APIS,
        cases::http::APIS,
        VettingApi,
        InteropApi,
        PlacesApi,
        VocabularyApi,
        service::ServiceApi,
    )
}

fn service_of(operations: impl OpenApi) -> OpenApiService<impl OpenApi, ()> {
    OpenApiService::new(operations, "Stipple", env!("CARGO_PKG_VERSION"))
        .description(include_str!("description.md"))
        .server("/")
}

/// Both OpenAPI documents, made once. Needs no database.
pub fn documents() -> &'static Documents {
    static DOCUMENTS: OnceLock<Documents> = OnceLock::new();
    DOCUMENTS.get_or_init(|| document::documents(&service_of(operations()).spec()))
}

/// The id of every operation, sorted, as the slices declare them: nothing is merged or lost on the way.
pub fn operation_ids() -> Vec<String> {
    let mut ids: Vec<String> = meta()
        .into_iter()
        .flat_map(|api| api.paths)
        .flat_map(|path| path.operations)
        .filter_map(|operation| operation.operation_id.map(str::to_owned))
        .collect();
    ids.sort();
    ids
}

fn meta() -> Vec<MetaApi> {
    fn of<T: OpenApi>(_: &T) -> Vec<MetaApi> {
        T::meta()
    }
    of(&operations())
}

/// Every problem code this service answers with.
pub fn problem_codes() -> Vec<Code> {
    [
        problem::COMMON,
        pictures::CODES,
        practitioners::CODES,
        academies::CODES,
        certificates::CODES,
        reviews::CODES,
        cases::CODES,
        interop::CODES,
    ]
    .concat()
}

/// How each operation is treated: whose quota it takes from, and which gate keeps it from taking every
/// core.
fn policy(traffic: &Traffic, id: &str, method: &Method) -> Policy {
    let usual = Policy::of(method);
    match id {
        "verify" => Policy { class: Class::Verify, open: true, gate: Some(traffic.verify.clone()) },
        "vc_verify" | "vp_verify" | "vc_issue" => {
            Policy { class: Class::Verify, open: true, gate: Some(traffic.verify.clone()) }
        }
        "certificate_verdict" => Policy { class: Class::Verify, gate: Some(traffic.verify.clone()), ..usual },
        "certificate_pdf" | "certificate_png" | "certificate_svg" => {
            Policy { gate: Some(traffic.pictures.clone()), ..usual }
        }
        "check_image" => Policy { class: Class::Image, open: true, gate: Some(traffic.pictures.clone()) },
        "add_case_photo" | "set_portrait" => Policy { gate: Some(traffic.pictures.clone()), ..usual },
        "search_cases" | "search_practitioners" => Policy { gate: Some(traffic.search.clone()), ..usual },
        _ => usual,
    }
}

/// The operations as the demo and tests may call them in process: everything but the edge.
pub fn service(app: &App, traffic: &Arc<Traffic>) -> BoxEndpoint<'static> {
    let policies = {
        let traffic = Arc::clone(traffic);
        move |id: &str, method: &Method| policy(&traffic, id, method)
    };
    let reference = pages::Reference { document: &documents().v3_1, codes: problem_codes() };
    let operations = Arc::new(service_of(Checked::new(operations(), Arc::clone(traffic), policies)).boxed());
    let routes = transparency::http::add(pages::add(Route::new()))
        .nest("/", operations.clone())
        .at("/openapi.json", get(openapi_3_1))
        .at("/openapi-3.0.json", get(openapi_3_0))
        .at("/metrics", get(metrics));
    FrontDoor::new(routes)
        .with(Identify::new(app))
        .data(app.clone())
        .data(Arc::new(reference))
        .data(pages::Client::new(operations))
        .data(pages::Sitemaps::default())
        .boxed()
}

/// The whole HTTP surface of one process.
pub fn router(app: App) -> BoxEndpoint<'static> {
    let traffic = Traffic::new(app.config.http.clone(), &app.ids, app.metrics.clone());
    let traffic = Arc::new(traffic.shared_by(app.instances.clone()));
    let listings = Shelf::new("read_practitioner", "/v1/", "practitioners/", app.rendered.clone());
    pages::Readable::new(Edge::new(service(&app, &traffic), traffic).with_shelf(listings)).boxed()
}

#[handler]
fn openapi_3_1() -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    document_response(&BODY, &documents().v3_1)
}

#[handler]
fn openapi_3_0() -> Response {
    static BODY: OnceLock<Bytes> = OnceLock::new();
    document_response(&BODY, &documents().v3_0)
}

fn document_response(rendered: &OnceLock<Bytes>, document: &serde_json::Value) -> Response {
    let body = rendered.get_or_init(|| document.to_string().into()).clone();
    Response::builder().content_type("application/json").header("etag", etag::tag_of(&body)).body(body)
}

/// What the process counts, in Prometheus' text format.
#[handler]
fn metrics(app: Data<&App>) -> Response {
    app.metrics.measure_process();
    Response::builder().content_type("text/plain; version=0.0.4; charset=utf-8").body(app.metrics.render())
}
