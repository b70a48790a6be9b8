//! What `deploy/` says is true: settings that exist, secrets that are declared, nothing open that need not be.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use stipple::config::DEFAULTS;

use crate::support::skip;

fn file(name: &str) -> String {
    fs::read_to_string(format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Every variable there is.
fn variables() -> BTreeSet<String> {
    let mut section = String::new();
    let mut names = BTreeSet::new();
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = format!("{}_", name.trim_end_matches(']').to_uppercase());
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            names.insert(format!("STIPPLE_{section}{}", key.to_uppercase()));
        }
    }
    names
}

/// The words of a text that begin as variables of the service do.
fn named(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.starts_with("STIPPLE_"))
        .map(|word| word.trim_end_matches('_').to_owned())
        .collect()
}

#[test]
fn every_setting_that_is_named_exists() {
    let known = variables();
    for name in ["compose.yaml", "Dockerfile", "stipple.service", "RUNBOOK.md"] {
        for variable in named(&file(name)) {
            let plain = variable.strip_suffix("_FILE").unwrap_or(&variable);
            assert!(known.contains(plain) || plain == "STIPPLE", "{name} names {variable}");
        }
    }
}

#[test]
fn the_composition_opens_nothing_but_the_proxy_and_holds_no_secret() {
    let text = file("compose.yaml");
    let services = text.split("\nservices:\n").nth(1).unwrap().split("\nnetworks:\n").next().unwrap();
    let mut seen = 0;
    for service in services.split("\n\n") {
        let name = service.trim_start().split(':').next().unwrap();
        seen += 1;
        assert_eq!(service.contains("\n    ports:"), name == "caddy", "{name}");
        let checked = service.contains("healthcheck:") || service.contains("<<: *stipple");
        assert!(checked || name == "store-setup", "{name} has no health check");
        for line in service.lines().filter_map(|line| line.trim().strip_prefix("image: ")) {
            let tag = line.rsplit_once(':').map(|(_, tag)| tag).unwrap_or_default();
            assert!(tag.contains('.') || tag.contains("RELEASE"), "{line} is not pinned");
        }
    }
    assert_eq!(seen, 7);
    let declared: BTreeSet<&str> = text
        .split("\nsecrets:\n")
        .nth(1)
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().split_once(':').map(|(name, _)| name))
        .collect();
    for line in text.lines().filter_map(|line| line.trim().strip_prefix("secrets: [")) {
        for secret in line.trim_end_matches(']').split(", ") {
            assert!(declared.contains(secret), "{secret} is not declared");
        }
    }
    for (name, value) in text.lines().filter_map(|line| line.trim().split_once(": ")) {
        let secret = ["PASSWORD", "_KEY", "SECRET"].iter().any(|word| name.ends_with(word));
        assert!(!secret || value.starts_with("/run/secrets/"), "{name} is written down");
    }
}

#[test]
fn the_proxy_reads_its_file() {
    let path = format!("{}/deploy/Caddyfile", env!("CARGO_MANIFEST_DIR"));
    let mut caddy = Command::new("caddy");
    caddy.args(["validate", "--adapter", "caddyfile", "--config", &path]);
    match caddy.env("PUBLIC_URL", "https://directory.example").output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => skip("caddy on deploy/Caddyfile: it is not installed"),
    }
}

#[test]
fn the_image_does_not_run_as_root_and_the_unit_is_hardened() {
    let image = file("Dockerfile");
    let last = image.rsplit("\nFROM ").next().unwrap();
    assert!(last.contains("\nUSER 10001:10001\n") && last.contains("HEALTHCHECK") && !last.contains("curl"));
    let unit = file("stipple.service");
    for line in [
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "MemoryMax=1G",
    ] {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        skip("systemd-analyze on deploy/stipple.service: it is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stipple.service");
    // The binary is not installed where tests run.
    fs::write(&path, unit.replace("/usr/local/bin/stipple", "/bin/true")).unwrap();
    let output = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let own: Vec<&str> = said.lines().filter(|line| line.contains("stipple.service")).collect();
    assert!(output.status.success() && own.is_empty(), "{said}");
}
