//! Settings: defaults, then a file, then the environment; what is wrong is named, secrets are not shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stipple::config::mail::{MailServer, Tls};
use stipple::config::{Config, ConfigError, DEFAULTS, Secret, http::Http};

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::load(None, &variables(pairs))
}

/// What is said about settings that cannot be used.
fn complaint(pairs: &[(&str, &str)]) -> String {
    load(pairs).map(|_| ()).expect_err(&format!("{pairs:?}")).to_string()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stipple.toml");
    fs::write(&path, text).unwrap();
    (dir, path)
}

fn complaint_about_file(text: &str) -> String {
    let (_dir, path) = file(text);
    Config::load(Some(&path), &BTreeMap::new()).map(|_| ()).expect_err(text).to_string()
}

const LONG: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn the_defaults_are_settings_that_work() {
    let config = load(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.data_dir, Path::new("./stipple-data"));
    assert!(config.secret.is_empty() && config.database_url.is_empty());
    assert_eq!(format!("{:?}", config.http), format!("{:?}", Http::default()));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let (_dir, path) = file("listen = \"127.0.0.1:1\"\ndatabase_wait_ms = 7\n[http]\nqueue = 3\n");
    let config = Config::load(
        Some(&path),
        &variables(&[("STIPPLE_LISTEN", "127.0.0.1:2"), ("STIPPLE_HTTP_REQUEST_MS", "1234")]),
    )
    .unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.database_wait_ms, 7);
    assert_eq!(config.database_connections, 8);
    assert_eq!((config.http.queue, config.http.request_ms), (3, 1234));
}

/// The sentence above a setting is its documentation; a variable of its name must reach it.
#[test]
fn every_setting_has_a_sentence_and_a_variable() {
    let mut section = String::new();
    let mut explained = false;
    let mut names = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}_", name.trim_end_matches(']').to_uppercase());
        } else if line.starts_with('#') {
            explained = true;
        } else if let Some((key, value)) = line.split_once(" = ") {
            assert!(explained, "`{key}` in default.toml has no sentence above it");
            names.push((
                format!("STIPPLE_{section}{}", key.to_uppercase()),
                value.trim_matches('"').to_owned(),
            ));
        } else if line.is_empty() {
            explained = false;
        }
    }
    assert!(names.len() > 15, "{names:?}");
    for (name, value) in names {
        let value = if value == "[]" { String::new() } else { value };
        let same = load(&[(&name, &value)]).unwrap_or_else(|error| panic!("{name}={value}: {error}"));
        assert_eq!(format!("{same:?}"), format!("{:?}", load(&[]).unwrap()), "{name}");
    }
}

/// As containers get their secrets.
#[test]
fn a_setting_may_be_in_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, format!("{LONG}\n")).unwrap();
    let path = path.to_str().unwrap();
    let config = load(&[("STIPPLE_SECRET_FILE", path)]).unwrap();
    assert_eq!(config.secret.reveal(), LONG);
    assert!(complaint(&[("STIPPLE_SECRET_FILE", "/nowhere/secret")]).contains("/nowhere/secret"));
    assert!(complaint(&[("STIPPLE_SECRET_FILE", path), ("STIPPLE_SECRET", LONG)]).contains("without _FILE"));
    assert!(complaint(&[("STIPPLE_BANANA_FILE", path)]).contains("not a setting"));
}

#[test]
fn a_name_nobody_knows_is_refused_naming_the_nearest() {
    assert!(complaint(&[("STIPPLE_LISTNE", "x")]).contains("did you mean STIPPLE_LISTEN?"));
    assert!(complaint(&[("STIPPLE_HTTP_TRUSTED_PROXY", "x")]).contains("STIPPLE_HTTP_TRUSTED_PROXIES"));
    assert!(!complaint(&[("STIPPLE_BANANA", "x")]).contains("did you mean"));
    let unknown = complaint_about_file("lissten = \"127.0.0.1:1\"");
    assert!(unknown.contains("lissten") && unknown.contains("did you mean listen?"), "{unknown}");
    let nested = complaint_about_file("[http]\nqueu = 1");
    assert!(nested.contains("http.queu") && nested.contains("http.queue?"), "{nested}");
    load(&[("STIPPLE_TEST_POSTGRES_URL", "x")]).expect("the suite's own switches are not settings");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_the_right_one() {
    assert!(complaint(&[("STIPPLE_DATABASE_CONNECTIONS", "many")]).contains("a whole number"));
    assert!(complaint(&[("STIPPLE_DATABASE_CONNECTIONS", "-1")]).contains("database_connections"));
    assert!(complaint(&[("STIPPLE_DATABASE_CONNECTIONS", "1")]).contains("between 2 and 200"));
    for listen in ["8080", "localhost:8080", "127.0.0.1", "127.0.0.1:99999"] {
        assert!(complaint(&[("STIPPLE_LISTEN", listen)]).contains("listen"), "{listen}");
    }
    assert!(complaint_about_file("listen = 8080").contains("listen"));
    assert!(complaint_about_file("listen = ").contains("stipple.toml"));
    let missing = Config::load(Some(Path::new("/nowhere/stipple.toml")), &BTreeMap::new());
    assert!(missing.map(|_| ()).unwrap_err().to_string().contains("/nowhere/stipple.toml"));
}

#[test]
fn what_cannot_work_is_refused_before_anything_starts() {
    for (name, value, says) in [
        ("STIPPLE_PUBLIC_URL", "stipple.example", "public_url"),
        ("STIPPLE_PUBLIC_URL", "ftp://stipple.example", "http"),
        ("STIPPLE_PUBLIC_URL", "https://stipple.example/?a=b", "no query"),
        ("STIPPLE_ISSUER_HOST", "127.0.0.1", "not an IP address"),
        ("STIPPLE_ISSUER_HOST", "Stipple.Example", "lower-case"),
        ("STIPPLE_ISSUER_HOST", "localhost", "issuer_host"),
        ("STIPPLE_ISSUER_HOST", "a..example", "issuer_host"),
        ("STIPPLE_ISSUER_HOST", "-a.example", "issuer_host"),
        ("STIPPLE_ISSUER_HOST", "stipple.example:8080", "issuer_host"),
        ("STIPPLE_SECRET", "short", "32 characters"),
        ("STIPPLE_DATABASE_URL", "mysql://x/y", "postgres://"),
        ("STIPPLE_DATABASE_REPLICA_URL", "postgres://u:secret-word@h/d", "beside one in database_url"),
        ("STIPPLE_DATABASE_URL", "postgres://u:secret-word@h/d", "must be given with PostgreSQL"),
        ("STIPPLE_SEARCH_URL", "localhost:7700", "embedded"),
        ("STIPPLE_SEARCH_URL", "http://localhost:7700/", "without a trailing slash"),
        ("STIPPLE_SEARCH_URL", "http://u:secret-word@localhost:7700", "search_key"),
        ("STIPPLE_SEARCH_INDEX", "a/b", "letters, digits and hyphens"),
        ("STIPPLE_STORAGE_URL", "s3://bucket", "storage_key_id"),
        ("STIPPLE_STORAGE_URL", "https://bucket.example", "s3://"),
        ("STIPPLE_STORAGE_URL", "s3://bucket?colour=red", "`colour`"),
        ("STIPPLE_STORAGE_URL", "s3://bucket?endpoint=ftp://x", "endpoint"),
        ("STIPPLE_MAIL_URL", "imap://u:secret-word@h", "mail_url"),
        ("STIPPLE_MAIL_URL", "smtp://u:secret-word@h?tls=maybe", "tls=none"),
        ("STIPPLE_MAIL_URL", "smtps://u:secret-word@h?tls=none", "tls=none"),
        ("STIPPLE_MAIL_URL", "smtp://secret-word@h", "a user needs a password"),
        ("STIPPLE_MAIL_URL", "smtp://u:secret-word@h/inbox", "more after the host"),
        ("STIPPLE_MAIL_FROM", "Ann <ann@example.com>", "mail_from"),
        ("STIPPLE_MAIL_FROM", "ann@example.com\r\nBcc: all@example.com", "mail_from"),
        ("STIPPLE_HTTP_TRUSTED_PROXIES", "10.0.0.0/33", "trusted_proxies"),
        ("STIPPLE_HTTP_REQUEST_MS", "1", "http.request_ms"),
    ] {
        let said = complaint(&[(name, value)]);
        assert!(said.contains(says), "{name}={value}: {said}");
        assert!(!said.contains("secret-word"), "{said}");
    }
}

#[test]
fn a_mail_server_is_spoken_to_over_tls_unless_it_is_here_or_said_otherwise() {
    let server = |url: &str| MailServer::parse(url).expect("a mail server's address");
    let how = |url: &str| (server(url).tls, server(url).port);
    assert_eq!(how("smtp://mail.example"), (Tls::StartTls, 587));
    assert_eq!(how("smtp://mail.example:2525"), (Tls::StartTls, 2525));
    assert_eq!(how("smtps://mail.example"), (Tls::Wrapped, 465));
    assert_eq!(how("smtp://10.0.0.7?tls=none"), (Tls::None, 25));
    for here in ["smtp://localhost:1025", "smtp://127.0.0.1:1025", "smtp://[::1]:1025"] {
        assert_eq!(how(here), (Tls::None, 1025), "{here}");
    }
    assert_eq!(
        how("smtp://localhost.example").0,
        Tls::StartTls,
        "a name that only begins like this machine's"
    );
    let (user, password) = server("smtp://ann%40example.com:a+b%3D%26c%25@mail.example").user.unwrap();
    assert_eq!((user.reveal(), password.reveal()), ("ann@example.com", "a+b=&c%"));
    assert!(!format!("{:?}", server("smtp://ann:sesame@mail.example")).contains("sesame"));
}

#[test]
fn a_public_url_loses_its_last_slash() {
    let config = load(&[("STIPPLE_PUBLIC_URL", "https://stipple.example/")]).unwrap();
    assert_eq!(config.public_url, "https://stipple.example");
}

#[test]
fn a_list_is_written_with_commas() {
    let config = load(&[("STIPPLE_HTTP_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.1,2001:db8::/32")]).unwrap();
    let inside = |address: &str| {
        config.http.trusted_proxies.iter().any(|network| network.contains(address.parse().unwrap()))
    };
    assert!(inside("10.1.2.3") && inside("192.0.2.1") && inside("2001:db8::1") && inside("::ffff:10.1.2.3"));
    assert!(!inside("11.0.0.1") && !inside("192.0.2.2") && !inside("2001:db9::1"));
}

#[test]
fn secrets_are_not_shown() {
    let config = load(&[
        ("STIPPLE_SECRET", LONG),
        ("STIPPLE_DATABASE_URL", "postgres://somebody:hunter2@db.example/stipple"),
    ])
    .unwrap();
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains(LONG) && !shown.contains("hunter2") && !shown.contains("somebody"), "{shown}");
    assert_eq!(format!("{:?}", Secret::default()), "(not set)");
    assert_eq!(config.secret.reveal(), LONG);
}

#[test]
fn a_setting_of_the_wrong_type_does_not_show_the_secret_beside_it() {
    let said = complaint_about_file(&format!("secret = \"{LONG}\"\nlisten = 5\n"));
    assert!(!said.contains(LONG), "{said}");
    let said = complaint_about_file(&format!("secret = \"{LONG}\" oops\n"));
    assert!(!said.contains(LONG), "{said}");
}

#[test]
fn the_settings_of_tests_are_a_directory_of_their_own_and_the_defaults() {
    let config = Config::for_tests(Path::new("/somewhere/else"));
    assert_eq!(config.data_dir, Path::new("/somewhere/else"));
    assert!(config.secret.reveal().len() >= 32);
    assert_eq!(config.pool_limits().connections, config.database_connections);
}
