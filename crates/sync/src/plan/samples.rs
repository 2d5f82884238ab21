//! Nodes of both sides for the tests of this room.

use crate::attributes::Attributes;
use crate::entry::{Entry, Modified};
use crate::local::{LocalFile, LocalWhat};
use crate::manifest::{FileRecord, RemoteFile, RemoteWhat, Stored};
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

pub(crate) fn attributes(mode: u32, modified: i64) -> Attributes {
    let modified = Timestamp::from_nanoseconds(modified);
    Attributes { mode, owner: 1, group: 1, modified, extended: Vec::new() }
}

pub(crate) fn local_file(size: u64, modified: i64) -> LocalFile {
    LocalFile { size, attributes: attributes(0o644, modified), tie: None }
}

pub(crate) fn local_folder(mode: u32) -> LocalWhat {
    LocalWhat::Folder(attributes(mode, 7))
}

pub(crate) fn remote_folder(mode: u32) -> RemoteWhat {
    RemoteWhat::Folder(attributes(mode, 7))
}

/// An object with the tag `1`, and what the manifest says of it.
pub(crate) fn remote_file(path: &str, size: u64, record: Option<FileRecord>) -> RemoteFile {
    let path = RelativePath::parse(path).unwrap();
    let entry = Entry { path, size, modified: Modified::Ask, tag: Some("1".to_owned()) };
    let described = record.is_some();
    RemoteFile { entry, record, described }
}

pub(crate) fn record(size: u64, modified: i64) -> FileRecord {
    FileRecord {
        size,
        attributes: attributes(0o644, modified),
        hash: Some([7; 32]),
        stored: Stored { tag: Some("1".to_owned()), modified: Modified::Unknown, nonce: None },
        tie: None,
        sparse: false,
    }
}
