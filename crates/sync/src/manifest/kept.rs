//! The manifest of a remote with its parts at hand: copies of them in the scratch folder, without names there.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use super::{Chain, Damaged, Part, PartReader, PartWriter, Record};
use crate::entry::{Entry, Modified};
use crate::local::{FromStart, LocalError, LocalRoot, Source, Target};
use crate::path::RelativePath;
use crate::remote::{ErrorKind, Remote, RemoteError};

/// The folder of the parts on the remote.
const FOLDER: &str = ".podfs/manifest";
/// Deltas that are read with the base before a new base is written.
const DELTAS: usize = 16;
/// Deltas of this many bytes together are always worth reading.
const SMALL: u64 = 256 * 1024;

/// The records of a manifest in the order of their paths.
pub(crate) type Records = Box<dyn Iterator<Item = Result<Record, Damaged>> + Send>;

/// Why a manifest cannot be used.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The remote does not give or take a part.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// A part is not what the head says.
    #[error(
        "the manifest of the remote ({FOLDER}/{name}) is damaged: {cause}; a sync to the remote writes it anew, and a \
         restore with --plain brings back the files alone"
    )]
    Damaged {
        /// The part.
        name: String,
        /// What is wrong with it.
        cause: Damaged,
    },
    /// It is there, and nothing says which of its parts count.
    #[error(
        "the head of the remote (.podfs/head) is damaged or gone, and with it what the manifest beside it means; a sync \
         to the remote writes both anew, and a restore with --plain brings back the files alone"
    )]
    Headless,
    /// What it says makes no sense, although every part is what was written.
    #[error("the manifest of the remote cannot be used: {0}; perhaps a newer version wrote it")]
    Senseless(#[from] Damaged),
    /// The scratch folder cannot hold it.
    #[error("cannot keep the manifest in the scratch folder: {0}")]
    Scratch(#[source] io::Error),
}

/// A manifest whose parts are at hand.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    parts: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    part: Part,
    /// `None`: not fetched yet.
    file: Option<Arc<File>>,
}

impl Manifest {
    /// Fetches the parts that a head names, and checks each against its hash.
    pub(crate) async fn read(
        remote: &dyn Remote,
        parts: &[Part],
        scratch: &Path,
    ) -> Result<Self, ManifestError> {
        let mut kept = Vec::with_capacity(parts.len());
        for part in parts {
            let file = fetch(remote, part, scratch).await?;
            kept.push(Kept { part: part.clone(), file: Some(Arc::new(file)) });
        }
        Ok(Self { parts: kept })
    }

    /// The parts that a head names, which are fetched when somebody needs them.
    pub(crate) fn named(parts: &[Part]) -> Self {
        Self { parts: parts.iter().map(|part| Kept { part: part.clone(), file: None }).collect() }
    }

    async fn fetch_all(&mut self, remote: &dyn Remote, scratch: &Path) -> Result<(), ManifestError> {
        for kept in self.parts.iter_mut().filter(|kept| kept.file.is_none()) {
            kept.file = Some(Arc::new(fetch(remote, &kept.part, scratch).await?));
        }
        Ok(())
    }

    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// What the head is to name.
    pub(crate) fn parts(&self) -> Vec<Part> {
        self.parts.iter().map(|kept| kept.part.clone()).collect()
    }

    /// All records that count, in the order of their paths.
    pub(crate) fn records(&self) -> Result<Records, ManifestError> {
        let readers = self.parts.iter().map(|kept| {
            let file = kept.file.as_ref().ok_or_else(|| damaged(&kept.part, Damaged::Missing))?;
            let bytes = BufReader::with_capacity(64 * 1024, FromStart::new(Arc::clone(file)));
            PartReader::new(bytes, &kept.part).map_err(|cause| damaged(&kept.part, cause))
        });
        Ok(Box::new(Chain::new(readers.collect::<Result<Vec<_>, _>>()?)))
    }

    /// Writes `changes`, which are sorted by path, as a new part on the remote; when there are many small parts by
    /// then, all of them as one. The old parts stay until nobody needs them.
    pub(crate) async fn add(
        &mut self,
        remote: &dyn Remote,
        changes: impl Iterator<Item = io::Result<Record>> + Send + 'static,
        generation: u64,
        scratch: &Path,
    ) -> Result<(), ManifestError> {
        self.parts.push(write(changes, generation, scratch).await?);
        if self.is_worth_a_base() && self.can_be_gathered(remote, scratch).await? {
            let records = self.records()?.map(|record| record.map_err(io::Error::other));
            self.parts = vec![write(records, generation, scratch).await?];
        }
        match self.parts.last() {
            Some(newest) => store(remote, newest).await,
            None => Ok(()),
        }
    }

    /// Whether all parts are at hand. A damaged one does not hurt today, and is for the next listing to find.
    async fn can_be_gathered(&mut self, remote: &dyn Remote, scratch: &Path) -> Result<bool, ManifestError> {
        match self.fetch_all(remote, scratch).await {
            Ok(()) => Ok(true),
            Err(error @ ManifestError::Damaged { .. }) => {
                tracing::warn!(%error, "its parts are not gathered");
                Ok(false)
            }
            Err(other) => Err(other),
        }
    }

    fn is_worth_a_base(&self) -> bool {
        let Some((base, deltas)) = self.parts.split_first() else { return false };
        let bytes: u64 = deltas.iter().map(|kept| kept.part.bytes).sum();
        deltas.len() > DELTAS || bytes > SMALL.max(base.part.bytes / 2)
    }
}

/// Where a part lies on the remote.
pub(crate) fn place(part: &Part) -> Result<RelativePath, RemoteError> {
    let path = format!("{FOLDER}/{}", part.name);
    RelativePath::parse(path).map_err(|cause| RemoteError::new(ErrorKind::Corrupt, "name", FOLDER, cause))
}

/// Whether an object under `.podfs/` is a part of some manifest.
pub(crate) fn is_part(path: &RelativePath) -> bool {
    path.as_bytes().strip_prefix(FOLDER.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'/'))
}

fn damaged(part: &Part, cause: Damaged) -> ManifestError {
    ManifestError::Damaged { name: part.name.clone(), cause }
}

async fn fetch(remote: &dyn Remote, part: &Part, scratch: &Path) -> Result<File, ManifestError> {
    let entry = Entry { path: place(part)?, size: part.bytes, modified: Modified::Unknown, tag: None };
    let in_scratch = |error: LocalError| ManifestError::Scratch(error.cause);
    let root = Arc::new(LocalRoot::open(scratch).map_err(in_scratch)?);
    let target = Target::scratch(&root).map_err(in_scratch)?;
    match remote.download(&entry, &target).await {
        Ok(_) => {}
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::SourceChanged) => {
            return Err(damaged(part, Damaged::Missing));
        }
        Err(error) if error.kind == ErrorKind::Corrupt => return Err(damaged(part, Damaged::Hash)),
        Err(error) => return Err(error.into()),
    }
    let hash = blake3::Hash::from(target.hash().await?);
    if target.size().map_err(in_scratch)? != part.bytes || hash.to_hex().as_str() != part.hash {
        return Err(damaged(part, Damaged::Hash));
    }
    // The target takes its name away; the open file stays.
    let file = target.open().await?.try_clone();
    file.map_err(ManifestError::Scratch)
}

async fn write(
    records: impl Iterator<Item = io::Result<Record>> + Send + 'static,
    generation: u64,
    scratch: &Path,
) -> Result<Kept, ManifestError> {
    let scratch = scratch.to_path_buf();
    blocking(move || write_now(records, generation, &scratch).map_err(ManifestError::Scratch)).await?
}

fn write_now(
    records: impl Iterator<Item = io::Result<Record>>,
    generation: u64,
    scratch: &Path,
) -> io::Result<Kept> {
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let name = format!("{generation:010}-{:08x}", u32::from_le_bytes(random));
    let mut writer = PartWriter::new(BufWriter::new(tempfile::tempfile_in(scratch)?))?;
    let mut last: Option<Record> = None;
    for record in records {
        let record = record?;
        // Of two for one path the first counts.
        if last.as_ref().is_none_or(|last| last.path != record.path) {
            writer.push(&record)?;
            last = Some(record);
        }
    }
    let (file, part) = writer.finish(name)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(Kept { part, file: Some(Arc::new(file)) })
}

async fn store(remote: &dyn Remote, kept: &Kept) -> Result<(), ManifestError> {
    let path = place(&kept.part)?;
    let file = kept.file.as_ref().ok_or_else(|| damaged(&kept.part, Damaged::Missing))?;
    let source = Source::of_file(Arc::clone(file), &path).map_err(RemoteError::from)?;
    remote.upload(&source, &path).await?;
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ManifestError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.map_err(|cause| ManifestError::Scratch(io::Error::other(cause)))
}
