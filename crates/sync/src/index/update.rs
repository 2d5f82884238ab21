//! Writes the index, once a sync has ended well.

use std::io;
use std::path::Path;

use redb::{Database, Table};

use super::basis::Basis;
use super::key;
use super::row::{self, Row};
use super::store::{ABOUT, BASIS, IndexError, ROWS, builder, store};
use super::syncing;
use crate::manifest::What;

/// Takes the changes of a sync that ended well into the index at `file`; `anew` puts them in the place of all rows. Where
/// two are for one path the later counts. Nobody may have it open.
pub(crate) fn update(
    file: &Path,
    changes: impl Iterator<Item = io::Result<Row>>,
    basis: &Basis,
    anew: bool,
) -> Result<(), IndexError> {
    // Also where the remote stayed as it was: nobody ever has to do with a file that is half written.
    syncing::note(file)?;
    if anew {
        remove(file)?;
    }
    let database = builder().create(file).map_err(store)?;
    write(&database, changes, basis, anew)?;
    database.close().map_err(store)?;
    syncing::forget(file)
}

fn remove(file: &Path) -> Result<(), IndexError> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(store(redb::Error::Io(error))),
        _ => Ok(()),
    }
}

fn write(
    database: &Database,
    changes: impl Iterator<Item = io::Result<Row>>,
    basis: &Basis,
    anew: bool,
) -> Result<(), IndexError> {
    let writing = database.begin_write().map_err(store)?;
    let mut basis = basis.clone();
    if anew {
        (basis.rows, basis.files) = (0, 0);
    }
    let mut rows = writing.open_table(ROWS).map_err(store)?;
    for change in changes {
        apply(&mut rows, &change?, &mut basis)?;
    }
    drop(rows);
    let mut about = writing.open_table(ABOUT).map_err(store)?;
    let basis = serde_json::to_vec(&basis).map_err(io::Error::other)?;
    about.insert(BASIS, basis.as_slice()).map_err(store)?;
    drop(about);
    writing.commit().map_err(store)
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
