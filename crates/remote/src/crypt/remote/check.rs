//! Whether the key opens what is there, before anything is transferred: a wrong key would see an empty remote, and a
//! sync would put a second tree beside the first.

use futures::TryStreamExt;
use podfs_sync::remote::KeyCheck;
use podfs_sync::{Entry, ErrorKind, Listed, Remote, RemoteError};

use super::super::block::SEALED;
use super::super::content::{HEADER_SIZE, Opener};
use super::CryptRemote;

/// Names that are looked at before what opens none of them counts as wrong: ten pages of a listing.
const NAMES: usize = 10_000;
/// Objects whose first block is tried. Some may be damaged, or somebody else's.
const OBJECTS: usize = 8;

/// One page of a listing and the beginning of one object where the key is right.
pub(super) async fn check_key(remote: &CryptRemote) -> Result<KeyCheck, RemoteError> {
    let mut listing = remote.inner.list();
    let (mut names, mut objects, mut empty_files) = (0, 0, 0);
    while names < NAMES && objects < OBJECTS {
        let listed = match listing.try_next().await {
            Ok(Some(listed)) => listed,
            Ok(None) => break,
            Err(error) if error.kind == ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        };
        names += 1;
        let Listed::File(sealed) = listed else { continue };
        match remote.listed(sealed.clone()) {
            // An empty file is a header alone, which opens with any key.
            Listed::File(plain) if plain.size == 0 => empty_files += 1,
            Listed::File(_) if opens(remote, &sealed).await? => return Ok(KeyCheck::Opens),
            Listed::File(_) => objects += 1,
            Listed::Unknown { .. } | Listed::Unusable { .. } => {}
        }
    }
    match (names, objects, empty_files) {
        (0, ..) => Ok(KeyCheck::Empty),
        // Their names open, which is all that there is to try.
        (_, 0, 1..) => Ok(KeyCheck::Opens),
        _ => Err(wrong_key(remote)),
    }
}

/// Whether the first block of this object opens.
async fn opens(remote: &CryptRemote, sealed: &Entry) -> Result<bool, RemoteError> {
    let start = remote.inner.read_start(&sealed.path, HEADER_SIZE + SEALED).await?;
    let Some(mut start) = start else { return Ok(false) };
    let Some((header, block)) = start.split_first_chunk_mut() else { return Ok(false) };
    let opener = Opener::new(std::sync::Arc::clone(&remote.keys), header);
    Ok(opener.is_ok_and(|opener| opener.open(0, block).is_ok()))
}

fn wrong_key(remote: &CryptRemote) -> RemoteError {
    let detail = "the key does not open what is there; nothing was changed. Give the password (and password2) and the \
                  settings for names with which it was written, or an empty place";
    RemoteError::new(ErrorKind::Configuration, "open", remote.label(), detail)
}
