//! The engine: scan, plan, guard, execute, commit.
//!
//! It knows no network and no Kubernetes. Remotes come in behind the [`Remote`] trait.

pub mod attributes;
pub mod clock;
mod commit;
pub mod engine;
pub mod entry;
mod execute;
mod fetch;
pub mod guard;
pub mod head;
pub mod index;
pub mod local;
pub mod manifest;
mod mounts;
mod noun;
pub mod observer;
pub mod path;
pub mod plan;
mod random;
pub mod receipt;
pub mod remote;
pub mod replace;
pub mod report;
pub mod schedule;
pub mod scope;
pub mod settings;
pub mod small;
mod spool;
pub mod timestamp;
mod unfinished;
pub mod verify;
pub mod watch;

pub use clock::Clock;
pub use engine::{LeftOut, Planned, Sync, SyncError};
pub use entry::{Entry, Listed, Modified};
pub use mounts::MountsPlace;
pub use observer::Observer;
pub use path::RelativePath;
pub use remote::{Abilities, Came, ErrorKind, Remote, RemoteError};
pub use report::{Failure, FailureKind, Report, Verdict};
pub use scope::{Reach, Scope};
pub use settings::{DeleteLimit, Direction, Fidelity, Settings};
pub use small::{Small, Version};
pub use timestamp::Timestamp;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use unfinished::fuzz as fuzz_unfinished;
