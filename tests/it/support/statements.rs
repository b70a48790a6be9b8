//! Every SQL statement of the source, found by reading it.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use stipple::platform::db::Dialect;

use super::source::{Source, group, ident, is_path_separator, is_punct, string, without_attributes};

/// One statement.
pub(crate) struct Statement {
    /// `src/practitioners/store.rs:120`.
    pub(crate) place: String,
    /// The file it is in.
    pub(crate) path: String,
    /// Its text, put together when it is a `concat!`.
    pub(crate) sql: String,
    /// The one database it is for, when it stands where the source forks.
    pub(crate) only: Option<Dialect>,
}

/// The statements of a file, in order.
pub(crate) fn statements(source: &Source) -> Vec<Statement> {
    let mut reader = Reader { path: &source.path, pieces: pieces(source.tokens.clone()), found: Vec::new() };
    reader.read(source.tokens.clone(), None);
    reader.found
}

/// Whether a text is SQL rather than a sentence for people.
pub(crate) fn is_sql(text: &str) -> bool {
    let folded = text.to_lowercase();
    let words: Vec<&str> = folded.split_whitespace().collect();
    match words.as_slice() {
        ["select", "exists" | "count(*)" | "1" | "distinct", ..]
        | ["insert", "into", ..]
        | ["delete", "from", ..]
        | ["update", _, "set", ..]
        | ["update", _, _, "set", ..]
        | ["update", _, "as", _, "set", ..]
        | ["with", "recursive", _, "as" | "(", ..]
        | ["create", "table" | "index" | "unique" | "temp" | "view" | "trigger", ..]
        | ["drop" | "alter", "table" | "index" | "view", ..]
        | ["begin", "immediate" | "deferred" | "exclusive" | "transaction" | "isolation" | "read", ..]
        | ["pragma", _, ..] => true,
        ["select", rest @ ..] => {
            rest.contains(&"from") || rest.first().is_some_and(|word| word.contains('('))
        }
        ["with", _, "as", next, ..] => next.starts_with('(') || *next == "materialized" || *next == "not",
        _ => false,
    }
}

/// `macro_rules! columns { () => { "a, b" } }`: the texts that `concat!` puts statements together from.
fn pieces(tokens: TokenStream) -> BTreeMap<String, String> {
    let level = without_attributes(tokens);
    let mut found = BTreeMap::new();
    for at in 0..level.len() {
        if let (Some(word), Some(name)) = (ident(level.get(at)), ident(level.get(at + 2)))
            && word == "macro_rules"
            && let Some(TokenTree::Group(body)) = level.get(at + 3)
        {
            let arm: Vec<TokenTree> = body.stream().into_iter().collect();
            if let Some(TokenTree::Group(result)) = arm.get(3)
                && let [text] = result.stream().into_iter().collect::<Vec<_>>().as_slice()
                && let Some(text) = string(text)
            {
                found.insert(name.to_string(), text);
            }
        }
    }
    found
}

struct Reader<'s> {
    path: &'s str,
    pieces: BTreeMap<String, String>,
    found: Vec<Statement>,
}

impl Reader<'_> {
    fn read(&mut self, tokens: TokenStream, only: Option<Dialect>) {
        let level = without_attributes(tokens);
        let mut at = 0;
        while at < level.len() {
            if let Some(text) = string(&level[at]) {
                self.keep(&level[at], text, only);
            } else if let Some(text) = self.concatenated(&level, at) {
                self.keep(&level[at], text, only);
                at += 2;
            } else if let Some(dialect) = dialect(&level, at) {
                at = self.fork(&level, at + 1, dialect, only);
                continue;
            } else if let TokenTree::Group(group) = &level[at] {
                self.read(group.stream(), only);
            }
            at += 1;
        }
    }

    /// Reads what follows `Dialect::X`: the arm behind `=>`, or the block behind `if … == Dialect::X`
    /// and its `else`. Answers where to go on.
    fn fork(&mut self, level: &[TokenTree], at: usize, is: Dialect, only: Option<Dialect>) -> usize {
        if level.get(at).is_some_and(|token| is_punct(token, '=')) {
            let start = at + 2;
            let end = if group(level.get(start), Delimiter::Brace).is_some() {
                start + 1
            } else {
                let rest = level.get(start..).unwrap_or_default();
                start + rest.iter().position(|token| is_punct(token, ',')).unwrap_or(rest.len())
            };
            self.read(level[start..end].iter().cloned().collect(), Some(is));
            return end;
        }
        let Some(block) = group(level.get(at), Delimiter::Brace) else { return at };
        let unequal = level[..at].iter().rev().take(6).any(|token| is_punct(token, '!'));
        let (then, otherwise) = if unequal { (other(is), is) } else { (is, other(is)) };
        self.read(block.stream(), Some(then));
        if ident(level.get(at + 1)).is_some_and(|word| word == "else")
            && let Some(block) = group(level.get(at + 2), Delimiter::Brace)
        {
            self.read(block.stream(), only.or(Some(otherwise)));
            return at + 3;
        }
        at + 1
    }

    /// The text of `concat!(…)` at `at`.
    fn concatenated(&self, level: &[TokenTree], at: usize) -> Option<String> {
        if ident(level.get(at))? != "concat" || !is_punct(level.get(at + 1)?, '!') {
            return None;
        }
        let parts = group(level.get(at + 2), Delimiter::Parenthesis)?;
        let parts: Vec<TokenTree> = parts.stream().into_iter().collect();
        let mut text = String::new();
        for part in parts.split(|token| is_punct(token, ',')).filter(|part| !part.is_empty()) {
            if let Some(literal) = string(&part[0]) {
                text.push_str(&literal);
            } else {
                let name = ident(part.first()).map(ToString::to_string).unwrap_or_default();
                let piece = self.pieces.get(&name);
                text.push_str(piece.map_or("{a piece this reader cannot find}", String::as_str));
            }
        }
        Some(text)
    }

    fn keep(&mut self, token: &TokenTree, sql: String, only: Option<Dialect>) {
        if is_sql(&sql) {
            let place = format!("{}:{}", self.path, token.span().start().line);
            self.found.push(Statement { place, path: self.path.to_owned(), sql, only });
        }
    }
}

const fn other(dialect: Dialect) -> Dialect {
    match dialect {
        Dialect::Sqlite => Dialect::Postgres,
        Dialect::Postgres => Dialect::Sqlite,
    }
}

/// The database that `Dialect::X` at `at` (its last word) names.
fn dialect(level: &[TokenTree], at: usize) -> Option<Dialect> {
    let named = at >= 3
        && is_path_separator(level, at - 2)
        && ident(level.get(at - 3)).is_some_and(|word| word == "Dialect");
    let word = ident(level.get(at)).filter(|_| named)?;
    match word.to_string().as_str() {
        "Sqlite" => Some(Dialect::Sqlite),
        "Postgres" => Some(Dialect::Postgres),
        _ => None,
    }
}
