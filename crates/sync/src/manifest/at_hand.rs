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
use crate::random::random_name;
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

    /// The name of the newest part.
    pub(crate) fn newest(&self) -> Option<String> {
        self.parts.last().map(|kept| kept.part.name.clone())
    }

    /// What the head is to name.
    pub(crate) fn parts(&self) -> Vec<Part> {
        self.parts.iter().map(|kept| kept.part.clone()).collect()
    }

    /// All records that count, in the order of their paths.
    pub(crate) fn records(&self) -> Result<Records, ManifestError> {
        Self::records_of(self.parts.iter())
    }

    fn records_of<'kept>(parts: impl Iterator<Item = &'kept Kept>) -> Result<Records, ManifestError> {
        let readers = parts.map(|kept| {
            let file = kept.file.as_ref().ok_or_else(|| damaged(&kept.part, Damaged::Missing))?;
            let bytes = BufReader::with_capacity(64 * 1024, FromStart::new(Arc::clone(file)));
            PartReader::new(bytes, &kept.part).map_err(|cause| damaged(&kept.part, cause))
        });
        Ok(Box::new(Chain::new(readers.collect::<Result<Vec<_>, _>>()?)))
    }

    /// The same as of the part with this name; `None` when it was gathered into another since.
    pub(crate) fn records_as_of(&self, part: &str) -> Result<Option<Records>, ManifestError> {
        match self.parts.iter().position(|kept| kept.part.name == part) {
            Some(last) => Ok(Some(Self::records_of(self.parts.iter().take(last + 1))?)),
            None => Ok(None),
        }
    }

    /// The same as of the end of a generation; `None` when that cannot be told any more.
    pub(crate) fn records_as_of_generation(&self, generation: u64) -> Result<Option<Records>, ManifestError> {
        let parts: Vec<&Kept> = self
            .parts
            .iter()
            .take_while(|kept| kept.generation().is_some_and(|made| made <= generation))
            .collect();
        if parts.is_empty() { Ok(None) } else { Ok(Some(Self::records_of(parts.into_iter())?)) }
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

    /// Whether more parts may come. Where so many are there that they should have been gathered, one that is damaged would keep
    /// them from it for ever.
    pub(crate) async fn may_grow(
        &mut self,
        remote: &dyn Remote,
        scratch: &Path,
    ) -> Result<bool, ManifestError> {
        Ok(!self.is_worth_a_base() || self.can_be_gathered(remote, scratch).await?)
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

impl Kept {
    /// The generation that wrote it, which its name begins with.
    fn generation(&self) -> Option<u64> {
        generation_in(&self.part.name)
    }
}

fn generation_in(name: &str) -> Option<u64> {
    name.split('-').next()?.parse().ok()
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

/// The generation whose sync wrote this object under `.podfs/`, if it is a part.
pub(crate) fn generation_of(path: &RelativePath) -> Option<u64> {
    generation_in(path.as_path().file_name()?.to_str()?)
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
    let random = random_name::<4>().map_err(io::Error::other)?;
    let name = format!("{generation:010}-{random}");
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::attributes::Attributes;
    use crate::manifest::What;
    use crate::timestamp::Timestamp;

    fn folders(paths: &[&str]) -> Vec<io::Result<Record>> {
        let attributes = Attributes {
            mode: 0o755,
            owner: 1,
            group: 1,
            modified: Timestamp::from_nanoseconds(1),
            extended: vec![],
        };
        let record = |path: &&str| {
            Ok(Record { path: RelativePath::parse(*path).ok(), what: What::Folder(attributes.clone()) })
        };
        paths.iter().map(record).collect()
    }

    /// A manifest of one part with these folders, and the part's name.
    pub(in crate::manifest) fn manifest(scratch: &Path, paths: &[&str]) -> (Manifest, String) {
        let part = write_now(folders(paths).into_iter(), 1, scratch).unwrap();
        let name = part.part.name.clone();
        (Manifest { parts: vec![part] }, name)
    }

    #[test]
    fn a_chain_tells_what_it_was_as_of_each_of_its_parts() {
        let scratch = tempfile::tempdir().unwrap();
        let (mut chain, first) = manifest(scratch.path(), &["a"]);
        for (generation, path) in [(2, "b"), (4, "c"), (4, "d")] {
            chain.parts.push(write_now(folders(&[path]).into_iter(), generation, scratch.path()).unwrap());
        }
        let count = |records: Option<Records>| records.map(Iterator::count);
        let second = chain.parts[1].part.name.clone();
        assert_eq!(count(chain.records_as_of(&first).unwrap()), Some(1));
        assert_eq!(count(chain.records_as_of(&second).unwrap()), Some(2));
        assert_eq!(count(chain.records_as_of("0000000002-00000000").unwrap()), None, "it was gathered");
        for (generation, expected) in
            [(0, None), (1, Some(1)), (2, Some(2)), (3, Some(2)), (4, Some(4)), (9, Some(4))]
        {
            assert_eq!(count(chain.records_as_of_generation(generation).unwrap()), expected, "{generation}");
        }
    }
}
