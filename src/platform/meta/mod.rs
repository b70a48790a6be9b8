//! Facts fixed at first start, such as the public URL: asked once, remembered in the database.

mod store;

use super::db::{Conn, Result};

/// The value remembered under `key`; remembers `value` when there is none yet.
///
/// # Errors
/// As the database says.
pub async fn fix(conn: &mut Conn, key: &'static str, value: &str) -> Result<String> {
    store::insert_if_absent(conn, key, value).await?;
    store::get(conn, key).await
}

/// Replaces a remembered value, when an operator says that it moved.
///
/// # Errors
/// As the database says.
pub async fn replace(conn: &mut Conn, key: &'static str, value: &str) -> Result<()> {
    store::upsert(conn, key, value).await
}
