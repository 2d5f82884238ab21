//! The index as a file: a redb database with a table of rows.

use std::io;
use std::ops::Bound;
use std::path::Path;

use redb::{Database, Range, ReadableDatabase, Table, TableDefinition, WriteTransaction};
use thiserror::Error;

use super::basis::Basis;
use super::key;
use super::row::{self, Row, StoredRow};
use crate::manifest::What;
use crate::path::RelativePath;
use crate::scope::Reach;

const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("about");
const BASIS: &str = "basis";
const SYNCING: &str = "syncing";

/// Pages that redb keeps in memory, in bytes: enough to read rows in order.
const CACHE: usize = 8 * 1024 * 1024;

/// Why an index cannot be used. None of it costs more than a listing.
#[derive(Debug, Error)]
pub(crate) enum IndexError {
    /// The file, or what lies in it.
    #[error("{0}")]
    Store(Box<redb::Error>),
    /// A row is not what was written.
    #[error("a row is damaged")]
    Row,
    /// The library broke off, as it does where a damaged file makes no sense to it.
    #[error("it makes no sense")]
    Senseless,
    /// Rows are missing, or there are too many.
    #[error("it has {found} rows where {announced} were written")]
    Count {
        /// Rows that are there.
        found: u64,
        /// Rows that should be.
        announced: u64,
    },
    /// The rows to be written could not be read back.
    #[error("cannot read the scratch folder: {0}")]
    Scratch(#[from] io::Error),
}

impl IndexError {
    /// Whether a new index in the place of this one helps.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Row | Self::Senseless | Self::Count { .. } => true,
            Self::Store(error) => {
                matches!(
                    **error,
                    redb::Error::Corrupted(_) | redb::Error::UpgradeRequired(_) | redb::Error::RepairAborted
                ) || matches!(&**error, redb::Error::Io(cause) if cause.kind() == io::ErrorKind::InvalidData)
            }
            Self::Scratch(_) => false,
        }
    }
}

/// Works with an index off the async threads.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(IndexError::Senseless))
}

fn store(error: impl Into<redb::Error>) -> IndexError {
    IndexError::Store(Box::new(error.into()))
}

/// An opened index.
pub(crate) struct Index {
    database: Database,
}

impl Index {
    /// Opens the index at `file` and makes it where there is none.
    pub(crate) fn open(file: &Path) -> Result<Self, IndexError> {
        let database = Database::builder().set_cache_size(CACHE).create(file).map_err(store)?;
        Ok(Self { database })
    }

    /// What the rows stand for; `None` when there are none that count: it is new, or the last sync did not end well.
    pub(crate) fn basis(&self) -> Result<Option<Basis>, IndexError> {
        let reading = self.database.begin_read().map_err(store)?;
        let about = match reading.open_table(ABOUT) {
            Ok(about) => about,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(store(error)),
        };
        if about.get(SYNCING).map_err(store)?.is_some() {
            return Ok(None);
        }
        let Some(basis) = about.get(BASIS).map_err(store)? else { return Ok(None) };
        Ok(serde_json::from_slice(basis.value()).ok())
    }

    /// The row of one path, and those beneath it where `reach` says so.
    pub(crate) fn rows_at(&self, path: Option<&RelativePath>, reach: Reach) -> Result<Rows, IndexError> {
        let first = key::encode(path);
        let end = match reach {
            Reach::Itself => Bound::Included(first.clone()),
            Reach::Beneath => key::after_beneath(path).map_or(Bound::Unbounded, Bound::Excluded),
        };
        self.range(Bound::Included(first), end)
    }

    fn range(&self, from: Bound<Vec<u8>>, to: Bound<Vec<u8>>) -> Result<Rows, IndexError> {
        let reading = self.database.begin_read().map_err(store)?;
        let table = match reading.open_table(ROWS) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Rows(None)),
            Err(error) => return Err(store(error)),
        };
        let bounds = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
        Ok(Rows(Some(table.range::<&[u8]>(bounds).map_err(store)?)))
    }

    /// Says that a sync is about to change the remote. Until it has ended well, the rows do not count: on disk when this
    /// returns.
    pub(crate) fn begin(&self) -> Result<(), IndexError> {
        let writing = self.write()?;
        let mut about = writing.open_table(ABOUT).map_err(store)?;
        about.insert(SYNCING, [].as_slice()).map_err(store)?;
        drop(about);
        writing.commit().map_err(store)
    }

    /// Takes the changes of a sync that ended well; `anew` puts them in the place of all rows. Where two are for one
    /// path the later counts.
    pub(crate) fn end(
        &self,
        changes: impl Iterator<Item = io::Result<Row>>,
        basis: &Basis,
        anew: bool,
    ) -> Result<(), IndexError> {
        let writing = self.write()?;
        if anew {
            writing.delete_table(ROWS).map_err(store)?;
        }
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
        about.remove(SYNCING).map_err(store)?;
        let basis = serde_json::to_vec(&basis).map_err(io::Error::other)?;
        about.insert(BASIS, basis.as_slice()).map_err(store)?;
        drop(about);
        writing.commit().map_err(store)
    }

    fn write(&self) -> Result<WriteTransaction, IndexError> {
        let mut writing = self.database.begin_write().map_err(store)?;
        // Else whoever comes after a kill walks through the whole file first.
        writing.set_quick_repair(true);
        Ok(writing)
    }
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

/// Rows in the order of their paths.
pub(crate) struct Rows(Option<Range<'static, &'static [u8], &'static [u8]>>);

impl Iterator for Rows {
    type Item = Result<StoredRow, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.0.as_mut()?.next()?;
        Some(next.map_err(store).and_then(|(key, value)| StoredRow::read(key.value(), value)))
    }
}
