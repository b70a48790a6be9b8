//! The find page: filters with counts, everything in the address, conditions in the one box, the reader's own place, and a
//! way on from every empty answer.

use std::io::Write;

use serde_json::{Value, json};

use crate::directory::{Directory, at, clinic, leeds, manchester};
use crate::support::academy::Academy;

/// The links of a page that begin so, as they are followed.
pub(super) fn links(page: &str, beginning: &str) -> Vec<String> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.starts_with(beginning)).map(|link| link.replace("&amp;", "&")).collect()
}

/// The link that says this.
#[track_caller]
fn link(page: &str, says: &str) -> String {
    let end = page.find(&format!(">{says}<")).unwrap_or_else(|| panic!("nothing says {says}: {page}"));
    links(&page[page[..end].rfind("<a ").expect("a link says it")..=end], "/").remove(0)
}

/// The choice of a filter: whether it is chosen, and how many it leaves.
fn choice(page: &str, name: &str, value: &str) -> Option<(bool, u64)> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"{value}\""))?;
    let (tag, rest) = rest.split_once('>')?;
    let (_, count) = rest.split_once("class=\"n\">(")?;
    Some((tag.contains("checked"), count.split_once(')')?.0.parse().ok()?))
}

fn numbers(page: &str) -> Vec<&str> {
    page.split("data-number=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn with(mut listing: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().expect("members") {
        listing[name] = value.clone();
    }
    listing
}

#[tokio::test]
async fn filters_count_and_are_taken_away_by_links() {
    let directory = Directory::new().await;
    let price = json!({"amount_from": 200_000, "currency": "GBP", "unit": "whole-treatment"});
    let scars = json!({"conditions": ["scar-fut"], "languages": ["en", "pl"], "accepts_new_clients": true,
        "services": [{"service": "full-head", "price": price}]});
    let scars = directory.add(&with(at("Ada", &leeds()), &scars)).await;
    let crown = json!({"conditions": ["crown-thinning"], "languages": ["en"], "welcomes": ["step-free"]});
    let crown = directory.add(&with(at("Bea", &leeds()), &crown)).await;
    directory.settle().await;
    let page = async |query: &str| directory.anyone().get(&format!("/find?{query}")).await.expect(200).text();

    let all = page("all=1").await;
    assert_eq!(choice(&all, "conditions", "scar-fut"), Some((false, 1)), "{all}");
    assert_eq!(choice(&all, "languages", "en"), Some((false, 2)));
    assert_eq!(choice(&all, "welcomes", "step-free"), Some((false, 1)));
    assert_eq!(choice(&all, "accepts_new_clients", "true"), Some((false, 1)));
    assert!(!all.contains("class=\"chips\""), "nothing was chosen");

    let polish = page("all=1&languages=pl").await;
    assert_eq!(numbers(&polish), [&scars], "{polish}");
    assert_eq!(choice(&polish, "languages", "pl"), Some((true, 1)));
    assert_eq!(choice(&polish, "languages", "en"), Some((false, 2)), "its own filter is left out");
    assert_eq!(choice(&polish, "conditions", "crown-thinning"), None, "nobody there");
    let without = &links(&polish[polish.find("class=\"chips\"").unwrap()..], "/find")[0];
    assert_eq!(without, "/find?all=1");

    // A form sends what is ticked apart; it means any of them.
    let both = page("q=&near=&all=1&conditions=scar-fut&conditions=crown-thinning&price=&currency=GBP").await;
    assert_eq!(numbers(&both).len(), 2, "{both}");
    let chips =
        links(&both[both.find("class=\"chips\"").unwrap()..both.find("class=\"count\"").unwrap()], "/");
    let expected =
        ["/find?all=1&conditions=crown-thinning", "/find?all=1&conditions=scar-fut", "/find?all=1"];
    assert_eq!(chips, expected);

    for (query, found) in [
        ("price=2,000&currency=GBP", vec![&scars]),
        ("price=1999.99&currency=GBP", vec![]),
        ("price=2000&currency=USD", vec![]),
        ("accepts_new_clients=true", vec![&scars]),
        ("welcomes=step-free", vec![&crown]),
        ("min_settled_cases=1", vec![]),
        ("utm_source=elsewhere&sort=distance&sort=name", vec![&scars, &crown]),
    ] {
        assert_eq!(numbers(&page(&format!("all=1&{query}")).await), found, "{query}");
    }
    let chosen = page("all=1&price=2000&currency=GBP&min_hours=25").await;
    assert!(chosen.contains("At most 2000 GBP") && chosen.contains("Filters (2 chosen)"), "{chosen}");
    assert!(
        chosen.contains("<option value=\"25\" selected>"),
        "what the panel does not offer stays: {chosen}"
    );
}

#[tokio::test]
async fn words_that_name_a_condition_offer_it_as_a_filter() {
    let directory = Directory::new().await;
    let academy = Academy::recognised(&directory, "leeds-smp-school").await;
    for name in ["Ada Wright", "Bea Wright"] {
        let listing = with(at(name, &leeds()), &json!({"conditions": ["crown-thinning"]}));
        let number = directory.add(&listing).await;
        academy.submit(&academy.sign(&academy.award(&directory, name, Some(&number)))).await.expect(201);
    }
    directory.settle().await;
    let page = directory.anyone().get("/find?q=crown+thinning+near+Leeds").await.expect(200).text();
    let offer = link(&page, "Only people who treat: Thinning crown");
    assert_eq!(offer, "/find?near=Leeds&conditions=crown-thinning");
    assert!(page.contains("Only people who treat: Thinning crown</a> (2)"), "{page}");
    let taken = directory.anyone().get(&offer).await.expect(200).text();
    assert_eq!(numbers(&taken).len(), 2, "{taken}");
    for quiet in ["q=scar", "q=wright", "q=cro", "q=crown+thinning&conditions=crown-thinning"] {
        let page = directory.anyone().get(&format!("/find?{quiet}")).await.expect(200).text();
        assert!(!page.contains("Only people who treat"), "{quiet}: {page}");
    }
}

#[tokio::test]
async fn around_the_reader_in_the_units_of_the_place() {
    let directory = Directory::new().await;
    directory.add(&at("In Leeds", &leeds())).await;
    directory.add(&at("In Manchester", &manchester())).await;
    directory.add(&at("In Berlin", &clinic("Mitte Scalp", "Berlin", "DE", 52.52, 13.4))).await;
    directory.settle().await;
    let page = async |query: &str, languages: &str| {
        let asked = directory.anyone().get(&format!("/find?{query}"));
        asked.header("accept-language", languages).await.expect(200).text()
    };
    let here = page("lat=53.85&lon=-1.55&radius_km=80&all=1", "de-DE").await;
    assert!(here.contains("2 practitioners near you") && here.contains("3.5 miles away"), "{here}");
    assert!(here.contains("<option value=\"16\">10 miles</option>"), "{here}");
    assert!(here.find("In Leeds") < here.find("In Manchester"), "the nearest first");
    assert!(here.contains("<input type=\"hidden\" name=\"lat\" value=\"53.85\">"), "kept by the form");
    assert!(here.contains("<summary>Filters</summary>"), "a place is no filter: {here}");
    let berlin = page("near=Berlin&all=1", "en-GB").await;
    assert!(berlin.contains(" km away") && berlin.contains(">25 km<"), "{berlin}");
    let typed = page("near=Berlin&lat=53.85&lon=-1.55&all=1", "en-GB").await;
    assert!(typed.contains("In Berlin") && !typed.contains("In Leeds"), "what is typed goes first: {typed}");
    for (languages, unit) in [
        ("en-GB,en;q=0.9", "25 miles"),
        ("fr, en-us;q=0.5", "25 miles"),
        ("zh-Hant-TW,en-US", "40 km"),
        ("", "40 km"),
        ("*", "40 km"),
        (";;,-,--", "40 km"),
    ] {
        let shown = page("all=1", languages).await;
        assert!(
            shown.contains(&format!("<option value=\"40\" selected>{unit}</option>")),
            "{languages}: {shown}"
        );
    }
}

#[tokio::test]
async fn an_empty_answer_leads_on() {
    let directory = Directory::new().await;
    let ada = directory.add(&with(at("Ada", &leeds()), &json!({"languages": ["pl"]}))).await;
    directory.settle().await;
    let page = directory.anyone().get("/find?near=Leeds&languages=pl,de&min_years=10&all=1").await;
    let page = page.expect(200).text();
    assert!(page.contains("Nobody fits all of that."), "{page}");
    let ways = &page[page.find("class=\"loosen\"").expect("ways out")..];
    let years = link(ways, "Leave out “10 years or more of work”");
    assert_eq!(years, "/find?near=Leeds&all=1&languages=pl%2Cde");
    let all = link(ways, "Take all away");
    assert_eq!(all, "/find?near=Leeds&all=1");
    assert!(!ways.contains("Leave out “Polish”"), "that would find nobody either: {ways}");
    for way in links(&ways[..ways.find("</section>").unwrap()], "/find") {
        let found = directory.anyone().get(&way).await.expect(200).text();
        assert_eq!(numbers(&found), [&ada], "{way}");
    }
    let far = directory.anyone().get("/find?near=Berlin").await.expect(200).text();
    let wider = link(&far, "Look further away, and show all of them");
    let found = directory.anyone().get(&wider).await.expect(200).text();
    assert_eq!(numbers(&found), [&ada], "two things at once: {far}");
    let nobody = directory.anyone().get("/find?q=qwxzyq&min_years=90").await.expect(200).text();
    assert!(nobody.contains("Nobody was found"), "{nobody}");
    assert_eq!(
        numbers(&directory.anyone().get(&link(&nobody, "Show everybody")).await.expect(200).text()),
        [&ada]
    );
}

#[tokio::test]
async fn what_cannot_be_searched_is_said_where_it_was_asked() {
    let directory = Directory::new().await;
    directory.add(&at("Ada", &leeds())).await;
    directory.settle().await;
    let evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimg+src=x+onerror=alert(1)%3E";
    for name in [
        "q",
        "near",
        "radius_km",
        "lat",
        "lon",
        "bbox",
        "conditions",
        "languages",
        "min_hours",
        "price",
        "currency",
        "all",
        "sort",
        "view",
        "cursor",
        "min_settled_cases",
        "accepts_new_clients",
    ] {
        for more in ["", "&near=Leeds&view=map&price=1&currency=GBP"] {
            let answer = directory.anyone().get(&format!("/find?{name}={evil}{more}")).await;
            let (status, text) = (answer.status.as_u16(), answer.text());
            assert!(status == 200 || status == 400, "{name}: {status} {text}");
            assert!(!text.contains("<script>") && !text.contains("<img src=x"), "{name}: {text}");
            assert!(text.contains("id=\"search\""), "{name}: the form is there to be put right: {text}");
        }
    }
    let long = "a".repeat(10_000);
    for (query, says) in [
        (format!("q={long}"), "200"),
        (format!("near={long}"), "Near: This may have at most 160 characters"),
        ("conditions=scar-futt".to_owned(), "scar-fut"),
        ("languages=klingon".to_owned(), "klingon"),
        ("bbox=1,2,3".to_owned(), "west,south,east,north"),
        ("bbox=0,50,1,40".to_owned(), "Map of the results: south (50) is above north (40)"),
        ("bbox=0,0,NaN,0&view=map".to_owned(), "west,south,east,north"),
        ("bbox=0,-91,0,91&view=map".to_owned(), "latitudes from -90 to 90"),
        ("near=Leeds&radius_km=-5".to_owned(), "0.1"),
        ("min_hours=many".to_owned(), "number"),
        ("price=cheap&currency=GBP".to_owned(), "number"),
        ("lat=91&lon=0".to_owned(), "90"),
        ("cursor=bm90aGluZw".to_owned(), "cursor"),
    ] {
        let answer = directory.anyone().get(&format!("/find?{query}")).await.expect(400).text();
        let note = &answer[answer.find("role=\"alert\"").expect("a note")..];
        assert!(note.contains(says), "{}: {note}", &query[..query.len().min(40)]);
        assert!(note.contains("href=\"/find\""), "a way on: {note}");
    }
    let wrong = directory.anyone().get("/find?conditions=scar-futt&all=1").await.expect(400).text();
    assert!(
        links(&wrong, "/find?all=1").contains(&"/find?all=1".to_owned()),
        "taken away by a link: {wrong}"
    );
}

/// How many bytes of a text go over the wire.
fn compressed(text: &str) -> usize {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).expect("memory takes bytes");
    packed.finish().expect("memory takes bytes").len()
}

#[tokio::test]
async fn the_page_is_light() {
    let directory = Directory::new().await;
    let all = json!({"conditions": ["scar-fut", "crown-thinning", "male-pattern"], "languages": ["en", "pl", "de"],
        "own_words": {"headline": "Twenty years of calm work on scalps of every kind, in three towns."}});
    for name in 0..12 {
        directory.add(&with(at(&format!("Somebody {name}"), &leeds()), &all)).await;
    }
    directory.settle().await;
    let read = async |path: &str| directory.anyone().get(path).await.expect(200).text();
    let list = read("/find?near=Leeds&all=1").await;
    assert_eq!(numbers(&list).len(), 12);
    let scripts: Vec<String> =
        list.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
    assert_eq!(scripts, ["/script/find.js"], "the map is not loaded with the list");
    assert!(!list.contains("id=\"map\""), "nor drawn");
    let script = compressed(&read("/script/find.js").await);
    let whole = compressed(&list) + compressed(&read("/style.css").await) + script;
    assert!(script <= 20_000 && whole <= 60_000, "{script} bytes of script, {whole} of all");
    let map = read("/find?near=Leeds&all=1&view=map").await;
    let map = compressed(&map) + compressed(&read("/script/map.js").await) + whole - compressed(&list);
    assert!(map <= 60_000, "{map} with the map");
}
