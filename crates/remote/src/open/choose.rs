//! Which way leads to a remote: natively, or through rclone. Pure.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use podfs_sync::remote::{ErrorKind, RemoteError};

use crate::config::{ConfigError, S3Settings, Section, Target, overrides_of_rclone};
use crate::crypt::{CryptSettings, InnerRemote};

/// What the user wants (`PODFS_ENGINE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// Natively where that honours every setting, else through rclone.
    #[default]
    Auto,
    /// Natively, or not at all.
    Native,
    /// Through rclone.
    Rclone,
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "native" => Ok(Self::Native),
            "rclone" => Ok(Self::Rclone),
            other => Err(format!("`{other}` is no engine; choose auto, native or rclone")),
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Auto => "auto",
            Self::Native => "native",
            Self::Rclone => "rclone",
        })
    }
}

/// The way that was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A folder of this machine, natively.
    Local(PathBuf),
    /// A bucket, natively.
    S3 {
        /// The keys of the section.
        settings: Box<S3Settings>,
        /// The bucket.
        bucket: String,
        /// The directory in it; may be empty.
        prefix: String,
    },
    /// Encrypted, on a native way.
    Encrypted {
        /// The keys of the section.
        settings: Box<CryptSettings>,
        /// The directory below that of the section, as a user writes it; may be empty.
        directory: String,
        /// The way to the directory of the section.
        inner: Box<Way>,
    },
    /// Through rclone.
    Rclone {
        /// Why not natively.
        reason: String,
    },
}

/// Chooses the way to `target`. `variables` are the names of the environment's variables: some change what rclone
/// would do, and only rclone honours them.
///
/// # Errors
/// [`ErrorKind::Configuration`] when `native` was asked for and cannot be had, or when a bucket is missing.
pub fn choose<'name>(
    target: &Target,
    engine: Engine,
    variables: impl IntoIterator<Item = &'name str>,
) -> Result<Way, RemoteError> {
    if target.kind() == "s3" {
        bucket(target)?;
    }
    if engine == Engine::Rclone {
        return Ok(Way::Rclone { reason: "PODFS_ENGINE=rclone asks for it".to_owned() });
    }
    let variables: Vec<&str> = variables.into_iter().collect();
    match natively(target, &variables)? {
        Ok(way) => Ok(way),
        Err(reason) if engine == Engine::Native => Err(RemoteError::new(
            ErrorKind::Configuration,
            "open",
            target.section().name(),
            format!("PODFS_ENGINE=native cannot be had: {reason}"),
        )),
        Err(reason) => Ok(Way::Rclone { reason }),
    }
}

/// Or why not.
type Native = Result<Way, String>;

fn natively(target: &Target, variables: &[&str]) -> Result<Native, RemoteError> {
    if let Some(name) = overrides_of_rclone(variables.iter().copied(), target.section()).first() {
        return Ok(Err(format!("the variable {name} is set, which only rclone honours")));
    }
    match target.kind() {
        "local" => Ok(local(target)),
        "s3" => s3(target),
        "crypt" => encrypted(target, variables),
        kind => Ok(Err(format!("storage of type {kind} goes through rclone"))),
    }
}

fn encrypted(target: &Target, variables: &[&str]) -> Result<Native, RemoteError> {
    let settings = match CryptSettings::from_section(target.section()) {
        Ok(settings) => Box::new(settings),
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let inner = match &settings.inner {
        InnerRemote::Directory(path) => Ok(Way::Local(PathBuf::from(path))),
        InnerRemote::Section { path, .. } => {
            match target.below(path).map_err(|error| unusable(target, error))? {
                None => Err("the remote to be encrypted has no section of its own".to_owned()),
                Some(below) => below_encryption(&below, path, variables)?,
            }
        }
    };
    let directory = target.path().to_owned();
    Ok(inner.map(|inner| Way::Encrypted { settings, directory, inner: Box::new(inner) }))
}

fn below_encryption(below: &Target, path: &str, variables: &[&str]) -> Result<Native, RemoteError> {
    match below.kind() {
        "crypt" => Ok(Err("encryption of what is encrypted goes through rclone".to_owned())),
        "local" if !path.starts_with('/') => {
            Ok(Err("the path to be encrypted is relative to where the program was started".to_owned()))
        }
        _ => natively(below, variables),
    }
}

fn local(target: &Target) -> Native {
    match first_key_but(target.section(), &["type", "description"]) {
        Some(key) => Err(format!("the local key {key} is honoured by rclone alone")),
        None => Ok(Way::Local(PathBuf::from(format!("/{}", target.path())))),
    }
}

fn first_key_but<'section>(section: &'section Section, known: &[&str]) -> Option<&'section str> {
    section.entries().map(|(key, _)| key).find(|key| !known.contains(key))
}

fn s3(target: &Target) -> Result<Native, RemoteError> {
    let settings = match S3Settings::from_section(target.section()) {
        Ok(settings) => Box::new(settings),
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let (bucket, prefix) = bucket(target)?;
    Ok(Ok(Way::S3 { settings, bucket: bucket.to_owned(), prefix: prefix.to_owned() }))
}

/// Through rclone too: in the list of all buckets there is no place for files.
fn bucket(target: &Target) -> Result<(&str, &str), RemoteError> {
    target.bucket_and_prefix().map_err(|error| unusable(target, error))
}

fn unusable(target: &Target, error: ConfigError) -> RemoteError {
    RemoteError::new(ErrorKind::Configuration, "open", target.section().name(), error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::crypt::{Password, obscure};

    fn way(keys: &str, path: &str, engine: Engine, variables: &[&str]) -> String {
        let text = format!("[remote]\n{keys}\n");
        let config = parse(std::path::Path::new("test.conf"), text.as_bytes()).unwrap();
        let target = Target::new(&config, path).unwrap();
        match choose(&target, engine, variables.iter().copied()) {
            Ok(Way::Local(path)) => format!("local {}", path.display()),
            Ok(Way::S3 { bucket, prefix, .. }) => format!("s3 {bucket} {prefix}"),
            Ok(Way::Encrypted { directory, inner, .. }) => format!("encrypted {directory} over {inner:?}"),
            Ok(Way::Rclone { reason }) => format!("rclone: {reason}"),
            Err(error) => format!("error: {error}"),
        }
    }

    fn encrypted(inner: &str, remote: &str, more: &str, variables: &[&str]) -> String {
        let password = obscure(&Password::new("hunter2")).unwrap();
        let keys = format!(
            "{inner}\n[remote_encrypted]\ntype = crypt\nremote = {remote}\npassword = {password}\n{more}"
        );
        let found = way(&keys, "some/dir", Engine::Auto, variables);
        assert!(!found.contains("hunter2") && !found.contains(&password), "{found}");
        found
    }

    const S3: &str = "type = s3\nprovider = Minio\nendpoint = http://localhost:9000\naccess_key_id = a\nsecret_access_key = b";

    #[test]
    fn what_we_understand_goes_natively() {
        assert_eq!(way("type = local", "/data/x/", Engine::Auto, &[]), "local /data/x");
        assert_eq!(way(S3, "bucket/some/dir", Engine::Auto, &[]), "s3 bucket some/dir");
        assert_eq!(way(S3, "bucket", Engine::Native, &[]), "s3 bucket ");
    }

    #[test]
    fn what_we_do_not_understand_is_never_ignored() {
        for (keys, expected) in [
            ("type = sftp\nhost = x", "storage of type sftp"),
            ("type = local\ncopy_links = true", "copy_links"),
            (&format!("{S3}\nv2_auth = true"), "v2_auth"),
            (&format!("{S3}\nno_such_key = 1"), "no_such_key"),
        ] {
            let found = way(keys, "a/b", Engine::Auto, &[]);
            assert!(found.starts_with("rclone: ") && found.contains(expected), "{found}");
            let found = way(keys, "a/b", Engine::Native, &[]);
            assert!(found.starts_with("error: ") && found.contains(expected), "{found}");
        }
    }

    #[test]
    fn encryption_of_a_native_remote_goes_natively() {
        let over_local = |path: &str| format!("encrypted some/dir over Local({path:?})");
        assert_eq!(encrypted("type = local", "remote:/data/x", "", &[]), over_local("/data/x"));
        assert_eq!(encrypted("type = local", "/data", "filename_encryption = off", &[]), over_local("/data"));
        let found = encrypted(S3, "remote:/bucket/dir", "password2 = ", &[]);
        assert!(found.starts_with("encrypted some/dir over S3 {"), "{found}");
        assert!(found.contains(r#"bucket: "bucket", prefix: "dir""#), "{found}");
    }

    #[test]
    fn any_other_encryption_goes_through_rclone_with_the_reason() {
        for (inner, remote, more, variables, expected) in [
            (S3, "remote:b", "strict_names = true", "", "crypt key strict_names"),
            (S3, "remote:b", "", "RCLONE_CRYPT_SUFFIX", "RCLONE_CRYPT_SUFFIX"),
            (S3, "remote:b", "", "RCLONE_S3_ACL", "RCLONE_S3_ACL"),
            (S3, "other:b", "", "", "no section of its own"),
            (&format!("{S3}\nv2_auth = true"), "remote:b", "", "", "v2_auth"),
            ("type = sftp\nhost = x", "remote:b", "", "", "storage of type sftp"),
            ("type = crypt", "remote:b", "", "", "encryption of what is encrypted"),
            ("type = local", "remote:b", "", "", "relative"),
        ] {
            let found = encrypted(inner, remote, more, &[variables]);
            assert!(found.starts_with("rclone: ") && found.contains(expected), "{found}");
        }
        assert!(encrypted(S3, "remote:/", "", &[]).starts_with("error: "));
    }

    #[test]
    fn rclone_can_be_asked_for() {
        assert!(way(S3, "bucket", Engine::Rclone, &[]).starts_with("rclone: "));
        assert!(way(S3, "bucket", Engine::Auto, &["RCLONE_S3_ACL"]).contains("RCLONE_S3_ACL"));
        assert!(way(S3, "bucket", Engine::Auto, &["RCLONE_VERBOSE", "RCLONE_SFTP_HOST"]).starts_with("s3"));
    }

    #[test]
    fn a_bucket_must_be_named() {
        for engine in [Engine::Auto, Engine::Native, Engine::Rclone] {
            assert!(way(S3, "/", engine, &[]).starts_with("error: "));
        }
    }

    #[test]
    fn engines_have_names() {
        for engine in [Engine::Auto, Engine::Native, Engine::Rclone] {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
        assert!("fast".parse::<Engine>().unwrap_err().contains("auto, native or rclone"));
    }
}
