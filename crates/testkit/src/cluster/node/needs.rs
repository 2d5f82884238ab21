//! What a node needs of the machine: root, and programs that are Debian packages.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// Files that must be there, and the Debian packages that bring them.
const FILES: &[(&str, &str)] = &[
    ("unshare", "util-linux"),
    ("mount", "mount"),
    ("ip", "iproute2"),
    ("runc", "runc"),
    ("iptables", "iptables"),
    ("conntrack", "conntrack"),
    ("/usr/lib/cni/bridge", "containernetworking-plugins"),
    (super::images::BUSYBOX, "busybox-static"),
];

/// Fails with everything that is missing, and how to get it.
pub(super) fn check() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("a Kubernetes node needs root: run this as root");
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let missing = missing(&folders, FILES);
    if !missing.is_empty() {
        bail!(
            "a Kubernetes node needs these Debian packages: apt-get install --no-install-recommends {}",
            missing.join(" ")
        );
    }
    Ok(())
}

fn missing(folders: &[PathBuf], files: &[(&str, &'static str)]) -> Vec<&'static str> {
    // An absolute name stays as it is when it is joined to a folder.
    let found =
        |file: &str| Path::new(file).is_file() || folders.iter().any(|folder| folder.join(file).is_file());
    files.iter().filter(|(file, _)| !found(file)).map(|(_, package)| *package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_package_is_named_at_once() {
        let files = [("sh", "dash"), ("no-such-program", "one"), ("/no/such/file", "two")];
        assert_eq!(missing(&["/bin".into()], &files), ["one", "two"]);
    }
}
