//! A bucket of a real S3-compatible store, where one is given: `STIPPLE_TEST_S3_URL` is the store's address; a bucket is
//! made there.

use std::time::Duration;

use bytes::Bytes;
use stipple::config::Secret;
use stipple::config::storage::Bucket;
use stipple::platform::blobs::{Blobs, Error};
use stipple::platform::fetch::{Ask, Fetch, Method, Reach};

use crate::support::skip;

const KEY: &str = "a key that the store takes";

#[tokio::test]
async fn photos_in_a_bucket_are_put_read_listed_and_deleted() {
    let Ok(store) = std::env::var("STIPPLE_TEST_S3_URL") else {
        skip("photos in a bucket: STIPPLE_TEST_S3_URL is not set");
        return;
    };
    let fetch = Fetch::new(Reach::Chosen, &[], &[]).unwrap();
    let address = format!("{store}/stipple-test");
    let within = Duration::from_secs(10);
    let make =
        Ask { method: Method::PUT, address: &address, token: None, body: None, limit: 1 << 20, within };
    let (status, answer) = fetch.ask(make).await.unwrap();
    assert!(matches!(status, 200 | 409), "{status}: {}", String::from_utf8_lossy(&answer));
    let bucket = Bucket::parse(
        &format!("s3://stipple-test?region=eu-west-1&endpoint={store}"),
        "an-id",
        &Secret::new(KEY.to_owned()),
    );
    let blobs = Blobs::bucket(&bucket.unwrap(), fetch.clone()).unwrap();
    let nowhere = format!("s3://no-such-bucket?region=eu-west-1&endpoint={store}");
    let nowhere = Bucket::parse(&nowhere, "an-id", &Secret::new(KEY.to_owned())).unwrap();
    let refused = Blobs::bucket(&nowhere, fetch).unwrap().put("x", Bytes::from_static(b"x")).await;
    assert!(matches!(refused, Err(Error::NoStorage(_))), "{refused:?}");
    let photo = Bytes::from(vec![7_u8; 300_000]);
    blobs.put("cases/01/first photo.webp", photo.clone()).await.unwrap();
    blobs.put("cases/02/second.webp", Bytes::from_static(b"two")).await.unwrap();
    assert_eq!(blobs.get("cases/01/first photo.webp").await.unwrap(), photo);
    assert_eq!(blobs.list().await.unwrap(), ["cases/01/first photo.webp", "cases/02/second.webp"]);
    blobs.put("cases/02/second.webp", Bytes::from_static(b"two again")).await.unwrap();
    assert_eq!(&*blobs.get("cases/02/second.webp").await.unwrap(), b"two again");
    for path in ["cases/01/first photo.webp", "cases/02/second.webp", "cases/02/second.webp"] {
        blobs.delete(path).await.unwrap();
    }
    assert!(matches!(blobs.get("cases/02/second.webp").await, Err(Error::NotFound)));
    assert!(blobs.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_store_that_is_not_there_says_so() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("s3://photos?endpoint=http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let bucket = Bucket::parse(&endpoint, "an-id", &Secret::new(KEY.to_owned())).unwrap();
    let blobs = Blobs::bucket(&bucket, Fetch::new(Reach::Chosen, &[], &[]).unwrap()).unwrap();
    let error = blobs.get("anything").await.unwrap_err();
    assert!(matches!(error, Error::Other(_)) && !format!("{error:?}").contains(KEY), "{error:?}");
}
