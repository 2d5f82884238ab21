//! Which way leads to a remote: natively, or through rclone. Pure.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use podfs_sync::remote::{ErrorKind, RemoteError};

use crate::config::{S3Settings, Section, Target, overrides_of_rclone};

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
    let native = match overrides_of_rclone(variables, target.section()).first() {
        Some(name) => Err(format!("the variable {name} is set, which only rclone honours")),
        None => natively(target)?,
    };
    match native {
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

fn natively(target: &Target) -> Result<Result<Way, String>, RemoteError> {
    match target.kind() {
        "local" => Ok(local(target)),
        "s3" => s3(target),
        "crypt" => Ok(Err("encryption goes through rclone".to_owned())),
        kind => Ok(Err(format!("storage of type {kind} goes through rclone"))),
    }
}

fn local(target: &Target) -> Result<Way, String> {
    match first_key_but(target.section(), &["type", "description"]) {
        Some(key) => Err(format!("the local key {key} is honoured by rclone alone")),
        None => Ok(Way::Local(PathBuf::from(format!("/{}", target.path())))),
    }
}

fn first_key_but<'section>(section: &'section Section, known: &[&str]) -> Option<&'section str> {
    section.entries().map(|(key, _)| key).find(|key| !known.contains(key))
}

fn s3(target: &Target) -> Result<Result<Way, String>, RemoteError> {
    let settings = match S3Settings::from_section(target.section()) {
        Ok(settings) => Box::new(settings),
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    let (bucket, prefix) = bucket(target)?;
    Ok(Ok(Way::S3 { settings, bucket: bucket.to_owned(), prefix: prefix.to_owned() }))
}

/// Through rclone too: in the list of all buckets there is no place for files.
fn bucket(target: &Target) -> Result<(&str, &str), RemoteError> {
    target
        .bucket_and_prefix()
        .map_err(|error| RemoteError::new(ErrorKind::Configuration, "open", target.section().name(), error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn way(keys: &str, path: &str, engine: Engine, variables: &[&str]) -> String {
        let text = format!("[remote]\n{keys}\n");
        let config = parse(std::path::Path::new("test.conf"), text.as_bytes()).unwrap();
        let target = Target::new(&config, path).unwrap();
        match choose(&target, engine, variables.iter().copied()) {
            Ok(Way::Local(path)) => format!("local {}", path.display()),
            Ok(Way::S3 { bucket, prefix, .. }) => format!("s3 {bucket} {prefix}"),
            Ok(Way::Rclone { reason }) => format!("rclone: {reason}"),
            Err(error) => format!("error: {error}"),
        }
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
