//! Every vocabulary, in the order the API lists them: list, value, name.

use std::sync::OnceLock;

use super::{Code, List, Vocabulary};

macro_rules! lists {
    ($($(#[$doc:meta])* $list:ident, $value:ident, $name:literal;)*) => {
        $(
            $(#[$doc])*
            pub struct $list;

            #[doc = concat!("One of the list `", $name, "`.")]
            pub type $value = Code<$list>;

            impl List for $list {
                const NAME: &'static str = $name;
                const TYPE: &'static str = stringify!($value);

                fn vocabulary() -> &'static Vocabulary {
                    static READ: OnceLock<Vocabulary> = OnceLock::new();
                    READ.get_or_init(|| {
                        let text = include_str!(concat!("../data/", $name, ".toml"));
                        Vocabulary::parse($name, text).expect("the tests read every embedded vocabulary")
                    })
                }
            }
        )*

        /// Every vocabulary, in the order to show them; reads those not read yet.
        pub fn vocabularies() -> impl Iterator<Item = &'static Vocabulary> {
            let all: [fn() -> &'static Vocabulary; _] = [$($list::vocabulary),*];
            all.into_iter().map(|vocabulary| vocabulary())
        }

        /// The names of all vocabularies, in the order to show them.
        pub const NAMES: &[&str] = &[$($name),*];

        /// The vocabulary called `name`.
        pub fn vocabulary(name: &str) -> Option<&'static Vocabulary> {
            match name {
                $($name => Some($list::vocabulary()),)*
                _ => None,
            }
        }
    };
}

lists! {
    /// What a client comes with.
    Conditions, Condition, "conditions";
    /// Stages of male pattern loss.
    NorwoodStages, NorwoodStage, "norwood-stages";
    /// Stages of female pattern loss.
    LudwigStages, LudwigStage, "ludwig-stages";
    /// Where hair is missing.
    LossAreas, LossArea, "loss-areas";
    /// How much hair is missing.
    LossExtents, LossExtent, "loss-extents";
    /// Monk skin tones.
    SkinTones, SkinTone, "skin-tones";
    /// How skin reacts to sun.
    FitzpatrickTypes, FitzpatrickType, "fitzpatrick-types";
    /// What a scalp is like.
    ScalpTypes, ScalpType, "scalp-types";
    /// Colours of hair.
    HairColours, HairColour, "hair-colours";
    /// Textures of hair.
    HairTextures, HairTexture, "hair-textures";
    /// Lengths of hair.
    HairLengths, HairLength, "hair-lengths";
    /// Who a case is about.
    ClientGroups, ClientGroup, "client-groups";
    /// What a clinic offers beyond the work.
    Welcomes, Welcome, "welcomes";
    /// How the work is done.
    Techniques, Technique, "techniques";
    /// Needles.
    NeedleConfigurations, NeedleConfiguration, "needle-configurations";
    /// Machines.
    Machines, Machine, "machines";
    /// Kinds of pigment.
    Pigments, Pigment, "pigments";
    /// Facts about a pigment.
    PigmentFlags, PigmentFlag, "pigment-flags";
    /// What can be booked.
    Services, Service, "services";
    /// What a price buys.
    PriceUnits, PriceUnit, "price-units";
    /// What a course teaches.
    Topics, Topic, "topics";
    /// How hours of a course are taught.
    DeliveryModes, DeliveryMode, "delivery-modes";
    /// How a course ends.
    Assessments, Assessment, "assessments";
    /// How far a course goes.
    Levels, Level, "levels";
    /// What a document says somebody has.
    CredentialKinds, CredentialKind, "credential-kinds";
    /// What a certificate is worth today.
    CertificateStatuses, CertificateStatus, "certificate-statuses";
    /// When to ask first.
    Contraindications, Contraindication, "contraindications";
    /// How a fact was checked.
    VerificationMethods, VerificationMethod, "verification-methods";
    /// What a check found.
    VerificationOutcomes, VerificationOutcome, "verification-outcomes";
    /// How often a fact must be checked.
    VerificationNeeds, VerificationNeed, "verification-needs";
    /// What was done to check a review.
    ReviewVerifications, ReviewVerification, "review-verifications";
    /// What ties a reviewer to the practitioner.
    Relationships, Relationship, "relationships";
    /// What a reviewer was given.
    Incentives, Incentive, "incentives";
    /// When a review was written.
    ReviewStages, ReviewStage, "review-stages";
    /// Why a review was removed.
    RemovalReasons, RemovalReason, "removal-reasons";
    /// What a review rates.
    ReviewDimensions, ReviewDimension, "review-dimensions";
    /// When a photo was taken.
    PhotoStages, PhotoStage, "photo-stages";
    /// From where a photo was taken.
    PhotoViews, PhotoView, "photo-views";
    /// In what light a photo was taken.
    PhotoLights, PhotoLight, "photo-lights";
    /// What was done to a photo.
    PhotoEdits, PhotoEdit, "photo-edits";
    /// Whether a person can be recognised.
    PhotoIdentities, PhotoIdentity, "photo-identities";
    /// What a client agreed to.
    ConsentScopes, ConsentScope, "consent-scopes";
    /// How somebody shows that a listing is theirs.
    ClaimEvidences, ClaimEvidence, "claim-evidence";
    /// Languages, ISO 639-1.
    Languages, Language, "languages";
    /// Countries, ISO 3166-1 alpha-2.
    Countries, Country, "countries";
    /// Currencies, ISO 4217.
    Currencies, Currency, "currencies";
    /// Where somebody shows work.
    SocialNetworks, SocialNetwork, "social-networks";
}
