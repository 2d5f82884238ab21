//! File events: a watch over a whole tree that gathers where something may have changed.
//!
//! What it says is never the truth, only where to look. Whatever it cannot see (a full queue, too few watches, a file
//! system that tells nothing) makes it say so and answer with the whole tree.

mod event;
mod follow;
mod handle;
mod marks;
mod mounts;
mod pace;
mod queue;
mod thread;
mod tree;
mod trouble;
mod walk;

pub use handle::{News, Watch};
pub use pace::{Due, Ended, Pace};

#[cfg(test)]
mod tests;
