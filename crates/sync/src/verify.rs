//! Compares a remote with its manifest: what is there against what was written.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use crate::engine::SyncError;
use crate::fetch::fetch;
use crate::head::{self, State};
use crate::local::{LocalRoot, Target};
use crate::manifest::{Manifest, ManifestError, RemoteFile, RemoteNode, RemoteWhat, View};
use crate::plan::listing;
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::report::FailureKind;
use crate::settings::Direction;

/// How many findings are kept with their paths; the rest is only counted.
const KEPT_FINDINGS: usize = 1_000;

/// What a look at the whole remote found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Verification {
    /// The generation that the head names; `None` without a head.
    pub generation: Option<u64>,
    /// Whether the last sync ended well.
    pub flushed: bool,
    /// Files that are as the manifest says.
    pub good: u64,
    /// Files whose content was read back and has the hash of what was uploaded.
    pub read: u64,
    /// Files that the manifest has no hash of, so that only size and mark were compared.
    pub without_hash: u64,
    /// Files with something wrong.
    pub wrong: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
}

/// One file with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The path below the root, printable.
    pub path: String,
    /// What is wrong with it.
    pub fault: Fault,
    /// What came back, where something was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What can be wrong with a file of a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The manifest knows it, and its object is gone.
    Missing,
    /// Its object is not the one that was written: somebody replaced it since.
    Replaced,
    /// The manifest does not know it: somebody put it there, or a sync did not end.
    Unknown,
    /// It was deleted, and its object is still there.
    NotDeleted,
    /// It cannot be read back, or its content is not what was uploaded.
    Damaged,
    /// No volume can hold its name.
    Unusable,
}

impl Fault {
    /// For people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "the manifest knows it, but it is not there",
            Self::Replaced => "it is not what the last sync wrote: somebody replaced it",
            Self::Unknown => {
                "the manifest does not know it: somebody else put it there, or a sync did not end"
            }
            Self::NotDeleted => "it was deleted, but it is still there",
            Self::Damaged => "its content is not what was uploaded",
            Self::Unusable => "no volume can hold its name",
        }
    }
}

/// Looks at the whole remote, and with `read_data` reads back every file into `scratch`: `transfers` of them at once, or
/// as many as suit the remote.
///
/// # Errors
/// When the remote cannot be used, or has no manifest to compare with.
pub async fn verify(
    remote: &Arc<dyn Remote>,
    scratch: &Path,
    transfers: Option<NonZeroUsize>,
    read_data: bool,
) -> Result<Verification, SyncError> {
    let head = head::read(&**remote).await?.filter(|head| !head.manifest.is_empty());
    let Some(head) = head else {
        remote.check_key().await?;
        return Err(without_manifest(&**remote).into());
    };
    let manifest = Manifest::read(&**remote, &head.manifest, scratch).await?;
    let listing = listing::read(&**remote, Direction::FromRemote, &[], scratch).await?;
    let mut found = Verification {
        generation: Some(head.generation),
        flushed: head.state == State::Flushed,
        ..Verification::default()
    };
    for failure in listing.failures {
        let fault = match failure.kind {
            FailureKind::Unreadable => Fault::Damaged,
            _ => Fault::Unusable,
        };
        found.wrong(failure.path, fault, Some(failure.error));
    }
    let abilities = remote.abilities();
    let precision = abilities.time_precision.unwrap_or_default();
    let transfers = transfers.unwrap_or(abilities.transfers);
    let scratch = Arc::new(LocalRoot::open(scratch)?);
    let (mut listing_error, mut record_error) = (None, None);
    {
        let files = listing::without_doubles(listing.files, &mut listing_error);
        let records = manifest.records()?;
        let records = records.map_while(|item| item.map_err(|cause| record_error = Some(cause)).ok());
        let looks = futures::stream::iter(View::new(files, records, precision))
            .map(|node| look(remote, &scratch, node, read_data))
            .buffered(transfers.get());
        let mut looks = std::pin::pin!(looks);
        while let Some(look) = looks.try_next().await? {
            found.take(look);
        }
    }
    match (listing_error, record_error) {
        (Some(cause), _) => Err(SyncError::Scratch(cause)),
        (None, Some(cause)) => Err(ManifestError::from(cause).into()),
        (None, None) => Ok(found),
    }
}

fn without_manifest(remote: &dyn Remote) -> RemoteError {
    let detail = "it has no manifest to compare with; a sync to it writes one, unless --plain is given";
    RemoteError::new(ErrorKind::Unsupported, "verify", remote.label(), detail)
}

/// How one path looks.
enum Look {
    Good { read: bool, hashed: bool },
    Wrong { path: String, fault: Fault, detail: Option<String> },
    NoFile,
}

async fn look(
    remote: &Arc<dyn Remote>,
    scratch: &Arc<LocalRoot>,
    node: RemoteNode,
    read_data: bool,
) -> Result<Look, SyncError> {
    let path = node.path.map(|path| path.to_string()).unwrap_or_default();
    let wrong = |fault| Ok(Look::Wrong { path: path.clone(), fault, detail: None });
    let mut file = match node.what {
        RemoteWhat::File(RemoteFile { record: None, .. }) => return wrong(Fault::Unknown),
        RemoteWhat::File(file) => file,
        RemoteWhat::Lost(_) => return wrong(Fault::Missing),
        RemoteWhat::Doomed(_) => return wrong(Fault::NotDeleted),
        _ => return Ok(Look::NoFile),
    };
    if file.is_undecided() {
        match remote.stat(&file.entry.path).await? {
            Some(entry) => file.decide(entry.modified, remote.abilities().time_precision.unwrap_or_default()),
            None => return wrong(Fault::Missing),
        }
    }
    if read_data {
        match read_back(remote, scratch, &mut file).await {
            Ok(()) => {}
            Err(error) if error.kind.is_fatal() => return Err(error.into()),
            Err(error) => {
                return Ok(Look::Wrong { path, fault: Fault::Damaged, detail: Some(error.to_string()) });
            }
        }
    }
    if !file.described {
        return wrong(Fault::Replaced);
    }
    let hashed = file.record.is_some_and(|record| record.hash.is_some());
    Ok(Look::Good { read: read_data, hashed })
}

async fn read_back(
    remote: &Arc<dyn Remote>,
    scratch: &Arc<LocalRoot>,
    file: &mut RemoteFile,
) -> Result<(), RemoteError> {
    let target = Target::scratch(scratch).map_err(RemoteError::from)?;
    fetch(&**remote, file, &target).await.map(drop)
}

impl Verification {
    fn take(&mut self, look: Look) {
        match look {
            Look::Good { read, hashed } => {
                self.good += 1;
                self.read += u64::from(read && hashed);
                self.without_hash += u64::from(!hashed);
            }
            Look::Wrong { path, fault, detail } => self.wrong(path, fault, detail),
            Look::NoFile => {}
        }
    }

    fn wrong(&mut self, path: String, fault: Fault, detail: Option<String>) {
        self.wrong += 1;
        if self.findings.len() < KEPT_FINDINGS {
            self.findings.push(Finding { path, fault, detail });
        }
    }
}
