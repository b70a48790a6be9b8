//! What is kept beside the database: renderings in memory, blobs in a folder.

use std::sync::Arc;

use bytes::Bytes;
use stipple::platform::blobs::{Blobs, Error};
use stipple::platform::changes::Hub;
use stipple::platform::rendered::{Rendered, RenderedCache};

const SUBJECT: &str = "practitioners/SMP-7K3F-9Q2M-4";

fn rendering(text: &'static str) -> Rendered {
    Rendered { body: Bytes::from_static(text.as_bytes()), etag: Arc::from("\"1\"") }
}

fn kept(cache: &RenderedCache) -> Option<Bytes> {
    cache.get(SUBJECT).map(|rendered| rendered.body)
}

#[test]
fn a_rendering_is_kept_until_its_subject_changes() {
    let hub = Hub::default();
    let cache = RenderedCache::new(10, &hub);
    assert_eq!(kept(&cache), None);
    cache.put(SUBJECT, rendering("old"), cache.generation());
    hub.publish(&["practitioners/another".to_owned()]);
    assert_eq!(kept(&cache).unwrap(), "old");
    hub.publish(&["academies/x".to_owned(), SUBJECT.to_owned()]);
    assert_eq!(kept(&cache), None);
}

#[test]
fn what_was_read_before_a_commit_is_not_kept_after_it() {
    let hub = Hub::default();
    let cache = RenderedCache::new(10, &hub);
    let before = cache.generation();
    hub.publish(&[SUBJECT.to_owned()]);
    cache.put(SUBJECT, rendering("stale"), before);
    assert_eq!(kept(&cache), None);
}

/// Readers and a writer at once: a reader may keep what it read, never what was read before the last
/// commit.
#[test]
fn no_race_leaves_a_stale_rendering() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let hub = Hub::default();
    let cache = RenderedCache::new(10, &hub);
    let version = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while version.load(Ordering::SeqCst) < 2_000 {
                    let read_at = cache.generation();
                    let read = version.load(Ordering::SeqCst).to_string();
                    cache.put(SUBJECT, Rendered { body: read.into(), etag: Arc::from("\"\"") }, read_at);
                }
            });
        }
        for next in 1..=2_000_u64 {
            version.store(next, Ordering::SeqCst);
            hub.publish(&[SUBJECT.to_owned()]);
        }
    });
    if let Some(body) = kept(&cache) {
        assert_eq!(body, "2000");
    }
}

#[tokio::test]
async fn blobs_are_stored_read_replaced_and_removed() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::folder(&dir.path().join("blobs")).unwrap();
    assert!(matches!(blobs.get("portraits/a").await, Err(Error::NotFound)));
    blobs.put("portraits/a", Bytes::from_static(b"one")).await.unwrap();
    blobs.put("portraits/a", Bytes::from_static(b"two")).await.unwrap();
    assert_eq!(blobs.get("portraits/a").await.unwrap(), "two");
    let again = Blobs::folder(&dir.path().join("blobs")).unwrap();
    assert_eq!(again.get("portraits/a").await.unwrap(), "two", "they are on the disk");
    blobs.delete("portraits/a").await.unwrap();
    blobs.delete("portraits/a").await.unwrap();
    assert!(matches!(blobs.get("portraits/a").await, Err(Error::NotFound)));
}

#[tokio::test]
async fn no_path_leaves_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::folder(&dir.path().join("blobs")).unwrap();
    std::fs::write(dir.path().join("secret"), "x").unwrap();
    for path in ["../secret", "a/../../secret", "/../secret"] {
        assert!(blobs.get(path).await.map_or(true, |bytes| bytes != "x"), "{path}");
        let _ = blobs.put(path, Bytes::from_static(b"y")).await;
        assert_eq!(std::fs::read_to_string(dir.path().join("secret")).unwrap(), "x", "{path}");
    }
}
