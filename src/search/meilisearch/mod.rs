//! The search engine beside this process: a Meilisearch server, for a directory that has outgrown one machine.
//!
//! Every instance of the service asks the same index. What an index is (its position in the change feed, the settings
//! its documents were made with) is a document of the index itself, written in one task with the documents it speaks
//! of, so that it is never ahead of them, and moves with them when a rebuilt index is swapped in.
//!
//! [`http`] sends, [`wire`] says what the server keeps, [`filters`] and [`ask`] what it is asked, [`search`] puts the
//! answer together, [`tasks`] waits for what the server does later.

mod ask;
mod explain;
mod filters;
mod http;
mod search;
mod tasks;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use meilisearch_sdk::client::{Client, SwapIndexes};
use meilisearch_sdk::documents::{DocumentsQuery, DocumentsResults};
use meilisearch_sdk::errors::{Error as SdkError, ErrorCode};
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::request::{HttpClient as _, Method};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use self::ask::{Body, Found, Page, Results, Searches};
use self::http::Http;
use self::wire::State;
use super::port::{
    Answer, Batch, Counts, Document, Error, FacetCount, FacetSearch, Later, Query, Rebuild, Result,
    SearchEngine, Suggest, Suggestion,
};
use super::query::Lexicon;
use super::settings::Settings;
use crate::config::Secret;
use crate::platform::fetch::Fetch;
use crate::platform::id::Ids;

/// The oldest server that has everything asked of it: comparing texts in filters.
const OLDEST: (u32, u32) = (1, 16);
/// Most documents of the groups of one batch that are looked at: what a batch replaces.
const MOST_REPLACED: usize = 10_000;
/// How many additions of a rebuild the server may have before it.
const ADDITIONS_AHEAD: usize = 4;
/// Between the name of an index and what tells apart the one that is being built.
const BESIDE: &str = "-next-";

/// Where the server is.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address, without a trailing slash.
    pub url: String,
    /// Its key, where it asks for one.
    pub key: Secret,
    /// The name of the index there.
    pub index: String,
    /// How long a search may take.
    pub search_within: Duration,
    /// How long anything else may take.
    pub write_within: Duration,
}

/// The engine. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    searching: Http,
    client: Client<Http>,
    writing: Http,
    server: Server,
    /// The settings as the service wants them; the index may have been made with others.
    wanted: Settings,
    live: ArcSwap<Live>,
    /// One batch at a time.
    writer: Mutex<()>,
    ids: Ids,
}

/// The index as it was last seen.
struct Live {
    settings: Arc<Settings>,
    lexicon: Arc<Lexicon>,
    state: Option<State>,
}

impl Live {
    fn of(wanted: &Settings, state: Option<State>) -> Self {
        let settings = state.as_ref().map_or_else(|| wanted.clone(), |state| state.settings(wanted));
        Self { lexicon: Arc::new(Lexicon::new(&settings)), settings: Arc::new(settings), state }
    }

    /// The same index at another position: what queries are read by stays as it is.
    fn at(&self, state: Option<State>) -> Self {
        Self { settings: Arc::clone(&self.settings), lexicon: Arc::clone(&self.lexicon), state }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("server", &self.inner.server).finish_non_exhaustive()
    }
}

impl From<SdkError> for Error {
    fn from(error: SdkError) -> Self {
        Self::Failed(format!("Meilisearch: {error}"))
    }
}

impl Engine {
    /// Opens the index on a server, makes an empty one where there is none, and gives it the settings that need no
    /// rebuild.
    ///
    /// # Errors
    /// [`Error::Failed`] when the server cannot be reached, is too old, or refuses.
    pub async fn open(fetch: Fetch, server: Server, settings: &Settings, ids: Ids) -> Result<Self> {
        let writing = Http::new(fetch, server.key.clone(), server.write_within);
        let inner = Inner {
            searching: writing.within(server.search_within),
            client: Client::new_with_client(&*server.url, None::<String>, writing.clone()),
            writing,
            server,
            wanted: settings.clone(),
            live: ArcSwap::from_pointee(Live::of(settings, None)),
            writer: Mutex::default(),
            ids,
        };
        let engine = Self { inner: Arc::new(inner) };
        engine.check_version().await?;
        let uid = engine.uid().to_owned();
        engine.make(&uid).await?;
        let state = engine.look().await?;
        // An index made under other settings is searched with those until a rebuild replaces it.
        if state.is_none_or(|state| state.fingerprint == settings.fingerprint()) {
            engine.apply(&uid).await?;
        }
        Ok(engine)
    }

    fn uid(&self) -> &str {
        &self.inner.server.index
    }

    fn index(&self) -> Index<Http> {
        self.inner.client.index(self.uid())
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.inner.server.url)
    }

    async fn check_version(&self) -> Result<()> {
        let version = self.inner.client.get_version().await?.pkg_version;
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if found < OLDEST {
            let (major, minor) = OLDEST;
            return Err(Error::Failed(format!(
                "Meilisearch {version} is too old; {major}.{minor} or newer is needed"
            )));
        }
        Ok(())
    }

    /// Makes an index where there is none of that name.
    async fn make(&self, uid: &str) -> Result<()> {
        match self.inner.client.get_raw_index(uid).await {
            Ok(_) => return Ok(()),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error.into()),
        }
        let task = self.inner.client.create_index(uid, Some(wire::KEY)).await?;
        match self.finish(task.task_uid).await {
            // Another instance has made it in the meantime.
            Err(Error::Failed(detail)) if detail.contains("already exists") => Ok(()),
            made => made,
        }
    }

    /// Gives an index the settings that are wanted, where it has others.
    async fn apply(&self, uid: &str) -> Result<()> {
        let address = self.address(&format!("indexes/{uid}/settings"));
        let writing = &self.inner.writing;
        let wanted = wire::settings(&self.inner.wanted);
        let has: Value = writing.request::<(), (), _>(&address, Method::Get { query: () }, 200).await?;
        if wire::has(&has, &wanted) {
            return Ok(());
        }
        let patch = Method::Patch { query: (), body: wanted };
        let task: tasks::Accepted = writing.request(&address, patch, 202).await?;
        self.finish(task.task_uid).await
    }

    /// Looks at what the index says of itself, and goes by that from now on.
    async fn look(&self) -> Result<Option<State>> {
        let found = self.index().get_document::<Map<String, Value>>(wire::STATE_KEY).await;
        let state: Option<State> = match found {
            Ok(document) => serde_json::from_value(Value::Object(document)).ok(),
            Err(error) if is_missing(&error) => None,
            Err(error) => return Err(error.into()),
        };
        let live = self.inner.live.load();
        if live.state != state {
            let same = live
                .state
                .as_ref()
                .zip(state.as_ref())
                .is_some_and(|(one, other)| one.fingerprint == other.fingerprint);
            let next =
                if same { live.at(state.clone()) } else { Live::of(&self.inner.wanted, state.clone()) };
            self.inner.live.store(Arc::new(next));
        }
        Ok(state)
    }

    /// Sends searches, all at once.
    async fn ask(&self, queries: Vec<Body>) -> Result<Vec<Found>> {
        let method = Method::Post { query: (), body: Searches { queries } };
        let results: Results =
            self.inner.searching.request(&self.address("multi-search"), method, 200).await?;
        Ok(results.results)
    }

    /// The keys that documents of these groups have in the index.
    async fn keys_of(&self, groups: &[String]) -> Result<BTreeSet<String>> {
        if groups.is_empty() {
            return Ok(BTreeSet::new());
        }
        let index = self.index();
        let group = &self.inner.wanted.distinct_attribute;
        let filter = filters::of_groups(group, groups.iter().map(String::as_str));
        let mut query = DocumentsQuery::new(&index);
        query.with_filter(&filter).with_fields([wire::KEY]).with_limit(MOST_REPLACED);
        let found: DocumentsResults<Map<String, Value>> = query.execute().await?;
        let key = |document: &Map<String, Value>| Some(document.get(wire::KEY)?.as_str()?.to_owned());
        Ok(found.results.iter().filter_map(key).collect())
    }

    async fn write_batch(&self, batch: Batch) -> Result<()> {
        let live = self.inner.live.load_full();
        let mut documents = BTreeMap::new();
        for document in &batch.upsert {
            let sent = wire::document(&live.settings, document)?;
            documents.insert(wire::key_of(&document.id)?, sent);
        }
        let _one_at_a_time = self.inner.writer.lock().await;
        let mut gone = self.keys_of(&batch.delete_groups).await?;
        for id in &batch.delete {
            gone.insert(wire::key_of(id)?);
        }
        gone.retain(|key| !documents.contains_key(key));
        let mut sent: Vec<Value> = documents.into_values().collect();
        let state = batch.position.map(|position| {
            let known = live.state.clone().unwrap_or_else(|| State::of(&self.inner.wanted, None));
            State { position: Some(position), ..known }
        });
        sent.extend(state.as_ref().map(State::document));
        // The server does its tasks in their order, and these two, which follow each other, in one go.
        let mut last = None;
        if !gone.is_empty() {
            let gone: Vec<&String> = gone.iter().collect();
            last = Some(self.index().delete_documents(&gone).await?.task_uid);
        }
        if !sent.is_empty() {
            let added = self.index().add_or_replace(&sent, Some(wire::KEY)).await?.task_uid;
            if let Some(deleted) = last.replace(added) {
                self.finish(deleted).await?;
            }
        }
        if let Some(last) = last {
            self.finish(last).await?;
        }
        if state.is_some() {
            self.inner.live.store(Arc::new(self.inner.live.load().at(state)));
        }
        Ok(())
    }

    async fn count(&self) -> Result<Counts> {
        let group = &self.inner.wanted.distinct_attribute;
        let body = Body::of_everything(self.uid(), Some(filters::exists(group)), Page::COUNT);
        let found = self.ask(vec![body]).await?.pop().unwrap_or_default();
        let stats = self.index().get_stats().await?;
        let own = u64::from(self.look().await?.is_some());
        let documents = (stats.number_of_documents as u64).saturating_sub(own);
        Ok(Counts { documents, groups: found.total_hits.unwrap_or(0) })
    }

    async fn group_names(&self, after: Option<String>, limit: usize) -> Result<Vec<String>> {
        let group = &self.inner.wanted.distinct_attribute;
        let beyond = after.map(|name| filters::beyond(group, &name));
        let filter = filters::both(Some(filters::exists(group)), beyond);
        let body = Body {
            sort: vec![format!("{group}:asc")],
            attributes_to_retrieve: vec![group.clone()],
            ..Body::of_everything(self.uid(), filter, Page::Offset { offset: 0, limit })
        };
        let found = self.ask(vec![body]).await?.pop().unwrap_or_default();
        let name = |hit: &Map<String, Value>| Some(hit.get(group)?.as_str()?.to_owned());
        Ok(found.hits.iter().filter_map(name).collect())
    }

    /// Removes indexes that were being built when whoever built them ended.
    async fn remove_abandoned(&self) -> Result<()> {
        let begins = format!("{}{BESIDE}", self.uid());
        let listed = self.inner.client.list_all_indexes_raw().await?;
        let names =
            listed["results"].as_array().into_iter().flatten().filter_map(|index| index["uid"].as_str());
        for name in names.filter(|name| name.starts_with(&begins)) {
            self.inner.client.delete_index(name).await?;
        }
        Ok(())
    }

    async fn begin(&self) -> Result<Beside> {
        self.remove_abandoned().await?;
        let random: [u8; 6] = self.inner.ids.bytes();
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let uid = format!("{}{BESIDE}{random}", self.uid());
        self.make(&uid).await?;
        let beside = Beside { engine: self.clone(), uid, tasks: Vec::new(), done: false };
        self.apply(&beside.uid).await?;
        Ok(beside)
    }
}

impl SearchEngine for Engine {
    fn settings(&self) -> Arc<Settings> {
        self.inner.live.load().settings.clone()
    }

    fn rebuild_needed(&self) -> Option<String> {
        match &self.inner.live.load().state {
            None => Some("the search index has not been built".into()),
            Some(state) if state.fingerprint != self.inner.wanted.fingerprint() => {
                Some("the search settings ask for other attributes than the index has".into())
            }
            Some(state) => state.position.is_none().then(|| "the search index has not been built".into()),
        }
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn write(&self, batch: Batch) -> Later<'_, ()> {
        Box::pin(self.write_batch(batch))
    }

    fn position(&self) -> Later<'_, Option<i64>> {
        Box::pin(async { Ok(self.look().await?.and_then(|state| state.position)) })
    }

    fn counts(&self) -> Later<'_, Counts> {
        Box::pin(self.count())
    }

    fn groups(&self, after: Option<String>, limit: usize) -> Later<'_, Vec<String>> {
        Box::pin(self.group_names(after, limit))
    }

    fn search(&self, query: Query) -> Later<'_, Answer> {
        Box::pin(async move { search::search(self, &self.inner.live.load_full(), &query).await })
    }

    fn facet_search(&self, ask: FacetSearch) -> Later<'_, Vec<FacetCount>> {
        Box::pin(async move { search::facet_search(self, &self.inner.live.load_full(), &ask).await })
    }

    fn suggest(&self, ask: Suggest) -> Later<'_, Vec<Suggestion>> {
        Box::pin(async move { search::suggest(self, &self.inner.live.load_full(), &ask).await })
    }

    fn rebuild(&self) -> Later<'_, Box<dyn Rebuild>> {
        Box::pin(async move { Ok(Box::new(self.begin().await?) as Box<dyn Rebuild>) })
    }
}

/// An index being built beside the live one.
struct Beside {
    engine: Engine,
    uid: String,
    /// Additions the server has not been seen to finish.
    tasks: Vec<u32>,
    done: bool,
}

impl Beside {
    async fn send(&mut self, documents: Vec<Value>) -> Result<()> {
        let index = self.engine.inner.client.index(&*self.uid);
        self.tasks.push(index.add_or_replace(&documents, Some(wire::KEY)).await?.task_uid);
        if self.tasks.len() > ADDITIONS_AHEAD {
            let oldest = self.tasks.remove(0);
            self.engine.finish(oldest).await?;
        }
        Ok(())
    }

    async fn put_in_place(mut self: Box<Self>, position: i64) -> Result<()> {
        let engine = self.engine.clone();
        let state = State::of(&engine.inner.wanted, Some(position));
        self.send(vec![state.document()]).await?;
        for task in std::mem::take(&mut self.tasks) {
            engine.finish(task).await?;
        }
        engine.make(engine.uid()).await?;
        let indexes = (engine.uid().to_owned(), self.uid.clone());
        let swapped = engine.inner.client.swap_indexes([&SwapIndexes { indexes, rename: None }]).await?;
        engine.finish(swapped.task_uid).await?;
        engine.look().await?;
        // What was live is now under the other name, and goes.
        self.done = true;
        engine.inner.client.delete_index(&self.uid).await?;
        Ok(())
    }
}

impl Rebuild for Beside {
    fn add(&mut self, documents: Vec<Document>) -> Later<'_, ()> {
        Box::pin(async move {
            let wanted = &self.engine.inner.wanted;
            let sent = documents.iter().map(|document| wire::document(wanted, document));
            let sent = sent.collect::<Result<Vec<_>>>()?;
            self.send(sent).await
        })
    }

    fn commit(self: Box<Self>, position: i64) -> Later<'static, ()> {
        Box::pin(self.put_in_place(position))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let (engine, uid) = (self.engine.clone(), std::mem::take(&mut self.uid));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // What cannot be removed now goes when the next is begun.
            runtime.spawn(async move { drop(engine.inner.client.delete_index(&uid).await) });
        }
    }
}

/// Whether what was asked for is not there.
fn is_missing(error: &SdkError) -> bool {
    let SdkError::Meilisearch(error) = error else { return false };
    matches!(error.error_code, ErrorCode::IndexNotFound | ErrorCode::DocumentNotFound)
}
