//! Whether the key opens what is there, before anything is transferred: a wrong key would see an empty remote, and a
//! sync would put a second tree beside the first.

use std::sync::Arc;

use futures::TryStreamExt;
use podfs_sync::remote::KeyCheck;
use podfs_sync::{Entry, ErrorKind, Listed, Remote, RemoteError};

use super::super::content::SEALED;
use super::super::content::{HEADER_SIZE, Opener};
use super::super::wrong_key;
use super::CryptRemote;

/// Names that are looked at before what opens none of them counts as wrong: ten pages of a listing.
const NAMES: usize = 10_000;
/// Objects whose first block is tried. Some may be damaged, or somebody else's.
const OBJECTS: usize = 8;

/// What was met until it was clear.
#[derive(Default)]
struct Met {
    names: usize,
    /// Objects whose name opens and whose content does not.
    objects: usize,
    /// Objects whose name does not open and whose content was tried.
    strangers: usize,
    /// Objects that somebody encrypted and the key does not open, whatever their names.
    sealed: usize,
    /// An empty file is a header alone, which opens with any key.
    empty_files: usize,
    opens: bool,
}

/// One page of a listing and the beginning of one object where the key is right.
pub(super) async fn check_key(remote: &CryptRemote) -> Result<KeyCheck, RemoteError> {
    let met = look(remote, &*remote.inner).await?;
    match (met, &remote.root) {
        (Met { opens: true, .. }, _) => Ok(KeyCheck::Opens),
        // Under another key this directory had another name.
        (Met { names: 0, .. }, Some(root)) => match look(remote, &**root).await? {
            Met { opens: true, .. } => Ok(KeyCheck::Opens),
            Met { sealed: 0, .. } => Ok(KeyCheck::Empty),
            _ => Err(wrong_key(remote.label())),
        },
        (Met { names: 0, .. }, None) => Ok(KeyCheck::Empty),
        // Their names open, which is all that there is to try.
        (Met { objects: 0, empty_files: 1.., .. }, _) => Ok(KeyCheck::Opens),
        _ => Err(wrong_key(remote.label())),
    }
}

async fn look(remote: &CryptRemote, inner: &dyn Remote) -> Result<Met, RemoteError> {
    let mut listing = inner.list();
    let mut met = Met::default();
    while met.names < NAMES && met.objects < OBJECTS {
        let listed = match listing.try_next().await {
            Ok(Some(listed)) => listed,
            Ok(None) => break,
            Err(error) if error.kind == ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        };
        met.names += 1;
        let Listed::File(sealed) = listed else { continue };
        match remote.listed(sealed.clone()) {
            Listed::File(plain) if plain.size == 0 => met.empty_files += 1,
            Listed::File(_) => {
                met.objects += 1;
                met.take(content(remote, inner, &sealed).await?);
            }
            _ if met.strangers < OBJECTS => {
                met.strangers += 1;
                met.take(content(remote, inner, &sealed).await?);
            }
            _ => {}
        }
        if met.opens {
            break;
        }
    }
    Ok(met)
}

/// What the beginning of an object shows.
enum Content {
    Opens,
    Sealed,
    Foreign,
}

impl Met {
    fn take(&mut self, content: Content) {
        match content {
            Content::Opens => self.opens = true,
            Content::Sealed => self.sealed += 1,
            Content::Foreign => {}
        }
    }
}

/// Tries the first block of this object.
async fn content(remote: &CryptRemote, inner: &dyn Remote, sealed: &Entry) -> Result<Content, RemoteError> {
    let start = inner.read_start(&sealed.path, HEADER_SIZE + SEALED).await?;
    let Some(mut start) = start else { return Ok(Content::Foreign) };
    let Some((header, block)) = start.split_first_chunk_mut() else { return Ok(Content::Foreign) };
    Ok(match Opener::new(Arc::clone(&remote.keys), header) {
        Ok(opener) if opener.open(0, block).is_ok() => Content::Opens,
        Ok(_) => Content::Sealed,
        Err(_) => Content::Foreign,
    })
}
