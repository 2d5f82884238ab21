//! The images that every node has: the one that holds a Pod, and one with a shell for applications.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::image::Image;
use crate::tools::PAUSE;

/// The image that holds a Pod's namespaces, under the name that containerd is told.
pub(super) const PAUSE_IMAGE: &str = "registry.k8s.io/pause:3.10";
/// An image with a shell and the usual small programs. It must not be pulled, since it is on no registry.
pub const BUSYBOX_IMAGE: &str = "podfs.test/busybox:1";
/// A busybox that needs no libraries, as Debian's `busybox-static` has it.
pub(super) const BUSYBOX: &str = "/bin/busybox";

/// The names that applications of tests call busybox by. Without clients of networks: they look up even addresses
/// as names, at which Debian's static busybox crashes.
const APPLETS: &str = "sh ash cat chmod chown cp cut date dd df du echo env false find grep head hostname httpd id kill \
    ln ls mkdir mktemp mount mv printf ps pwd rm rmdir sed seq sha256sum sleep sort stat sync tail tar test timeout \
    touch tr true umount uname vi wc which xargs yes";

/// Writes both as archives into a folder.
pub(super) fn write(folder: &Path) -> Result<[PathBuf; 2]> {
    let pause = folder.join("pause.tar");
    Image::new(PAUSE_IMAGE, &["/pause"]).program("pause", &PAUSE.path()?)?.write(&pause)?;
    let busybox = folder.join("busybox.tar");
    let mut image = Image::new(BUSYBOX_IMAGE, &["/bin/sh"])
        .folder("bin", 0o755)?
        .folder("etc", 0o755)?
        .folder("tmp", 0o1777)?
        .program("bin/busybox", Path::new(BUSYBOX))?;
    for applet in APPLETS.split_whitespace() {
        image = image.link(&format!("bin/{applet}"), "busybox")?;
    }
    image.write(&busybox)?;
    Ok([pause, busybox])
}
