//! A copy of the manifest that a restore brought, in the state directory, for the restores that follow: the remote gathers
//! its parts after a while, and then does not tell any more what a volume had that was restored before. It is a cache.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::kept::{Manifest, Records};
use super::{Part, PartReader, PartWriter};

/// What lies beside the copy. Should they not belong together, the hash shows it.
#[derive(Serialize, Deserialize)]
struct Label {
    /// The newest part of the manifest that was copied.
    newest: String,
    /// The copy.
    copy: Part,
}

fn label(file: &Path) -> PathBuf {
    file.with_extension("label")
}

impl Manifest {
    /// Saves all records that count as `file`.
    pub(crate) fn save(&self, file: &Path) -> io::Result<()> {
        let Some(newest) = self.newest() else { return Ok(()) };
        let folder = file.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let temporary = tempfile::NamedTempFile::new_in(folder)?;
        let mut writer = PartWriter::new(BufWriter::new(temporary.as_file()))?;
        for record in self.records().map_err(io::Error::other)? {
            writer.push(&record.map_err(io::Error::other)?)?;
        }
        let (buffer, copy) = writer.finish(newest.clone())?;
        buffer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        temporary.persist(file)?;
        std::fs::write(label(file), serde_json::to_vec(&Label { newest, copy })?)
    }
}

/// The records that were saved as `file`, if they are those of a manifest whose newest part was `newest`.
pub(crate) fn load(file: &Path, newest: &str) -> Option<Records> {
    let label: Label = serde_json::from_slice(&std::fs::read(label(file)).ok()?).ok()?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(file).ok()?).ok()?;
    if label.newest != newest || hasher.finalize().to_hex().as_str() != label.copy.hash {
        return None;
    }
    let records = PartReader::new(BufReader::new(File::open(file).ok()?), &label.copy).ok()?;
    Some(Box::new(records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Record;
    use crate::manifest::kept::tests::manifest;

    fn read(file: &Path, newest: &str) -> Option<Vec<Record>> {
        load(file, newest).map(|records| records.collect::<Result<_, _>>().unwrap())
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
