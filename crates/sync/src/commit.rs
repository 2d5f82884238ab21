//! Commits what a sync to a remote did: first the manifest, then the head that names it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::SyncError;
use crate::head::{self, Head, State};
use crate::manifest::{self, Manifest, Part, Record};
use crate::path::RelativePath;
use crate::remote::{Remote, RemoteError};
use crate::small::Version;
use crate::spool::Sorter;

/// One generation on its way to the remote.
pub(crate) struct Commit {
    remote: Arc<dyn Remote>,
    head: Head,
    /// The version of the head that is on the remote, unless another writer was there since.
    there: Option<Version>,
    manifest: Manifest,
    /// The parts that the head before this one names: somebody may be restoring from them.
    previous: Vec<Part>,
    /// Parts of this generation, also those that were gathered into another since.
    written: Vec<Part>,
    scratch: PathBuf,
}

impl Commit {
    /// Says on the remote with `head` that a sync begins. Until [`Self::note`] the head names the manifest of before, also a damaged
    /// one, so that nobody takes the mirror for all there is. For the same reason a head that is damaged or gone stays so
    /// until then, where there are parts (`has_parts`) that it must have named; and so does one that names too many.
    pub(crate) async fn open(
        remote: Arc<dyn Remote>,
        previous: Option<&Head>,
        head: Head,
        manifest: Manifest,
        has_parts: bool,
        scratch: PathBuf,
    ) -> Result<Self, RemoteError> {
        let there = previous.and_then(|head| head.version.clone());
        let parts = head.manifest.clone();
        let mut commit =
            Self { remote, head, there, manifest, previous: parts, written: Vec::new(), scratch };
        let lost = !previous.is_some_and(Head::is_known) && has_parts;
        if !lost && !commit.head.is_too_large() {
            commit.publish(State::Open).await?;
        }
        Ok(commit)
    }

    /// Writes what changed into a part of the manifest. It counts when the next head names it.
    pub(crate) async fn note(&mut self, changes: Sorter<Record>) -> Result<(), SyncError> {
        if changes.is_empty() && !self.manifest.is_empty() {
            return Ok(());
        }
        let changes = changes.finish().map_err(SyncError::Scratch)?;
        self.manifest.add(&*self.remote, changes, self.head.generation, &self.scratch).await?;
        self.head.manifest = self.manifest.parts();
        self.written.extend(self.head.manifest.last().cloned());
        Ok(())
    }

    /// Writes the head, unless another writer was there since this sync last wrote or read it.
    pub(crate) async fn publish(&mut self, state: State) -> Result<(), RemoteError> {
        let there = head::write(&*self.remote, &self.head.now(state), self.there.as_ref()).await?;
        self.there = Some(there);
        Ok(())
    }

    /// The head as it is on the remote once it was published as flushed.
    pub(crate) fn into_head(self) -> Head {
        self.head.now(State::Flushed)
    }

    /// Removes parts that neither this head nor the one before it names. What fails is tried by the next sync.
    pub(crate) async fn remove_old_parts(&self, own: &[RelativePath]) {
        let places = |parts: &[Part]| -> Vec<RelativePath> {
            parts.iter().filter_map(|part| manifest::place(part).ok()).collect()
        };
        let needed = [places(&self.head.manifest), places(&self.previous)].concat();
        let there = own.iter().filter(|path| self.is_settled(path)).cloned().chain(places(&self.written));
        let old: Vec<RelativePath> = there.filter(|path| !needed.contains(path)).collect();
        if old.is_empty() {
            return;
        }
        for (path, error) in self.remote.delete(&old).await {
            tracing::info!(%path, %error, "an old part of the manifest stays for now");
        }
    }

    /// Whether this is a part of the manifest that no head can come to name any more. Another sync may still be about to name
    /// one of this generation, or of a later one.
    fn is_settled(&self, path: &RelativePath) -> bool {
        let generation = manifest::generation_of(path);
        manifest::is_part(path) && generation.is_none_or(|generation| generation < self.head.generation)
    }
}
