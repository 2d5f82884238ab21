//! Paths of a volume and what they are on the inner remote; errors that speak of the former.

use podfs_sync::{ErrorKind, RelativePath, RemoteError};

use super::super::names::NameCipher;

/// Both ways of names.
pub(super) struct Names {
    cipher: NameCipher,
    longest: Option<usize>,
}

impl Names {
    pub(super) fn new(cipher: NameCipher, longest: Option<usize>) -> Self {
        Self { cipher, longest }
    }

    /// Where a file lies on the inner remote.
    pub(super) fn seal(
        &self,
        operation: &'static str,
        path: &RelativePath,
    ) -> Result<RelativePath, RemoteError> {
        let refused =
            |reason: &dyn std::fmt::Display| RemoteError::new(ErrorKind::Name, operation, path, reason);
        if let Some(longest) = self.longest {
            self.cipher.check_length(path.as_bytes(), longest).map_err(|error| refused(&error))?;
        }
        let sealed = self.cipher.seal_path(path.as_bytes()).map_err(|error| refused(&error))?;
        RelativePath::parse(sealed).map_err(|error| refused(&error))
    }

    /// Which file lies there, or why none of ours does.
    pub(super) fn open(&self, sealed: &RelativePath) -> Result<RelativePath, String> {
        let plain = self.cipher.open_path(sealed.as_bytes()).map_err(|error| error.to_string())?;
        RelativePath::parse(plain).map_err(|error| error.to_string())
    }
}

/// A file, and its object for whoever looks for it on the remote.
pub(super) fn located(path: &RelativePath, sealed: &RelativePath) -> String {
    format!("{path} (stored as {sealed})")
}

/// An error of the inner remote, which knows the object alone.
pub(super) fn relocated(mut error: RemoteError, path: &RelativePath, sealed: &RelativePath) -> RemoteError {
    if error.object == sealed.to_string() {
        error.object = located(path, sealed);
    }
    error
}
