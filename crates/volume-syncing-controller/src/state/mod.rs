//! What this machine remembers between and beside syncs: the state directory and the locks in it.

mod directory;
mod index;
mod lock;
mod place;
mod real_path;

pub(crate) use directory::StateDirectory;
pub(crate) use index::IndexName;
pub(crate) use lock::{FolderLock, LockName};
pub(crate) use place::Surroundings;
pub(crate) use real_path::real_path;
