//! Where photos and documents are, when not in the data directory.

use url::Url;

use super::Secret;

/// Where a bucket is and who asks.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The region; any word for stores that have none.
    pub region: String,
    /// The store's address; nothing for Amazon's own.
    pub endpoint: Option<String>,
    /// The key's id.
    pub key_id: String,
    /// The key.
    pub key: Secret,
}

impl Bucket {
    /// Reads `s3://bucket?region=…&endpoint=https://…`.
    ///
    /// # Errors
    /// A sentence for whoever sets the service up.
    pub fn parse(address: &str, key_id: &str, key: &Secret) -> Result<Self, String> {
        let such = "such as s3://photos?region=eu-west-1&endpoint=https://s3.example";
        let url = Url::parse(address).map_err(|error| format!("is no address ({error}); {such}"))?;
        let name = url.host_str().unwrap_or_default().to_owned();
        if url.scheme() != "s3" || name.is_empty() || !matches!(url.path(), "" | "/") {
            return Err(format!("must be empty or name a bucket, {such}"));
        }
        let (mut region, mut endpoint) = (String::from("us-east-1"), None);
        for (parameter, value) in url.query_pairs() {
            match &*parameter {
                "region" => region = value.into_owned(),
                "endpoint" if value.starts_with("http://") || value.starts_with("https://") => {
                    endpoint = Some(value.trim_end_matches('/').to_owned());
                }
                "endpoint" => return Err(format!("has an endpoint that is no web address; {such}")),
                other => return Err(format!("has no parameter `{other}`; {such}")),
            }
        }
        if key_id.is_empty() || key.is_empty() {
            return Err("names a bucket: storage_key_id and storage_key must be given too".to_owned());
        }
        Ok(Self { name, region, endpoint, key_id: key_id.to_owned(), key: key.clone() })
    }
}
