//! Keys that the directory holds for an academy.

use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::keys::{KeyView, log_key};
use super::{Tag, begin, note, post};
use crate::academies::model::{self, AcademyAction, What};
use crate::academies::ops;
use crate::accounts::Role;
use crate::accounts::http::AcademyKeeper;
use crate::app::App;
use crate::platform::http::{Created, Idempotency};
use crate::platform::problem::Error;
use crate::transparency::Op;

/// `/v1/academies/{slug}/keys/held`.
pub struct CustodyApi;

#[OpenApi(prefix_path = "/v1/academies", tag = "Tag::Academies")]
impl CustodyApi {
    /// Let the directory hold the academy's key
    ///
    /// For an academy without a machine of its own to keep a key on. The key is made here, lies sealed in the database,
    /// signs what the academy asks for with its own token (`POST …/certificates`, and acts without a signature), and
    /// is never handed out. The first signs at once; a later one waits 72 hours. An academy holds its keys either all
    /// itself or none: whoever can, should hold them itself, since then nobody at the directory can sign in its name.
    ///
    /// Codes: `key-custody`, `too-many`.
    #[oai(path = "/:slug/keys/held", method = "post", operation_id = "hold_key")]
    async fn hold(
        &self,
        keeper: AcademyKeeper,
        app: Data<&App>,
        /// The academy.
        slug: Path<String>,
        /// Makes the request safe to repeat: the same key answers the same within a day.
        #[oai(name = "Idempotency-Key")]
        once: Idempotency,
    ) -> Result<Created<KeyView>, Error> {
        if keeper.role != Role::Academy {
            return Err(Error::forbidden("Only the academy itself can ask the directory to hold its key."));
        }
        let now = app.clock.now();
        let (mut tx, academy) = begin(&app, &slug, &keeper, now).await?;
        if let Some(answer) = once.answered(&mut tx, now).await? {
            return Ok(answer);
        }
        let key = ops::hold(&app, &mut tx, &academy, (keeper.actor(), keeper.token_id), now).await?;
        log_key(&mut tx, &app, &academy, &key, Op::KeyAdd, now).await?;
        if key.active_at != Some(now) {
            post(&mut tx, &app, model::key_added_letter(&academy, &key, &app.config.public_url), now).await?;
        }
        let what = What::on(AcademyAction::KeyAdded, key.public.to_multibase());
        note(&mut tx, &app, &academy, keeper.actor(), what, now).await?;
        let view = KeyView::new(&app, &academy, key, now);
        let answer = Created::new(&view).location(&view.url);
        once.keep(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
