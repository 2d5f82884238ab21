//! Images of Velero's programs, as its own images have them.

use std::path::Path;

use anyhow::Result;
use podfs_testkit::cluster::node::Inside;
use podfs_testkit::image::Image;
use podfs_testkit::tools::{self, VELERO_AWS_PLUGIN, VELERO_RESTORE_HELPER};

/// The server, the node-agent, and what holds Pods up while they are restored.
pub(super) const VELERO: &str = "podfs.test/velero:v1.18.2";
/// Puts the plugin where the server looks for it.
pub(super) const AWS_PLUGIN: &str = "podfs.test/velero-plugin-for-aws:v1.14.3";

/// Gives both to the node.
pub(super) fn give(node: &Inside, folder: &Path) -> Result<()> {
    let velero = folder.join("velero.tar");
    Image::new(VELERO, &["/velero"])
        .folder("tmp", 0o1777)?
        .program("velero", &tools::VELERO.path()?)?
        .program("velero-restore-helper", &VELERO_RESTORE_HELPER.path()?)?
        .write(&velero)?;
    node.import(&velero)?;
    let plugin = folder.join("plugin.tar");
    let name = "plugins/velero-plugin-for-aws";
    Image::new(AWS_PLUGIN, &["/busybox", "cp", &format!("/{name}"), "/target/"])
        .program("busybox", Path::new("/bin/busybox"))?
        .folder("plugins", 0o755)?
        .program(name, &VELERO_AWS_PLUGIN.path()?)?
        .write(&plugin)?;
    node.import(&plugin)
}
