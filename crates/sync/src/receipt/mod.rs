//! The receipt of a volume: which state of which remote it holds, and how far the restore of it came.
//!
//! A restore leaves it, and a sync from the volume brings it up to date. It tells a volume that may be a source from one
//! that was restored by half, and what was changed here since from what was changed on the remote.

mod place;
mod standing;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::attributes::Loss;
use crate::head::{self, Head};

pub use place::{BadReceipt, read, write, write_anywhere};
pub use standing::Standing;

const FORMAT: u32 = 1;
/// Restores in a row that broke off and are told apart. What came of later ones counts as changed here.
const MOST_TOWARD: usize = 8;

/// What a volume holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    format: u32,
    /// Whether the restore has ended well.
    pub state: State,
    /// The history that the remote's head named; `None` for a remote without one.
    pub lineage: Option<String>,
    /// The generation that was restored or synced.
    pub generation: Option<u64>,
    /// The sync that made it, as the head names it: two can have made the same generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// Whether the head was open: a sync of somebody else had not ended, so that more may have come with this generation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// Whether the remote held files that its manifest did not describe, so that not everything here is as that says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mixed: bool,
    /// The last part of the manifest as it was then. Its name is random, so that it tells this very state of the remote,
    /// also on one that was itself brought back from a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// BLAKE3 of the note in the state directory of what the restore brought that the manifest does not describe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<String>,
    /// The last parts of the manifests that later restores began to bring, and have not brought whole; empty for one of a
    /// remote without a manifest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub toward: Vec<String>,
    /// Whether such a restore may have broken off between taking something away and bringing what comes in its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
    /// The sync from this volume that is under way, as the head names it from its first change to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<String>,
    /// What restores could not give back here. A difference in these is no change that somebody made.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lost: BTreeSet<Loss>,
    /// The volume that it was written on.
    #[serde(default)]
    volume: Option<place::Volume>,
    /// BLAKE3 of the one on the volume that it stands in for from the state directory, while the volume takes nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instead_of: Option<String>,
    /// Whether it came to be on another volume than that one: a copy, and nobody knows whether a whole one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub copied: bool,
}

/// How far a restore came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It began in a folder that was ours to fill, and has not ended well yet.
    Restoring,
    /// Everything was restored.
    Complete,
}

impl Receipt {
    /// The receipt for a volume that holds what `head` describes.
    #[must_use]
    pub fn of(head: Option<&Head>, state: State) -> Self {
        Self {
            format: FORMAT,
            state,
            lineage: head.map(|head| head.lineage.clone()),
            generation: head.map(|head| head.generation),
            made_by: head.and_then(|head| head.sync.clone()),
            open: head.is_some_and(|head| head.state == head::State::Open),
            mixed: false,
            part: head.and_then(Head::last_part),
            brought: None,
            toward: Vec::new(),
            broken: false,
            sync: None,
            lost: BTreeSet::new(),
            volume: None,
            instead_of: None,
            copied: false,
        }
    }

    /// The same, while a restore of what `head` describes is under way; `changes`: it has something to do.
    #[must_use]
    pub fn toward(&self, head: Option<&Head>, changes: bool) -> Self {
        let part = head.and_then(Head::last_part).unwrap_or_default();
        let mut toward = self.toward.clone();
        if !toward.contains(&part) && toward.len() < MOST_TOWARD {
            toward.push(part);
        }
        Self { toward, broken: self.broken || changes, ..self.clone() }
    }

    /// The same, while the sync that writes `head` is under way.
    #[must_use]
    pub fn syncing(&self, head: &Head) -> Self {
        Self { sync: head.sync.clone(), ..self.clone() }
    }

    /// Whether it says the same, wherever it lies.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let said = |receipt: &Self| Self { volume: None, instead_of: None, ..receipt.clone() };
        said(self) == said(other)
    }
}
