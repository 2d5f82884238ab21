//! What can be wrong with a configuration. No message holds a value that could be a secret.

use std::path::PathBuf;

use super::values::ValueError;

/// A configuration that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No storage kind was given.
    #[error("no storage kind is configured: set REMOTE_TYPE (for example REMOTE_TYPE=s3) or give -p type=s3")]
    TypeMissing,
    /// Encryption was asked for without saying what to encrypt.
    #[error(
        "encryption is configured without what to encrypt: set ENCRYPTED_REMOTE=remote:/bucket/directory or give -e remote=…"
    )]
    EncryptedRemoteMissing,
    /// `[remote_encrypted]` is always crypt.
    #[error("the type of [remote_encrypted] is always crypt: remove ENCRYPTED_TYPE, or -e type=…")]
    EncryptedType,
    /// A flag without `=` or without a key.
    #[error("{flag} {shown:?} is not key=value: write for example {flag} provider=Minio")]
    BadParameter {
        /// `-p` or `-e`.
        flag: &'static str,
        /// What stands before `=`; what follows may be secret. Text without `=` may be too, so it is not shown.
        shown: String,
    },
    /// A key that rclone.conf cannot hold.
    #[error("{origin}: the key {key:?} is not usable; rclone's keys are letters, digits and underscores")]
    BadKey {
        /// The flag or variable.
        origin: String,
        /// The key.
        key: String,
    },
    /// A value that rclone.conf cannot hold.
    #[error("{origin}: the value {reason}; rclone.conf cannot hold it")]
    BadValue {
        /// The flag with its key, the variable, or the section and key.
        origin: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// An environment variable in another encoding.
    #[error("the value of {variable} is not UTF-8; set it again as UTF-8 text")]
    NotUnicode {
        /// The variable.
        variable: String,
    },
    /// The file cannot be read, or the folder cannot be written.
    #[error("cannot {action} {path}: {source}; give a path that works with -c")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The reason of the system.
        source: std::io::Error,
    },
    /// The file is not an rclone.conf.
    #[error("{path}, line {line}: {reason}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong, without the text of the line.
        reason: &'static str,
    },
    /// The file is encrypted with a password of its own.
    #[error(
        "{path} is encrypted by rclone: write it out in plain (`rclone config encryption remove`), mode 0600"
    )]
    EncryptedFile {
        /// The file.
        path: PathBuf,
    },
    /// The file belongs to someone else.
    #[error(
        "{path} was not written by this program and holds {found}, so it is not overwritten: use it as it is with \
         --no-template, or name another file with -c"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What speaks against it, such as `[backup]`.
        found: String,
    },
    /// The file has neither section.
    #[error("{path} has no [remote] section and no [remote_encrypted]: add one, or leave out --no-template")]
    SectionMissing {
        /// The file.
        path: PathBuf,
    },
    /// The section does not say which storage kind it is.
    #[error("the section [{section}] has no type: add for example `type = s3`")]
    SectionWithoutType {
        /// The section.
        section: String,
    },
    /// A remote path that cannot be meant.
    #[error("the remote path {path:?} {reason}")]
    BadPath {
        /// As given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A key's value does not parse.
    #[error("[{section}] {key}: {source}")]
    Value {
        /// The section.
        section: String,
        /// The key.
        key: String,
        /// Why, without the value.
        source: ValueError,
    },
}

/// A URL without the user and password in it.
pub(super) fn without_credentials(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    match authority.rsplit_once('@') {
        Some((_, host)) if scheme.is_empty() => format!("{host}{path}"),
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => url.to_owned(),
    }
}
