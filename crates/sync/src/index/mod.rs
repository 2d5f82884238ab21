//! The local index: what the last sync to a remote left there, so that the next one asks only for what changed since.
//!
//! It is a cache. It counts only while it belongs to this folder and remote, after a sync that ended well; else, and when
//! it is gone or damaged, the manifest and one listing make it anew. That the remote is still as the index says is told
//! by the head, which is asked before anything is written. What it says of local files is so in any case: beside a listing
//! its marks show which of them were changed since.

mod basis;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod key;
mod mark;
mod place;
mod row;
mod store;
mod syncing;
mod update;

pub(crate) use basis::Basis;
pub use mark::Mark;
pub use place::IndexPlace;
pub(crate) use row::{Row, StoredRow};
pub(crate) use store::{Index, IndexError, Rows, on_thread};
pub(crate) use syncing::put_aside;
pub(crate) use update::{discard, update};
