//! What a file, folder or link is besides its content: mode, owner, modification time, extended attributes.

mod apply;
mod extended;
mod loss;
mod probe;

use rustix::fs::Stat;
use serde::{Deserialize, Serialize};

pub use apply::apply;
pub use extended::{Extended, read_extended, read_extended_at};
pub use loss::{Loss, Losses};
pub use probe::{Holds, probe};

use crate::timestamp::Timestamp;

/// The bits of a mode that are kept: permissions, set-user-id, set-group-id and sticky.
const MODE_BITS: u32 = 0o7777;

/// Everything about a file but its name and content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attributes {
    /// Permissions, set-user-id, set-group-id and sticky; without meaning for symbolic links.
    pub mode: u32,
    /// The owner's user id.
    pub owner: u32,
    /// The group's id.
    pub group: u32,
    /// When the content last changed.
    pub modified: Timestamp,
    /// Extended attributes, POSIX ACLs among them, sorted by name.
    pub extended: Vec<Extended>,
}

impl Attributes {
    /// What the system says of something, with the extended attributes that were read beside it.
    #[must_use]
    pub fn of(stat: &Stat, extended: Vec<Extended>) -> Self {
        Self {
            mode: stat.st_mode & MODE_BITS,
            owner: stat.st_uid,
            group: stat.st_gid,
            modified: Timestamp::from_parts(stat.st_mtime, stat.st_mtime_nsec.cast_signed()),
            extended,
        }
    }
}
