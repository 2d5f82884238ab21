//! Rows of an index from outside, for the fuzz targets alone.

use super::key;
use super::row::{Row, check_of, read};
use crate::manifest::What;
use crate::path::RelativePath;

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
