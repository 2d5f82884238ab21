//! Every kind of storage that rclone knows, through one long-lived `rclone rcd` per remote.
//!
//! Our plan, guard and valves stay in charge: rclone is told to list one folder, copy one file or delete one file,
//! over HTTP on a Unix socket in a private folder, and answers with a verdict for each. There is no process per file.
//!
//! File content never goes through this process. rclone reads what is uploaded, and writes what is downloaded, through
//! `/proc/<our pid>/fd/<number>`: exactly the file that the engine opened, whatever its name is and whatever happens
//! to that name meanwhile.

mod beside;
mod binary;
mod classify;
mod client;
mod copy;
mod delete;
mod environment;
mod features;
mod form;
mod in_the_way;
mod item;
mod key;
mod lent;
mod lifeline;
mod listed;
mod listing;
mod lossless;
mod names;
mod options;
mod prepare;
mod process;
mod remote;
mod retry;
mod session;
mod settle;
mod small;
mod tail;
mod transfer;
mod upstreams;
mod version;

pub use options::{Encryption, RcloneOptions};
pub use remote::RcloneRemote;
pub use version::{MINIMUM_VERSION, RcloneVersion};
