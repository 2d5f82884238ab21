//! What tells one remote from another.

use podfs_remote::config::RcloneConfig;

use crate::remote_request::RemoteRequest;

/// Keys of mere credentials, as rclone calls them. Some change by themselves: rclone saves the token that it was given last,
/// and keys that are lent end. What files are encrypted with is none of these, nor is what could be a name of a place.
const CREDENTIALS: [&str; 11] = [
    "access_key_id",
    "auth_token",
    "authorization",
    "authorization_expiry",
    "bearer_token",
    "client_access_token",
    "client_refresh_token",
    "secret_access_key",
    "session_token",
    "token",
    "token_expiry",
];

/// Hashes, which tell no secret.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Another one for each configuration, path and way, but for the credentials.
    pub(crate) place: String,
    /// Another one for other credentials too: whoever logs on as somebody else may land elsewhere all the same.
    pub(crate) access: String,
}

impl Identity {
    /// Of what is opened with this configuration.
    pub(crate) fn of(config: &RcloneConfig, request: &RemoteRequest) -> Self {
        let place = hash(config, request, |key| !CREDENTIALS.contains(&key));
        Self { place, access: hash(config, request, |_| true) }
    }
}

/// All sections count: one may stand on others.
fn hash(config: &RcloneConfig, request: &RemoteRequest, counts: impl Fn(&str) -> bool) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
    };
    add(&request.engine.to_string());
    add(&request.remote_path);
    for section in config.sections() {
        add(section.name());
        for (key, value) in section.entries().filter(|(key, _)| counts(key)) {
            add(key);
            add(value);
        }
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use podfs_remote::open::Engine;

    use super::*;

    fn request(path: &str, engine: Engine) -> RemoteRequest {
        RemoteRequest {
            config_path: PathBuf::new(),
            no_template: false,
            params: Vec::new(),
            enc_params: Vec::new(),
            remote_path: path.to_owned(),
            engine,
            rclone_binary: PathBuf::new(),
            timeout: Duration::ZERO,
            transfers: None,
        }
    }

    fn config(section: &str, key: &str, value: &str) -> RcloneConfig {
        let mut config = RcloneConfig::default();
        config.section_mut("remote").set("type", "s3");
        config.section_mut(section).set(key, value);
        config
    }

    #[test]
    fn whatever_decides_where_files_go_makes_another_remote() {
        let place = |config: &RcloneConfig, path, engine| Identity::of(config, &request(path, engine)).place;
        let usual = config("remote_encrypted", "password", "one");
        let places = [
            place(&usual, "bucket", Engine::Auto),
            place(&usual, "bucket/folder", Engine::Auto),
            place(&usual, "bucket", Engine::Rclone),
            place(&config("remote_encrypted", "password", "two"), "bucket", Engine::Auto),
            place(&config("remote_encrypted", "password2", "one"), "bucket", Engine::Auto),
            place(&config("remote", "password", "one"), "bucket", Engine::Auto),
            place(&config("remote", "endpoint", "one"), "bucket", Engine::Auto),
        ];
        for (at, one) in places.iter().enumerate() {
            assert!(!places[..at].contains(one), "{at}");
        }
        assert_eq!(places[0], place(&usual, "bucket", Engine::Auto));
    }

    #[test]
    fn credentials_that_change_make_no_other_remote_and_are_told() {
        let with = |key, value| Identity::of(&config("remote", key, value), &request("bucket", Engine::Auto));
        for key in CREDENTIALS {
            let (one, other) = (with(key, "one"), with(key, "other"));
            assert_eq!(one.place, other.place, "{key}");
            assert_ne!(one.access, other.access, "{key}");
        }
    }
}
