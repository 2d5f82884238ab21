//! Limits of the system that a sync of a deep tree with many files under way would meet.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the number of files that may be open to all that this process is allowed.
pub(crate) fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    // Going on with fewer is fine; a file that cannot be opened is reported as such.
    let _ = setrlimit(Resource::Nofile, limit);
}
