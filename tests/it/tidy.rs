//! The house rules that a machine can check: ARCHITECTURE.md lists them, this file holds them.
//! Each message says how to put it right. Lists of exceptions only shrink.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use proc_macro2::TokenTree;
use syn::visit::Visit;

use crate::support::source::{
    Source, ident, is_path_separator, is_punct, levels, paths_from, root, sources, walk,
};
use crate::support::statements::statements;

/// The rooms from the ground up. A room imports only from lines above its own, never from its own line.
const STOREYS: &[&[&str]] = &[
    // Floor 0: what knows no slice. In itself it has an order too.
    &["config", "signing"],
    &["platform"],
    &["search"],
    &["app"],
    // Floor 1
    &["accounts", "transparency", "places", "vocabulary"],
    // Floor 2
    &["academies", "practitioners"],
    // Floor 3
    &["certificates", "documents", "reviews", "cases"],
    // Floor 4
    &["vetting", "claims", "interop"],
    // Floor 5
    &["directory", "exports", "webhooks"],
    // Floor 6: what puts everything together.
    &["archive"],
    &["pages"],
    &["api"],
    &["work"],
    &["cli"],
    &["main"],
];

/// Files over 600 lines, each with the reason. This list only shrinks.
const LONG_FILES: &[(&str, &str)] = &[];

/// Functions over 70 lines, as `path::function`, each with the reason. This list only shrinks.
const LONG_FUNCTIONS: &[(&str, &str)] = &[
    ("benches/search.rs::classes", "a table of queries, one class after another"),
    (
        "src/directory/http/mod.rs::search",
        "each of the search's parameters is an argument with its sentence in the document",
    ),
];

/// Statements on another room's table, as `(path, table)`, each with the reason. This list only shrinks.
const BORROWED_TABLES: &[(&str, &str, &str)] = &[];

const LINES_OF_A_FILE: usize = 600;
const LINES_OF_A_FUNCTION: usize = 70;

fn storey(room: &str) -> Option<usize> {
    STOREYS.iter().position(|rooms| rooms.contains(&room))
}

/// Whether a room holds a slice of the product rather than plumbing or assembly.
fn is_slice(room: &str) -> bool {
    let (app, pages) = (storey("app"), storey("pages"));
    let own = storey(room);
    own > app && own < pages
}

fn report(wrong: &[String], rule: &str) {
    assert!(wrong.is_empty(), "{rule}\n  {}\n", wrong.join("\n  "));
}

#[test]
fn a_room_imports_only_from_lower_floors() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| source.path != "src/lib.rs") {
        let room = source.room();
        let Some(own) = storey(room) else {
            wrong.push(format!(
                "{}: the room `{room}` has no floor: add it to STOREYS in tests/it/tidy.rs",
                source.path
            ));
            continue;
        };
        let outward = paths_from(&source.tokens, if room == "main" { "stipple" } else { "crate" });
        for (path, line) in outward {
            let to = path[0].as_str();
            match storey(to) {
                _ if to == room => {}
                Some(floor) if floor < own => {}
                Some(_) => {
                    wrong.push(format!("{}:{line}: `{room}` imports `{}`", source.path, path.join("::")));
                }
                None => wrong.push(format!("{}:{line}: `{to}` is not a room", source.path)),
            }
        }
    }
    report(
        &wrong,
        "A room imports only from lower floors, so that no two rooms need each other. What a lower room must tell a \
         higher one travels by the change feed; what two rooms share moves down.",
    );
}

#[test]
fn nobody_climbs_out_of_a_room_by_super() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        levels(source.tokens.clone(), &mut |level| {
            for at in 0..level.len() {
                let first = ident(level.get(at)).is_some_and(|word| word == "super")
                    && !(at >= 2 && is_path_separator(level, at - 2));
                let mut climbed = 0;
                let mut next = at;
                while first
                    && ident(level.get(next)).is_some_and(|word| word == "super")
                    && is_path_separator(level, next + 1)
                {
                    climbed += 1;
                    next += 3;
                }
                if climbed >= source.depth() && climbed > 0 {
                    wrong.push(format!("{}:{}", source.path, level[at].span().start().line));
                }
            }
        });
    }
    report(
        &wrong,
        "Another room is named by its full path, `crate::room::…`, so that imports between rooms can be seen.",
    );
}

/// Where a crate is named outside attributes, with the line.
fn uses(source: &Source, krate: &str) -> Vec<usize> {
    paths_from(&source.tokens, krate).into_iter().map(|(_, line)| line).collect()
}

#[test]
fn signing_does_nothing_but_compute() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| source.room() == "signing") {
        for krate in [
            "tokio",
            "tokio_util",
            "sqlx",
            "poem",
            "poem_openapi",
            "hyper",
            "object_store",
            "rand",
            "tracing",
        ] {
            wrong.extend(uses(source, krate).iter().map(|line| format!("{}:{line}: {krate}", source.path)));
        }
        for (path, line) in paths_from(&source.tokens, "std") {
            let outside = matches!(path[0].as_str(), "fs" | "net" | "process" | "env" | "thread" | "os")
                || path
                    .iter()
                    .any(|word| matches!(word.as_str(), "SystemTime" | "Instant" | "stdin" | "stdout"));
            if outside {
                wrong.push(format!("{}:{line}: std::{}", source.path, path.join("::")));
            }
        }
        wrong.extend(words(source, &["async", "await"]));
    }
    report(
        &wrong,
        "`signing` is pure: bytes and keys go in, bytes and verdicts come out. Do the I/O where it is called.",
    );
}

/// Lines on which one of these identifiers stands, outside attributes.
fn words(source: &Source, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    levels(source.tokens.clone(), &mut |level| {
        for token in level {
            if let Some(word) = ident(Some(token))
                && wanted.contains(&word.to_string().as_str())
            {
                found.push(format!("{}:{}: {word}", source.path, word.span().start().line));
            }
        }
    });
    found
}

#[test]
fn only_the_http_plumbing_borrows_from_signing() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| source.room() == "platform") {
        for (path, line) in paths_from(&source.tokens, "crate") {
            if path[0] == "signing" && !source.path.starts_with("src/platform/http/") {
                wrong.push(format!("{}:{line}: {}", source.path, path.join("::")));
            }
        }
    }
    report(
        &wrong,
        "`platform` knows nothing of signatures; `platform/http` may read JSON as `signing` does.",
    );
}

#[test]
fn sql_stands_in_stores_only() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        if source.is_part("store") || source.path.starts_with("src/platform/db/") {
            continue;
        }
        wrong.extend(statements(&source).iter().map(|found| format!("{}: {}", found.place, found.sql)));
    }
    report(
        &wrong,
        "Every SQL statement stands in its slice's store.rs, so that who touches a table can be seen.",
    );
}

#[test]
fn a_table_belongs_to_one_room() {
    let mut rooms: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for source in sources("src").iter().filter(|source| !source.path.starts_with("src/platform/db/")) {
        // In `platform`, every folder is a room of its own.
        let room = match source.room() {
            "platform" => source.path.split('/').take(3).collect::<Vec<_>>().join("/"),
            room => room.to_owned(),
        };
        for found in statements(source) {
            for table in tables(&found.sql) {
                if !BORROWED_TABLES
                    .iter()
                    .any(|(path, borrowed, _)| *path == found.path && *borrowed == table)
                {
                    rooms
                        .entry(table)
                        .or_default()
                        .entry(room.clone())
                        .or_default()
                        .push(found.place.clone());
                }
            }
        }
    }
    let wrong: Vec<String> = rooms
        .iter()
        .filter(|(_, rooms)| rooms.len() > 1)
        .map(|(table, rooms)| format!("{table}: {rooms:?}"))
        .collect();
    report(
        &wrong,
        "A table is read and written by one room; another asks that room's functions, or joins nothing.",
    );
}

/// The tables a statement names, without those it defines itself.
fn tables(sql: &str) -> BTreeSet<String> {
    let spaced = sql.replace(['(', ')', ','], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let own: BTreeSet<&str> = words
        .windows(2)
        .enumerate()
        .filter(|(at, pair)| pair[1] == "as" && (*at == 0 || sql.trim_start().starts_with("with")))
        .map(|(_, pair)| pair[0])
        .collect();
    words
        .windows(2)
        .filter(|pair| matches!(pair[0], "from" | "join" | "into" | "update"))
        .map(|pair| pair[1])
        .filter(|name| !own.contains(name) && !matches!(*name, "set" | "select" | "of" | "skip"))
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn drivers_stay_in_the_database_plumbing() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| !source.path.starts_with("src/platform/db/")) {
        wrong.extend(uses(source, "sqlx").iter().map(|line| format!("{}:{line}", source.path)));
    }
    report(
        &wrong,
        "sqlx is named in platform/db and in derives; elsewhere take what platform::db offers (Json, Error, Result).",
    );
}

#[test]
fn http_stays_at_the_edge() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        // The demo fills itself by calling the API in process.
        let edge = source.is_part("http")
            || matches!(source.room(), "api" | "pages")
            || matches!(source.path.as_str(), "src/cli/serve.rs" | "src/cli/demo/caller.rs");
        if edge {
            continue;
        }
        wrong.extend(uses(&source, "poem").iter().map(|line| format!("{}:{line}: poem", source.path)));
        if !source.is_part("model") {
            wrong.extend(
                uses(&source, "poem_openapi")
                    .iter()
                    .map(|line| format!("{}:{line}: poem_openapi", source.path)),
            );
        }
    }
    report(
        &wrong,
        "poem is for http.rs, api, pages, platform/http, cli/serve.rs and the demo's caller; poem_openapi is also for model.rs.",
    );
}

#[test]
fn a_model_waits_for_nothing() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().filter(|source| is_slice(source.room()) && source.is_part("model")) {
        wrong.extend(words(source, &["async", "await", "Conn"]));
    }
    report(
        &wrong,
        "A model is types and rules: no await, no database, no HTTP. Move the rest to store.rs or http.rs.",
    );
}

#[test]
fn a_front_page_has_no_logic() {
    let mut wrong = Vec::new();
    for source in sources("src") {
        let front = is_slice(source.room()) && source.path == format!("src/{}/mod.rs", source.room());
        if front {
            wrong.extend(words(&source, &["fn"]));
            for (path, line) in public_modules(&source) {
                if path == "store" {
                    wrong.push(format!("{}:{line}: pub mod store", source.path));
                }
            }
        }
    }
    report(
        &wrong,
        "A slice's mod.rs is its front page: what it is, its routes, tables and invariants, its modules (private) and what it exports.",
    );
}

fn public_modules(source: &Source) -> Vec<(String, usize)> {
    let tokens: Vec<TokenTree> = source.tokens.clone().into_iter().collect();
    let name = |at: usize| ident(tokens.get(at)).map(ToString::to_string).unwrap_or_default();
    (0..tokens.len())
        .filter(|&at| name(at) == "pub" && name(at + 1) == "mod")
        .map(|at| (name(at + 2), tokens[at].span().start().line))
        .collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    let files = sources("src").into_iter().chain(sources("tests")).chain(sources("benches"));
    let wrong: Vec<String> =
        files.filter(|source| !source.text.starts_with("//! ")).map(|source| source.path).collect();
    report(
        &wrong,
        "The first line of every file is `//! ` and a sentence: its purpose and what it answers for.",
    );
}

#[test]
fn files_and_functions_can_be_read_at_a_sitting() {
    let mut wrong = Vec::new();
    let (mut long_files, mut long_functions) = (BTreeSet::new(), BTreeSet::new());
    for source in sources("src").into_iter().chain(sources("tests")).chain(sources("benches")) {
        let lines = source.text.lines().count();
        if lines > LINES_OF_A_FILE {
            long_files.insert(source.path.clone());
            if !LONG_FILES.iter().any(|(path, _)| *path == source.path) {
                wrong.push(format!("{}: {lines} lines; it becomes a folder of its name", source.path));
            }
        }
        let file = syn::parse_file(&source.text).expect("source is Rust");
        let mut lengths = Lengths(Vec::new());
        lengths.visit_file(&file);
        for (name, line, length) in
            lengths.0.into_iter().filter(|(_, _, length)| *length > LINES_OF_A_FUNCTION)
        {
            let full = format!("{}::{name}", source.path);
            if !LONG_FUNCTIONS.iter().any(|(listed, _)| *listed == full) {
                wrong.push(format!("{}:{line}: `{name}` has {length} lines", source.path));
            }
            long_functions.insert(full);
        }
    }
    for (listed, _) in LONG_FILES.iter().filter(|(listed, _)| !long_files.contains(*listed)) {
        wrong.push(format!("{listed} is short now: take it off LONG_FILES"));
    }
    for (listed, _) in LONG_FUNCTIONS.iter().filter(|(listed, _)| !long_functions.contains(*listed)) {
        wrong.push(format!("{listed} is short now: take it off LONG_FUNCTIONS"));
    }
    report(&wrong, "No file over 600 lines, no function over 70.");
}

/// The functions of a file with their first line and their length.
struct Lengths(Vec<(String, usize, usize)>);

impl Lengths {
    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        self.0.push((signature.ident.to_string(), first, last + 1 - first));
    }
}

impl<'ast> Visit<'ast> for Lengths {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }
    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.note(&function.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let mut wrong = Vec::new();
    for source in sources("src").iter().chain(&sources("tests")).chain(&sources("benches")) {
        levels(source.tokens.clone(), &mut |level| {
            for (at, token) in level.iter().enumerate() {
                let unfinished = ident(Some(token)).is_some_and(|word| {
                    ["todo", "unimplemented", "dbg"].contains(&word.to_string().as_str())
                });
                if unfinished && level.get(at + 1).is_some_and(|token| is_punct(token, '!')) {
                    wrong.push(format!("{}:{}: {token}!", source.path, token.span().start().line));
                }
            }
        });
        for (at, line) in source.text.lines().enumerate() {
            if line.trim_start().starts_with(concat!("#[", "ignore")) {
                wrong.push(format!("{}:{}: an ignored test", source.path, at + 1));
            }
        }
    }
    report(&wrong, "Finish it, or leave its room: no todo!, no unimplemented!, no dbg!, no ignored tests.");
}

#[test]
fn every_test_file_is_part_of_the_one_test_binary() {
    let mut wrong = Vec::new();
    let main = fs::read_to_string(root().join("tests/it/main.rs")).expect("tests/it/main.rs is there");
    let declared: Vec<&str> =
        main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    if !declared.is_sorted() {
        wrong.push(
            "tests/it/main.rs: the modules are in alphabetical order, so that two additions rarely meet"
                .to_owned(),
        );
    }
    for entry in fs::read_dir(root().join("tests/it")).expect("tests/it is there") {
        let name = entry.expect("the folder can be listed").file_name().to_string_lossy().replace(".rs", "");
        if name != "main" && !declared.contains(&name.as_str()) {
            wrong.push(format!("tests/it/{name}: not declared in main.rs, so it never runs"));
        }
    }
    for source in sources("src") {
        if source.text.contains(concat!("#[cfg(", "test)]")) {
            wrong.push(format!("{}: tests live in tests/it/{}.rs", source.path, source.room()));
        }
    }
    report(&wrong, "There is one test binary, tests/it, and it runs on every database.");
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| -> Vec<String> {
        let mut files = Vec::new();
        walk(&root().join("migrations").join(folder), &mut files);
        files.iter().filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())).collect()
    };
    let steps = stipple::platform::db::migrations::STEPS;
    let listed: Vec<String> = steps.iter().map(|step| step.name.to_owned()).collect();
    assert_eq!(
        names("sqlite"),
        listed,
        "migrations/sqlite holds what STEPS in platform/db/migrations.rs lists, in order"
    );
    assert_eq!(
        names("postgres"),
        listed,
        "migrations/postgres holds what STEPS in platform/db/migrations.rs lists, in order"
    );
    for step in steps {
        assert!(
            step.name.starts_with(&format!("{:04}_", step.number)),
            "{} begins with its number",
            step.name
        );
    }
}

/// What the repository keeps: git's list, or everything but what is built when this is no checkout.
fn kept_files() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    match listed {
        Ok(listed) if listed.status.success() && !listed.stdout.is_empty() => {
            let text = String::from_utf8_lossy(&listed.stdout).into_owned();
            text.split('\0').filter(|path| !path.is_empty()).map(|path| root().join(path)).collect()
        }
        _ => {
            let mut files = Vec::new();
            walk(root(), &mut files);
            files.retain(|file| !file.starts_with(root().join("target")));
            files
        }
    }
}

#[test]
fn the_repository_speaks_of_the_project_alone() {
    // Put together here, so that this file does not hold them itself.
    let never: Vec<String> = [
        ["/wo", "rk/"],
        ["/tmp/", "wt"],
        ["/tmp/", "house"],
        ["/ro", "ot/"],
        ["/home", "/"],
        ["artif", "actory"],
        ["clau", "de"],
        ["anthro", "pic"],
        ["chat", "gpt"],
        ["copi", "lot"],
        ["co-auth", "ored-by"],
        ["language mo", "del"],
        ["house br", "ief"],
        ["as discu", "ssed"],
        ["per the br", "ief"],
        ["TO", "DO"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["issue", " #"],
        ["in the next ph", "ase"],
    ]
    .iter()
    .map(|parts| parts.concat())
    .collect();
    let mut wrong = Vec::new();
    for file in kept_files() {
        let prose = file.extension().is_none_or(|ending| {
            ["rs", "md", "toml", "sh", "sql", "yml", "yaml", "html", "ts", "css", "js", "py"]
                .contains(&ending.to_string_lossy().as_ref())
        });
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let path = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        for (at, line) in text.lines().enumerate().filter(|_| prose) {
            let folded = line.to_lowercase();
            for word in &never {
                let shouted = word.chars().all(|c| !c.is_lowercase());
                if if shouted && word.len() > 2 { line.contains(word) } else { folded.contains(word) } {
                    wrong.push(format!("{path}:{}: `{word}`", at + 1));
                }
            }
        }
    }
    report(&wrong, "What is kept speaks of the project, not of a machine or of how the work was done.");
}
