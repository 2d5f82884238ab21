//! Restores, and what the model expects of them.

use std::fs;
use std::path::Path;

use podfs_sync::{Direction, Verdict};

use crate::model::operation::Writer;
use crate::model::remote::contents;
use crate::model::world::{How, Outcome, World, look};

impl World {
    pub(super) async fn restore_fresh(&mut self) -> Outcome {
        let target = self.bench.target();
        fs::remove_dir_all(&target).unwrap();
        fs::create_dir(&target).unwrap();
        self.restore_whole(&target).await
    }

    pub(super) async fn restore_over(&mut self, writer: Writer, how: How) -> Outcome {
        // Before there is a manifest nothing is known of links, and those of the tree stay.
        if self.bench.head().await.is_none_or(|head| head.manifest.is_empty()) {
            return Ok(());
        }
        if self.volume(writer).has_receipt() && !how.overwrite {
            return self.restore_keeping(writer, how).await;
        }
        let tree = self.tree_of(writer);
        let before = look(&tree);
        let (report, stopped) = self.run_sync(Direction::FromRemote, &tree, how).await;
        let after = look(&tree);
        match report.ok().filter(|report| report.verdict() == Verdict::Done) {
            Some(_) => {
                self.expected.check(&after)?;
                self.volume(writer).agrees(contents(&after.0));
                return Ok(());
            }
            None if stopped || self.expected.may_be_partial() => {
                self.expected.check_half(&contents(&before.0), &contents(&after.0))?;
            }
            None => return Err("the restore failed by itself".to_owned()),
        }
        // Whether it had begun, and the receipt with it, depends on where it was stopped.
        match stopped {
            true => Box::pin(self.restore_over(writer, How::WHOLE)).await,
            false => Ok(()),
        }
    }

    /// What was changed here stays, and the rest comes.
    async fn restore_keeping(&mut self, writer: Writer, how: How) -> Outcome {
        if self.expected.may_be_partial() {
            return Ok(());
        }
        self.restore_fresh().await?;
        let remote = contents(&look(&self.bench.target()).0);
        let tree = self.tree_of(writer);
        let before = look(&tree);
        let (result, stopped) = self.run_sync(Direction::FromRemote, &tree, how).await;
        let after = look(&tree);
        let (here, then) = (contents(&after.0), contents(&before.0));
        self.expected.check_half(&then, &here)?;
        self.volume(writer).check_kept(&then, &here)?;
        let strangers = self.strangers;
        let volume = self.volume(writer);
        match result {
            Ok(report) if report.verdict() == Verdict::Done && !stopped => {
                let edited = volume.edited;
                volume.restored(remote, report.kept_local_changes > 0);
                if edited { Ok(()) } else { self.expected.check(&after) }
            }
            // Where both sides changed, also when one has a folder now where the other has a file.
            Ok(report)
                if report.conflicts + report.failed > 0
                    && (volume.edited || strangers && volume.is_half()) =>
            {
                volume.half(remote, false);
                Ok(())
            }
            _ if stopped => {
                volume.half(remote, true);
                Ok(())
            }
            result => Err(format!("the restore failed: {result:?}, {volume:?}")),
        }
    }

    async fn restore_whole(&mut self, target: &Path) -> Outcome {
        let before = contents(&look(target).0);
        match self.run_sync(Direction::FromRemote, target, How::WHOLE).await.0 {
            Ok(report) if report.verdict() == Verdict::Done => self.expected.check(&look(target)),
            Ok(_) if self.expected.may_be_partial() => {
                self.expected.check_half(&before, &contents(&look(target).0))
            }
            report => Err(format!("the restore failed: {report:?}")),
        }
    }
}
