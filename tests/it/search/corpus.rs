//! The documents the cases ask about. Each topic has words of its own, so that a case is about one
//! thing.

use serde_json::{Value, json};
use stipple::platform::geo::Point;
use stipple::search::Document;

/// A document with a group of the same name, of no standing.
pub(super) fn document(group: &str, fields: Value) -> Document {
    let Value::Object(mut fields) = fields else { panic!("an object") };
    fields.insert("number".into(), json!(group));
    Document { id: group.into(), group: group.into(), point: None, fields }
}

fn bio(group: &str, text: &str) -> Document {
    document(group, json!({ "bio": text }))
}

fn name(group: &str, text: &str) -> Document {
    document(group, json!({ "name": text }))
}

fn at(mut document: Document, lat: f64, lon: f64) -> Document {
    document.point = Point::new(lat, lon);
    document
}

pub(super) fn all() -> Vec<Document> {
    let mut all = words();
    all.extend(ranking());
    all.extend(facts());
    all.extend(places());
    all
}

fn words() -> Vec<Document> {
    vec![
        name("zoe", "Zoë O'Brien"),
        name("jean", "Jean-Luc Müller"),
        document("elodie", json!({"name": "Élodie Dupont", "bio": "Spécialiste de l'alopécie"})),
        document("maria", json!({"name": "Мария Йованова", "bio": "Трикопигментация кожи"})),
        document("li", json!({"name": "李明", "bio": "头皮纹饰 专家"})),
        document("noura", json!({"name": "نورة", "bio": "تصبغ فروة الرأس"})),
        document("robert", json!({"name": "Robert Vale", "aliases": ["Bob", "Bobby Vale"]})),
        bio("kook", "A kookaburra in the garden"),
        bio("wall", "One wallaby"),
        bio("emus", "Seven emus"),
        bio("num", "Room 10000"),
        bio("band", "A bandicoat"),
        document("taipan", json!({"clinic": "Taipan House"})),
        bio("roo", "A roo"),
        bio("kang", "A kangaroo"),
        bio("turkey", "A bush turkey nest"),
        bio("mega", "A megapode nest"),
        bio("wing", "The blue wing"),
        bio("frog1", "A treefrog"),
        bio("frog2", "A tree frog"),
        document("nested", json!({"offers": ["tawny", "frogmouth"]})),
        bio("long", &"x".repeat(200)),
    ]
}

fn ranking() -> Vec<Document> {
    let mut all = vec![
        bio("near1", "quokka wombat"),
        bio("near2", "quokka small wombat"),
        bio("near3", "quokka and of one two three wombat"),
        bio("near4", "far wombat, and many many words that part them from a quokka"),
        name("attr1", "Platypus Lodge"),
        document("attr2", json!({"offers": ["big platypus"]})),
        bio("attr3", "Some platypus"),
        name("typo1", "Echidma Lane"),
        bio("typo2", "An echidna"),
        name("exact1", "Numbat"),
        name("exact2", "Numbat Hill"),
        name("exact3", "Numbats Hill"),
        bio("words1", "bilby dingo potoroo"),
        bio("words2", "bilby dingo"),
        bio("words3", "bilby"),
        bio("words4", "potoroo"),
        document("stand1", json!({"bio": "a galah", "standing": 1})),
        document("stand3", json!({"bio": "a galah", "standing": 3.5})),
        document("stand2", json!({"bio": "a galah", "standing": 2})),
        bio("tie2", "a corella"),
        bio("tie1", "a corella"),
        bio("tie3", "a corella"),
        bio("one-glider", "glider"),
    ];
    all.extend((10..20).map(|at| bio(&format!("glider{at}"), "glider possum")));
    all
}

/// Listings with facts. `twins` has two documents.
fn facts() -> Vec<Document> {
    let facts = |group: &str, conditions: &[&str], years: i64, country: &str, more: Value| {
        let mut fields = json!({
            "bio": "fact", "conditions": conditions, "years": years, "country": country,
            "verified": years > 4, "languages": ["en"], "name": format!("Fact {group}"),
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            fields[key] = value.clone();
        }
        document(group, fields)
    };
    let mut one = facts(
        "twins",
        &["scar", "areata"],
        9,
        "GB",
        json!({"price": {"GBP": 900}, "languages": ["en", "fr"]}),
    );
    let mut two = one.clone();
    one.id = "twins/london".into();
    one.point = Point::new(51.5, -0.12);
    two.id = "twins/paris".into();
    two.point = Point::new(48.86, 2.35);
    two.fields.insert("country".into(), json!("FR"));
    vec![
        facts("fact1", &["scar"], 1, "GB", json!({"price": {"GBP": 500, "EUR": 600}, "rating": 4.5})),
        facts("fact2", &["areata", "scar"], 5, "GB", json!({"price": {"GBP": 1500}, "rating": -1})),
        facts("fact3", &["areata"], 10, "US", json!({"price": {"USD": 2000}, "level": "foundation"})),
        facts("fact4", &[], 20, "DE", json!({"languages": ["de"]})),
        one,
        two,
    ]
}

fn places() -> Vec<Document> {
    vec![
        at(bio("manchester", "place"), 53.4808, -2.2426),
        at(bio("salford", "place"), 53.4875, -2.2901),
        at(bio("leeds", "place"), 53.8008, -1.5491),
        at(bio("suva-east", "place"), -17.0, 179.9),
        at(bio("suva-west", "place"), -17.0, -179.9),
        at(bio("pole0", "place"), 89.9, 0.0),
        at(bio("pole180", "place"), 89.9, 180.0),
        at(bio("south", "place"), -90.0, 12.0),
        bio("nowhere", "place"),
    ]
}
