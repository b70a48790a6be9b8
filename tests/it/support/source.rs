//! The project's own source, as tokens: what the tests about the house itself read.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// The folder of `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One Rust file.
pub(crate) struct Source {
    /// Its path from the root, with `/`, such as `src/practitioners/store.rs`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
    /// Its tokens.
    pub(crate) tokens: TokenStream,
}

impl Source {
    /// The room it is in: the folder or file right under `src`; `main` and `lib` are rooms of their own.
    pub(crate) fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
    }

    /// Whether it is `…/{name}.rs`, or lies in a folder of that name inside its room.
    pub(crate) fn is_part(&self, name: &str) -> bool {
        self.path.ends_with(&format!("/{name}.rs")) || self.path.contains(&format!("/{name}/"))
    }

    /// How many modules deep it is: `src/lib.rs` is 0, `src/app.rs` is 1, `src/a/store.rs` is 2.
    pub(crate) fn depth(&self) -> usize {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        if inside == "lib" || inside == "main" { 0 } else { inside.split('/').count() }
    }
}

/// Every Rust file under a folder of the project, in order of path.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join(folder), &mut files);
    files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
        .map(|file| {
            let path = file.strip_prefix(root()).expect("it was found under the root");
            let path = path.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&file).expect("source is text");
            let tokens = text.parse().unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
            Source { path, text, tokens }
        })
        .collect()
}

/// Every file under a folder, in order of path.
pub(crate) fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { walk(&path, into) } else { into.push(path) }
    }
}

/// Calls `see` with every run of tokens at one level, from the outside in, leaving attributes (and
/// with them doc comments and derives) out.
pub(crate) fn levels(tokens: TokenStream, see: &mut impl FnMut(&[TokenTree])) {
    let level = without_attributes(tokens);
    see(&level);
    for token in level {
        if let TokenTree::Group(group) = token {
            levels(group.stream(), see);
        }
    }
}

/// The tokens of one level without `#[…]` and `#![…]`.
pub(crate) fn without_attributes(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        let bracket = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
        if bracket && kept.last().is_some_and(|last| is_punct(last, '#')) {
            kept.pop();
            continue;
        }
        let inner = bracket && kept.last().is_some_and(|last| is_punct(last, '!'));
        if inner && kept.len() > 1 && is_punct(&kept[kept.len() - 2], '#') {
            kept.truncate(kept.len() - 2);
            continue;
        }
        kept.push(token);
    }
    kept
}

/// Whether this is that character.
pub(crate) fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// The identifier this is.
pub(crate) fn ident(token: Option<&TokenTree>) -> Option<&Ident> {
    match token {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    }
}

/// The group this is.
pub(crate) fn group(token: Option<&TokenTree>, delimiter: Delimiter) -> Option<&Group> {
    match token {
        Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
        _ => None,
    }
}

/// Whether `::` stands at `at`.
pub(crate) fn is_path_separator(level: &[TokenTree], at: usize) -> bool {
    level.get(at).is_some_and(|token| is_punct(token, ':'))
        && level.get(at + 1).is_some_and(|token| is_punct(token, ':'))
}

/// The text of a string literal, unescaped.
pub(crate) fn string(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

/// Paths that begin with `from`, as the words behind it: `crate::a::b` and `crate::{a::b, c}` give
/// `["a", "b"]` and `["c"]`. With each, the line it stands on.
pub(crate) fn paths_from(tokens: &TokenStream, from: &str) -> Vec<(Vec<String>, usize)> {
    let mut found = Vec::new();
    levels(tokens.clone(), &mut |level| {
        for (at, token) in level.iter().enumerate() {
            let after_separator = at >= 2 && is_path_separator(level, at - 2);
            if ident(Some(token)).is_some_and(|word| word == from)
                && !after_separator
                && is_path_separator(level, at + 1)
            {
                tails(&level[at + 3..], &mut Vec::new(), &mut found);
            }
        }
    });
    found
}

/// Follows a path, and into braces, to its ends.
fn tails(rest: &[TokenTree], so_far: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
    if let Some(braces) = group(rest.first(), Delimiter::Brace) {
        let inside: Vec<TokenTree> = braces.stream().into_iter().collect();
        for part in inside.split(|token| is_punct(token, ',')).filter(|part| !part.is_empty()) {
            tails(part, &mut so_far.clone(), found);
        }
    } else if let Some(word) = ident(rest.first()) {
        so_far.push(word.to_string());
        if is_path_separator(rest, 1) {
            tails(&rest[3..], so_far, found);
        } else {
            found.push((so_far.clone(), word.span().start().line));
        }
    } else if let Some(star) = rest.first() {
        found.push((so_far.clone(), star.span().start().line));
    }
}
