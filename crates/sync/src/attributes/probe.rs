//! What the file system of a restore's target can hold, found out by trying on a temporary file.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, openat, symlinkat, unlinkat};

use super::{Attributes, Extended, Loss, apply};
use crate::local::temporary_name;
use crate::timestamp::Timestamp;

/// A time with every digit set, so that a file system which keeps fewer shows it.
const ODD_TIME: i64 = 1_111_111_111_123_456_789;

/// What the target cannot hold, whatever is to be restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holds {
    /// Kinds of attributes that would be lost on every file.
    pub lost: Vec<Loss>,
}

/// Tries everything once inside `folder`, and leaves nothing behind.
///
/// As another user than root, giving files away is not tried: whether it works depends on each file.
///
/// # Errors
/// When not even a file can be made there.
pub fn probe(folder: BorrowedFd<'_>) -> rustix::io::Result<Holds> {
    let name = temporary_name()?;
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file = openat(folder, name.as_str(), flags, Mode::from_raw_mode(0o600))?;
    let mut lost = try_attributes(&file);
    unlinkat(folder, name.as_str(), AtFlags::empty())?;
    match symlinkat("podfs", folder, name.as_str()) {
        Ok(()) => unlinkat(folder, name.as_str(), AtFlags::empty())?,
        Err(_) => lost.push(Loss::SymbolicLink),
    }
    Ok(Holds { lost })
}

fn try_attributes(file: &OwnedFd) -> Vec<Loss> {
    let root = rustix::process::geteuid().is_root();
    let own = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let (owner, group) = if root { (own.0 + 1, own.1 + 1) } else { own };
    let wanted = Attributes {
        mode: 0o640,
        owner,
        group,
        modified: Timestamp::from_nanoseconds(ODD_TIME),
        extended: vec![Extended { name: b"user.podfs.probe".to_vec(), value: b"1".to_vec() }],
    };
    apply(file.as_fd(), &wanted).map_or_else(|_| Vec::new(), |lost| lost.into_iter().collect())
}

impl Holds {
    /// One sentence for people; `None` when everything can be held.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        if self.lost.is_empty() {
            return None;
        }
        let kinds: Vec<&str> = self.lost.iter().map(|loss| loss.plural()).collect();
        Some(format!("this file system does not keep {}", kinds.join(", ")))
    }
}
