//! Where the receipt lies: an extended attribute of the volume's root folder, or a file in the state directory.
//!
//! It lies with the volume because the state directory goes with the Pod while the volume stays, and in no file there
//! because a foreign file would break applications that insist on an empty directory. Where the file system has no such
//! attributes the state directory has to do: then the receipt is lost with it, and the volume counts as one without. What a
//! sync to the remote notes lies there too while the volume is full or read-only, which must not keep it from being saved.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{AtFlags, StatxFlags, XattrFlags, fgetxattr, fsetxattr, fsync, statx};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{FORMAT, Receipt};
use crate::local::{LocalError, LocalRoot};
use crate::replace::replace;

const ATTRIBUTE: &str = "user.podfs.receipt";
/// More than any receipt of ours takes.
const LIMIT: usize = 4096;

/// A receipt that is there and says nothing to us.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{said}")]
pub struct BadReceipt {
    said: String,
    /// Whether it could not be read at all, so that nobody knows what it says.
    pub(crate) unread: bool,
}

impl BadReceipt {
    fn damaged(said: String) -> Self {
        Self { said, unread: false }
    }

    fn unread(error: &LocalError) -> Self {
        Self { said: error.to_string(), unread: true }
    }
}

/// The root folder of a volume, told from that of a copy: a copy has an inode of its own, or at least a birth of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Volume {
    /// Only where the receipt lies elsewhere: a volume that is mounted again may have another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<(u32, u32)>,
    inode: u64,
    /// Seconds and nanoseconds, where the file system keeps it.
    born: Option<(i64, u32)>,
}

impl Volume {
    fn look(root: &LocalRoot) -> Result<Self, LocalError> {
        let wanted = StatxFlags::INO | StatxFlags::BTIME;
        let stat = statx(root.as_fd(), "", AtFlags::EMPTY_PATH, wanted)
            .map_err(|errno| error(root, errno.into()))?;
        let told = StatxFlags::from_bits_truncate(stat.stx_mask).contains(StatxFlags::BTIME);
        let born = told.then_some((stat.stx_btime.tv_sec, stat.stx_btime.tv_nsec));
        Ok(Self { device: Some((stat.stx_dev_major, stat.stx_dev_minor)), inode: stat.stx_ino, born })
    }

    fn without_device(self) -> Self {
        Self { device: None, ..self }
    }

    fn is(&self, other: &Self) -> bool {
        let born = self.born.zip(other.born).is_none_or(|(one, other)| one == other);
        born && (self.device, self.inode) == (other.device, other.inode)
    }
}

fn error(root: &LocalRoot, cause: io::Error) -> LocalError {
    LocalError::new("look at the receipt of", root.path().display(), cause)
}

/// The receipt of the folder, if it has one. `file` is its place in the state directory.
///
/// # Errors
/// When there is one that cannot be read, or that a newer version of us wrote.
pub fn read(root: &LocalRoot, file: Option<&Path>) -> Result<Option<Receipt>, BadReceipt> {
    let bad = |error: LocalError| BadReceipt::unread(&error);
    let here = Volume::look(root).map_err(bad)?;
    if let Some(content) = attribute(root).map_err(bad)? {
        if let Some(newer) = file.and_then(|file| stand_in(file, &here, &content)) {
            return Ok(Some(newer));
        }
        let receipt = parse(&content)?;
        let copied = receipt.copied || !receipt.is_of(&here.without_device());
        return Ok(Some(Receipt { copied, ..receipt }));
    }
    let Some(file) = file else { return Ok(None) };
    match std::fs::read(file) {
        // Another volume at the same path has nothing to do with it.
        Ok(content) => {
            Ok(Some(parse(&content)?).filter(|receipt| receipt.is_of(&here) && receipt.instead_of.is_none()))
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(bad(LocalError::new("read the receipt", file.display(), cause))),
    }
}

fn attribute(root: &LocalRoot) -> Result<Option<Vec<u8>>, LocalError> {
    let mut buffer = vec![0_u8; LIMIT];
    match fgetxattr(root, ATTRIBUTE, &mut buffer[..]) {
        Ok(length) => {
            buffer.truncate(length);
            Ok(Some(buffer))
        }
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(None),
        Err(errno) => Err(error(root, errno.into())),
    }
}

/// The receipt in the state directory, if it was left there because this one on the volume could not be replaced.
fn stand_in(file: &Path, here: &Volume, content: &[u8]) -> Option<Receipt> {
    let receipt = parse(&std::fs::read(file).ok()?).ok()?;
    let belongs = receipt.is_of(here) && receipt.instead_of.as_deref() == Some(&fingerprint(content));
    belongs.then_some(receipt)
}

fn fingerprint(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

fn parse(content: &[u8]) -> Result<Receipt, BadReceipt> {
    let value: serde_json::Value = serde_json::from_slice(content)
        .map_err(|cause| BadReceipt::damaged(format!("it is damaged: {cause}")))?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(FORMAT) => Err(BadReceipt::damaged(format!(
            "its format {format} is newer than this version knows ({FORMAT})"
        ))),
        _ => serde_json::from_value(value)
            .map_err(|cause| BadReceipt::damaged(format!("it is damaged: {cause}"))),
    }
}

/// Leaves the receipt, on disk. `Ok(false)`: there is no place for it.
///
/// # Errors
/// When it cannot be written although there is a place, or an older one stays that would say something else.
pub fn write(root: &LocalRoot, file: Option<&Path>, receipt: &Receipt) -> Result<bool, LocalError> {
    let error = |cause: io::Error| LocalError::new("leave a receipt on", root.path().display(), cause);
    let here = Volume::look(root)?;
    let content = bytes(receipt, here.clone().without_device()).map_err(error)?;
    match fsetxattr(root, ATTRIBUTE, &content, XattrFlags::empty()) {
        Ok(()) => {
            // Some file systems cannot do this with folders; then it reaches the disk in its own time.
            let _ = fsync(root);
            if let Some(file) = file {
                let _ = std::fs::remove_file(file);
            }
            return Ok(true);
        }
        Err(Errno::OPNOTSUPP) => {}
        // Not ours to write; but one that is there already must not stay as it is.
        Err(errno @ (Errno::PERM | Errno::ACCESS)) => {
            if fgetxattr(root, ATTRIBUTE, &mut [0_u8; 0][..]) != Err(Errno::NODATA) {
                return Err(error(errno.into()));
            }
        }
        Err(errno) => return Err(error(errno.into())),
    }
    write_file(file, receipt, here)
}

/// [`write`] for what a sync notes: while the volume takes nothing new the state directory keeps it, and where that is full too
/// nobody does. `Ok(false)`: nobody.
///
/// # Errors
/// As of [`write`], for any other reason.
pub fn write_anywhere(root: &LocalRoot, file: Option<&Path>, receipt: &Receipt) -> Result<bool, LocalError> {
    let error = match write(root, file, receipt) {
        Err(error) if takes_nothing(&error) => error,
        other => return other,
    };
    let instead_of = attribute(root)?.map(|content| fingerprint(&content));
    let stand_in = Receipt { instead_of, ..receipt.clone() };
    match write_file(file, &stand_in, Volume::look(root)?) {
        Ok(true) => tracing::warn!(%error, "the receipt lies in the state directory for now"),
        Err(other) if !takes_nothing(&other) => return Err(other),
        _ => {
            tracing::warn!(%error, "should this sync be killed, it is taken for somebody else's until the next restore");
            return Ok(false);
        }
    }
    Ok(true)
}

fn takes_nothing(error: &LocalError) -> bool {
    matches!(
        error.cause.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem
    )
}

fn write_file(file: Option<&Path>, receipt: &Receipt, here: Volume) -> Result<bool, LocalError> {
    let Some(file) = file else { return Ok(false) };
    let error = |cause: io::Error| LocalError::new("leave a receipt at", file.display(), cause);
    let content = bytes(receipt, here).map_err(error)?;
    replace(file, |mut to| to.write_all(&content)).map_err(error)?;
    Ok(true)
}

impl Receipt {
    fn is_of(&self, volume: &Volume) -> bool {
        self.volume.as_ref().is_some_and(|own| own.is(volume))
    }
}

fn bytes(receipt: &Receipt, volume: Volume) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(&Receipt { volume: Some(volume), ..receipt.clone() })?)
}

#[cfg(test)]
mod tests {
    use rustix::fs::removexattr;

    use super::*;
    use crate::receipt::State;

    fn volume() -> (tempfile::TempDir, LocalRoot) {
        let folder = tempfile::tempdir().unwrap();
        let root = LocalRoot::open(folder.path()).unwrap();
        (folder, root)
    }

    fn put(root: &LocalRoot, content: &[u8]) {
        fsetxattr(root, ATTRIBUTE, content, XattrFlags::empty()).unwrap();
    }

    #[test]
    fn what_was_left_is_found_again() {
        let (_folder, root) = volume();
        assert_eq!(read(&root, None), Ok(None));
        let receipt = Receipt { sync: Some("x".to_owned()), ..Receipt::of(None, State::Complete) };
        assert!(write(&root, None, &receipt).unwrap());
        let found = read(&root, None).unwrap().unwrap();
        assert!(found.says_the_same(&receipt) && !found.copied);
    }

    #[test]
    fn a_receipt_that_is_damaged_or_newer_is_told_and_not_believed() {
        let (_folder, root) = volume();
        for (content, expected) in [
            (&b""[..], "damaged"),
            (b"\xff\x00", "damaged"),
            (b"{\"format\":1,\"state\":\"comp", "damaged"),
            (b"{\"format\":1}", "damaged"),
            (b"[]", "damaged"),
            (b"{\"format\":2,\"state\":{}}", "newer"),
        ] {
            put(&root, content);
            assert!(read(&root, None).unwrap_err().to_string().contains(expected), "{content:?}");
        }
    }

    /// Copied with its attributes, as by `cp -a` or `rsync -X`.
    #[test]
    fn a_copy_of_a_receipt_is_known_as_one() {
        let ((_here, root), (_there, other)) = (volume(), volume());
        write(&root, None, &Receipt::of(None, State::Complete)).unwrap();
        let mut content = vec![0; LIMIT];
        let length = fgetxattr(&root, ATTRIBUTE, &mut content[..]).unwrap();
        put(&other, &content[..length]);
        assert!(read(&other, None).unwrap().unwrap().copied);
    }

    #[test]
    fn a_receipt_in_the_state_directory_is_that_of_one_volume() {
        let ((_here, root), (_there, other), state) = (volume(), volume(), tempfile::tempdir().unwrap());
        let file = state.path().join("receipt");
        let receipt = Receipt::of(None, State::Complete);
        std::fs::write(&file, bytes(&receipt, Volume::look(&root).unwrap()).unwrap()).unwrap();
        assert!(read(&root, Some(&file)).unwrap().unwrap().says_the_same(&receipt));
        assert_eq!(read(&other, Some(&file)), Ok(None));
        std::fs::write(&file, b"{").unwrap();
        assert!(read(&root, Some(&file)).is_err());
    }

    #[test]
    fn only_a_volume_that_takes_nothing_more_is_gone_around() {
        let takes_nothing = |errno: Errno| takes_nothing(&LocalError::new("leave", "a receipt", errno));
        assert!([Errno::NOSPC, Errno::DQUOT, Errno::ROFS].into_iter().all(takes_nothing));
        assert!(![Errno::IO, Errno::PERM, Errno::RANGE].into_iter().any(takes_nothing));
    }

    #[test]
    fn what_stands_in_for_a_receipt_counts_until_that_changes() {
        let ((_here, root), (_there, other), state) = (volume(), volume(), tempfile::tempdir().unwrap());
        let file = state.path().join("receipt");
        let (old, new) = (Receipt::of(None, State::Restoring), Receipt::of(None, State::Complete));
        let state_of = |root: &LocalRoot| read(root, Some(&file)).unwrap().map(|receipt| receipt.state);
        for root in [&root, &other] {
            write(root, None, &old).unwrap();
        }
        let instead_of = attribute(&root).unwrap().map(|content| fingerprint(&content));
        let stand_in = Receipt { instead_of, ..new };
        write_file(Some(&file), &stand_in, Volume::look(&root).unwrap()).unwrap();
        assert_eq!(state_of(&root), Some(State::Complete));
        assert_eq!(state_of(&other), Some(State::Restoring));
        write(&root, None, &Receipt { mixed: true, ..old }).unwrap();
        assert_eq!(state_of(&root), Some(State::Restoring), "somebody wrote another since");
        removexattr(root.path(), ATTRIBUTE).unwrap();
        assert_eq!(state_of(&root), None);
    }

    #[test]
    fn what_lies_with_the_volume_counts_and_clears_the_state_directory() {
        let ((_here, root), state) = (volume(), tempfile::tempdir().unwrap());
        let file = state.path().join("receipt");
        let old = Receipt::of(None, State::Restoring);
        std::fs::write(&file, bytes(&old, Volume::look(&root).unwrap()).unwrap()).unwrap();
        write(&root, Some(&file), &Receipt::of(None, State::Complete)).unwrap();
        assert!(!file.exists());
        assert_eq!(read(&root, Some(&file)).unwrap().unwrap().state, State::Complete);
        removexattr(root.path(), ATTRIBUTE).unwrap();
        assert_eq!(read(&root, Some(&file)), Ok(None));
    }
}
