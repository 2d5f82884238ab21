//! What is wrong with an object for every Pod, whichever comes: it need not wait for one to be told.

use podfs_api::PodFilesystemSync;

use crate::{Refusal, command, path, template};

/// Whether its templates and its schedule can be read.
///
/// # Errors
/// What a Pod would be refused for.
pub fn check(object: &PodFilesystemSync) -> Result<(), Refusal> {
    let spec = &object.spec;
    path::local(&spec.local_path)?;
    template::check("remotePath", &spec.remote_path)?;
    for (name, text) in &spec.env {
        template::check(&format!("env.{name}"), text)?;
    }
    command::schedule(&spec.sync_options).map(|_| ())
}
