//! Whether the service is well, for those who watch it.

use poem::web::Data;
use poem_openapi::payload::PlainText;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use crate::app::App;

/// `/healthz` and `/readyz`.
pub(super) struct ServiceApi;

#[derive(ApiResponse)]
enum Health {
    /// It is well.
    #[oai(status = 200)]
    Well(PlainText<&'static str>),
    /// It is not; the text says which part.
    #[oai(status = 503)]
    Unwell(PlainText<&'static str>),
}

#[OpenApi(tag = "Tag::Service")]
impl ServiceApi {
    /// Is the process alive
    ///
    /// Answers as long as the process can answer at all; asks nothing of the database.
    #[oai(path = "/healthz", method = "get", operation_id = "health")]
    async fn health(&self) -> Health {
        Health::Well(PlainText("ok"))
    }

    /// Can the process serve requests
    ///
    /// Asks the database; 503 tells a load balancer to send requests elsewhere.
    #[oai(path = "/readyz", method = "get", operation_id = "readiness")]
    async fn readiness(&self, app: Data<&App>) -> Health {
        let answers = async {
            let mut conn = app.db.read().await?;
            crate::platform::changes::latest(&mut conn).await
        };
        match answers.await {
            Ok(_) => Health::Well(PlainText("ready")),
            Err(error) => {
                tracing::warn!(%error, "not ready");
                Health::Unwell(PlainText("the database does not answer"))
            }
        }
    }
}
