//! Who calls, for handlers: the middleware that knows a caller by their token, and the capabilities a
//! handler takes as its first argument. Holding the value is the check.

use std::sync::Arc;

use poem::http::header;
use poem::{Endpoint, Middleware, Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use uuid::Uuid;

use super::model::{Caller, Role, Secret, TokenProblem};
use super::store;
use crate::app::App;
use crate::config::limits;
use crate::platform::http::{CallerKey, Context};
use crate::platform::problem::Error;

/// Knows the caller of every request that carries an `Authorization` header: a token that is not good
/// is 401 everywhere, on reads too, since a caller who sends one means to be known.
///
/// Puts a [`Caller`] into the request's extensions, and the token's id into the request's context,
/// whose quota is then the token's. A request without the header passes as nobody's.
pub struct Identify(App);

impl Identify {
    /// For this app's tokens and clock.
    pub fn new(app: &App) -> Self {
        Self(app.clone())
    }
}

impl<E: Endpoint> Middleware<E> for Identify {
    type Output = Identified<E>;

    fn transform(&self, inner: E) -> Identified<E> {
        Identified { app: self.0.clone(), inner }
    }
}

/// An endpoint behind [`Identify`].
pub struct Identified<E> {
    app: App,
    inner: E,
}

impl<E: Endpoint> Endpoint for Identified<E> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let Some(secret) = bearer(&request)? else { return self.inner.call(request).await };
        let now = self.app.clock.now();
        let token = {
            let mut conn = self.app.db.read().await.map_err(Error::from)?;
            store::authenticate(&mut conn, &secret, now).await.map_err(Error::from)?.map_err(Error::from)?
        };
        let stale = token.is_stale(now).then_some(token.id);
        if let Some(context) = Context::of(&request) {
            context.set_caller(CallerKey::of_token(token.id.to_string()));
        }
        request.extensions_mut().insert(Arc::new(Caller::from(token)));
        let answer = self.inner.call(request).await;
        if let Some(id) = stale {
            note_use(&self.app, id).await;
        }
        answer
    }
}

/// Notes the day of a token's use, once a day, in a transaction of its own. It never fails a request
/// and hardly delays one: a writer that is busy is left alone until the token's next request.
async fn note_use(app: &App, id: Uuid) {
    let noted = tokio::time::timeout(limits::TOKEN_USE_WAIT, async {
        let mut tx = app.db.write().await?;
        store::touch(&mut tx, id, app.clock.now()).await?;
        tx.commit().await
    });
    match noted.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the use of a token was not noted"),
        Err(_) => tracing::debug!("the use of a token was not noted: the writer is busy"),
    }
}

/// The token a request carries, if it carries an `Authorization` header at all.
fn bearer(request: &Request) -> Result<Option<Secret>, Error> {
    let mut values = request.headers().get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::unauthorized("Send one Authorization header, not several."));
    }
    let text = value.to_str().unwrap_or("").trim();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::unauthorized(
            "Send the token as `Authorization: Bearer stp_…`; no other scheme is known here.",
        ));
    }
    Secret::parse(token.trim()).map(Some).ok_or_else(|| TokenProblem::Unknown.into())
}

/// Who calls, if they said so.
pub fn caller(request: &Request) -> Option<&Caller> {
    request.extensions().get::<Arc<Caller>>().map(Arc::as_ref)
}

/// The caller of one of `roles`: 401 for nobody, 403 for another role.
fn demand(request: &Request, roles: &[Role], wanted: &str) -> Result<Caller, Error> {
    let Some(caller) = caller(request) else {
        return Err(Error::unauthorized(format!(
            "{wanted} Send a token as `Authorization: Bearer stp_…`; an operator makes one with `stipple token new`."
        )));
    };
    if roles.contains(&caller.role) { Ok(caller.clone()) } else { Err(caller.refusal(wanted)) }
}

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident, [$($role:ident),+], $wanted:literal, $description:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Caller);

        impl<'a> ApiExtractor<'a> for $name {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                registry.create_security_scheme(stringify!($name), scheme($description));
            }

            fn security_schemes() -> Vec<&'static str> {
                vec![stringify!($name)]
            }

            async fn from_request(
                request: &'a Request,
                _body: &mut RequestBody,
                _options: ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                Ok(Self(demand(request, &[$(Role::$role),+], $wanted)?))
            }
        }

        impl std::ops::Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }
    )+};
}

const fn scheme(description: &'static str) -> MetaSecurityScheme {
    MetaSecurityScheme {
        ty: "http",
        description: Some(description),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: Some("stp_…"),
        flows: None,
        openid_connect_url: None,
    }
}

capabilities! {
    /// Runs the directory.
    Operator, [Operator],
        "Only an operator may do this.",
        "A token of an operator of this directory (`stp_op_…`).";
    /// Keeps an academy: [`AcademyKeeper::may_keep`] says which.
    AcademyKeeper, [Operator, Academy],
        "Only an academy's own token, or an operator's, may do this.",
        "The token of the academy in question (`stp_ac_…`), or an operator's. A token that keeps no academy yet may register one and keeps it from then on.";
    /// Keeps a listing: [`ListingKeeper::may_keep`] says which.
    ListingKeeper, [Operator, Practitioner],
        "Only the listing's own token, or an operator's, may do this.",
        "The token of the listing in question (`stp_pr_…`), or an operator's.";
    /// Is known to the directory, in whatever role.
    Member, [Operator, Academy, Practitioner],
        "This needs a token.",
        "Any token: an operator's, an academy's, or a practitioner's. What is done with it is written down.";
    /// May create listings.
    Author, [Operator, Academy, Practitioner],
        "Creating a listing needs a token.",
        "Any token: an operator's, an academy's, or a practitioner's. A practitioner's token that keeps no listing yet keeps the one it creates.";
}

impl AcademyKeeper {
    /// Whether this caller may change the academy of that id; `slug` names it in the refusal.
    ///
    /// # Errors
    /// 403, saying whose token it is and what it may do.
    pub fn may_keep(&self, id: Uuid, slug: &str) -> Result<(), Error> {
        if self.keeps(Role::Academy, id) {
            return Ok(());
        }
        Err(self.refusal(&format!("Changing the academy `{slug}` needs its own token, or an operator's.")))
    }

    /// Whether this caller may register an academy.
    ///
    /// # Errors
    /// 403, saying whose token it is and what it may do.
    pub fn may_register(&self) -> Result<(), Error> {
        if Caller::may_register(self, Role::Academy) {
            return Ok(());
        }
        Err(self.refusal("Each academy's token keeps one academy; registering another needs another token."))
    }
}

impl ListingKeeper {
    /// Whether this caller may change the listing of that id; `number` names it in the refusal.
    ///
    /// # Errors
    /// 403, saying whose token it is and what it may do.
    pub fn may_keep(&self, id: Uuid, number: &str) -> Result<(), Error> {
        if self.keeps(Role::Practitioner, id) {
            return Ok(());
        }
        Err(self.refusal(&format!("Changing the listing {number} needs its own token, or an operator's.")))
    }
}

impl Author {
    /// Whether this caller may create a listing: a practitioner's token creates one and keeps it.
    ///
    /// # Errors
    /// 403, saying whose token it is and what it may do.
    pub fn may_create(&self) -> Result<(), Error> {
        if self.role != Role::Practitioner || self.subject.is_none() {
            return Ok(());
        }
        Err(self
            .refusal("Each practitioner's token keeps one listing; creating another needs another token."))
    }
}
