//! The targets, one file for each kind of data.

mod configuration;
mod contents;
mod head;
mod index;
mod manifest;
mod mounts;
mod names;
mod notes;
mod password;
mod pod;
mod receipt;
mod schedule;
mod spelling;
mod store;

use crate::Target;

/// All of them.
pub const TARGETS: &[Target] = &[
    configuration::TARGET,
    contents::DAMAGED,
    contents::FOREIGN,
    head::TARGET,
    index::TARGET,
    index::BASIS,
    manifest::TARGET,
    mounts::TARGET,
    names::TARGET,
    notes::UNFINISHED,
    notes::UPLOAD,
    password::TARGET,
    pod::TARGET,
    receipt::TARGET,
    schedule::TARGET,
    spelling::TARGET,
    store::LIST,
    store::ANSWER,
    store::TIME,
];

/// Samples that are text.
fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Takes a number off the front of an input, and makes it smaller than `limit`; 0 where the input has ended.
fn number(data: &mut &[u8], limit: usize) -> usize {
    let Some((bytes, rest)) = data.split_first_chunk() else { return 0 };
    *data = rest;
    usize::try_from(u32::from_le_bytes(*bytes)).unwrap_or_default() % limit.max(1)
}
