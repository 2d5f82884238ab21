//! The index as a file: a redb database with a table of rows. Here it is read; `update.rs` writes it.

use std::io;
use std::ops::Bound;
use std::path::Path;

use redb::{
    Builder, DatabaseError, Range, ReadOnlyDatabase, ReadableDatabase, StorageError, TableDefinition,
};
use thiserror::Error;

use super::basis::Basis;
use super::key;
use super::row::StoredRow;
use super::syncing::aside;
use crate::path::RelativePath;
use crate::scope::Reach;

pub(super) const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
pub(super) const ABOUT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("about");
pub(super) const BASIS: &str = "basis";

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
    /// It cannot be given the name that says whether it counts.
    #[error("cannot rename it: {0}")]
    Aside(#[source] io::Error),
}

impl IndexError {
    /// Whether a new index in the place of this one helps.
    pub(crate) fn is_damage(&self) -> bool {
        match self {
            Self::Row | Self::Senseless | Self::Count { .. } => true,
            Self::Store(error) => match &**error {
                redb::Error::Io(cause) => {
                    matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
                }
                redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => false,
                _ => true,
            },
            Self::Scratch(_) | Self::Aside(_) => false,
        }
    }
}

/// Works with an index off the async threads.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(IndexError::Senseless))
}

pub(super) fn store(error: impl Into<redb::Error>) -> IndexError {
    IndexError::Store(Box::new(error.into()))
}

/// How the database is opened.
pub(super) fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

/// An opened index. Nothing is written to disk for it, so that a disk that is slow holds nobody up.
pub(crate) struct Index {
    database: ReadOnlyDatabase,
    /// Whether the last sync ended well. Else its rows still tell which local files changed since, but nothing of the remote.
    pub(crate) counts: bool,
}

impl Index {
    /// Opens the index at `file`; `None` where there is none.
    pub(crate) fn open(file: &Path) -> Result<Option<Self>, IndexError> {
        if let Some(database) = open(file).map_err(store)? {
            return Ok(Some(Self { database, counts: true }));
        }
        let database = match open(&aside(file)) {
            // Of a sync that was killed while it wrote.
            Err(DatabaseError::RepairAborted) => repaired(&aside(file)),
            other => other,
        };
        Ok(database.map_err(store)?.map(|database| Self { database, counts: false }))
    }

    /// What the rows stand for; `None` where nobody can tell.
    pub(crate) fn basis(&self) -> Result<Option<Basis>, IndexError> {
        let reading = self.database.begin_read().map_err(store)?;
        let about = match reading.open_table(ABOUT) {
            Ok(about) => about,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(store(error)),
        };
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
}

fn open(file: &Path) -> Result<Option<ReadOnlyDatabase>, DatabaseError> {
    match builder().open_read_only(file) {
        Err(DatabaseError::Storage(StorageError::Io(error))) if error.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn repaired(file: &Path) -> Result<Option<ReadOnlyDatabase>, DatabaseError> {
    builder().open(file)?.close()?;
    open(file)
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
