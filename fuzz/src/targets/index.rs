//! Rows of the local index, and what they stand for.
//!
//! Of a row, the first byte says whether the value brings its own hash, the second how long the key is.

use std::path::PathBuf;
use std::time::Duration;

use podfs_sync::Timestamp;
use podfs_sync::index::{IndexPlace, fuzzing};

use super::manifest::sample_records;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "index", run, samples };
/// What the rows stand for.
pub(super) const BASIS: Target =
    Target { name: "index-basis", run: basis, samples: || vec![fuzzing::sample_basis(&place(), now())] };

fn basis(data: &[u8]) {
    fuzzing::basis(data, &place(), now());
}

fn now() -> Timestamp {
    Timestamp::from_nanoseconds(1_600_000_000_000_000_000)
}

fn place() -> IndexPlace {
    IndexPlace {
        file: PathBuf::new(),
        belongs_to: "here and there".to_owned(),
        ask_every: Duration::from_secs(3_600),
        boot: Some("today's".to_owned()),
        list_every: Duration::from_secs(86_400),
    }
}

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
