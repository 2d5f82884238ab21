//! Rows of an index from outside, and what they stand for, for the fuzz targets alone.

use super::basis::Basis;
use super::key;
use super::place::IndexPlace;
use super::row::{Row, check_of, read};
use crate::head::Head;
use crate::manifest::What;
use crate::path::RelativePath;
use crate::timestamp::Timestamp;

/// Reads a row as it lies in an index, and holds that what was read is written as it was. With `checked` the value lacks its
/// hash, which is put in front: no mutation gets through a hash.
///
/// # Panics
/// When a row is not read as it was written.
pub fn row(key: &[u8], value: &[u8], checked: bool) {
    let value = if checked { value.to_vec() } else { [&check_of(key, value)[..], value].concat() };
    let Ok(row) = read(key, &value) else { return };
    assert_eq!(key::encode(row.path.as_ref()), key, "another key");
    let written = row.value(key).unwrap_or_default();
    assert!(read(key, &written).is_ok_and(|again| again == row), "not read as it was written");
}

/// A key and the value of its row, with its hash.
#[must_use]
pub fn sample(path: Option<&RelativePath>, what: What) -> (Vec<u8>, Vec<u8>) {
    let key = key::encode(path);
    let value = Row { path: path.cloned(), mark: None, what }.value(&key).unwrap_or_default();
    (key, value)
}

/// Reads what the rows of an index stand for, asks it what a sync asks, and holds that what was read is written as it was.
///
/// # Panics
/// When it is not.
pub fn basis(text: &[u8], place: &IndexPlace, now: Timestamp) {
    let Ok(basis) = serde_json::from_slice::<Basis>(text) else { return };
    let _ = (basis.refusal(place, true, now), basis.asks(place, now), basis.agrees_with(None));
    let written = serde_json::to_vec(&basis).unwrap_or_default();
    assert!(
        serde_json::from_slice::<Basis>(&written).is_ok_and(|again| again == basis),
        "not read as it was written"
    );
}

/// What the rows of an index at `place` stand for.
#[must_use]
pub fn sample_basis(place: &IndexPlace, now: Timestamp) -> Vec<u8> {
    serde_json::to_vec(&Basis::of(place, &Head::next(None), true, now)).unwrap_or_default()
}
