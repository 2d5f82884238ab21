//! Who we are to the store.

use std::fmt;
use std::path::PathBuf;

use reqsign_aws_v4::{
    Credential, DefaultCredentialProvider, ProfileCredentialProvider, StaticCredentialProvider,
};
use reqsign_core::ProvideCredentialChain;

use crate::transport::Signing;

/// A text that no message shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(secret)")
    }
}

/// Where credentials come from.
#[derive(Debug, Clone)]
pub enum S3Credentials {
    /// Nowhere: a public bucket.
    Anonymous,
    /// The configuration (`access_key_id`, `secret_access_key`, `session_token`).
    Static {
        /// The name of the key.
        access_key_id: Secret,
        /// The key.
        secret_access_key: Secret,
        /// For temporary keys.
        session_token: Option<Secret>,
    },
    /// The surroundings (`env_auth`): environment, profile files, web identity, container and instance metadata.
    Environment {
        /// The profile to read; `AWS_PROFILE` or `default` without it.
        profile: Option<String>,
        /// A credentials file in place of `~/.aws/credentials`.
        shared_credentials_file: Option<PathBuf>,
    },
}

impl S3Credentials {
    /// What signs with these credentials.
    pub(super) fn signing(&self, region: &str, client: reqwest::Client) -> Signing {
        match self {
            Self::Anonymous => Signing::Anonymous,
            Self::Static { access_key_id, secret_access_key, session_token } => {
                let provider =
                    StaticCredentialProvider::new(access_key_id.reveal(), secret_access_key.reveal());
                let provider = match session_token {
                    Some(token) => provider.with_session_token(token.reveal()),
                    None => provider,
                };
                Signing::new(region, provider, client)
            }
            Self::Environment { profile, shared_credentials_file } => {
                let provider = surroundings(profile.as_deref(), shared_credentials_file.as_deref());
                Signing::new(region, provider, client)
            }
        }
    }
}

fn surroundings(profile: Option<&str>, file: Option<&std::path::Path>) -> ProvideCredentialChain<Credential> {
    let mut builder = DefaultCredentialProvider::builder();
    if let Some(file) = file {
        let provider = ProfileCredentialProvider::new().with_credentials_file(file.to_string_lossy());
        builder = builder.profile(provider);
    }
    if let Some(profile) = profile {
        builder = builder.with_profile(profile);
    }
    ProvideCredentialChain::new().push(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_shows_in_debug() {
        let credentials = S3Credentials::Static {
            access_key_id: Secret::new("hush-id"),
            secret_access_key: Secret::new("hush-key"),
            session_token: Some(Secret::new("hush-token")),
        };
        assert!(!format!("{credentials:?}").contains("hush"));
    }
}
