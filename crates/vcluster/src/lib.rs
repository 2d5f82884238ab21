//! The node agent's core: Pods of virtual clusters, the mounts that they should have, and the steps that lead there.
//!
//! It knows no Kubernetes client. [`pods`], [`desired`], [`table`] and [`plan`](mod@plan) are pure; [`mount`] is the
//! edge where the kernel is asked; [`reconcile`](mod@reconcile) puts them together.

pub mod desired;
pub mod layout;
pub mod links;
pub mod mount;
pub mod name;
pub mod plan;
pub mod pods;
pub mod reconcile;
pub mod table;
#[cfg(test)]
mod tests;

pub use desired::{Desired, Settings};
pub use layout::{Layout, Source, Target};
pub use plan::{Plan, plan};
pub use pods::HostPod;
pub use reconcile::{Outcome, reconcile};
