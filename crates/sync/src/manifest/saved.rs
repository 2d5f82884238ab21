//! Copies of records in the state directory, for the restores that follow. They are a cache.
//!
//! One is of the manifest that a restore brought: the remote gathers its parts after a while, and then does not tell any more
//! what a volume had that was restored before. The other is of what a restore brought that the manifest does not describe.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::at_hand::{Manifest, Records};
use super::{Part, PartReader, PartWriter, Record};
use crate::replace::{replace, with_suffix};

/// Says beside the copy what it is: its name, and its hash, which shows whether the two belong together.
fn label(file: &Path) -> PathBuf {
    with_suffix(file, ".label")
}

impl Manifest {
    /// Saves all records that count as `file`.
    pub(crate) fn save(&self, file: &Path) -> io::Result<()> {
        let Some(newest) = self.newest() else { return Ok(()) };
        let records = self.records().map_err(io::Error::other)?;
        save(file, newest, records.map(|record| record.map_err(io::Error::other))).map(|_| ())
    }
}

/// Saves `records`, which are sorted by path, under this name, and gives their hash.
pub(crate) fn save(
    file: &Path,
    name: String,
    records: impl Iterator<Item = io::Result<Record>>,
) -> io::Result<String> {
    let copy = replace(file, |to| {
        let mut writer = PartWriter::new(BufWriter::new(to))?;
        for record in records {
            writer.push(&record?)?;
        }
        let (mut buffer, copy) = writer.finish(name)?;
        buffer.flush()?;
        Ok(copy)
    })?;
    let content = serde_json::to_vec(&copy)?;
    replace(&label(file), |mut to| to.write_all(&content))?;
    Ok(copy.hash)
}

/// Whether something was saved as `file` under this name.
pub(crate) fn is_saved(file: &Path, name: &str) -> bool {
    saved_as(file).is_some_and(|copy| copy.name == name)
}

fn saved_as(file: &Path) -> Option<Part> {
    serde_json::from_slice(&std::fs::read(label(file)).ok()?).ok()
}

/// The records that were saved as `file`, if they are whole and `wanted`.
pub(crate) fn load(file: &Path, wanted: impl FnOnce(&Part) -> bool) -> Option<Records> {
    let copy = saved_as(file)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(file).ok()?).ok()?;
    if !wanted(&copy) || hasher.finalize().to_hex().as_str() != copy.hash {
        return None;
    }
    let records = PartReader::new(BufReader::new(File::open(file).ok()?), &copy).ok()?;
    Some(Box::new(records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::at_hand::tests::manifest;

    fn read(file: &Path, newest: &str) -> Option<Vec<Record>> {
        load(file, |copy| copy.name == newest).map(|records| records.collect::<Result<_, _>>().unwrap())
    }

    #[test]
    fn a_copy_is_read_only_whole_and_for_what_it_is_a_copy_of() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("base");
        assert_eq!(read(&file, "x"), None);
        let (manifest, newest) = manifest(folder.path(), &["a", "b/c"]);
        manifest.save(&file).unwrap();
        let expected: Vec<Record> = manifest.records().unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(read(&file, &newest), Some(expected));
        assert_eq!(read(&file, "0000000001-00000000"), None);
        let whole = std::fs::read(&file).unwrap();
        for damaged in [&whole[..whole.len() - 1], b"", b"podfs manifest 1\n"] {
            std::fs::write(&file, damaged).unwrap();
            assert_eq!(read(&file, &newest), None);
        }
    }
}
