//! What users write and what the parts of the operator agree on: the types of `PodFilesystemSync`
//! (`riotkit.org/v1alpha1`), and every label, annotation, container, volume and variable by name.
//!
//! The schema that the API server holds objects to is made from these types: the comments are what `kubectl explain`
//! prints, and the rules in [`rules`] are what it refuses with. There is no client here and nothing that acts.

mod definition;
mod encryption;
pub mod names;
mod number;
mod options;
mod placement;
mod resource;
#[cfg(test)]
mod resource_tests;
pub mod rules;
mod secret;
mod selector;
mod status;

pub use definition::definition;
pub use encryption::AutomaticEncryption;
pub use number::number;
pub use options::{
    AllowedDirections, CleanUp, DEFAULT_MINUTES, DEFAULT_SCHEDULE, Method, Permissions, SyncOptions,
};
pub use placement::{InitContainerPlacement, Placement};
pub use resource::{PodFilesystemSync, PodFilesystemSyncSpec};
pub use secret::SecretReference;
pub use status::{Location, PodFilesystemSyncStatus, READY};
