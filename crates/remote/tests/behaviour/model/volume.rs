//! What the model knows of a writer's tree as a volume: what it had when it last agreed with the remote.

use super::remote::{Content, Contents};

/// Whether another writer has changed the remote since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Moved {
    #[default]
    No,
    /// A sync was killed.
    Perhaps,
    Yes,
}

/// Whether valves close before a sync or restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Never,
    Perhaps,
    /// It may also find out first that there is nothing to do.
    UnlessIdle,
    Always,
}

/// A writer's tree. It has a receipt from the first restore on that ended well.
#[derive(Debug, Default)]
pub(super) struct Volume {
    /// What it had when volume and remote last agreed; `None` without a receipt.
    agreed: Option<Contents>,
    /// What restores that did not end may have brought since.
    brought: Vec<Contents>,
    /// Whether one of these has begun for certain.
    half: bool,
    /// A restore over it that keeps nothing has begun, and not ended.
    broken: bool,
    /// Whether somebody has worked on it since, so that it may differ from the remote for ever.
    pub(super) edited: bool,
    pub(super) moved: Moved,
}

impl Volume {
    /// Of whatever kind.
    pub(super) fn has_receipt(&self) -> bool {
        self.has_complete_receipt() || self.broken
    }

    /// Which makes a restore keep what was changed here. Unless [`Self::is_half`] there is no doubt.
    pub(super) fn has_complete_receipt(&self) -> bool {
        self.agreed.is_some()
    }

    /// A restore that keeps nothing did not bring everything.
    pub(super) fn breaks(&mut self) {
        *self = Self { broken: true, moved: self.moved, edited: self.edited, ..Self::default() };
    }

    /// Volume and remote are the same.
    pub(super) fn agrees(&mut self, contents: Contents) {
        *self = Self { agreed: Some(contents), ..Self::default() };
    }

    /// A restore of `remote` ended well, and kept something that was changed here or not.
    pub(super) fn restored(&mut self, remote: Contents, kept: bool) {
        let edited = self.edited && kept;
        *self = Self { agreed: Some(remote), edited, ..Self::default() };
    }

    /// A restore of `remote` met conflicts, or was `killed`, perhaps before it had begun.
    pub(super) fn half(&mut self, remote: Contents, killed: bool) {
        self.brought.push(remote);
        self.half |= !killed;
    }

    pub(super) fn is_half(&self) -> bool {
        !self.brought.is_empty()
    }

    /// A sync of it ended well. Without deletes the remote has more.
    pub(super) fn synced(&mut self, here: Contents, delete: bool) {
        if self.has_receipt() {
            self.agrees(here);
            self.edited = !delete;
        }
    }

    /// Another writer synced.
    pub(super) fn moved(&mut self, moved: Moved) {
        if self.moved != Moved::Yes {
            self.moved = moved;
        }
    }

    /// Its own sync was killed: whatever is there now may be its own.
    pub(super) fn sync_killed(&mut self) {
        if self.moved == Moved::Yes {
            self.moved = Moved::Perhaps;
        }
    }

    /// Whether a sync of it may be refused, while nobody says that it is to overwrite the remote.
    pub(super) fn may_be_refused(&self) -> bool {
        self.has_receipt() && (self.is_half() || self.broken || self.moved != Moved::No)
    }

    /// Whether such a sync may change nothing.
    pub(super) fn must_be_refused(&self) -> bool {
        self.has_receipt() && (self.half || self.broken || self.moved == Moved::Yes)
    }

    /// Fails when a restore took away what was changed here and is nowhere else. What is missing may come again.
    pub(super) fn check_kept(&self, before: &Contents, after: &Contents) -> Result<(), String> {
        let known = |path: &[u8], content: &Content| {
            let states = self.agreed.iter().chain(&self.brought);
            states.into_iter().any(|state| state.get(path) == Some(content))
        };
        for (path, content) in before {
            if after.get(path) != Some(content) && !known(path, content) {
                let path = path.escape_ascii();
                return Err(format!("the local change of \"{path}\", {content:?}, is lost; {self:?}"));
            }
        }
        Ok(())
    }
}
