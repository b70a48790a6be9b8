//! Pages of a list that is read in the order of a key: where a page begins, how many rows to read for
//! it, and the cursor of the next.

use poem::http::Uri;
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::next_url;
use super::{Answer, Binding, CursorKey, Page, Total};
use crate::config::limits;
use crate::platform::problem::Error;

/// What a caller asked of a list: which page, and how long.
pub struct Paging<'a> {
    key: &'a CursorKey,
    uri: &'a Uri,
    binding: Binding,
    cursor: Option<&'a str>,
    limit: usize,
}

impl<'a> Paging<'a> {
    /// The page of the list `binding` at `uri` that begins at `cursor`.
    pub fn new(
        key: &'a CursorKey,
        uri: &'a Uri,
        binding: Binding,
        cursor: Option<&'a str>,
        limit: usize,
    ) -> Self {
        Self { key, uri, binding, cursor, limit }
    }

    /// The position after which the page begins; `start` for the first one.
    ///
    /// # Errors
    /// 400 `bad-cursor` for a cursor that is not of this list.
    pub fn after<P: DeserializeOwned>(&self, start: P) -> Result<P, Error> {
        self.cursor.map_or(Ok(start), |cursor| self.key.open(&self.binding, cursor))
    }

    /// How many rows to read: one more than the page, to know whether there is another.
    pub fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX - 1) + 1
    }

    /// Cuts what was read to the page, and seals the cursor of the next page from the position of the
    /// last row that stays.
    ///
    /// # Errors
    /// 500 when the position cannot be written.
    pub fn cut<T, P: Serialize>(
        &self,
        rows: &mut Vec<T>,
        position: impl Fn(&T) -> P,
    ) -> Result<Option<String>, Error> {
        if rows.len() <= self.limit {
            return Ok(None);
        }
        rows.truncate(self.limit);
        rows.last().map(|last| self.key.seal(&self.binding, &position(last))).transpose()
    }

    /// The page as it is answered, with the address of the next one as a link (RFC 8288).
    pub fn answer<V>(&self, items: Vec<V>, count: i64, next: Option<String>) -> Answer<Page<V>>
    where
        V: ParseFromJSON + ToJSON + Type + Serialize,
    {
        let page = Page::new(items, total(count), next);
        self.linked(Answer::new(&page), page.next_cursor.as_deref())
    }

    /// Adds the address of the next page as a link, to the answer of a list that says more than a page.
    pub fn linked<T>(&self, answer: Answer<T>, next: Option<&str>) -> Answer<T> {
        match next {
            Some(next) => answer.link("next", &next_url(self.uri, next)),
            None => answer,
        }
    }
}

/// A number of rows as it is answered.
pub fn total(count: i64) -> Total {
    Total::exactly(u64::try_from(count).unwrap_or(0))
}

/// The usual length of a page.
pub const fn page() -> usize {
    limits::PAGE
}
