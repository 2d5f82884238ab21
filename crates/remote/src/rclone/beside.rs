//! The temporary names under which uploads are on their way, for kinds of storage where rclone has none of its own.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use podfs_sync::local::temporary_name;
use podfs_sync::{ErrorKind, RelativePath, RemoteError};

/// The names in use. One stays here when its upload is dropped half way.
#[derive(Debug, Default)]
pub(super) struct Beside(Mutex<BTreeSet<RelativePath>>);

impl Beside {
    /// A new name in the folder of `path`.
    pub(super) fn name(&self, path: &RelativePath) -> Result<RelativePath, RemoteError> {
        let failed = |cause: &dyn std::fmt::Display| {
            RemoteError::new(ErrorKind::Other, "find a name beside", path, cause)
        };
        let name = temporary_name().map_err(|errno| failed(&errno))?;
        let beside =
            RelativePath::child(path.parent().as_ref(), name.as_bytes()).map_err(|error| failed(&error))?;
        self.names().insert(beside.clone());
        Ok(beside)
    }

    /// The upload has come to its end, whatever that was.
    pub(super) fn forget(&self, name: &RelativePath) {
        self.names().remove(name);
    }

    /// The names of uploads that did not come to an end; for when none is under way any more.
    pub(super) fn take_dropped(&self) -> Vec<RelativePath> {
        std::mem::take(&mut *self.names()).into_iter().collect()
    }

    fn names(&self) -> std::sync::MutexGuard<'_, BTreeSet<RelativePath>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
