//! A small machine: the whole service on one core and one gigabyte of memory, with ten thousand listings.

use std::io::Cursor;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use stipple::platform::clock::{Clock, Ts};
use stipple::platform::id::{Ids, NumberKind};

use crate::support;
use crate::support::cage::Cage;
use crate::support::pictures::scalp;
use crate::support::postgres_url;
use crate::support::process::{Server, call, finish, send_bytes, stipple};

const GIGABYTE: u64 = 1 << 30;
const LISTINGS: u64 = 10_000;
/// Listings that the demo makes; the others are copies of them.
const MADE: &str = "40";
const SEARCHES: [&str; 5] = [
    "/v1/practitioners?q=natural+hairlin&facets=conditions,techniques,languages",
    "/v1/practitioners?near=Leeds&radius_km=50&verified=true",
    "/v1/practitioners?facets=conditions,country,verified&sort=rating&limit=100",
    "/v1/practitioners?q=scar&include=highlights,ranking,certificates&limit=100",
    "/v1/cases?like=norwood:5,scar-fut,skin_tone:mst-8",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_listings_are_served_on_one_core_and_one_gigabyte() {
    if postgres_url().is_some() {
        // The other half of the suite shows it; on PostgreSQL the database is not part of the process.
        return;
    }
    let place = support::db().await;
    let cage = Cage::new(GIGABYTE);
    let data_dir = place.dir.path().join("data");
    let command = |arguments: &[&str]| {
        let mut command = stipple(&place, arguments);
        // What is tested is not optimised, and slow with pictures.
        command.env("STIPPLE_DATA_DIR", &data_dir).env("STIPPLE_HTTP_REQUEST_MS", "120000");
        cage.inside(&command)
    };
    let filled =
        finish(command(&["demo", "--fill-only", "--practitioners", MADE, "--listen", "127.0.0.1:0"]));
    assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
    multiply(&data_dir.join("stipple.db")).await;
    let demo: Value = serde_json::from_slice(&std::fs::read(data_dir.join("demo.json")).unwrap()).unwrap();
    let token = demo["tokens"]["operator"].as_str().unwrap();

    let server = Server::started(command(&["serve", "--moved", "--listen", "127.0.0.1:0"])).unwrap();
    let address = server.address;
    everything_is_indexed(address);
    let photo = twelve_megapixels();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let (status, said) =
                    send_bytes(address, "POST /v1/images/check", &[("content-type", "image/jpeg")], &photo)
                        .expect("an answer");
                assert_eq!(status, 200, "{said:#}");
            });
        }
        for first in 0..3 {
            scope.spawn(move || {
                for path in SEARCHES.iter().cycle().skip(first).take(30) {
                    let (status, said) = call(address, "GET", path, "", None).expect("an answer");
                    assert_eq!(status, 200, "{path}: {said:#}");
                }
            });
        }
        scope.spawn(|| {
            for at in 0..20 {
                let body = json!({"name": format!("Somebody New {at}")});
                let (status, said) =
                    call(address, "POST", "/v1/practitioners", token, Some(&body)).expect("an answer");
                assert_eq!(status, 201, "{said:#}");
            }
        });
    });
    let (_, found) = call(address, "GET", "/v1/practitioners?q=somebody+new&limit=1", token, None).unwrap();
    assert_eq!(found["total"]["value"], 20, "what was written is found: {found:#}");
    let peak = server.peak();
    assert!(peak < GIGABYTE, "{peak} bytes were resident at once");
    assert!(server.stop().success());
}

/// Copies the listings, with their services and clinics, until there are as many as are wanted.
async fn multiply(database: &Path) {
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", database.display())).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    sqlx::query("create temp table copies (at integer primary key, number text, id blob)")
        .execute(&mut *tx)
        .await
        .unwrap();
    let ids = Ids::seeded(Clock::fixed(Ts::from_micros(0)), 7);
    for at in 0..i64::try_from(LISTINGS).unwrap() {
        let number = ids.number(NumberKind::Listing).to_string();
        sqlx::query("insert into copies values ($1, $2, randomblob(16))")
            .bind(at)
            .bind(number)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    let originals =
        "(select id as original, row_number() over (order by id) - 1 as place, count(*) over () as places
         from practitioners where state = 'listed')";
    let copied = format!("copies join {originals} on place = copies.at % places");
    sqlx::query(AssertSqlSafe(format!(
        "create temp table pairs as select copies.id, number, original from {copied}"
    )))
    .execute(&mut *tx)
    .await
    .unwrap();
    for (table, key) in [
        ("practitioners", "id"),
        ("practitioner_services", "practitioner_id"),
        ("practitioner_clinics", "practitioner_id"),
    ] {
        let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
            .bind(table)
            .fetch_all(&mut *tx)
            .await
            .unwrap();
        let values: Vec<String> = columns
            .iter()
            .map(|column| match column.as_str() {
                column if column == key => "pairs.id".to_owned(),
                "number" => "pairs.number".to_owned(),
                column => format!("whole.{column}"),
            })
            .collect();
        let copy = format!(
            "insert into {table} ({}) select {} from pairs join {table} whole on whole.{key} = pairs.original",
            columns.join(", "),
            values.join(", ")
        );
        sqlx::query(AssertSqlSafe(copy)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Waits until searches are answered, from everything there is.
fn everything_is_indexed(address: SocketAddr) {
    let began = Instant::now();
    loop {
        match call(address, "GET", "/v1/practitioners?limit=1", "", None) {
            Some((200, found)) if found["total"]["value"].as_u64().is_some_and(|found| found >= LISTINGS) => {
                return;
            }
            other if began.elapsed() > Duration::from_mins(3) => panic!("the index is not ready: {other:?}"),
            _ => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// A photo as a telephone makes it.
fn twelve_megapixels() -> Vec<u8> {
    let picture = resize(&scalp(7, 400, 300), 4000, 3000, FilterType::Triangle);
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    bytes.into_inner()
}
