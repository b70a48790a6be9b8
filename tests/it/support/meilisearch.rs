//! A real Meilisearch server, where one is given: `STIPPLE_TEST_MEILISEARCH_URL`, and `STIPPLE_TEST_MEILISEARCH_KEY`
//! where it asks for a key.

use std::time::Duration;

use stipple::config::Secret;
use stipple::platform::clock::Clock;
use stipple::platform::id::Ids;
use stipple::search::meilisearch::Server;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What stands between the service and a server: it can be told to let nothing through.
pub(crate) struct Between {
    /// The address to use in place of the server's.
    pub(crate) url: String,
    mode: watch::Sender<Mode>,
}

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They lead to the server.
    Open,
    /// They are closed at once, those that are open too.
    Closed,
    /// They are taken, and nothing ever answers.
    Silent,
}

impl Between {
    pub(crate) async fn new(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = url.trim_start_matches("http://").to_owned();
        let (mode, _) = watch::channel(Mode::Open);
        let modes = mode.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, server.clone(), modes.subscribe()));
            }
        });
        Self { url: format!("http://{address}"), mode }
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }
}

async fn pass(mut stream: TcpStream, server: String, mut modes: watch::Receiver<Mode>) {
    let mode = *modes.borrow_and_update();
    if mode == Mode::Open
        && let Ok(mut onward) = TcpStream::connect(server).await
    {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut stream, &mut onward) => return,
            _ = modes.changed() => {}
        }
    }
    if *modes.borrow() == Mode::Silent {
        // Until it is told otherwise.
        let _ = modes.changed().await;
    }
}

/// The server, with an index that no other test has.
pub(crate) fn search_server() -> Option<Server> {
    let url = std::env::var("STIPPLE_TEST_MEILISEARCH_URL").ok()?;
    let key = Secret::new(std::env::var("STIPPLE_TEST_MEILISEARCH_KEY").unwrap_or_default());
    let index = format!("test-{}", Ids::system(Clock::system()).random_uuid());
    // A server that works for many tests at once answers late.
    let within = Duration::from_secs(20);
    Some(Server { url, key, index, search_within: within, write_within: within })
}
