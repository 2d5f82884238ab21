//! Whether the key of an encryption by rclone opens what is there. rclone leaves out names that do not open, so that a
//! wrong key would see an empty remote, and a sync would put a second tree beside the first.

use podfs_sync::remote::KeyCheck;
use podfs_sync::{ErrorKind, RemoteError};
use serde::Deserialize;
use serde_json::json;

use super::form::Form;
use super::options::Encryption;
use super::remote::RcloneRemote;
use super::session::Subject;
use super::{names, small, transfer};
use crate::crypt::wrong_key;

/// Files that are tried before what opens none of them counts as wrong. Some may be damaged, or somebody else's.
const FILES: usize = 8;

#[derive(Debug, Deserialize)]
struct Answer {
    list: Vec<File>,
}

/// One file of a listing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    /// From the place that was listed, in rclone's spelling.
    path: String,
    size: i64,
}

/// One folder is listed and one file is read where the key is right. More is looked at only where nothing is found.
pub(super) async fn check(remote: &RcloneRemote) -> Result<KeyCheck, RemoteError> {
    let Some(Encryption { open, sealed }) = &remote.session.options.encryption else {
        return Ok(KeyCheck::NoKey);
    };
    let fs = remote.fs();
    let elsewhere = (open != fs).then_some((open.as_str(), true));
    for (fs, recursive) in [(fs, false), (fs, true)].into_iter().chain(elsewhere) {
        let mut files = list(remote, fs, recursive).await?;
        let names_open = !files.is_empty();
        // Of an empty file there is a header alone, which opens with any key.
        files.retain(|file| file.size != 0 && !names::may_be_lossy(&file.path));
        files.sort_by_key(|file| file.size);
        files.truncate(FILES);
        for file in &files {
            if opens(remote, fs, file).await? {
                return Ok(KeyCheck::Opens);
            }
        }
        match (files.is_empty(), names_open) {
            (false, _) => return Err(wrong_key(fs)),
            (true, true) if recursive => return Ok(KeyCheck::Opens),
            _ => {}
        }
    }
    if list(remote, sealed, true).await?.is_empty() { Ok(KeyCheck::Empty) } else { Err(wrong_key(fs)) }
}

async fn list(remote: &RcloneRemote, fs: &str, recursive: bool) -> Result<Vec<File>, RemoteError> {
    let about = Subject { operation: "list", object: &fs };
    let options = json!({"recurse": recursive, "filesOnly": true, "noModTime": true, "noMimeType": true});
    let input = Form::new().with("fs", fs).with("remote", "").with_json("opt", &options);
    match remote.session.run::<Answer>(about, "operations/list", &input).await {
        Ok(answer) => Ok(answer.list),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn opens(remote: &RcloneRemote, fs: &str, file: &File) -> Result<bool, RemoteError> {
    let about = Subject { operation: "read", object: &file.path };
    let into = small::nameless(remote, about)?;
    match transfer::fetch(remote, fs, file.path.as_bytes(), &into, "a small file", about).await {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind, ErrorKind::Corrupt | ErrorKind::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}
