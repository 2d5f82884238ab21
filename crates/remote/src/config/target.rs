//! Where a sync goes: which section, and which path on it.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::section::{ENCRYPTED, REMOTE, RcloneConfig, Section};

/// A section and a path on it.
///
/// The path is what rclone makes of it: no slash at either end, none twice (seen in the requests of rclone 1.75.2 for
/// `/bucket//dir/`). It is in rclone's standard spelling, as users type it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    section: Section,
    path: String,
    below: Option<Section>,
}

impl Target {
    /// Chooses `[remote_encrypted]` where it exists, else `[remote]`, and takes the path of `-d` or `-s`.
    ///
    /// # Errors
    /// [`ConfigError::SectionWithoutType`], [`ConfigError::BadPath`] (`.` or `..` segments, line breaks, NUL), and
    /// [`ConfigError::TypeMissing`] when the configuration has neither section.
    pub fn new(config: &RcloneConfig, remote_path: &str) -> Result<Target, ConfigError> {
        let section =
            config.section(ENCRYPTED).or_else(|| config.section(REMOTE)).ok_or(ConfigError::TypeMissing)?;
        if section.kind().is_none() {
            return Err(ConfigError::SectionWithoutType { section: section.name().to_owned() });
        }
        let below = section.get("remote").and_then(|value| value.split_once(':'));
        let below = below.and_then(|(name, _)| config.section(name)).cloned();
        Ok(Target { section: section.clone(), path: normalised(remote_path)?, below })
    }

    /// Another path, on the section that this one stands on (`remote = name:path`); `None` when there is no such section.
    ///
    /// # Errors
    /// [`ConfigError::BadPath`].
    pub fn below(&self, path: &str) -> Result<Option<Target>, ConfigError> {
        let Some(section) = self.below.clone() else { return Ok(None) };
        Ok(Some(Target { section, path: normalised(path)?, below: None }))
    }

    /// The section.
    #[must_use]
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// The storage kind, such as `s3` or `crypt`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.section.kind().unwrap_or_default()
    }

    /// The path without slashes around it; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The directory of this machine where everything is kept, if it is one: plain, or below an encryption.
    #[must_use]
    pub fn directory(&self) -> Option<PathBuf> {
        if self.kind() == "local" {
            return Some(Path::new("/").join(&self.path));
        }
        let inner = self.section.get("remote").filter(|_| self.kind() == "crypt")?;
        let of_section = || {
            inner
                .split_once(':')
                .filter(|_| self.below.as_ref().is_some_and(|below| below.kind() == Some("local")))
        };
        let path = if inner.starts_with('/') { inner } else { of_section()?.1 };
        Some(PathBuf::from(path))
    }

    /// As rclone takes it: `remote:/bucket/directory`.
    ///
    /// With the slash, as the predecessor wrote it: on sftp and the like the path starts at the server's root, not in
    /// the user's home. It makes no difference to buckets and to crypt.
    #[must_use]
    pub fn rclone(&self) -> String {
        format!("{}:/{}", self.section.name(), self.path)
    }

    /// For bucket stores: the bucket, and the path below it, which may be empty.
    ///
    /// # Errors
    /// [`ConfigError::BadPath`] when the path names no bucket.
    pub fn bucket_and_prefix(&self) -> Result<(&str, &str), ConfigError> {
        if self.path.is_empty() {
            let reason = "names no bucket: give the bucket first, as in bucket/directory";
            return Err(ConfigError::BadPath { path: "/".to_owned(), reason });
        }
        Ok(self.path.split_once('/').unwrap_or((&self.path, "")))
    }
}

fn normalised(path: &str) -> Result<String, ConfigError> {
    let bad = |reason| ConfigError::BadPath { path: path.to_owned(), reason };
    if path.contains(['\0', '\n', '\r']) {
        return Err(bad("has a NUL byte or a line break in it: write it without"));
    }
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    // rclone would make a folder called U+FF0E of them, which nobody means.
    if segments.iter().any(|segment| matches!(*segment, "." | "..")) {
        return Err(bad("has a \".\" or \"..\" in it, which remotes do not resolve: write the full path"));
    }
    Ok(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn config(sections: &[(&str, &str)]) -> RcloneConfig {
        let mut config = RcloneConfig::default();
        for (name, kind) in sections {
            config.section_mut(name).set("type", *kind);
        }
        config
    }

    #[rstest]
    #[case("testbucket/some-directory", "remote:/testbucket/some-directory")]
    #[case("/bucket/dir/", "remote:/bucket/dir")]
    #[case("//bucket//dir", "remote:/bucket/dir")]
    #[case("/", "remote:/")]
    #[case("", "remote:/")]
    #[case("b/...", "remote:/b/...")]
    #[case("b/a b:c", "remote:/b/a b:c")]
    fn paths_are_normalised(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(Target::new(&config(&[("remote", "s3")]), path).unwrap().rclone(), expected);
    }

    #[rstest]
    #[case("../b")]
    #[case("b/./c")]
    #[case("b/..")]
    #[case("b\0")]
    #[case("b\nc")]
    fn odd_paths_are_refused(#[case] path: &str) {
        assert!(matches!(Target::new(&config(&[("remote", "s3")]), path), Err(ConfigError::BadPath { .. })));
    }

    #[test]
    fn encryption_is_used_where_configured() {
        let target = Target::new(&config(&[("remote", "s3"), ("remote_encrypted", "crypt")]), "/").unwrap();
        assert_eq!((target.kind(), target.rclone().as_str()), ("crypt", "remote_encrypted:/"));
        assert!(matches!(Target::new(&config(&[("other", "s3")]), "/"), Err(ConfigError::TypeMissing)));
        let error = Target::new(&config(&[("remote", "")]), "/").unwrap_err().to_string();
        assert!(error.contains("[remote] has no type"), "{error}");
    }

    #[rstest]
    #[case("local", "/data", "", Some("/data"))]
    #[case("crypt", "/data", "/there", Some("/there"))]
    #[case("crypt", "/sub", "remote:/there", Some("/there"))]
    #[case("crypt", "/sub", "other:/there", None)]
    #[case("sftp", "/data", "", None)]
    fn directories_of_this_machine_are_known(
        #[case] kind: &str,
        #[case] path: &str,
        #[case] inner: &str,
        #[case] expected: Option<&str>,
    ) {
        let mut config = config(&[("remote", "local")]);
        if kind == "crypt" {
            config.section_mut("remote_encrypted").set("type", "crypt");
            config.section_mut("remote_encrypted").set("remote", inner);
        } else {
            config.section_mut("remote").set("type", kind);
        }
        let expected = expected.map(PathBuf::from);
        assert_eq!(Target::new(&config, path).unwrap().directory(), expected);
    }

    #[test]
    fn buckets_come_first() {
        let of = |path| Target::new(&config(&[("remote", "s3")]), path).unwrap();
        assert_eq!(of("/b").bucket_and_prefix().unwrap(), ("b", ""));
        assert_eq!(of("b/d/e/").bucket_and_prefix().unwrap(), ("b", "d/e"));
        assert!(of("/").bucket_and_prefix().is_err());
    }
}
