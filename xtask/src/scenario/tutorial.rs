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
    let folder = tempfile::tempdir_in(node.folder())?;
    let names = NameServer::start(node)?;
    step("images", || give_images(node))?;
    let reader = Reader::new(node, &names, folder.path())?;
    let page = workspace_root()?.join("docs/tutorial.md");
    let page = fs::read_to_string(&page).with_context(|| format!("cannot read {}", page.display()))?;
    let commands = page::commands(&page);
    for shown in &commands {
        step(&shown.command, || reader.follow(shown))?;
    }
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
    names: &'a NameServer,
    folder: &'a Path,
    path: std::ffi::OsString,
}

impl<'a> Reader<'a> {
    fn new(node: &'a Inside, names: &'a NameServer, folder: &'a Path) -> Result<Self> {
        for name in ["charts", "docs", "examples"] {
            symlink(workspace_root()?.join(name), folder.join(name))?;
        }
        // The tutorial changes the current namespace, and others read this file too.
        fs::copy(node.kubeconfig(), folder.join("kubeconfig")).context("cannot copy the kubeconfig")?;
        let built = image::built(image::Program::VolumeSyncingController)?;
        let programs = built.parent().context("the program has no folder")?.to_path_buf();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&others)))?;
        Ok(Self { node, names, folder, path })
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
        match shown.command.strip_prefix("kubectl create namespace ") {
            Some(name) => self.has_an_account(name),
            None => Ok(()),
        }
    }

    /// Waits for what a Pod needs, which controllers put into a namespace a moment after it was made.
    fn has_an_account(&self, namespace: &str) -> Result<()> {
        let look = ["get", "serviceaccount", "default", "--namespace", namespace];
        wait("an account for Pods", || Ok(self.node.ask(&look).ok())).map(drop)
    }

    fn type_in(&self, line: &str) -> Result<String> {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", line]).current_dir(self.folder).env("PATH", &self.path);
        shell.env("KUBECONFIG", self.folder.join("kubeconfig"));
        output_of(&mut shell).with_context(|| self.trouble())
    }

    /// What is known of a cluster in which a command failed.
    fn trouble(&self) -> String {
        let ask = |words: &[&str]| self.node.ask(words).unwrap_or_else(|error| format!("{error:#}"));
        let logs = |namespace: &str, label: &str| {
            ask(&["logs", "--namespace", namespace, "--selector", label, "--all-containers", "--prefix"])
        };
        [
            ask(&["describe", "pods", "--all-namespaces"]),
            logs("podfs", "app.kubernetes.io/name=volume-syncing-controller"),
            logs("diary", "app in (diary,storage)"),
            self.names.log(),
        ]
        .join("\n")
    }
}

/// Whether a listing has a file: the diary's, since a sync without files is refused and leaves nothing.
fn lists_a_file(listing: &str) -> bool {
    listing.lines().any(|line| !line.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_comes_back() {
        let page = fs::read_to_string(workspace_root().unwrap().join("docs/tutorial.md")).unwrap();
        let prints: Vec<String> =
            page::commands(&page).into_iter().filter_map(|shown| shown.prints).collect();
        assert_eq!(prints, ["dear diary\nthe last line\n"]);
    }
}
