//! The results on a map: drawn without script, marks that are links in the order of the list, and ways to move.

use super::find::links;
use crate::directory::{Directory, at, clinic, leeds};

/// The map of a page.
fn map(page: &str) -> &str {
    let from = page.find("<section class=\"map\"").expect("a map");
    &page[from..from + page[from..].find("</section>").expect("its end")]
}

/// What marks say, in their order.
fn marks(page: &str) -> Vec<&str> {
    let marks = map(page).split("<a class=\"mark\"").skip(1);
    marks.filter_map(|mark| mark.split("aria-label=\"").nth(1)?.split('"').next()).collect()
}

#[tokio::test]
async fn results_stand_on_a_map_in_the_order_of_the_list() {
    let directory = Directory::new().await;
    let evil = "\"><script>alert(1)</script>";
    let near = directory.add(&at(evil, &leeds())).await;
    directory.add(&at("Bea", &clinic("Next Door", "Leeds", "GB", 53.801, -1.551))).await;
    let bradford = directory.add(&at("Cid", &clinic("Wool Scalp", "Bradford", "GB", 53.795, -1.759))).await;
    directory.settle().await;
    let page = async |query: &str| directory.anyone().get(&format!("/find?{query}")).await.expect(200).text();

    let shown = page("near=Leeds&radius_km=25&all=1&view=map").await;
    assert_eq!(marks(&shown), ["2 people, around Leeds", "3. Cid"], "{}", map(&shown));
    assert!(map(&shown).contains(&format!("href=\"/practitioners/{bradford}\"")), "{}", map(&shown));
    assert!(map(&shown).contains(" miles</text>"), "a scale: {}", map(&shown));
    assert!(map(&shown).contains(">Wakefield</text>"), "named places: {}", map(&shown));
    assert!(map(&shown).contains(">Leeds</text>"), "beneath its mark too: {}", map(&shown));
    assert!(map(&shown).contains("class=\"reach\""), "what was searched: {}", map(&shown));
    assert!(!shown.contains("<script>alert"), "{shown}");
    let first = shown.find("id=\"r1\"").expect("the list, numbered");
    assert!(shown[first..].starts_with(&format!("id=\"r1\" data-number=\"{near}\"")), "{shown}");
    assert!(shown.contains("src=\"/script/map.js\""));

    // A mark of several leads closer, until each stands alone.
    let closer = links(map(&shown), "/find?near=Leeds");
    let closer = closer.iter().find(|link| link.contains("bbox=")).expect("a way closer");
    let apart = page(closer.strip_prefix("/find?").unwrap()).await;
    assert_eq!(marks(&apart).len(), 2, "{}", map(&apart));
    assert!(marks(&apart).iter().all(|mark| !mark.contains("people")), "{}", map(&apart));
    assert!(!apart.contains("Cid"), "the list is of what the map shows: {apart}");
    assert!(apart.contains("In this part of the map") && !map(&apart).contains("class=\"reach\""), "{apart}");
    for way in links(map(&shown), "/find") {
        assert!(page(way.strip_prefix("/find?").unwrap()).await.contains("<section class=\"map\""), "{way}");
    }
}

#[tokio::test]
async fn one_house_a_whole_world_and_its_far_side() {
    let directory = Directory::new().await;
    for name in ["Ada", "Bea"] {
        directory.add(&at(name, &leeds())).await;
    }
    directory.add(&at("West", &clinic("Suva Scalp", "Suva", "FJ", -18.14, 178.44))).await;
    directory.add(&at("East", &clinic("Apia Scalp", "Apia", "WS", -13.83, -171.77))).await;
    directory.add(&serde_json::json!({"name": "Nowhere"})).await;
    directory.settle().await;
    let page = async |query: &str| {
        directory.anyone().get(&format!("/find?view=map&all=1&{query}")).await.expect(200).text()
    };
    let world = page("sort=name").await;
    assert_eq!(marks(&world), ["2 people, around Leeds", "2 people, around Apia"], "{}", map(&world));
    assert!(map(&world).contains("because they give no place: 1."), "{}", map(&world));
    assert!(!map(&world).contains("class=\"scale\""), "no scale fits a whole world");
    let pacific = page("sort=name&bbox=170,-30,-160,0").await;
    assert_eq!(marks(&pacific), ["1. East", "2. West"], "{}", map(&pacific));
    let x = |name: &str| -> f64 {
        let (_, mark) = map(&pacific).split_once(name).expect("a mark");
        mark.split_once("cx=\"").unwrap().1.split('"').next().unwrap().parse().unwrap()
    };
    assert!(x(". West") < x(". East"), "across the antimeridian: {}", map(&pacific));
    let house = page("bbox=-1.551,53.799,-1.549,53.801").await;
    assert_eq!(marks(&house), ["2 people, around Leeds"], "{}", map(&house));
    assert!(map(&house).contains("href=\"#r1\""), "no map takes them apart: {}", map(&house));
    for bbox in ["-180,-90,180,90", "0,90,0,90", "179.9,-90,-179.9,-89", "180,0,-180,0", "0,0,0,0"] {
        let edge = page(&format!("bbox={bbox}")).await;
        assert!(!map(&edge).contains("NaN") && !map(&edge).contains("inf"), "{bbox}: {}", map(&edge));
        for way in links(map(&edge), "/find") {
            directory.anyone().get(&way).await.expect(200);
        }
    }
}

#[tokio::test]
async fn coasts_and_borders_are_where_they_are() {
    let directory = Directory::new().await;
    directory.add(&at("Somewhere", &leeds())).await;
    directory.settle().await;
    let drawn = async |bbox: &str| {
        let page = directory.anyone().get(&format!("/find?view=map&bbox={bbox}")).await.expect(200).text();
        let path = |class: &str| {
            let (_, rest) = map(&page).split_once(&format!("class=\"{class}\"")).expect("a path");
            let (_, data) = rest.split_once(" d=\"").expect("its data");
            data.split('"').next().unwrap().to_owned()
        };
        (path("land"), path("border"))
    };
    let (ocean, _) = drawn("-35,-2,-31,2").await;
    assert_eq!(ocean, "", "in the middle of the Atlantic there is nothing");
    let (inland, border) = drawn("-1.7,53.7,-1.5,53.9").await;
    assert!(inland.starts_with('M') && inland.len() < 200, "land all over: {inland}");
    assert_eq!(border, "");
    let (_, parallel) = drawn("-105.5,48.5,-104.5,49.5").await;
    assert!(parallel.starts_with('M'), "the border of two countries, on a long straight");
    let (coast, _) = drawn("-6,49.9,-4,51.3").await;
    assert!(coast.len() > 400, "Cornwall: {coast}");
    let (world, borders) = drawn("-180,-85,180,85").await;
    assert!(world.len() < 60_000 && world.len() > 5_000, "{} bytes of coast", world.len());
    assert!(borders.len() > 3_000, "{} bytes of borders", borders.len());
    for (bbox, is_land) in [
        ("178,66.4,179,66.8", true),
        ("-176.6,66.1,-176,66.4", true),
        ("179.8,66.6,-179.8,66.8", true),
        ("-15,67.8,-13,68.5", false),
        ("60,-80,61,-79", true),
        ("-179,-84,179,-83", true),
        ("0,-60,1,-59", false),
    ] {
        let (land, _) = drawn(bbox).await;
        assert_eq!(!land.is_empty(), is_land, "no line is drawn around the world: {bbox}: {land}");
    }
}
