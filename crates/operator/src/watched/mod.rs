//! Objects of the API server, as watches have told of them so far.

mod follow;
mod objects;
mod pods;
mod store;

pub(crate) use follow::follow;
pub(crate) use objects::{Known, Objects, list_objects, read_object};
pub(crate) use pods::{Pods, labelled, read_pod};
pub(crate) use store::{Place, Store};
