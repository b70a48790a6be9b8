//! What invented clients write: sentences put together, so that no two reviews are alike.

use std::collections::BTreeSet;

use rand::rngs::StdRng;

use super::plan::pick;

const OPENINGS: [&[&str]; 3] = [
    &[
        "I left angry and I still am.",
        "This did not go the way it was promised.",
        "I would not go back, and I thought about that for weeks before writing it.",
        "The room was clean, which is the best I can say.",
        "Rushed from the first minute to the last.",
        "I paid for two sessions and learned on the day that I needed three.",
    ],
    &[
        "Some of it is good and some of it is not.",
        "A fair job with rough edges.",
        "I am mostly content, with two things I wish I had asked before.",
        "It took longer than I was told.",
        "Kind people, and a result in the middle.",
        "Better than nothing on top, not as good as the pictures on the wall.",
    ],
    &[
        "My barber did not notice until I told him.",
        "I had put this off for six years.",
        "We drew the hairline three times before the machine was switched on.",
        "I was nervous and nobody made light of it.",
        "It healed exactly as they said it would.",
        "I stopped wearing a cap at work.",
        "They talked me out of the straight line I had asked for, and they were right.",
        "The consultation was honest about what dots can and cannot do.",
    ],
];
const MIDDLES: [&[&str]; 3] = [
    &[
        "The line in front sits lower than we had drawn it.",
        "One temple is visibly darker than the other in daylight.",
        "My questions about healing were answered with a leaflet.",
        "The dots have spread into patches behind the left ear.",
        "I was told it would not hurt, and it did.",
        "Nobody called back about the touch-up.",
    ],
    &[
        "The crown blends well; the sides end a little suddenly.",
        "The colour was too warm at first and has settled since.",
        "Parking is hard and the wait was half an hour.",
        "The second session was much better than the first.",
        "From a metre away you see nothing; close by you can tell.",
        "I had to ask twice what the touch-up costs.",
    ],
    &[
        "Two sessions, nine days apart, each about three hours.",
        "My strip scar is now a shadow among shadows.",
        "The colour matches my stubble, also after shaving.",
        "They used fewer dots in front and more behind, which looks like hair growing in.",
        "I got photos of healed work on skin like mine before I decided.",
        "The parting looks dense again without a single hair more.",
        "Every step was explained before it came.",
        "The price was the price, with nothing added on the day.",
    ],
];
const ENDINGS: [&[&str]; 3] = [
    &[
        "I have asked somebody else to correct it.",
        "Ask to see work that has healed before you sit down.",
        "I hope it fades.",
        "They offered a discount and I declined.",
    ],
    &[
        "I would go again, with a longer list of questions.",
        "Take somebody along who tells you the truth.",
        "The touch-up next month may settle it.",
        "For the money, all right.",
    ],
    &[
        "I would do it again tomorrow.",
        "My daughter says I look like the old photos.",
        "I recommend the long way round: ask, look, wait, then decide.",
        "Thank you for your patience with mine.",
        "I only wish that I had come earlier.",
        "Worth the drive.",
    ],
];
const STAGES: [(&str, &[&str]); 5] = [
    (
        "fresh",
        &[
            "It is four days old and still a little red.",
            "Written the week after, so take the shine with salt.",
        ],
    ),
    (
        "healing",
        &["After three weeks the scabs are gone.", "Three weeks in, it is softer than on the first day."],
    ),
    (
        "healed",
        &["Six weeks later it has calmed down.", "A month and a half on, this is what it looks like."],
    ),
    ("settled", &["After three months nothing has moved.", "It has had a season to settle."]),
    ("year1", &["A year later I would call it final.", "More than a year on, it is a shade lighter."]),
];
/// Replies of practitioners: never anything about a client's health.
const REPLIES: [&[&str]; 3] = [
    &[
        "I am sorry that the day felt rushed. Please call me, and we will look at it together without any charge.",
        "I read every word of this twice. Come and see me when you like, or take it to somebody else with my notes.",
    ],
    &[
        "You are right about the wait; I have changed how appointments follow each other.",
        "Thank you. The touch-up is included, and I should have said so before you had to ask.",
    ],
    &[
        "Thank you for taking the time to write this down. The chair is yours whenever you pass by.",
        "That hairline was your idea as much as mine. Thank you, and see you at the touch-up.",
    ],
];

/// What the practitioner answers to so many stars.
pub(super) fn reply(rng: &mut StdRng, stars: i64) -> &'static str {
    pick::<&str>(rng, REPLIES[mood(stars)])
}

/// Which of the three tempers so many stars are written in.
const fn mood(stars: i64) -> usize {
    match stars {
        ..=2 => 0,
        3 => 1,
        _ => 2,
    }
}

/// Writes reviews, and never the same twice.
#[derive(Debug, Default)]
pub(super) struct Pen(BTreeSet<String>);

impl Pen {
    /// A review of so many stars at a stage.
    pub(super) fn review(&mut self, rng: &mut StdRng, stars: i64, stage: &str) -> String {
        let mood = mood(stars);
        let of_stage = STAGES.iter().find(|(code, _)| *code == stage).map_or(&[""][..], |(_, said)| said);
        loop {
            let text = format!(
                "{} {} {} {}",
                pick(rng, OPENINGS[mood]),
                pick(rng, of_stage),
                pick(rng, MIDDLES[mood]),
                pick(rng, ENDINGS[mood])
            );
            if self.0.insert(text.clone()) {
                return text;
            }
        }
    }
}
