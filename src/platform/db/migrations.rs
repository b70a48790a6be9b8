//! The schema, step by step: the same numbers and names for both databases, each in its native types.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Dialect;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its place; the same for both databases.
    pub number: i64,
    /// Its file in both `migrations/sqlite` and `migrations/postgres`, without the ending.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($number:literal, $name:literal) => {
        Step {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// Every step, oldest first.
pub const STEPS: &[Step] = &[
    step!(1, "0001_platform"),
    step!(2, "0002_idempotency"),
    step!(3, "0003_accounts"),
    step!(4, "0004_academies"),
    step!(5, "0005_practitioners"),
    step!(6, "0006_certificates"),
    step!(7, "0007_reviews"),
    step!(8, "0008_moderation"),
    step!(9, "0009_cases"),
    step!(10, "0010_consent_and_appeals"),
    step!(11, "0011_earlier_listings"),
    step!(12, "0012_words_and_judgements"),
    step!(13, "0013_status"),
    step!(14, "0014_log"),
    step!(15, "0015_keys"),
    step!(16, "0016_own_dids"),
    step!(17, "0017_held_keys"),
    step!(18, "0018_signing_requests"),
    step!(19, "0019_cosignatures"),
    step!(20, "0020_log_records"),
    step!(21, "0021_witnessed"),
    step!(22, "0022_recovery_keys"),
    step!(23, "0023_leases"),
    step!(24, "0024_opening_hours"),
];

pub(super) fn migrator(dialect: Dialect) -> Migrator {
    let steps = STEPS.iter().map(|step| {
        let sql = match dialect {
            Dialect::Sqlite => step.sqlite,
            Dialect::Postgres => step.postgres,
        };
        Migration::new(step.number, step.name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(steps.collect())
}
