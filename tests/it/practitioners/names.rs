//! Whether two spellings are of one person's name: it decides whether a certificate counts.

use proptest::prelude::*;
use stipple::practitioners::{NameMatch, PersonNames, name_key, same_name, same_person_name};

fn both_ways(a: &str, b: &str) -> bool {
    let there = same_name(a, b);
    assert_eq!(there, same_name(b, a), "{a} / {b} is not symmetric");
    there
}

#[test]
fn honest_spellings_of_one_name_are_the_same() {
    for (a, b) in [
        ("Jane Doe", "jane doe"),
        ("Jane Doe", "DOE, Jane"),
        ("Jane Doe", "Doe Jane"),
        ("Jane Doe", "Ms. Jane Doe"),
        ("Jane Doe", "Dr Jane Doe, PhD"),
        ("Jane Doe", "Jane  M.  Doe"),
        ("Jane Mary Doe", "Jane Doe"),
        ("Jane Mary Doe", "Jane M. Doe"),
        ("Jane Mary Ann Doe", "Jane M Doe"),
        ("Doe, Jane Mary", "Jane Doe"),
        ("José García", "Jose Garcia"),
        ("José García", "Jose\u{301} Garci\u{301}a"),
        ("Zoë Brontë", "ZOE BRONTE"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Jürgen Müller", "Jurgen Muller"),
        ("Søren Ægidius", "Soren Aegidius"),
        ("Søren Åberg", "Soeren Aaberg"),
        ("Strauß Anna", "Anna Strauss"),
        ("Łukasz Żółć", "Lukasz Zolc"),
        ("Đỗ Thị Hồng", "Do Thi Hong"),
        ("Işıl Yıldız", "Isil Yildiz"),
        ("Sinéad O’Brien", "Sinead O'Brien"),
        ("Sinead OBrien", "Sinéad O'Brien"),
        ("Anne-Marie Smith", "Anne Marie Smith"),
        ("Anne-Marie Smith", "Annemarie Smith"),
        ("Jan van der Berg", "Jan Vanderberg"),
        ("Ian Mc Donald", "Ian McDonald"),
        ("J. R. Smith", "J R Smith"),
        ("Robert Downey Jr.", "Robert Downey, Jr"),
        ("Robert Downey Jr.", "Robert Downey"),
        ("Downey, Robert Jr", "Robert Downey Junior"),
        ("Олена Шевченко", "Шевченко Олена"),
        ("Ἀλέξανδρος Παπᾶς", "Αλεξανδρος Παπας"),
        ("山田 太郎", "山田太郎"),
        ("김 민수", "김민수"),
        ("Ka‘ana Ho", "Kaana Ho"),
        ("Sukarno", "SUKARNO"),
        ("Ｊａｎｅ Ｄｏｅ", "Jane Doe"),
    ] {
        assert!(both_ways(a, b), "{a} is {b}");
    }
}

#[test]
fn names_that_could_be_another_persons_differ() {
    for (a, b) in [
        ("Jane Doe", "John Doe"),
        ("Jane Doe", "Jane Dow"),
        ("Jane Doe", "Jane"),
        ("Jane Doe", "Doe"),
        ("Jane Doe", "J. Doe"),
        ("Jane Doe", "J. M. Doe"),
        ("Jane Mary Doe", "Mary Doe"),
        ("Jane Mary Doe", "Jane Mary"),
        ("Jane Mary Doe", "Jane Susan Doe"),
        ("Jane M. Doe", "Jane S. Doe"),
        ("Jane Mary Doe", "J. Mary Doe"),
        ("Jane Mary Doe", "Jane Mary Doe Smith"),
        ("Ann Ewing", "Anne Wing"),
        ("Annewing", "Ann Ewing"),
        ("Robert Downey Jr", "Robert Downey Sr"),
        ("Robert Downey II", "Robert Downey III"),
        ("Jane Lord", "Jane"),
        ("Jane Lord", "Jane Lady"),
        ("Dr Smith", "Smith"),
        ("Jane Doe", "Jane Doe Scalp Studio"),
        // The second word is in Cyrillic letters that look like the first name's.
        ("Jane Doe", "Jane Dое"),
        ("", ""),
        ("", "Jane Doe"),
        ("...", "---"),
        ("María García López", "María García"),
        ("Jane Jane", "Jane"),
        ("Jane Jane Doe", "Jane Doe Doe"),
        ("राम कुमार", "रमा कुमार"),
    ] {
        assert!(!both_ways(a, b), "{a} is not {b}");
    }
}

#[test]
fn a_middle_name_counts_once() {
    assert!(both_ways("Anna Maria Lopez", "Anna Maria Maria Lopez"));
    assert!(!both_ways("Anna Maria M Lopez", "Anna Maria Lopez Garcia"));
}

#[test]
fn listings_match_by_shown_legal_and_former_names() {
    let former = ["Jo Ann Meyer".to_owned()];
    let names = PersonNames {
        name: "Skalp by Jo",
        given: Some("Joanna"),
        family: Some("Smith-Jones"),
        former: &former,
    };
    assert_eq!(same_person_name("Joanna Smith Jones", &names), NameMatch::Same);
    assert_eq!(same_person_name("Smith-Jones, Joanna", &names), NameMatch::Same);
    assert_eq!(same_person_name("SKALP BY JO", &names), NameMatch::Same);
    assert_eq!(same_person_name("Joann Meyer", &names), NameMatch::Former);
    assert_eq!(same_person_name("Joanna Smith", &names), NameMatch::Differs);
    assert_eq!(same_person_name("", &names), NameMatch::Differs);
    let unnamed = PersonNames { name: "Joanna", given: None, family: Some("Smith"), former: &[] };
    assert_eq!(same_person_name("Joanna Smith", &unnamed), NameMatch::Differs, "half a name is not one");
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Z][a-z]{1,8}", "[A-ZÄÖÜÉØŁ][a-zäöüéøł]{1,8}", "[A-Z]", "[А-Я][а-я]{1,6}"]
}

fn full_name() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(word(), 1..5)
}

proptest! {
    #[test]
    fn sameness_is_symmetric(a in "\\PC{0,40}", b in "\\PC{0,40}") {
        prop_assert_eq!(same_name(&a, &b), same_name(&b, &a));
    }

    #[test]
    fn sameness_of_names_is_symmetric(a in full_name(), b in full_name()) {
        let (a, b) = (a.join(" "), b.join(" "));
        prop_assert_eq!(same_name(&a, &b), same_name(&b, &a));
    }

    #[test]
    fn a_name_is_itself_however_it_is_written(words in full_name(), turn in 0_usize..4) {
        // Not "Sr" or "Lady", which mean something else at the end of a name than at its beginning.
        let words: Vec<String> = words.into_iter().map(|word| word + "q").collect();
        let name = words.join(" ");
        let mut turned = words.clone();
        turned.rotate_left(turn % words.len());
        prop_assert!(same_name(&name, &name.to_uppercase()));
        prop_assert!(same_name(&name, &name.to_lowercase()));
        prop_assert!(same_name(&name, &turned.join("   ")), "{} / {}", name, turned.join(" "));
        prop_assert_eq!(name_key(&name), name_key(&turned.join(". ")));
    }

    #[test]
    fn another_family_name_is_another_person(given in "[A-Z][a-z]{2,8}", one in "[B-M][a-z]{2,8}", other in "[N-W][a-z]{2,8}") {
        let (a, b) = (format!("{given} {one}"), format!("{given} {other}"));
        prop_assert!(!same_name(&a, &b));
        let (a, b) = (format!("{given} Quentin {one}"), format!("{given} Quentin {other}"));
        prop_assert!(!same_name(&a, &b));
    }
}
