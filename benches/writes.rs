//! How soon a listing that was just made is found.

use std::time::{Duration, Instant};

use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, Request};
use serde_json::{Value, json};
use stipple::accounts::{self, NewToken, Role};
use stipple::app::App;
use stipple::{api, work};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::demo::{self, Demos};
use crate::table::{Row, percentile};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const ALLOWED: Duration = Duration::from_millis(250);

/// Makes listings through the API one after the other, and asks the search for each until it is there.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let rounds = if options.quick { 30 } else { 200 };
    let runtime = tokio::runtime::Runtime::new()?;
    let dir = demos.of(demo::USUAL)?;
    let mut times = runtime.block_on(async {
        let app = demo::open(dir).await?;
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        work::start(&app, &tracker, &stop);
        let times = seen(&app, rounds).await;
        stop.cancel();
        tracker.close();
        tracker.wait().await;
        app.db.close().await;
        times
    })?;
    let half = percentile(&mut times, 50);
    let row = Row::within("a write is found, p99", percentile(&mut times, 99), ALLOWED);
    Ok(vec![row.note(&format!(
        "from the answer to the write; p50 {half:.1?}, {rounds} writes, {} listings",
        demo::USUAL
    ))])
}

/// The time from the acknowledgement of each write until a search answers it.
async fn seen(app: &App, rounds: usize) -> Result<Vec<Duration>> {
    let api = api::router(app.clone());
    let token = operator(app).await?;
    while !app.search.is_open() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut times = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let body = json!({"name": format!("Somebody New {round}")});
        let made = call(&api, &token, Method::POST, "/v1/practitioners", &body).await?;
        let acknowledged = Instant::now();
        let number = made["number"].as_str().ok_or("the new listing has no number")?;
        let path = format!("/v1/practitioners?numbers={number}");
        while call(&api, &token, Method::GET, &path, &Value::Null).await?["total"]["value"] != 1 {
            if acknowledged.elapsed() > Duration::from_secs(10) {
                return Err("a write was not found within ten seconds".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.push(acknowledged.elapsed());
    }
    Ok(times)
}

async fn call(
    api: &impl Endpoint<Output = poem::Response>,
    token: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value> {
    let request = Request::builder()
        .method(method.clone())
        .uri(path.parse()?)
        .header(header::AUTHORIZATION, format!("Bearer {token}"));
    let request = if body.is_null() {
        request.finish()
    } else {
        request.content_type("application/json").body(body.to_string())
    };
    let answer = api.get_response(request).await;
    let status = answer.status();
    let text = answer.into_body().into_string().await?;
    if status != StatusCode::OK && status != StatusCode::CREATED {
        return Err(format!("{method} {path}: {status}: {text}").into());
    }
    Ok(serde_json::from_str(&text)?)
}

async fn operator(app: &App) -> Result<String> {
    let new =
        NewToken { role: Role::Operator, subject: None, label: "measurement".to_owned(), expires_at: None };
    let mut tx = app.db.write().await?;
    let (_, secret) = accounts::create(&mut tx, &app.ids, new, app.clock.now()).await?;
    tx.commit().await?;
    Ok(secret.reveal().to_owned())
}
