//! The edge: where the kernel is asked.

mod arrivals;
mod attributes;
mod beneath;
mod error;
mod kernel;
mod links;
mod prepared;
mod probe;
mod root;
mod since;

pub use arrivals::{Arrival, Arrivals};
pub use error::MountError;
pub use kernel::{Directories, KernelMounts};
pub use prepared::Prepared;
pub use probe::ProbeError;

use crate::desired::Options;
use crate::layout::{Source, Target};
use crate::table::Observed;

/// What the agent does to the world. Each is safe to be killed in: it is done or not done.
pub trait Mounts {
    /// Looks at what is there.
    ///
    /// # Errors
    /// When the mount table or a directory cannot be read.
    fn observe(&mut self) -> Result<Observed, MountError>;

    /// Makes a target's directory and those above it.
    ///
    /// # Errors
    /// When something is in the way, or the disk is full.
    fn make_directory(&mut self, target: &Target) -> Result<(), MountError>;

    /// Mounts a source on a target's directory.
    ///
    /// # Errors
    /// When the source is gone, something is mounted there already, or the kernel refuses.
    fn mount(&mut self, target: &Target, source: &Source, options: Options) -> Result<(), MountError>;

    /// Takes away the topmost mount of a target.
    ///
    /// # Errors
    /// When another one is there by now, or the kernel refuses.
    fn unmount(&mut self, target: &Target, id: u64) -> Result<(), MountError>;

    /// Removes the empty directory of a target, and nothing else.
    ///
    /// # Errors
    /// When it is not empty, or not a directory.
    fn remove_directory(&mut self, target: &Target) -> Result<(), MountError>;
}
