//! Letters: written down in the transaction of the fact they tell, sent afterwards by a job.
//!
//! Between the two a letter lies in the queue sealed, since it may carry a token or a name. Letters go into a
//! folder of the data directory, one readable `.eml` file each (RFC 5322), or to a mail server ([`smtp`]).
//! The id of a letter is its `Message-ID`, however often its job runs.

mod folder;
pub mod smtp;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::format_description::well_known::Rfc2822;
use uuid::Uuid;

use super::clock::Ts;
use super::db::{self, Conn};
use super::id::Ids;
use super::jobs::{self, Failed};
use super::vault::{Private, Vault};

/// The job that sends a letter; its handler calls [`Mail::deliver`].
pub const SEND: &str = "mail.send";

const DOMAIN: &str = "mail letter";

/// A letter to one person.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The address.
    pub to: Private,
    /// What it is about: one line.
    pub subject: String,
    /// Plain text; lines end with `\n`.
    pub text: Private,
}

/// A letter on its way.
#[derive(Debug, Serialize, Deserialize)]
struct Posted {
    id: Uuid,
    at: Ts,
    /// A [`Contents`], sealed for this id; base64.
    sealed: String,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    to: String,
    subject: String,
    text: String,
}

/// Where letters go. Clones share it.
#[derive(Clone, Debug)]
pub struct Mail {
    sink: Sink,
    /// Whom letters are from: an address.
    from: Arc<str>,
    vault: Vault,
}

#[derive(Clone, Debug)]
enum Sink {
    Folder(folder::Folder),
    Smtp(smtp::Server),
    Memory(Outbox),
}

/// The last letter to each address. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Mutex<HashMap<String, Private>>>);

impl Outbox {
    fn keep(&self, to: &str, text: &str) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.insert(to.to_owned(), Private::new(text.to_owned()));
    }

    /// The text of the last letter to an address, which is then gone.
    pub fn take(&self, to: &str) -> Option<Private> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(to)
    }
}

impl Mail {
    /// Letters as files of a folder, which is made with the first one.
    pub fn folder(path: &Path, from: &str, vault: Vault) -> Self {
        Self { sink: Sink::Folder(folder::Folder::new(path)), from: from.into(), vault }
    }

    /// Letters to a mail server.
    pub fn smtp(server: smtp::Server, from: &str, vault: Vault) -> Self {
        Self { sink: Sink::Smtp(server), from: from.into(), vault }
    }

    /// Letters to people who do not exist: only the last to each is kept, in memory.
    pub fn memory(from: &str, vault: Vault) -> (Self, Outbox) {
        let outbox = Outbox::default();
        (Self { sink: Sink::Memory(outbox.clone()), from: from.into(), vault }, outbox)
    }

    /// Puts a letter in the queue, inside the caller's transaction.
    ///
    /// # Errors
    /// As the database says.
    pub async fn enqueue(&self, conn: &mut Conn, ids: &Ids, letter: &Letter, now: Ts) -> db::Result<()> {
        let id = ids.uuid();
        let contents = Contents {
            to: letter.to.reveal().to_owned(),
            subject: letter.subject.clone(),
            text: letter.text.reveal().to_owned(),
        };
        let clear = serde_json::to_vec(&contents).map_err(db::Error::encode)?;
        let sealed = STANDARD.encode(self.vault.seal(ids, DOMAIN, id.as_bytes(), &clear));
        jobs::enqueue(conn, ids, SEND, &Posted { id, at: now, sealed }, now).await
    }

    /// Sends the letter of a [`SEND`] job.
    ///
    /// # Errors
    /// A sentence for the log, without anything of the letter. What a server refuses for good is not tried again.
    pub async fn deliver(&self, payload: Value) -> Result<(), Failed> {
        let posted: Posted = serde_json::from_value(payload).map_err(|_| "not a letter")?;
        let sealed = STANDARD.decode(&posted.sealed).map_err(|_| "not a letter")?;
        let clear = self
            .vault
            .open(DOMAIN, posted.id.as_bytes(), &sealed)
            .ok_or("the letter was sealed under another secret")?;
        let contents: Contents = serde_json::from_slice(&clear).map_err(|_| "not a letter")?;
        let message = message(&contents, &posted, &self.from).map_err(Failed::ForGood)?;
        match &self.sink {
            Sink::Folder(folder) => Ok(folder.write(posted.id, message).await?),
            // The end of the last line is the protocol's own.
            Sink::Smtp(server) => server.send(&self.from, &contents.to, message.trim_end().as_bytes()).await,
            Sink::Memory(outbox) => {
                outbox.keep(&contents.to, &contents.text);
                Ok(())
            }
        }
    }
}

/// The message as RFC 5322 has it. Left readable: 8-bit UTF-8, and no line is folded.
fn message(contents: &Contents, posted: &Posted, from: &str) -> Result<String, String> {
    let host = from.rsplit('@').next().unwrap_or(from);
    // What ends a line begins a header of the writer's own choosing.
    if [&contents.to, &contents.subject].iter().any(|text| text.chars().any(char::is_control)) {
        return Err("a control character in the address or the subject".to_owned());
    }
    let date = posted.at.datetime().format(&Rfc2822).map_err(|error| error.to_string())?;
    let subject = if contents.subject.is_ascii() {
        contents.subject.clone()
    } else {
        format!("=?utf-8?B?{}?=", STANDARD.encode(&contents.subject))
    };
    let mut out = String::new();
    for (name, value) in [
        ("From", format!("Stipple <{from}>")),
        ("To", contents.to.clone()),
        ("Subject", subject),
        ("Date", date),
        ("Message-ID", format!("<{}@{host}>", posted.id)),
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ("Content-Transfer-Encoding", "8bit".to_owned()),
    ] {
        write!(out, "{name}: {value}\r\n").map_err(|error| error.to_string())?;
    }
    out.push_str("\r\n");
    for line in contents.text.trim_end().lines() {
        out.push_str(line);
        out.push_str("\r\n");
    }
    Ok(out)
}
