//! Verdicts over HTTP from a `stipple serve` on one core, of certificates with one proof and with both.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use stipple::signing::did;
use stipple::signing::keys::KeyFile;
use stipple::signing::proof::{self, Options as ProofOptions, Purpose, Suite};

use crate::client::{self, Connection};
use crate::demo::{self, Demos, Served};
use crate::table::{Row, median};
use crate::{Measured, Options};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Verdicts a second that are asked for, by the suites of the certificate.
const KINDS: [(&str, &[Suite], f64); 2] = [
    ("verdict over HTTP, eddsa-jcs-2022", &[Suite::EddsaJcs2022], 10_000.0),
    ("verdict over HTTP, both proofs", &Suite::BOTH, 1_200.0),
];
/// Certificates of each kind, asked about in turns.
const CERTIFICATES: usize = 64;
const CONNECTIONS: usize = 8;

/// Certificates of an academy of the demo, in a shape of their own, so that they may carry one proof alone.
pub(crate) fn run(options: &Options, demos: &mut Demos) -> Measured {
    let (rounds, time) =
        if options.quick { (3, Duration::from_millis(300)) } else { (9, Duration::from_millis(1000)) };
    let dir = demos.of(demo::USUAL)?;
    let key = a_key(dir)?;
    let served = Served::start_on_one_core(dir)?;
    let mut rows = Vec::new();
    for (what, suites, least) in KINDS {
        let requests: Vec<Vec<u8>> =
            (0..CERTIFICATES).map(|at| request(&key, suites, at)).collect::<Result<_>>()?;
        let said: Value = serde_json::from_slice(Connection::open(served.address)?.ask(&requests[0])?)?;
        if said["verdict"] != "valid" {
            return Err(format!("the certificate is {said}, which is not what is measured").into());
        }
        let rates = (0..rounds)
            .map(|_| client::throughput_of(served.address, &requests, CONNECTIONS, time))
            .collect::<Result<Vec<f64>>>()?;
        let rate = median(rates);
        rows.push(Row::at_least(what, (rate, least), "/s", rate / least, 1.0).note(&format!(
            "one core; {CERTIFICATES} certificates in turns over {CONNECTIONS} connections, asked about before"
        )));
    }
    Ok(rows)
}

/// The key of an academy that the demo's directory recognises.
fn a_key(dir: &Path) -> Result<KeyFile> {
    Ok(KeyFile::from_json(&std::fs::read(dir.join("demo/academies/northern-smp-school.key.json"))?)?)
}

fn request(key: &KeyFile, suites: &[Suite], at: usize) -> Result<Vec<u8>> {
    let credential = json!({
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": format!("urn:uuid:00000000-0000-4000-8000-{at:012}"),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Foundation in Scalp Micropigmentation",
        "issuer": {"id": key.did, "type": ["Profile"]},
        "validFrom": "2026-03-01T09:30:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [{
                "type": "IdentityObject", "identityType": "name", "hashed": false, "identityHash": "Zoë Ångström-Lee",
            }],
            "achievement": {
                "id": "https://badges.example/foundation",
                "type": ["Achievement"],
                "achievementType": "Certificate",
                "name": "Foundation in Scalp Micropigmentation",
                "description": "Five days on skin, needles and hairlines, with live models.",
                "criteria": {"narrative": "Hours: 24 h supervised live. Live models: 4. Assessed by exam."},
            },
        },
    });
    let Value::Object(mut document) = credential else { return Err("an object is an object".into()) };
    let method = did::method_id(&key.did, &key.key.public());
    let options =
        ProofOptions { method: &method, purpose: Purpose::AssertionMethod, created: "2026-03-01T09:30:00Z" };
    proof::sign(&mut document, &key.key, suites, options)?;
    let body = serde_json::to_vec(&document)?;
    let head = format!(
        "POST /v1/verify HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/vc\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Ok([head.as_bytes(), &body].concat())
}
