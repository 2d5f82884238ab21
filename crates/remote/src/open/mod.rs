//! Opens the remote that a configuration names.

mod choose;

pub use choose::{Engine, Way, choose};
