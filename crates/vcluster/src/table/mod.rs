//! What is mounted: the kernel's mount table, and what of it is ours.

mod mountinfo;
mod observed;
mod roots;
mod volumes;

pub use mountinfo::{Entry, MountTable};
pub use observed::{Foreign, Held, Mounted, Observed, Surroundings};
pub use roots::{MountedRoot, Roots, RootsError};
