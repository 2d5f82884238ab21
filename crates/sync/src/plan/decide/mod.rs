//! What to do at one path, given what both sides know of it. Pure.

mod from_remote;
mod keep;
mod times;
mod to_remote;

use std::time::Duration;

use super::merge::Pair;
use super::past::Terms;
use super::step::Step;
use crate::attributes::{Attributes, Loss};
use crate::manifest::{Record, RemoteWhat, Tie};
use crate::path::RelativePath;
use crate::settings::Direction;

/// How both sides are compared.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// Which side is the truth.
    pub direction: Direction,
    /// Whether what the truth does not have is deleted.
    pub delete: bool,
    /// Whether the manifest speaks for what is no file: without it, nothing is known of folders, links and modes.
    pub faithful: bool,
    /// The step in which the store keeps modification times.
    pub store_precision: Duration,
    /// The step in which the local file system keeps them.
    pub local_precision: Duration,
    /// How a restore tells local changes, which it keeps; `None`: the truth wins everywhere.
    pub keep: Option<Terms>,
}

/// The judgement on one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Something is to be done: at most a delete and what takes its place.
    Do(Vec<Step>),
    /// Both sides are the same.
    Same,
    /// The destination has something that the truth does not have, and keeps it.
    Keep,
    /// Something was changed here that is not on the remote yet, and stays.
    Kept,
    /// It was changed here and there since both agreed, and stays as it is on both sides.
    Conflict(RelativePath),
    /// The truth has something that the destination cannot hold.
    Lost(Loss),
    /// Nothing, but when the manifest is written anyway, this goes into it.
    Tidy(Box<Record>),
    /// The remote's modification time has to be asked for first.
    Ask,
    /// The local file has to be read first.
    Read,
}

/// Judges one pair.
#[must_use]
pub fn decide(pair: Pair, comparison: &Comparison) -> Decision {
    match (comparison.direction, &comparison.keep) {
        (Direction::ToRemote, _) => to_remote::decide(pair, comparison),
        (Direction::FromRemote, None) => from_remote::decide(pair, comparison),
        (Direction::FromRemote, Some(terms)) => keep::decide(pair, comparison, terms),
    }
}

/// The attributes that a folder is to have at the end of a restore, if it is to be there.
pub(super) fn folder_in_the_end(pair: &Pair, comparison: &Comparison) -> Option<Attributes> {
    let Some(RemoteWhat::Folder(attributes)) = &pair.remote else { return None };
    match (comparison.direction, &comparison.keep) {
        (Direction::ToRemote, _) => None,
        (Direction::FromRemote, None) => Some(attributes.clone()),
        (Direction::FromRemote, Some(terms)) => keep::folder_in_the_end(pair, attributes, comparison, terms),
    }
}

/// The other name that a file is tied to, if it is not the first itself.
fn tied_to<'tie>(path: &RelativePath, tie: Option<&'tie Tie>) -> Option<&'tie RelativePath> {
    tie.map(|tie| &tie.first).filter(|first| *first != path)
}

/// Whether something has these attributes. Modes mean nothing for symbolic links.
fn same_attributes(one: &Attributes, other: &Attributes, is_link: bool, precision: Duration) -> bool {
    (one.owner, one.group) == (other.owner, other.group)
        && (is_link || one.mode == other.mode)
        && one.modified.same_within(other.modified, precision)
        && one.extended == other.extended
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
