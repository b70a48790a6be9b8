//! Operations: what the OpenAPI document declares is what the service accepts.
//!
//! [`Checked`] wraps a whole API. Around each operation it takes from the caller's quota, refuses
//! query parameters the document does not declare, keeps expensive ones behind a gate, and names
//! everything that is wrong with parameters at once. Methods a path does not take get 405 with
//! `Allow`; `OPTIONS` is answered for every path.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use poem::endpoint::{BoxEndpoint, make_sync};
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, EndpointExt, Request, Response};
use poem_openapi::OpenApi;
use poem_openapi::error::{ParseParamError, ParsePathError};
use poem_openapi::registry::{MetaApi, MetaOperation, MetaParamIn, MetaSchemaRef, Registry};

use super::context::Context;
use super::problem::classify;
use super::rate::Class;
use super::schema::Named;
use super::traffic::{OperationMetrics, Traffic};
use super::{cors, gate::Gate};
use crate::config::limits;
use crate::platform::problem::{self, Error, Fault, nearest, shorten};

/// How an operation is treated.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whose quota it takes from.
    pub class: Class,
    /// Whether pages of other origins may use it although it is not a GET.
    pub open: bool,
    /// The gate it passes.
    pub gate: Option<Gate>,
}

impl Policy {
    /// Reads are open; everything else is a change, and not open. No gate.
    pub fn of(method: &Method) -> Self {
        let read = method == Method::GET || method == Method::HEAD;
        Self { class: if read { Class::Read } else { Class::Write }, open: read, gate: None }
    }
}

/// One operation of the API, as its document declares it.
#[derive(Debug)]
pub struct Operation {
    /// Its id in the document.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its path as in the document, such as `/practitioners/{number}`.
    pub path: String,
    /// How it is treated.
    pub policy: Policy,
    pub(super) metrics: OperationMetrics,
    parameters: Vec<Parameter>,
    named: Arc<Named>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: MetaParamIn,
    schema: MetaSchemaRef,
    required: bool,
    explode: bool,
    list: bool,
}

/// An API whose operations are checked as described above.
pub struct Checked<T, P> {
    api: T,
    traffic: Arc<Traffic>,
    policies: P,
}

impl<T: OpenApi, P: Fn(&str, &Method) -> Policy> Checked<T, P> {
    /// Wraps an API; `policies` says how the operation of an id and method is treated, and mostly
    /// answers [`Policy::of`] the method.
    pub const fn new(api: T, traffic: Arc<Traffic>, policies: P) -> Self {
        Self { api, traffic, policies }
    }
}

impl<T: OpenApi, P: Fn(&str, &Method) -> Policy> OpenApi for Checked<T, P> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        let mut registry = Registry::new();
        T::register(&mut registry);
        let declared: Vec<(String, MetaOperation)> = T::meta()
            .into_iter()
            .flat_map(|api| api.paths)
            .flat_map(|path| path.operations.into_iter().map(move |operation| (path.path.clone(), operation)))
            .collect();
        let roots = declared.iter().flat_map(|(_, operation)| &operation.params).map(|param| &param.schema);
        let named = Arc::new(Named::new(registry, roots));
        let mut operations: BTreeMap<(String, String), Arc<Operation>> = BTreeMap::new();
        for (path, declared) in declared {
            let key = (route_of(&path), declared.method.to_string());
            let operation = Arc::new(self.operation(path, declared, &named));
            self.traffic.add_operation(operation.clone());
            operations.insert(key, operation);
        }

        let mut routes = HashMap::new();
        self.api.add_routes(&mut routes);
        for (route, methods) in routes {
            let allowed = Allowed::of(&route, methods.keys(), &operations);
            let mut checked: HashMap<Method, BoxEndpoint<'static>> = HashMap::new();
            for (method, inner) in methods {
                let endpoint = match operations.get(&(route.clone(), method.to_string())) {
                    Some(operation) => {
                        let traffic = self.traffic.clone();
                        CheckedEndpoint { inner, operation: operation.clone(), traffic }.boxed()
                    }
                    None => inner,
                };
                checked.insert(method, endpoint);
            }
            allowed.complete(&mut checked);
            table.insert(route, checked);
        }
    }
}

impl<T, P: Fn(&str, &Method) -> Policy> Checked<T, P> {
    fn operation(&self, path: String, declared: MetaOperation, named: &Arc<Named>) -> Operation {
        let id = declared.operation_id.map_or_else(|| format!("{} {path}", declared.method), str::to_owned);
        let parameters = declared.params.into_iter().map(|param| Parameter {
            list: named.is_list(&param.schema),
            name: param.name,
            place: param.in_type,
            schema: param.schema,
            required: param.required,
            explode: param.explode,
        });
        Operation {
            parameters: parameters.collect(),
            policy: (self.policies)(&id, &declared.method),
            metrics: self.traffic.operation_metrics(&id),
            id,
            method: declared.method,
            path,
            named: named.clone(),
        }
    }
}

/// The route poem-openapi makes of a path: `/a/{x}/b/{y}` becomes `/a/:param0/b/:param1`.
fn route_of(path: &str) -> String {
    let mut parameters = 0;
    let steps = path.split('/').map(|step| {
        if !(step.starts_with('{') && step.ends_with('}')) {
            return step.to_owned();
        }
        parameters += 1;
        format!(":param{}", parameters - 1)
    });
    steps.collect::<Vec<_>>().join("/")
}

/// What a path takes.
struct Allowed {
    /// For `Allow`.
    methods: String,
    /// For a preflight: methods that other origins may use.
    open: Vec<Method>,
}

impl Allowed {
    fn of<'a>(
        route: &str,
        methods: impl Iterator<Item = &'a Method>,
        operations: &BTreeMap<(String, String), Arc<Operation>>,
    ) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut open = Vec::new();
        for method in methods {
            let operation = operations.get(&(route.to_owned(), method.to_string()));
            let heads = method == Method::GET;
            if operation.is_some_and(|operation| operation.policy.open) {
                open.push(method.clone());
                open.extend(heads.then_some(Method::HEAD));
            }
            names.push(method.to_string());
            names.extend(heads.then(|| Method::HEAD.to_string()));
        }
        names.push(Method::OPTIONS.to_string());
        names.sort_unstable();
        names.dedup();
        Self { methods: names.join(", "), open }
    }

    /// Answers every method the path does not take, and `OPTIONS`.
    fn complete(self, routes: &mut HashMap<Method, BoxEndpoint<'static>>) {
        let others = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE];
        for method in others {
            let allow = self.methods.clone();
            routes.entry(method).or_insert_with(|| {
                make_sync(move |request: Request| -> poem::Result<Response> {
                    let detail = format!("{} is not taken here; {allow} are.", request.method());
                    Err(Error::new(problem::METHOD_NOT_ALLOWED, detail)
                        .with_header("allow", allow.clone())
                        .into())
                })
                .map_to_response()
                .boxed()
            });
        }
        let Self { methods, open } = self;
        let options = make_sync(move |request: Request| {
            let mut response = match cors::preflight_for(&request) {
                Some(method) if open.contains(&method) => cors::allow(method.as_str()),
                _ => Response::builder().status(StatusCode::NO_CONTENT).finish(),
            };
            if let Ok(methods) = HeaderValue::from_str(&methods) {
                response.headers_mut().insert(header::ALLOW, methods);
            }
            response
        });
        routes.entry(Method::OPTIONS).or_insert_with(|| options.map_to_response().boxed());
    }
}

struct CheckedEndpoint {
    inner: BoxEndpoint<'static>,
    operation: Arc<Operation>,
    traffic: Arc<Traffic>,
}

impl Endpoint for CheckedEndpoint {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let operation = &self.operation;
        if let Some(context) = Context::of(&request) {
            context.enter(operation);
            self.traffic.take_quota(operation, context)?;
        }
        if let Some(query) = request.uri().query() {
            operation.check_names(query)?;
        }
        let place = match &operation.policy.gate {
            Some(gate) => Some(gate.enter().await?),
            None => None,
        };
        let given = operation.given(&request);
        let answered = self.inner.call(request).await;
        drop(place);
        answered.map_err(|error| {
            if error.is::<ParseParamError>() || error.is::<ParsePathError>() {
                operation.explain(&given, error).into()
            } else {
                error
            }
        })
    }
}

/// A request's parameters as text, kept until it is known whether they have to be explained.
struct Given {
    query: Option<String>,
    path: Vec<String>,
}

impl Operation {
    fn query_parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|parameter| parameter.place == MetaParamIn::Query)
    }

    fn path_parameters(&self) -> impl Iterator<Item = &str> {
        let steps = self.path.split('/').filter_map(|step| step.strip_prefix('{'));
        steps.filter_map(|step| step.strip_suffix('}'))
    }

    /// Refuses parameters that are not declared, and ones that are given twice but take one value.
    fn check_names(&self, query: &str) -> Result<(), Error> {
        let mut faults = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
            let declared = self.query_parameters().find(|parameter| parameter.name == name);
            let repeated = seen.iter().any(|seen| *seen == name);
            let fault = match declared {
                None if repeated => continue,
                None => self.unknown(&name),
                Some(parameter) if repeated && !(parameter.list && parameter.explode) => {
                    Fault::new(format!("query:{name}"), "repeated", "This may be given once only.")
                }
                Some(_) => {
                    seen.push(name.into_owned());
                    if seen.len() > limits::QUERY_PARAMETERS {
                        return Err(Error::bad_request("There are too many parameters in the query."));
                    }
                    continue;
                }
            };
            seen.push(name.into_owned());
            faults.push(fault);
            if faults.len() >= limits::FAULTS {
                break;
            }
        }
        match faults.first() {
            None => Ok(()),
            Some(first) => {
                let code = match first.code {
                    "unknown-parameter" => problem::UNKNOWN_PARAMETER,
                    _ => problem::INVALID_PARAMETER,
                };
                Err(Error::new(code, first.detail.clone()).with_faults(faults))
            }
        }
    }

    fn unknown(&self, name: &str) -> Fault {
        let known: Vec<&str> = self.query_parameters().map(|parameter| parameter.name.as_str()).collect();
        let shown = shorten(name);
        let detail = match nearest(name, known.iter().copied()) {
            Some(near) => format!("There is no parameter `{shown}` here. Did you mean `{near}`?"),
            None if known.is_empty() => format!("There is no parameter `{shown}` here; this takes none."),
            None => format!("There is no parameter `{shown}` here. There are: {}.", known.join(", ")),
        };
        Fault::new(format!("query:{shown}"), "unknown-parameter", detail)
    }

    fn given(&self, request: &Request) -> Given {
        let path = (0..self.path_parameters().count()).map(|at| {
            request.raw_path_param(PARAM_NAMES.get(at).copied().unwrap_or("")).unwrap_or("").to_owned()
        });
        Given { query: request.uri().query().map(str::to_owned), path: path.collect() }
    }

    /// Everything wrong with the parameters, after poem refused one of them.
    fn explain(&self, given: &Given, refused: poem::Error) -> Error {
        let mut faults = Vec::new();
        for (at, name) in self.path_parameters().enumerate() {
            let declared = self.parameters.iter().find(|it| it.place == MetaParamIn::Path && it.name == name);
            if let (Some(parameter), Some(text)) = (declared, given.path.get(at)) {
                faults.extend(self.named.text_faults(&parameter.schema, &[text], &format!("path:{name}")));
            }
        }
        let query: Vec<_> = given.query.as_deref().map_or_else(Vec::new, |query| {
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
        });
        for parameter in self.query_parameters() {
            let pointer = format!("query:{}", parameter.name);
            let texts: Vec<&str> = query
                .iter()
                .filter(|(name, _)| *name == parameter.name)
                .flat_map(|(_, text)| {
                    let whole = parameter.explode || !parameter.list;
                    text.split(move |c| !whole && c == ',').map(str::trim)
                })
                .collect();
            if texts.is_empty() && parameter.required {
                faults.push(Fault::required(pointer));
            } else if !texts.is_empty() {
                faults.extend(self.named.text_faults(&parameter.schema, &texts, &pointer));
            }
        }
        faults.truncate(limits::FAULTS);
        if faults.is_empty() {
            return self.rename(classify(refused));
        }
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer.split_once(':').map_or("", |(_, name)| name), one.detail),
            many => format!("{} parameters cannot be used; each is in `errors`.", many.len()),
        };
        Error::new(problem::INVALID_PARAMETER, detail).with_faults(faults)
    }

    /// Gives a parameter its documented name: poem-openapi calls path parameters `param0`, `param1`,
    /// and does not say whether another one came from the query or a header.
    fn rename(&self, error: Error) -> Error {
        let Some(fault) = error.faults().first() else { return error };
        let name = fault.pointer.split_once(':').map_or("", |(_, name)| name);
        let at = PARAM_NAMES.iter().position(|known| *known == name);
        let pointer = match at.and_then(|at| self.path_parameters().nth(at)) {
            Some(path) => format!("path:{path}"),
            None => {
                match self.parameters.iter().find(|parameter| parameter.name == name).map(|it| it.place) {
                    Some(MetaParamIn::Header) => format!("header:{name}"),
                    Some(MetaParamIn::Path) => format!("path:{name}"),
                    _ => format!("query:{name}"),
                }
            }
        };
        Error::parameter(Fault::new(pointer, fault.code, fault.detail.clone()))
    }
}

/// poem-openapi's names for path parameters, by position.
const PARAM_NAMES: [&str; 6] = ["param0", "param1", "param2", "param3", "param4", "param5"];
