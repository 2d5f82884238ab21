//! The local side of a sync: everything that touches the file system, always beneath one opened root.

mod commit;
mod error;
mod finisher;
mod flush;
mod folder;
mod form;
mod held;
mod holes;
mod look;
mod names;
mod node;
mod remove;
mod resume;
mod root;
mod scan;
mod source;
mod state;
mod target;
mod temporary;
mod ties;
mod unlocked;
mod write_back;

pub use commit::Committer;
pub use error::LocalError;
pub use finisher::Finisher;
pub use form::{Decoding, Encoding, ReadPlain, WritePlain};
pub(crate) use holes::FromStart;
pub use node::{LocalFile, LocalNode, LocalWhat, Seen};
pub use remove::Remover;
pub use root::LocalRoot;
pub use scan::{Depth, Scan, Scanned, SkippedKind};
pub(crate) use scan::{is_no_part_of_the_tree, is_own_name};
pub use source::Source;
pub use state::FileState;
pub use target::{Finish, Target};
pub use temporary::{is_temporary_name, temporary_name};
