//! Names of files and directories, each path segment by itself, in rclone's standard spelling.

use super::super::key::Keys;
use super::error::{NameError, shown};
use super::obfuscate::Obfuscator;
use super::scheme::{NameEncryption, NameScheme};
use super::segment::Segments;
use super::version;

/// Encrypts and decrypts names for one remote.
#[derive(Debug)]
pub struct NameCipher {
    method: Method,
    directories: bool,
}

#[derive(Debug)]
enum Method {
    Standard(Box<Segments>),
    Obfuscate(Obfuscator),
    Suffix(Vec<u8>),
}

/// From a name to what it becomes, or back.
type Way = fn(&NameCipher, &[u8]) -> Result<Vec<u8>, NameError>;

impl NameCipher {
    /// For the names of one remote.
    #[must_use]
    pub fn new(keys: &Keys, scheme: &NameScheme) -> Self {
        let method = match scheme.encryption {
            NameEncryption::Standard => Method::Standard(Box::new(Segments::new(keys, scheme.encoding))),
            NameEncryption::Obfuscate => Method::Obfuscate(Obfuscator::new(keys)),
            NameEncryption::Off => Method::Suffix(scheme.suffix.clone().into_bytes()),
        };
        Self { directories: scheme.directories && scheme.encryption != NameEncryption::Off, method }
    }

    /// What a file's name becomes.
    ///
    /// # Errors
    /// [`NameError::TooLong`], and [`NameError::NotReversible`] for what rclone could not read back.
    pub fn encrypt_file(&self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        self.both_ways(name, Self::file, Self::plain_file, |name| NameError::NotReversible { name })
    }

    /// What a directory's name becomes.
    ///
    /// # Errors
    /// As [`NameCipher::encrypt_file`].
    pub fn encrypt_directory(&self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        self.both_ways(name, Self::directory, Self::plain_directory, |name| NameError::NotReversible { name })
    }

    /// The name of a file on the remote, decrypted.
    ///
    /// # Errors
    /// [`NameError::Foreign`] for a name that we would not give, and [`NameError::NotCanonical`] for one that decrypts
    /// all the same: rclone lists it, but looks for it under another name.
    pub fn decrypt_file(&self, encrypted: &[u8]) -> Result<Vec<u8>, NameError> {
        self.both_ways(encrypted, Self::plain_file, Self::file, |name| NameError::NotCanonical { name })
    }

    /// The name of a directory on the remote, decrypted.
    ///
    /// # Errors
    /// As [`NameCipher::decrypt_file`].
    pub fn decrypt_directory(&self, encrypted: &[u8]) -> Result<Vec<u8>, NameError> {
        self.both_ways(encrypted, Self::plain_directory, Self::directory, |name| NameError::NotCanonical {
            name,
        })
    }

    /// Goes there if the way back ends where it began: so no two names stand for one.
    fn both_ways(
        &self,
        name: &[u8],
        there: Way,
        back: Way,
        otherwise: impl FnOnce(String) -> NameError,
    ) -> Result<Vec<u8>, NameError> {
        let other = there(self, name)?;
        match back(self, &other) {
            Ok(again) if again == name => Ok(other),
            _ => Err(otherwise(shown(name))),
        }
    }

    /// Whether rclone leaves this file out when it lies right at the root: a version and nothing else, with a suffix.
    pub(super) fn lost_at_root(&self, name: &[u8]) -> bool {
        matches!(self.method, Method::Suffix(_))
            && version::split(name).is_some_and(|(rest, _)| rest.is_empty())
    }

    fn file(&self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        if let Method::Suffix(suffix) = &self.method {
            return Ok([name, suffix].concat());
        }
        match version::split(name) {
            Some((name, version)) => Ok(version::join(&self.segment(&name)?, version)),
            None => self.segment(name),
        }
    }

    fn plain_file(&self, encrypted: &[u8]) -> Result<Vec<u8>, NameError> {
        if let Method::Suffix(suffix) = &self.method {
            return without_suffix(encrypted, suffix);
        }
        match version::split(encrypted) {
            Some((encrypted, version)) => Ok(version::join(&self.plain_segment(&encrypted)?, version)),
            None => self.plain_segment(encrypted),
        }
    }

    fn directory(&self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        if self.directories { self.segment(name) } else { Ok(name.to_vec()) }
    }

    fn plain_directory(&self, encrypted: &[u8]) -> Result<Vec<u8>, NameError> {
        if self.directories { self.plain_segment(encrypted) } else { Ok(encrypted.to_vec()) }
    }

    /// An empty name stays one: it is what is left of a name that is a version and nothing else.
    fn segment(&self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        match &self.method {
            _ if name.is_empty() => Ok(Vec::new()),
            Method::Standard(segments) => segments.encrypt(name),
            Method::Obfuscate(obfuscator) => Ok(obfuscator.encrypt(name)),
            Method::Suffix(_) => Ok(name.to_vec()),
        }
    }

    fn plain_segment(&self, encrypted: &[u8]) -> Result<Vec<u8>, NameError> {
        match &self.method {
            _ if encrypted.is_empty() => Ok(Vec::new()),
            Method::Standard(segments) => segments.decrypt(encrypted),
            Method::Obfuscate(obfuscator) => obfuscator.decrypt(encrypted),
            Method::Suffix(_) => Ok(encrypted.to_vec()),
        }
    }
}

fn without_suffix(encrypted: &[u8], suffix: &[u8]) -> Result<Vec<u8>, NameError> {
    match encrypted.strip_suffix(suffix) {
        None => Err(NameError::foreign(encrypted, "it does not end with the suffix")),
        Some([]) => Err(NameError::foreign(encrypted, "it is a suffix alone")),
        Some(plain) => Ok(plain.to_vec()),
    }
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
