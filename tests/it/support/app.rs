//! The real application on a database of its own: the router that `stipple serve` serves, called
//! without a socket, with a clock and a seed that the test owns.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::BoxEndpoint;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use stipple::accounts::{self, NewToken, Role, Subject};
use stipple::app::App;
use stipple::config::{Config, Secret};
use stipple::platform::db::Db;
use stipple::platform::jobs::{self, Worker};
use stipple::signing::tlog::tile::unbundle;
use stipple::transparency::{self, Published};
use stipple::{academies, api, practitioners, work};

use super::client::Client;
use super::db::{Place, TestDb, db};
use super::meilisearch::search_server;

/// The application of one test. Reads as the [`App`] it holds; calls without a token as
/// [`TestApp::anyone`] does.
///
/// When it is dropped the jobs that are left are done, and a job that fails or stays fails the test:
/// every test proves that nothing it started is left lying.
pub(crate) struct TestApp {
    /// What handlers, jobs and commands work with.
    pub(crate) app: App,
    /// Its database, clock, ids and data directory.
    pub(crate) place: TestDb,
    endpoint: Arc<BoxEndpoint<'static>>,
    jobs_may_stay: bool,
}

impl Deref for TestApp {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

impl TestApp {
    /// The application with the settings of [`Config::for_tests`].
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The application with settings of the test's own.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let place = db().await;
        let mut config = Config::for_tests(place.dir.path());
        config.database_url = Secret::new(place.url());
        if let Some(server) = search_server() {
            config.search_url = server.url;
            config.search_key = server.key;
            config.search_index = server.index;
        }
        change(&mut config);
        let app = App::assemble(place.db.clone(), place.clock.clone(), place.ids.clone(), config)
            .await
            .expect("the data directory opens");
        let endpoint = Arc::new(api::router(app.clone()));
        Self { app, place, endpoint, jobs_may_stay: false }
    }

    /// Serves it on a port of its own until the test ends.
    pub(crate) async fn listen(&self) -> SocketAddr {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.expect("a free port");
        let address = acceptor.local_addr().remove(0);
        let address = *address.as_socket_addr().expect("a socket");
        tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(self.endpoint.clone()));
        address
    }

    /// Brings everything that waits into the public log and signs it; answers how many entries it has.
    pub(crate) async fn log(&self) -> u64 {
        match transparency::publish(&self.app).await.expect("the log is written") {
            Published::Signed(size) => size,
            other => panic!("the log was not signed: {other:?}"),
        }
    }

    /// How many entries of this kind the public log has, with everything that waits.
    pub(crate) async fn log_of(&self, op: &str) -> usize {
        let size = self.log().await;
        let bundle = self.anyone().get(&format!("/log/tile/entries/000.p/{size}")).await.expect(200).bytes;
        let read = unbundle(&bundle, usize::try_from(size).unwrap()).unwrap();
        let is = |entry: &&[u8]| {
            serde_json::from_slice::<serde_json::Value>(entry).is_ok_and(|leaf| leaf["op"] == op)
        };
        read.into_iter().filter(is).count()
    }

    /// Somebody without a token.
    pub(crate) fn anyone(&self) -> Client {
        Client::new(Arc::clone(&self.endpoint), None)
    }

    /// An operator.
    pub(crate) async fn as_operator(&self) -> Client {
        self.with_token(Role::Operator, None).await
    }

    /// Somebody with a fresh academy's token: it keeps no academy yet and may register one.
    pub(crate) async fn as_new_academy(&self) -> Client {
        self.with_token(Role::Academy, None).await
    }

    /// Somebody with a fresh practitioner's token: it keeps no listing yet and may create one.
    pub(crate) async fn as_new_practitioner(&self) -> Client {
        self.with_token(Role::Practitioner, None).await
    }

    /// Somebody with a fresh token of the academy of that slug, which must be registered.
    pub(crate) async fn as_academy(&self, slug: &str) -> Client {
        let mut conn = self.db.read().await.expect("a reader is free");
        let academy = academies::academy_by_slug(&mut conn, slug).await.expect("the table is read");
        let academy = academy.expect("the academy is registered");
        drop(conn);
        self.with_token(Role::Academy, Some(Subject { id: academy.id, name: academy.slug })).await
    }

    /// Somebody with a fresh token of the listing of that number, which must be there.
    pub(crate) async fn as_practitioner(&self, number: &str) -> Client {
        let mut conn = self.db.read().await.expect("a reader is free");
        let parsed = number.parse().expect("a listing's number");
        let ids = practitioners::ids_of(&mut conn, &[parsed]).await.expect("the table is read");
        let id = *ids.first().expect("the listing is there");
        drop(conn);
        self.with_token(Role::Practitioner, Some(Subject { id, name: number.to_owned() })).await
    }

    /// An operator of that name.
    pub(crate) async fn as_operator_called(&self, label: &str) -> Client {
        self.with_named_token(Role::Operator, None, label.to_owned()).await
    }

    /// Somebody with a fresh token of that role, bound to `subject` if there is one.
    pub(crate) async fn with_token(&self, role: Role, subject: Option<Subject>) -> Client {
        self.with_named_token(role, subject, format!("test {role}")).await
    }

    async fn with_named_token(&self, role: Role, subject: Option<Subject>, label: String) -> Client {
        let new = NewToken { role, subject, label, expires_at: None };
        let mut tx = self.db.write().await.expect("the writer is free");
        let (_, secret) =
            accounts::create(&mut tx, &self.ids, new, self.clock.now()).await.expect("a token is made");
        tx.commit().await.expect("the token is kept");
        Client::new(Arc::clone(&self.endpoint), Some(secret.reveal().to_owned()))
    }

    /// Every letter sent so far, oldest first, as it lies in the mail folder.
    pub(crate) async fn letters(&self) -> Vec<String> {
        self.run_jobs().await;
        let mut files: Vec<_> = std::fs::read_dir(self.place.dir.path().join("mail"))
            .map(|entries| entries.map(|entry| entry.expect("the folder is read").path()).collect())
            .unwrap_or_default();
        // Letters of one instant are in the order of their ids alone, which is no order of theirs.
        files.sort_by_key(|path| {
            let written = path.metadata().and_then(|data| data.modified()).expect("a file has a time");
            (written, path.clone())
        });
        files.iter().map(|path| std::fs::read_to_string(path).expect("a letter is text")).collect()
    }

    /// Does every job that is due now.
    pub(crate) async fn run_jobs(&self) {
        run_jobs(&self.app).await;
    }

    /// Takes the database away: every later use of it fails, as when the server is down.
    pub(crate) async fn lose_the_database(&self) {
        self.db.close().await;
    }

    /// Lets this test end with jobs in the queue, because that is what it is about.
    pub(crate) fn jobs_may_stay(&mut self) {
        self.jobs_may_stay = true;
    }
}

async fn run_jobs(app: &App) {
    let worker =
        Worker { db: app.db.clone(), clock: app.clock.clone(), app: app.clone(), registry: work::jobs() };
    while worker.run_due().await.expect("the queue answers") {}
}

/// Does what is left and says what would not go.
async fn finish_jobs(app: &App) -> Vec<(String, i64, String)> {
    // Twice: what waits for tomorrow is done tomorrow.
    run_jobs(app).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    run_jobs(app).await;
    let mut conn = app.db.read().await.expect("a reader is free");
    conn.query("select kind, attempts, coalesce(last_error, '') from jobs order by run_at, id")
        .fetch_all()
        .await
        .expect("the queue answers")
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() || self.jobs_may_stay {
            return;
        }
        // The test's runtime stands still while this runs, so another one does the work, through
        // connections of its own.
        let app = self.app.clone();
        let place = self.place.place();
        let left = std::thread::scope(|scope| {
            scope.spawn(|| block_on(finish_jobs_of(app, place))).join().expect("the leftover jobs are done")
        });
        assert!(
            left.is_empty(),
            "this test left jobs that cannot be done (kind, attempts, error): {left:#?}"
        );
    }
}

async fn finish_jobs_of(app: App, place: &Place) -> Vec<(String, i64, String)> {
    let db: Db = place.open().await;
    {
        let mut conn = db.read().await.expect("a reader is free");
        let counts = jobs::counts(&mut conn).await.expect("the queue answers");
        if counts.due == 0 && counts.dead == 0 {
            return Vec::new();
        }
    }
    finish_jobs(&app.with(|parts| parts.db = db)).await
}

/// Runs to the end on a runtime of its own; to be called from a thread without one.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}
