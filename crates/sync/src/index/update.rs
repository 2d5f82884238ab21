//! Writes the index, once a sync has ended well.

use std::fs;
use std::io;
use std::path::Path;

use redb::Table;

use super::basis::Basis;
use super::key;
use super::row::{self, Row};
use super::store::{ABOUT, BASIS, IndexError, ROWS, builder, store};
use super::syncing::{aside, put_aside};
use crate::manifest::What;

/// Takes the changes of a sync that ended well into the index at `file`; `anew` puts them in the place of all rows. Where
/// two are for one path the later counts. Nobody may have it open. When it fails, the index lies aside as it was.
pub(crate) fn update(
    file: &Path,
    changes: impl Iterator<Item = io::Result<Row>>,
    basis: &Basis,
    anew: bool,
) -> Result<(), IndexError> {
    // Also where the remote stayed as it was: nobody ever has to do with a file that is half written.
    put_aside(file)?;
    let aside = aside(file);
    if anew {
        write_in_place_of(&aside, changes, basis.without_rows())?;
    } else {
        write(&aside, changes, basis.clone())?;
    }
    fs::rename(aside, file).map_err(IndexError::Aside)
}

/// Keeps the old one until the new one is whole.
fn write_in_place_of(
    old: &Path,
    changes: impl Iterator<Item = io::Result<Row>>,
    basis: Basis,
) -> Result<(), IndexError> {
    let new = old.with_extension("new");
    remove(&new)?;
    if let Err(error) = write(&new, changes, basis) {
        // The room that it takes may be what is missing.
        remove(&new)?;
        return Err(error);
    }
    fs::rename(new, old).map_err(IndexError::Aside)
}

/// Removes the index at `file`, wherever it lies.
pub(crate) fn discard(file: &Path) -> Result<(), IndexError> {
    remove(file)?;
    remove(&aside(file))
}

fn remove(file: &Path) -> Result<(), IndexError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(store(redb::Error::Io(error))),
        _ => Ok(()),
    }
}

fn write(
    file: &Path,
    changes: impl Iterator<Item = io::Result<Row>>,
    mut basis: Basis,
) -> Result<(), IndexError> {
    let database = builder().create(file).map_err(store)?;
    let writing = database.begin_write().map_err(store)?;
    let mut rows = writing.open_table(ROWS).map_err(store)?;
    for change in changes {
        apply(&mut rows, &change?, &mut basis)?;
    }
    drop(rows);
    let mut about = writing.open_table(ABOUT).map_err(store)?;
    let basis = serde_json::to_vec(&basis).map_err(io::Error::other)?;
    about.insert(BASIS, basis.as_slice()).map_err(store)?;
    drop(about);
    writing.commit().map_err(store)?;
    database.close().map_err(store)
}

fn apply(rows: &mut Table<'_, &[u8], &[u8]>, change: &Row, basis: &mut Basis) -> Result<(), IndexError> {
    let key = key::encode(change.path.as_ref());
    let before = if change.what == What::Absent {
        rows.remove(key.as_slice()).map_err(store)?
    } else {
        let value = change.value(&key)?;
        let before = rows.insert(key.as_slice(), value.as_slice()).map_err(store)?;
        basis.rows += 1;
        basis.files += u64::from(change.counts());
        before
    };
    if let Some(before) = before {
        basis.rows = basis.rows.saturating_sub(1);
        let was_file = row::counts(&row::what(before.value())?);
        basis.files = basis.files.saturating_sub(u64::from(was_file));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Index;
    use crate::path::RelativePath;
    use crate::plan::samples::record;
    use crate::scope::Reach;

    fn row(name: &str) -> io::Result<Row> {
        let path = Some(RelativePath::parse(name).unwrap());
        Ok(Row { path, mark: None, what: What::File(record(1, 1)) })
    }

    /// Whether the rows count, and how many there are.
    fn found(file: &Path) -> Option<(bool, usize)> {
        let index = Index::open(file).unwrap()?;
        Some((index.counts, index.rows_at(None, Reach::Beneath).unwrap().map(Result::unwrap).count()))
    }

    #[test]
    fn an_index_that_cannot_be_written_keeps_what_it_had_and_counts_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("index.redb");
        let basis = Basis::sample();
        assert_eq!(found(&file), None);
        update(&file, ["a", "b"].map(row).into_iter(), &basis, true).unwrap();
        assert_eq!(found(&file), Some((true, 2)));
        for anew in [true, false] {
            let broken = [row("c"), Err(io::Error::other("by the test"))];
            update(&file, broken.into_iter(), &basis, anew).unwrap_err();
            assert_eq!(found(&file), Some((false, 2)), "{anew}");
        }
        update(&file, [row("c")].into_iter(), &basis, true).unwrap();
        assert_eq!(found(&file), Some((true, 1)));
        put_aside(&file).unwrap();
        assert_eq!(found(&file), Some((false, 1)), "a sync is under way");
        update(&file, [row("d")].into_iter(), &basis, false).unwrap();
        assert_eq!(found(&file), Some((true, 2)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }
}
