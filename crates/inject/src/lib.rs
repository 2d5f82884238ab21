//! What becomes of a Pod: `(Pod, PodFilesystemSync, Settings)` to the patched Pod, or a reason why not.
//!
//! Pure: no clock, no network, no randomness, so that the same call gives the same Pod, for a webhook that is called
//! again as for a person at a command line. A Pod without a namespace counts as one in `default`: callers who know
//! better fill it in first.

mod inject;
mod refusal;
mod select;
mod settings;

pub use inject::{Location, inject, locate};
pub use refusal::Refusal;
pub use select::select;
pub use settings::{Settings, SidecarMode};
