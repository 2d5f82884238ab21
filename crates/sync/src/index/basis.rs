//! What the rows of an index stand for: whose they are, and which state of the remote they describe.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::place::IndexPlace;
use crate::head::{Head, State};
use crate::manifest::Part;
use crate::timestamp::Timestamp;

/// A change of the rows' format changes the number.
const FORMAT: u32 = 2;

/// Written with the rows, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Basis {
    format: u32,
    /// The folder and the remote, see [`IndexPlace`].
    belongs_to: String,
    lineage: String,
    generation: u64,
    manifest: Vec<Part>,
    /// During which run of the machine it was written.
    boot: Option<String>,
    /// When the remote was last listed.
    listed: Timestamp,
    /// When its head was last seen.
    asked: Timestamp,
    /// Whether the rows tell of all that the remote has; else only those who delete nothing may rely on them.
    complete: bool,
    /// All rows.
    pub(crate) rows: u64,
    /// Those of files and links.
    pub(crate) files: u64,
}

impl Basis {
    /// For rows that were made from a listing at `now`. The store counts them.
    pub(crate) fn of(place: &IndexPlace, head: &Head, complete: bool, now: Timestamp) -> Self {
        Self {
            format: FORMAT,
            belongs_to: place.belongs_to.clone(),
            lineage: head.lineage.clone(),
            generation: head.generation,
            manifest: head.manifest.clone(),
            boot: place.boot.clone(),
            listed: now,
            asked: now,
            complete,
            rows: 0,
            files: 0,
        }
    }

    /// The same rows with some changes, after the head was seen at `now`; a sync of ours may have written it.
    pub(crate) fn with(&self, place: &IndexPlace, head: Option<&Head>, now: Timestamp) -> Self {
        let Some(head) = head else { return self.clone() };
        Self {
            lineage: head.lineage.clone(),
            generation: head.generation,
            manifest: head.manifest.clone(),
            boot: place.boot.clone(),
            asked: now,
            ..self.clone()
        }
    }

    /// The same, for rows that are all still to come.
    pub(super) fn without_rows(&self) -> Self {
        Self { rows: 0, files: 0, ..self.clone() }
    }

    /// Why nothing of it is to be believed; `None` where the marks are.
    pub(crate) fn is_strange(&self, place: &IndexPlace) -> Option<&'static str> {
        if self.format != FORMAT {
            return Some("it is of another version");
        }
        if self.belongs_to != place.belongs_to {
            return Some("it belongs to another directory, remote or key");
        }
        None
    }

    /// Why its rows are not to be relied on for a sync that deletes or does not; `None` when they are.
    pub(crate) fn refusal(&self, place: &IndexPlace, delete: bool, now: Timestamp) -> Option<&'static str> {
        if delete && !self.complete {
            return Some("it does not know all that the remote has");
        }
        is_due(self.listed, place.list_every, now).then_some("the remote is to be listed again")
    }

    /// Whether the head is to be looked at although nothing changed here.
    pub(crate) fn asks(&self, place: &IndexPlace, now: Timestamp) -> bool {
        self.boot.is_none() || self.boot != place.boot || is_due(self.asked, place.ask_every, now)
    }

    /// Whether the remote is as it was.
    pub(crate) fn agrees_with(&self, head: Option<&Head>) -> bool {
        head.is_some_and(|head| {
            head.state == State::Flushed
                && (&head.lineage, head.generation, &head.manifest)
                    == (&self.lineage, self.generation, &self.manifest)
        })
    }
}

#[cfg(test)]
impl Basis {
    /// Of no index in particular.
    pub(crate) fn sample() -> Self {
        let place = IndexPlace {
            file: std::path::PathBuf::new(),
            belongs_to: "this".to_owned(),
            ask_every: Duration::ZERO,
            boot: None,
            list_every: Duration::from_secs(10),
        };
        Self::of(&place, &Head::next(None), true, Timestamp::from_nanoseconds(0))
    }
}

/// A clock that was set back makes everything due.
fn is_due(last: Timestamp, every: Duration, now: Timestamp) -> bool {
    u64::try_from(now.nanoseconds().saturating_sub(last.nanoseconds()))
        .map_or(true, |age| Duration::from_nanos(age) >= every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_makes_it_due() {
        let at = |seconds: i64| Timestamp::from_nanoseconds(seconds * 1_000_000_000);
        let every = Duration::from_secs(10);
        assert!(!is_due(at(100), every, at(100)));
        assert!(!is_due(at(100), every, at(109)));
        assert!(is_due(at(100), every, at(110)));
        assert!(is_due(at(100), every, at(99)));
    }
}
