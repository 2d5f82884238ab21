//! The local side of a sync: everything that touches the file system, always beneath one opened root.

mod commit;
mod error;
mod flush;
mod folder;
mod held;
mod names;
mod remove;
mod root;
mod scan;
mod source;
mod target;

pub use commit::Committer;
pub use error::LocalError;
pub use remove::Remover;
pub use root::LocalRoot;
pub use scan::{Scan, Scanned, SkippedKind};
pub use source::{FileState, Source};
pub use target::{Target, is_temporary_name, temporary_name};
