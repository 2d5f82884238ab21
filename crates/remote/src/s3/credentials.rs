//! Who we are to the store, as rclone decides it: keys of the configuration, else the surroundings, else nobody.

use std::path::Path;

use reqsign_aws_v4::{DefaultCredentialProvider, ProfileCredentialProvider, StaticCredentialProvider};

use crate::config::S3Settings;
use crate::transport::Signing;

/// What signs with the credentials of these settings. `client` is for metadata services.
pub(super) fn signing(settings: &S3Settings, client: reqwest::Client) -> Signing {
    let S3Settings { access_key_id, secret_access_key, session_token, .. } = settings;
    if !access_key_id.is_empty() {
        let provider = StaticCredentialProvider::new(access_key_id.expose(), secret_access_key.expose());
        let provider = match session_token.is_empty() {
            true => provider,
            false => provider.with_session_token(session_token.expose()),
        };
        return Signing::new(&settings.region, provider, client);
    }
    if !settings.env_auth {
        return Signing::Anonymous;
    }
    let file = settings.shared_credentials_file.as_deref().map(Path::new);
    Signing::new(&settings.region, surroundings(settings.profile.as_deref(), file), client)
}

/// Environment, profile files, web identity, container and instance metadata.
fn surroundings(profile: Option<&str>, file: Option<&Path>) -> DefaultCredentialProvider {
    let mut builder = DefaultCredentialProvider::builder();
    if let Some(file) = file {
        let provider = ProfileCredentialProvider::new().with_credentials_file(file.to_string_lossy());
        builder = builder.profile(provider);
    }
    if let Some(profile) = profile {
        builder = builder.with_profile(profile);
    }
    builder.build()
}
