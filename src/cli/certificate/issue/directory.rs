//! The directory a batch goes to, over its API.

use std::time::Duration;

use serde_json::{Value, json};

use super::students::{Issued, Student};
use crate::certificates::document::{CourseLink, StatusList};
use crate::cli::Failure;
use crate::cli::certificate::act::signed_list;
use crate::cli::certificate::sign::CourseFile;
use crate::cli::files::plain;
use crate::config::Secret;
use crate::platform::clock::Clock;
use crate::platform::fetch::{Fetch, Reach};
use crate::signing::json::{self, Limits, Tree};
use crate::signing::keys::KeyFile;
use crate::signing::status::{Bitstring, Entry};

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// How long the directory is given when it asks for a pause, and how often.
const PAUSE: Duration = Duration::from_secs(2);
const PATIENCE: u32 = 45;

/// What became of a certificate that was sent.
#[derive(Debug)]
pub(super) enum Sent {
    /// The directory has it, under this number.
    Stored(String),
    /// It was refused, for this reason.
    Refused(String),
}

/// The directory, and who asks it.
pub(super) struct Directory {
    fetch: Fetch,
    /// Where it is reached.
    base: String,
    /// What addresses of its begin with.
    public: String,
    slug: String,
    token: Secret,
}

impl Directory {
    /// The directory of a course's address, `<directory>/v1/academies/<slug>/courses/…`.
    pub(super) fn new(course: &str, reached_at: Option<&str>, token: &str) -> Result<Self, Failure> {
        let parts = course
            .split_once("/v1/academies/")
            .and_then(|(public, rest)| Some((public, rest.split_once('/')?.0)));
        let (public, slug) =
            parts.ok_or("--course: this must be …/v1/academies/<slug>/courses/…/versions/…")?;
        Ok(Self {
            fetch: Fetch::new(Reach::Chosen, &[], &[])?,
            base: reached_at.unwrap_or(public).trim_end_matches('/').to_owned(),
            public: public.to_owned(),
            slug: slug.to_owned(),
            token: Secret::new(token.trim().to_owned()),
        })
    }

    async fn call(&self, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Value, Failure> {
        let address = format!("{}{path}", self.base);
        let mut waited = 0;
        let (status, bytes) = loop {
            let again = body.clone();
            let (status, bytes) =
                self.fetch.call(&address, Some(self.token.reveal()), again, MAX_ANSWER).await?;
            // Too much at once, for a while: what was refused so has not happened.
            if !matches!(status, 429 | 503) || waited >= PATIENCE {
                break (status, bytes);
            }
            waited += 1;
            tokio::time::sleep(PAUSE).await;
        };
        let value = json::parse(&bytes, Limits::bytes(MAX_ANSWER))
            .map_err(|_| format!("{address} answered {status}, and no JSON: is this the directory?"))?;
        if status < 300 {
            return Ok(value);
        }
        let detail = value["detail"].as_str().unwrap_or_default();
        Err(format!("{address} answered {status}: {}", plain(detail)).into())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(path, Some(("application/json", body.to_string().into_bytes()))).await
    }

    /// The course version, as its address answers it.
    pub(super) async fn course(&self, link: &CourseLink) -> Result<CourseFile, Failure> {
        let url = link.url();
        let path = url.strip_prefix(&self.public).unwrap_or_default();
        let bytes = self.fetch.get(&format!("{}{path}", self.base), MAX_ANSWER).await?;
        CourseFile::of_bytes(&bytes)
    }

    /// Who has a certificate of this course version already.
    pub(super) async fn issued(&self, link: &CourseLink) -> Result<Issued, Failure> {
        let url = link.url();
        let mut issued = Issued::new();
        let mut cursor = String::new();
        loop {
            let page = self
                .call(&format!("/v1/academies/{}/certificates?limit=100{cursor}", self.slug), None)
                .await?;
            for item in page["items"].as_array().into_iter().flatten() {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let ended =
                    matches!(item["status"].as_str(), Some("revoked" | "issued-in-error" | "superseded"));
                if item["course"]["version_url"] == url.as_str() && !ended {
                    issued.insert(
                        (text(&item["holder_name"]), text(&item["awarded_on"])),
                        text(&item["number"]),
                    );
                }
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(issued),
            }
        }
    }

    /// Bits of the academy's status list, one for each certificate. Where the newest list has too little room, the next
    /// one is signed and enrolled.
    pub(super) async fn reserve(&self, count: usize, key: &KeyFile) -> Result<Vec<Entry>, Failure> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let lists_path = format!("/v1/academies/{}/status-lists", self.slug);
        let lists = self.call(&lists_path, None).await?;
        let left =
            lists["items"].as_array().and_then(|lists| lists.last()).and_then(|list| list["left"].as_u64());
        if left.is_none_or(|left| left < count as u64) {
            let url = lists["next_url"]
                .as_str()
                .ok_or("the directory does not say where the next status list is")?;
            let signed = signed_list(key, url, Clock::system().now(), &Bitstring::zero())?;
            let list = Value::Object(signed);
            StatusList::read(&Tree::of(&list))
                .map_err(|(pointer, detail)| format!("the new status list: {pointer} {detail}"))?;
            self.post(&lists_path, &list).await?;
        }
        let given = self
            .post(&format!("/v1/academies/{}/status-entries", self.slug), &json!({"count": count}))
            .await?;
        let entry = |item: &Value| {
            let index = item["statusListIndex"].as_str()?.parse().ok()?;
            Some(Entry { list: item["statusListCredential"].as_str()?.to_owned(), index })
        };
        let entries: Option<Vec<Entry>> =
            given["items"].as_array().into_iter().flatten().map(entry).collect();
        let entries = entries.filter(|entries| entries.len() == count);
        entries.ok_or_else(|| "the directory gave other bits of the status list than were asked for".into())
    }

    /// Sends what was signed; answers what became of each.
    pub(super) async fn send(&self, signed: &[(&Student, Vec<u8>)]) -> Result<Vec<Sent>, Failure> {
        let mut lines = Vec::new();
        for (_, bytes) in signed {
            lines.extend_from_slice(bytes);
            lines.push(b'\n');
        }
        let answer = self.call("/v1/certificates/batch", Some(("application/x-ndjson", lines))).await?;
        let items = answer["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
        if items.len() != signed.len() {
            return Err("the directory did not say what became of each; run this again".into());
        }
        Ok(items
            .iter()
            .map(|item| match item["number"].as_str() {
                Some(number) => Sent::Stored(number.to_owned()),
                None => Sent::Refused(refusal(item)),
            })
            .collect())
    }
}

fn refusal(item: &Value) -> String {
    let detail = item["detail"].as_str().unwrap_or("without a reason");
    let faults = item["errors"].as_array().into_iter().flatten();
    let faults: Vec<String> = faults
        .map(|fault| {
            format!(
                "{} {}",
                fault["pointer"].as_str().unwrap_or_default(),
                fault["detail"].as_str().unwrap_or_default()
            )
        })
        .collect();
    if faults.is_empty() { detail.to_owned() } else { format!("{detail} {}", faults.join("; ")) }
}
