//! Restores, and what the model expects of them.

use std::fs;
use std::path::Path;

use podfs_sync::{Direction, Report, SyncError, Verdict};
use podfs_testkit::tree::{FileState, Kind};

use crate::model::how::How;
use crate::model::operation::Writer;
use crate::model::remote::{Content, Contents, Tree, contents, is_beneath};
use crate::model::stock::Objects;
use crate::model::volume::Refusal;
use crate::model::world::{Outcome, World, look};

impl World {
    pub(super) async fn restore_fresh(&mut self) -> Outcome {
        let target = self.bench.target();
        fs::remove_dir_all(&target).unwrap();
        fs::create_dir(&target).unwrap();
        self.restore_whole(&target).await
    }

    pub(super) async fn restore_over(&mut self, writer: Writer, how: How) -> Outcome {
        let tree = self.tree_of(writer);
        let before = look(&tree);
        let refusal = self.refusal_of_restore(writer, how, &contents(&before.0)).await;
        let keeps = self.volume(writer).has_complete_receipt() && !how.overwrite;
        if keeps && self.expected.may_be_partial() {
            return Ok(());
        }
        if keeps {
            self.restore_fresh().await?;
        }
        let (result, stopped) = self.run_sync(Direction::FromRemote, &tree, how).await;
        let after = look(&tree);
        if let Err(SyncError::Refused(valve)) = &result {
            return match before == after {
                _ if refusal == Refusal::Never => Err(format!("the restore was refused: {valve}")),
                true => Ok(()),
                false => Err(format!("the restore was refused, and changed something: {valve}")),
            };
        }
        if result.is_ok() && refusal == Refusal::Always {
            return Err(format!("the restore was not refused: {result:?}"));
        }
        let (before, ended) = (contents(&before.0), result.map_err(|error| error.to_string()));
        match keeps {
            true => self.check_keeping(writer, (ended, stopped), &before, &after).await,
            false => self.check_taking(writer, (ended, stopped), &before, &after).await,
        }
    }

    async fn refusal_of_restore(&mut self, writer: Writer, how: How, here: &Contents) -> Refusal {
        if how.force || here.is_empty() {
            return Refusal::Never;
        }
        // The tests may run as root, whose files a restore leaves alone.
        if !self.volume(writer).has_receipt() && rustix::process::geteuid().is_root() {
            return Refusal::Always;
        }
        // What is about to be deleted counts as something.
        match Objects::of(&self.bench).await.contents.is_empty() {
            true if self.expected.is_empty() && has_files(here) => Refusal::Always,
            true if self.expected.may_be_empty() => Refusal::Perhaps,
            _ => Refusal::Never,
        }
    }

    /// The remote's wins everywhere.
    async fn check_taking(
        &mut self,
        writer: Writer,
        (ended, stopped): (Result<Report, String>, bool),
        before: &Contents,
        after: &Tree,
    ) -> Outcome {
        let done = ended.as_ref().is_ok_and(|report| report.verdict() == Verdict::Done);
        if done {
            let known = self.known(before, after).await;
            let agreed = known.0 == after.0;
            self.expected.check(&known)?;
            let volume = self.volume(writer);
            volume.agrees(contents(&after.0));
            volume.edited = !agreed;
            return Ok(());
        }
        let partly = self.expected.may_be_partial() || self.has_link_in_the_way(before).await;
        let excused = stopped || ended.is_ok() && partly;
        if !excused {
            return Err(format!("the restore failed by itself: {ended:?}"));
        }
        self.expected.check_half(before, &contents(&after.0))?;
        if !stopped {
            self.volume(writer).breaks();
            return Ok(());
        }
        // Whether it had begun, and the receipt with it, depends on where it was stopped.
        Box::pin(self.restore_over(writer, How::WHOLE)).await
    }

    /// A restored tree without what is none of a restore's business: without a manifest nothing is known of links, and those of
    /// the tree stay.
    async fn known(&self, before: &Contents, after: &Tree) -> Tree {
        let bare = self.is_bare().await;
        let stays = |path: &Vec<u8>, state: &FileState| {
            bare && state.kind == Kind::Symlink && before.contains_key(path)
        };
        let (mut tree, root) = after.clone();
        tree.retain(|path, state| !stays(path, state));
        (tree, root)
    }

    /// So that a file of the remote cannot come.
    async fn has_link_in_the_way(&self, before: &Contents) -> bool {
        if !self.is_bare().await {
            return false;
        }
        let links = before.iter().filter(|(_, content)| content.is_link());
        let links: Vec<_> = links.map(|(path, _)| path).collect();
        let meets =
            |object: &[u8]| links.iter().any(|link| is_beneath(object, link) || is_beneath(link, object));
        self.bench.listed().await.iter().any(|object| meets(object.as_bytes()))
    }

    /// Whether the remote has no manifest.
    async fn is_bare(&self) -> bool {
        self.bench.head().await.is_none_or(|head| head.manifest.is_empty())
    }

    /// What was changed here stays, and the rest comes.
    async fn check_keeping(
        &mut self,
        writer: Writer,
        (ended, stopped): (Result<Report, String>, bool),
        then: &Contents,
        after: &Tree,
    ) -> Outcome {
        let remote = contents(&look(&self.bench.target()).0);
        let here = contents(&after.0);
        self.expected.check_half(then, &here)?;
        self.volume(writer).check_kept(then, &here)?;
        let known = self.known(then, after).await;
        let in_the_way = self.has_link_in_the_way(then).await;
        let strangers = self.strangers;
        let volume = self.volume(writer);
        match ended {
            Ok(report) if report.verdict() == Verdict::Done && !stopped => {
                let edited = volume.edited;
                volume.restored(remote, report.kept_local_changes > 0);
                if edited { Ok(()) } else { self.expected.check(&known) }
            }
            // Where both sides changed, also when one has a folder now where the other has a file.
            Ok(report)
                if report.conflicts + report.failed > 0
                    && (volume.edited || in_the_way || strangers && volume.is_half()) =>
            {
                volume.half(remote, false);
                Ok(())
            }
            _ if stopped => {
                volume.half(remote, true);
                Ok(())
            }
            ended => Err(format!("the restore failed: {ended:?}, {volume:?}")),
        }
    }

    async fn restore_whole(&mut self, target: &Path) -> Outcome {
        let before = contents(&look(target).0);
        // Nothing can be lost in an empty folder, so that no valve closes.
        let how = How { force: false, ..How::WHOLE };
        match self.run_sync(Direction::FromRemote, target, how).await.0 {
            Ok(report) if report.verdict() == Verdict::Done => self.expected.check(&look(target)),
            Ok(_) if self.expected.may_be_partial() => {
                self.expected.check_half(&before, &contents(&look(target).0))
            }
            report => Err(format!("the restore failed: {report:?}")),
        }
    }
}

fn has_files(tree: &Contents) -> bool {
    tree.values().any(|content| matches!(content, Content::File(_)))
}
