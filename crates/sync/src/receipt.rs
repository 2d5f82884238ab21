//! The receipt that a restore leaves with the volume: an extended attribute of its root folder.
//!
//! It is written as `restoring` before anything is changed, so that a restore that broke off can be run again, and as
//! `complete` after everything went well. It lives there, not in a file, because a foreign file inside would break applications that insist on an empty
//! directory, and not in the state directory, because that goes with the Pod while the volume stays.

use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::head::Head;
use crate::local::{LocalError, LocalRoot};

const ATTRIBUTE: &str = "user.podfs.receipt";
const FORMAT: u32 = 1;
const LIMIT: usize = 4096;

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    format: u32,
    /// Whether the restore has ended well.
    pub state: State,
    /// The history that the remote's head named; `None` for a remote without one.
    pub lineage: Option<String>,
    /// The generation that was restored.
    pub generation: Option<u64>,
}

/// How far a restore came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It began in a folder that was ours to fill, and has not ended well yet.
    Restoring,
    /// Everything was restored.
    Complete,
}

impl Receipt {
    /// The receipt for a restore of what `head` describes.
    #[must_use]
    pub fn of(head: Option<&Head>, state: State) -> Self {
        Self {
            format: FORMAT,
            state,
            lineage: head.map(|head| head.lineage.clone()),
            generation: head.map(|head| head.generation),
        }
    }
}

/// The receipt of this folder, if it has a valid one.
#[must_use]
pub fn read(root: &LocalRoot) -> Option<Receipt> {
    let mut buffer = vec![0_u8; LIMIT];
    let length = fgetxattr(root, ATTRIBUTE, &mut buffer[..]).ok()?;
    let receipt: Receipt = serde_json::from_slice(buffer.get(..length)?).ok()?;
    (receipt.format == FORMAT).then_some(receipt)
}

/// Leaves the receipt. `Ok(false)`: this file system has no extended attributes.
///
/// # Errors
/// When it cannot be written for another reason.
pub fn write(root: &LocalRoot, receipt: &Receipt) -> Result<bool, LocalError> {
    let error = |cause: std::io::Error| LocalError::new("leave a receipt on", root.path().display(), cause);
    let content = serde_json::to_vec(receipt).map_err(|cause| error(cause.into()))?;
    match fsetxattr(root, ATTRIBUTE, &content, XattrFlags::empty()) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::PERM | Errno::ACCESS) => Ok(false),
        Err(errno) => Err(error(errno.into())),
    }
}
