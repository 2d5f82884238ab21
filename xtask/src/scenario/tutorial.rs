//! The operator's tutorial, command by command as the page has them, with the images that are shipped.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use podfs_testkit::cluster::node::{BUSYBOX_IMAGE, Inside, NameServer};
use podfs_testkit::cluster::output_of;
use podfs_testkit::tools::workspace_root;

use super::cluster::wait;
use super::page::{self, Shown};
use crate::image;
use crate::step::step;

/// What the tutorial's application runs, in containerd's full spelling.
const APPLICATION_IMAGE: &str = "docker.io/library/busybox:1.36";
/// The storage, as the tutorial's last look at it shows what lies there.
const LOOK: &str = "/usr/bin/rclone lsf";

/// Plays it, on the node that this process runs on.
pub(super) fn play(node: &Inside) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let names = NameServer::start(node)?;
    step("images", || give_images(node))?;
    let reader = Reader::new(node, folder.path())?;
    let page = workspace_root()?.join("docs/tutorial.md");
    let page = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let commands = page::commands(&page);
    ensure!(commands.iter().any(|shown| shown.prints.is_some()), "the tutorial shows nothing any more");
    for shown in &commands {
        step(&shown.command, || reader.follow(shown))?;
    }
    drop(names);
    Ok(())
}

fn give_images(node: &Inside) -> Result<()> {
    node.import(&image::archive(image::Program::VolumeSyncingController)?)?;
    let mut tag = Command::new("ctr");
    output_of(tag.args(["images", "tag", BUSYBOX_IMAGE, APPLICATION_IMAGE])).map(drop)
}

/// Somebody with a checkout, the programs that the tutorial asks for, and a cluster.
struct Reader<'a> {
    node: &'a Inside,
    folder: &'a Path,
    path: std::ffi::OsString,
}

impl<'a> Reader<'a> {
    fn new(node: &'a Inside, folder: &'a Path) -> Result<Self> {
        for name in ["charts", "docs", "examples"] {
            symlink(workspace_root()?.join(name), folder.join(name))?;
        }
        // The tutorial changes the current namespace, and others read this file too.
        fs::copy(node.kubeconfig(), folder.join("kubeconfig")).context("cannot copy the kubeconfig")?;
        let built = image::built(image::Program::VolumeSyncingController)?;
        let programs = built.parent().context("the program has no folder")?.to_path_buf();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&others)))?;
        Ok(Self { node, folder, path })
    }

    fn follow(&self, shown: &Shown) -> Result<()> {
        // That was done before: it needs a way out, which the node does not have.
        if shown.command.starts_with("cargo ") {
            return Ok(());
        }
        let printed = if shown.command.contains(LOOK) {
            // The page says that it takes some seconds.
            wait(
                &shown.command,
                || Ok(Some(self.type_in(&shown.command)?).filter(|seen| lists_a_file(seen))),
            )?
        } else {
            self.type_in(&shown.command)?
        };
        print!("{printed}");
        if let Some(expected) = &shown.prints {
            ensure!(
                printed == *expected,
                "the page says that this prints\n{expected}and it printed\n{printed}"
            );
        }
        ensure!(
            !shown.command.contains(LOOK) || !printed.contains("diary"),
            "a name can be read on the remote:\n{printed}"
        );
        Ok(())
    }

    fn type_in(&self, line: &str) -> Result<String> {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", line]).current_dir(self.folder).env("PATH", &self.path);
        shell.env("KUBECONFIG", self.folder.join("kubeconfig"));
        output_of(&mut shell).with_context(|| self.trouble())
    }

    /// What is known of a cluster in which a command failed.
    fn trouble(&self) -> String {
        let pods = self.node.ask(&["describe", "pods", "--all-namespaces"]);
        pods.unwrap_or_else(|error| format!("{error:#}"))
    }
}

/// Whether a listing has a file that is not of the folder of our own notes.
fn lists_a_file(listing: &str) -> bool {
    listing.lines().any(|line| !line.ends_with('/') && !line.contains(".podfs/"))
}
