//! What becomes of a Pod: `(Pod, PodFilesystemSync, Settings)` to the patched Pod, or a reason why not.
//!
//! Pure: no clock, no network, no randomness, so that the same call gives the same Pod, for a webhook that is called
//! again as for a person at a command line. A Pod without a namespace counts as one in `default`: callers who know
//! better fill it in first.

mod arrange;
mod check;
mod command;
mod containers;
mod environment;
mod identity;
mod inject;
mod injected;
mod own;
mod path;
mod refusal;
mod select;
mod settings;
mod template;
#[cfg(test)]
mod tests;
mod volume;

pub use check::check;
pub use inject::{Location, inject, locate};
pub use injected::remote_path_of;
pub use refusal::Refusal;
pub use select::select;
pub use settings::{DEFAULT_USER, Settings, SidecarMode};
