//! The keys of a crypt section with rclone's meaning, or the reason why rclone has to do the sync.

use crate::config::{Section, parse_bool};

use super::key::Keys;
use super::names::{NameEncoding, NameEncryption, NameScheme};
use super::password::Password;

/// A crypt remote as rclone understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptSettings {
    /// `remote`: where the encrypted files lie.
    pub inner: InnerRemote,
    /// `password`, revealed.
    pub password: Password,
    /// `password2`, revealed; empty when there is none.
    pub salt: Password,
    /// How names are encrypted.
    pub names: NameScheme,
}

/// What lies below the encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InnerRemote {
    /// Another section, and the path on it as a user types it.
    Section {
        /// The section's name.
        name: String,
        /// May be empty.
        path: String,
    },
    /// A directory of this machine.
    Directory(String),
}

/// Why the native engine leaves this remote to rclone. Holds the key, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("crypt key {key}: {reason}")]
pub struct CryptRefusal {
    /// The key of the section.
    pub key: String,
    /// What speaks against it.
    pub reason: &'static str,
}

/// Those that say nothing about what lies on the remote, nor about what a sync does.
const WITHOUT_EFFECT: &[&str] = &["type", "description", "show_mapping", "server_side_across_configs"];
/// Those whose default we follow, and no other value.
const ONLY_FALSE: &[&str] = &["no_data_encryption", "pass_bad_blocks", "strict_names"];
const READ: &[&str] = &[
    "remote",
    "password",
    "password2",
    "filename_encryption",
    "directory_name_encryption",
    "filename_encoding",
    "suffix",
];

impl CryptSettings {
    /// Reads a section of type crypt. The passwords are revealed, the keys not yet derived.
    ///
    /// # Errors
    /// [`CryptRefusal`] for the first key that only rclone can honour: it is unknown, missing, or not as we read it.
    /// rclone then says what is wrong, if anything is.
    pub fn from_section(section: &Section) -> Result<Self, CryptRefusal> {
        check_keys(section)?;
        let password = required(section, "password")?;
        Ok(Self {
            inner: inner(section)?,
            password: reveal("password", password)?,
            salt: section
                .get("password2")
                .map_or(Ok(Password::default()), |value| reveal("password2", value))?,
            names: names(section)?,
        })
    }

    /// Derives the keys, which takes some 50 ms.
    #[must_use]
    pub fn keys(&self) -> Keys {
        Keys::derive(&self.password, &self.salt)
    }
}

fn refusal(key: &str, reason: &'static str) -> CryptRefusal {
    CryptRefusal { key: key.to_owned(), reason }
}

fn check_keys(section: &Section) -> Result<(), CryptRefusal> {
    for (key, value) in section.entries().filter(|(_, value)| !value.is_empty()) {
        if ONLY_FALSE.contains(&key) {
            if parse_bool(value) != Ok(false) {
                return Err(refusal(key, "set to something that only rclone does"));
            }
        } else if !READ.contains(&key) && !WITHOUT_EFFECT.contains(&key) {
            return Err(refusal(key, "not known to the native engine"));
        }
    }
    Ok(())
}

fn required<'section>(section: &'section Section, key: &str) -> Result<&'section str, CryptRefusal> {
    section.get(key).ok_or_else(|| refusal(key, "not set"))
}

fn reveal(key: &str, value: &str) -> Result<Password, CryptRefusal> {
    Password::reveal(value).map_err(|_| refusal(key, "not a password as `rclone obscure` prints it"))
}

fn names(section: &Section) -> Result<NameScheme, CryptRefusal> {
    let default = NameScheme::default();
    Ok(NameScheme {
        encryption: read(section, "filename_encryption", default.encryption, NameEncryption::parse)?,
        encoding: read(section, "filename_encoding", default.encoding, NameEncoding::parse)?,
        directories: read(section, "directory_name_encryption", default.directories, |value| {
            parse_bool(value).ok()
        })?,
        suffix: suffix(section, default.suffix)?,
    })
}

fn read<T>(
    section: &Section,
    key: &str,
    default: T,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, CryptRefusal> {
    let value = section.get(key).map_or(Some(default), parse);
    value.ok_or_else(|| refusal(key, "the value is not one that we can read"))
}

fn suffix(section: &Section, default: String) -> Result<String, CryptRefusal> {
    match section.get("suffix") {
        None => Ok(default),
        Some(none) if none.eq_ignore_ascii_case("none") => Ok(String::new()),
        Some(suffix) if suffix.contains('/') => Err(refusal("suffix", "has a slash in it")),
        Some(suffix) if suffix.starts_with('.') => Ok(suffix.to_owned()),
        // rclone complains, and puts one in front.
        Some(suffix) => Ok(format!(".{suffix}")),
    }
}

/// `name:path` or an absolute path. Backends made on the fly (`:s3:`) and settings in the name (`name,key=value:`) are
/// left to rclone.
fn inner(section: &Section) -> Result<InnerRemote, CryptRefusal> {
    let value = required(section, "remote")?;
    if value.starts_with('/') {
        return Ok(InnerRemote::Directory(value.to_owned()));
    }
    let refuse = |reason| Err(refusal("remote", reason));
    let Some((name, path)) = value.split_once(':') else {
        return refuse("a directory relative to where the program was started");
    };
    let plain = |character: char| character.is_alphanumeric() || "_.+@- ".contains(character);
    if name.is_empty() || !name.chars().all(plain) || name.starts_with(['-', ' ']) || name.ends_with(' ') {
        return refuse("not the name of a section and a path");
    }
    if name == section.name() {
        return refuse("points at itself");
    }
    Ok(InnerRemote::Section { name: name.to_owned(), path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::password::obscure;
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn section(keys: &[(&str, &str)]) -> Section {
        let mut section = Section::new("remote_encrypted");
        section.set("type", "crypt");
        section.set("remote", "remote:/bucket/dir");
        section.set("password", obscure(&Password::new("secret")).unwrap());
        keys.iter().for_each(|(key, value)| section.set(*key, *value));
        section
    }

    fn of(keys: &[(&str, &str)]) -> Result<CryptSettings, String> {
        CryptSettings::from_section(&section(keys)).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn defaults_are_those_of_rclone() {
        let settings =
            of(&[("description", "x"), ("show_mapping", "true"), ("strict_names", "false")]).unwrap();
        assert_eq!(settings.names, NameScheme::default());
        assert_eq!(settings.password.expose(), b"secret");
        assert!(settings.salt.is_empty());
        let inner = InnerRemote::Section { name: "remote".to_owned(), path: "/bucket/dir".to_owned() };
        assert_eq!(settings.inner, inner);
    }

    #[test]
    fn every_key_that_we_read_counts() {
        let salt = obscure(&Password::new("salt")).unwrap();
        let keys = [
            ("password2", salt.as_str()),
            ("filename_encryption", "Obfuscate"),
            ("filename_encoding", "BASE64"),
            ("directory_name_encryption", "false"),
            ("suffix", "none"),
            ("remote", "/data"),
        ];
        let settings = of(&keys).unwrap();
        let names = NameScheme {
            encryption: NameEncryption::Obfuscate,
            encoding: NameEncoding::Base64,
            directories: false,
            suffix: String::new(),
        };
        assert_eq!(settings.names, names);
        assert_eq!(settings.salt.expose(), b"salt");
        assert_eq!(settings.inner, InnerRemote::Directory("/data".to_owned()));
        assert_eq!(of(&[("suffix", "enc")]).unwrap().names.suffix, ".enc");
    }

    #[rstest]
    #[case("no_data_encryption", "true")]
    #[case("pass_bad_blocks", "true")]
    #[case("strict_names", "yes")]
    #[case("no_such_key", "1")]
    #[case("filename_encryption", "rot13")]
    #[case("filename_encoding", "base16")]
    #[case("directory_name_encryption", "maybe")]
    #[case("suffix", ".a/b")]
    #[case("password", "plain text")]
    #[case("password2", "short")]
    #[case("password", "")]
    #[case("remote", "")]
    #[case("remote", "relative/dir")]
    #[case("remote", ":s3:bucket")]
    #[case("remote", "remote,acl=private:bucket")]
    #[case("remote", "dir/with:colon")]
    #[case("remote", "remote_encrypted:dir")]
    fn what_we_do_not_understand_is_never_ignored(#[case] key: &str, #[case] value: &str) {
        let refused = of(&[(key, value)]).unwrap_err();
        assert!(refused.starts_with(&format!("crypt key {key}: ")), "{refused}");
        assert!(value.is_empty() || value == "remote_encrypted:dir" || !refused.contains(value), "{refused}");
    }

    proptest! {
        #[test]
        fn any_section_has_an_answer(keys in prop::collection::vec((0..READ.len(), "\\PC{0,40}"), 0..7)) {
            let mut section = section(&[]);
            keys.into_iter().for_each(|(key, value)| section.set(READ[key], value));
            let _ = CryptSettings::from_section(&section);
        }
    }

    #[test]
    fn settings_never_show_a_password() {
        let shown = format!("{:?}", of(&[]).unwrap());
        assert!(!shown.contains("secret") && shown.contains("redacted"), "{shown}");
    }
}
