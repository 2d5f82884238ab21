//! What the volume's receipt means for one sync, and what it says afterwards.

use std::io;
use std::path::{Path, PathBuf};

use super::SyncError;
use crate::attributes::Losses;
use crate::guard::{self, Found};
use crate::head::Head;
use crate::local::{LocalError, LocalRoot};
use crate::manifest::{self, Manifest, ManifestError, Record, Records};
use crate::plan::{History, Lost, Terms};
use crate::receipt::{self, Receipt, Standing, State};
use crate::settings::{Direction, Settings};
use crate::spool::Sorter;

/// What the note is called of what a restore brought and no record describes.
const NOTE: &str = "brought";

/// What a restore left that ended well.
pub(super) struct Outcome<'report> {
    pub(super) manifest: Manifest,
    /// Files that no record describes.
    pub(super) brought: Sorter<Record>,
    /// Not everything was as the manifest says.
    pub(super) mixed: bool,
    pub(super) losses: &'report Losses,
}

/// Without a note nothing is lost.
fn tell<T>(saved: io::Result<T>) -> Option<T> {
    let unsaved = |error: &io::Error| {
        tracing::info!(%error, "what was restored could not be noted; a later restore may see more conflicts");
    };
    saved.inspect_err(unsaved).ok()
}

/// A way to leave a receipt.
type Leave = fn(&LocalRoot, Option<&Path>, &Receipt) -> Result<bool, LocalError>;

/// The volume of one sync.
pub(super) struct Volume {
    pub(super) found: Found,
    /// The receipt that this sync has written since.
    written: Option<Receipt>,
    /// Where the receipt lies when it cannot lie with the volume.
    file: Option<PathBuf>,
    /// Whether a sync to the remote needs the receipt.
    required: bool,
    /// Whether a restore keeps local changes.
    pub(super) keeps: bool,
}

impl Volume {
    /// Reads the receipt.
    pub(super) fn look(root: Option<&LocalRoot>, settings: &Settings) -> Self {
        let file = settings.receipt_file.clone();
        let found = root.map_or(Ok(None), |root| receipt::read(root, file.as_deref()));
        Self { found, written: None, file, required: settings.require_receipt, keeps: false }
    }

    pub(super) fn has_receipt(&self) -> bool {
        matches!(self.found, Ok(Some(_)))
    }

    fn receipt(&self) -> Option<&Receipt> {
        self.found.as_ref().ok()?.as_ref()
    }

    /// The valves that go by the receipt. `empty`: there is nothing in the folder that a restore could take away.
    pub(super) fn guard(
        &mut self,
        head: Option<&Head>,
        empty: bool,
        settings: &Settings,
        shown: &str,
    ) -> Result<(), SyncError> {
        if settings.direction == Direction::ToRemote {
            return Ok(guard::before_upload(&self.found, head, settings, shown)?);
        }
        // Also after somebody deleted all of it: whoever restores into an empty folder wants the files.
        if empty || settings.plain {
            return Ok(());
        }
        guard::before_restore_over(&self.found, head, settings, shown)?;
        let complete = self.receipt().is_some_and(|receipt| receipt.state == State::Complete);
        self.keeps = complete && !settings.overwrite;
        Ok(())
    }

    /// The past of the volume's files, where local changes are kept.
    pub(super) fn history(
        &self,
        head: Option<&Head>,
        manifest: &Manifest,
    ) -> Result<Option<History>, ManifestError> {
        let Some(receipt) = self.receipt().filter(|_| self.keeps) else { return Ok(None) };
        let standing = receipt.standing(head);
        let unfinished = head.is_some_and(|head| head.state == crate::head::State::Open);
        let newest = manifest.newest();
        let base = match standing {
            Standing::Ours if newest.is_some() => Some(manifest.records()?),
            _ => self.as_of(receipt.part.as_deref(), manifest)?,
        };
        let brought = self.brought(receipt);
        // Without a manifest all that was there is what was brought.
        let nothing_else = brought.is_some() && receipt.part.is_none();
        let base = base.or_else(|| nothing_else.then(|| -> Records { Box::new(std::iter::empty()) }));
        let mut later = Vec::new();
        if let Some(generation) = receipt.generation.filter(|_| receipt.open) {
            // What half a sync had not replaced yet, and what it went on to write.
            later.extend(manifest.records_as_of_generation(generation.saturating_sub(1))?);
            later.extend(manifest.records_as_of_generation(generation)?);
        }
        for part in &receipt.toward {
            later.extend(self.as_of(Some(part), manifest)?);
        }
        let brought_whole = receipt.toward.iter().all(|part| *part == newest.clone().unwrap_or_default());
        let mixed = receipt.open || receipt.mixed || receipt.lineage.is_none();
        let disturbed = mixed || !receipt.toward.is_empty() || receipt.copied;
        let lost = Lost::of(receipt);
        let terms = Terms {
            missing_is_deleted: base.is_some() && !receipt.copied && !mixed && brought_whole,
            ours: unfinished && (standing == Standing::Ours || standing == Standing::Level),
            disturbed,
            broken: receipt.broken,
            mixed,
            lost: Lost { ties: lost.ties || disturbed, ..lost },
        };
        Ok(Some(History { base, later, brought, terms }))
    }

    /// The manifest as it was, from its parts or from the copy of it here.
    fn as_of(&self, part: Option<&str>, manifest: &Manifest) -> Result<Option<Records>, ManifestError> {
        let Some(part) = part else { return Ok(None) };
        let known = manifest.records_as_of(part)?;
        Ok(known.or_else(|| manifest::load(&self.copy()?, |copy| copy.name == part)))
    }

    /// Where the copy of the manifest lies that the last restore brought.
    fn copy(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.with_extension("base"))
    }

    /// What the last restore brought that no record describes, if its note is there.
    fn brought(&self, receipt: &Receipt) -> Option<Records> {
        let hash = receipt.brought.as_ref()?;
        manifest::load(&self.note()?, |note| note.hash == *hash)
    }

    /// Where that note lies.
    fn note(&self) -> Option<PathBuf> {
        Some(self.file.as_ref()?.with_extension(NOTE))
    }

    fn write(&mut self, root: &LocalRoot, receipt: Receipt) -> Result<(), SyncError> {
        self.leave(root, receipt, receipt::write)
    }

    /// The same for what must not keep a volume from being saved.
    fn write_anywhere(&mut self, root: &LocalRoot, receipt: Receipt) -> Result<(), SyncError> {
        self.leave(root, receipt, receipt::write_anywhere)
    }

    fn leave(&mut self, root: &LocalRoot, receipt: Receipt, how: Leave) -> Result<(), SyncError> {
        let lies_there = self.written.as_ref().or(self.receipt());
        if lies_there.is_none_or(|old| !old.says_the_same(&receipt)) {
            how(root, self.file.as_deref(), &receipt)?;
            self.written = Some(receipt);
        }
        Ok(())
    }

    /// Before a restore changes anything. Where local changes are kept, the receipt stays what it is: with `restoring` the
    /// restore that follows a broken one would take the remote's everywhere. It says only which state is being brought, so
    /// that what has come of it by then is no local change.
    pub(super) fn restoring(
        &mut self,
        root: &LocalRoot,
        head: Option<&Head>,
        changes: bool,
    ) -> Result<(), SyncError> {
        let kept = self.receipt().filter(|_| self.keeps).map(|kept| kept.toward(head, changes));
        self.write(root, kept.unwrap_or_else(|| Receipt::of(head, State::Restoring)))
    }

    /// After a restore that did everything but settle conflicts: what is missing here was not taken away by it.
    pub(super) fn met_conflicts(&mut self, root: &LocalRoot) -> Result<(), SyncError> {
        match self.written.as_ref().or(self.receipt()).filter(|_| self.keeps).cloned() {
            Some(mut receipt) => {
                receipt.broken = false;
                self.write(root, receipt)
            }
            None => Ok(()),
        }
    }

    /// After a restore that ended well.
    pub(super) async fn restored(
        &mut self,
        root: &LocalRoot,
        head: Option<&Head>,
        outcome: Outcome<'_>,
    ) -> Result<(), SyncError> {
        let Outcome { manifest, brought, mixed, losses } = outcome;
        let mut receipt = Receipt::of(head, State::Complete);
        receipt.mixed = mixed;
        receipt.lost = losses.iter().map(|(loss, _)| loss).collect();
        if let Some(kept) = self.receipt().filter(|_| self.keeps) {
            receipt.lost.extend(&kept.lost);
            if kept.standing(head) == Standing::Ours {
                receipt.sync.clone_from(&kept.sync);
                receipt.open = false;
            }
        }
        // Also where a sync from here has brought the receipt up to date, which saves none.
        let is_saved =
            |copy: &PathBuf| receipt.part.as_ref().is_some_and(|part| manifest::is_saved(copy, part));
        if let Some(copy) = self.copy().filter(|copy| !is_saved(copy)) {
            tell(tokio::task::spawn_blocking(move || manifest.save(&copy)).await?);
        }
        if let (Some(note), false) = (self.note(), brought.is_empty()) {
            let save = move || manifest::save(&note, NOTE.to_owned(), brought.finish()?);
            receipt.brought = tell(tokio::task::spawn_blocking(save).await?);
        }
        self.write(root, receipt)
    }

    /// Before a sync changes anything on the remote: should it be killed, its head is known as this volume's own.
    pub(super) fn syncing(
        &mut self,
        root: Option<&LocalRoot>,
        previous: Option<&Head>,
        next: &Head,
    ) -> Result<(), SyncError> {
        let complete = |receipt: &&Receipt| receipt.state == State::Complete;
        let begun = self.receipt_to_keep(previous).filter(complete).map(|receipt| receipt.syncing(next));
        match (root, begun) {
            (Some(root), Some(begun)) => self.write_anywhere(root, begun),
            _ => Ok(()),
        }
    }

    /// The receipt that a sync to the remote with the head `previous` brings up to date. A volume without one stays without,
    /// and that of another remote stays as it is: the volume belongs there, and this is a copy on the side.
    fn receipt_to_keep(&self, previous: Option<&Head>) -> Option<&Receipt> {
        self.receipt().filter(|receipt| self.required || receipt.standing(previous) != Standing::Other)
    }

    /// After a sync to the remote that ended well; `head` is what it wrote, if it wrote one.
    pub(super) fn synced(&mut self, root: Option<&LocalRoot>, previous: Option<&Head>, head: Option<&Head>) {
        let (Some(root), Some(old)) = (root, self.receipt_to_keep(previous)) else { return };
        let Some(now) = head.or(previous) else { return };
        let mut receipt = Receipt::of(Some(now), State::Complete);
        receipt.lost.clone_from(&old.lost);
        // Nothing is lost when this fails: the head knows the sync as this volume's own.
        if let Err(error) = self.write_anywhere(root, receipt) {
            tracing::warn!(%error, "the receipt could not be brought up to date; the next sync does it");
        }
    }
}
