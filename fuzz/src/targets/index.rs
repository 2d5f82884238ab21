//! Rows of the local index.
//!
//! The first byte says whether the value brings its own hash, the second how long the key is.

use podfs_sync::index::fuzzing;

use super::manifest::sample_records;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "index", run, samples };

fn run(data: &[u8]) {
    let Some(([checked, length], rest)) = data.split_first_chunk() else { return };
    let (key, value) = rest.split_at(rest.len().min((*length).into()));
    fuzzing::row(key, value, !checked.is_multiple_of(2));
}

fn samples() -> Vec<Vec<u8>> {
    // A hash that a mutation could keep is eight bytes long.
    const CHECK: usize = 8;
    let rows = sample_records().into_iter().map(|record| fuzzing::sample(record.path.as_ref(), record.what));
    rows.flat_map(|(key, value)| {
        let length = u8::try_from(key.len()).unwrap();
        [[&[1, length], &key[..], &value[..]].concat(), [&[0, length], &key[..], &value[CHECK..]].concat()]
    })
    .collect()
}
