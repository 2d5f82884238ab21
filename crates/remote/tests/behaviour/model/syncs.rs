//! Syncs to the remote, and what the model expects of them.

use podfs_sync::{Direction, SyncError, Verdict};

use crate::model::how::How;
use crate::model::operation::Writer;
use crate::model::remote::{Contents, contents};
use crate::model::stock::Objects;
use crate::model::volume::{Moved, Refusal};
use crate::model::world::{Outcome, World, is_idle, look};

impl World {
    pub(super) async fn sync(&mut self, writer: Writer, how: How) -> Outcome {
        let tree = self.tree_of(writer);
        let before = look(&tree);
        let refusal = self.refusal_of_sync(writer, how, &contents(&before.0));
        let there = Objects::of(&self.bench).await;
        let (result, stopped) = self.run_sync(Direction::ToRemote, &tree, how).await;
        if look(&tree) != before {
            return Err("a sync changed the tree that it reads".to_owned());
        }
        if let Err(SyncError::Refused(valve)) = &result {
            return match Objects::of(&self.bench).await == there {
                _ if refusal == Refusal::Never => Err(format!("it was refused: {valve}")),
                true => Ok(()),
                false => Err(format!("it was refused, and changed something: {valve}")),
            };
        }
        let idle = result.as_ref().is_ok_and(is_idle);
        if result.is_ok() && (refusal == Refusal::Always || refusal == Refusal::UnlessIdle && !idle) {
            return Err(format!("it was not refused, and did something: {result:?}"));
        }
        let report = result.ok();
        let ended = report.is_some() && !stopped;
        // Whoever deletes nothing leaves what others put there.
        self.meddled &= !(ended && how.delete);
        self.last = ended.then_some(tree);
        let well = report.as_ref().is_some_and(|report| report.verdict() == Verdict::Done);
        self.note_sync(writer, how, well, idle, contents(&before.0));
        if well && how.delete {
            self.nothing_heard(writer);
        }
        match (well, how.delete) {
            // Tidying up after itself may fail, and changes nothing that a restore sees.
            (true, true) => self.expected.synced(before),
            (_, false) => self.expected.added(&before.0, well),
            (false, true) if stopped => {
                self.expected.old_or_new(&before.0);
                // Before anybody makes it good.
                return self.restore_fresh().await;
            }
            (false, true) => return Err(format!("it failed by itself: {report:?}")),
        }
        Ok(())
    }

    fn refusal_of_sync(&mut self, writer: Writer, how: How, here: &Contents) -> Refusal {
        let volume = self.volume(writer);
        if how.require_receipt && !volume.has_complete_receipt() {
            return Refusal::Always;
        }
        if how.delete && !how.force && here.is_empty() {
            return Refusal::Always;
        }
        if !how.overwrite && volume.must_be_refused() {
            return Refusal::UnlessIdle;
        }
        match how.require_receipt && volume.is_half() || !how.overwrite && volume.may_be_refused() {
            true => Refusal::Perhaps,
            false => Refusal::Never,
        }
    }

    fn note_sync(&mut self, writer: Writer, how: How, well: bool, idle: bool, here: Contents) {
        let other = if writer == Writer::First { Writer::Second } else { Writer::First };
        match (well, idle) {
            (true, false) => self.volume(other).moved(Moved::Yes),
            // One that was killed may have written; and the next one ends it, also with nothing else to do.
            (true, true) | (false, _) => self.volume(other).moved(Moved::Perhaps),
        }
        match well {
            true => self.volume(writer).synced(here, how.delete),
            false => self.volume(writer).sync_killed(),
        }
    }
}
