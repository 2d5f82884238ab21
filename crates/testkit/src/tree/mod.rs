//! Directory trees for tests: making them, and telling whether two are the same.

mod attributes;
mod diff;
mod make;
mod sample;
mod snapshot;

pub use attributes::{attribute_tree, give_to, set_extended, set_time, special_files};
pub use diff::{Compare, assert_same, differences};
pub use make::{make_dir, make_file, many_files, set_mtime};
pub use sample::{odd_names, plain_tree, sample_tree, symlinks};
pub use snapshot::{FileState, Kind, Snapshot, snapshot, state_of};
