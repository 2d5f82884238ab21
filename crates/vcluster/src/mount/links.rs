//! The links to logs, in `<vcluster>/log/containers` below `toPath`.

use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, FileType, readlinkat, symlinkat, unlinkat};
use rustix::io::Errno;

use super::beneath;
use super::kernel::KernelMounts;
use super::{MountError, beneath::Crossing};
use crate::desired::LogLink;
use crate::links::Links;
use crate::name::DnsLabel;

/// The folder of the links, below that of the virtual cluster.
const FOLDER: [&str; 2] = ["log", "containers"];

impl Links for KernelMounts {
    fn observe_links(&mut self) -> Result<BTreeSet<LogLink>, MountError> {
        let mut links = BTreeSet::new();
        for vcluster in self.vclusters()? {
            links.extend(self.links_of(&vcluster)?);
        }
        Ok(links)
    }

    fn make_link(&mut self, link: &LogLink) -> Result<(), MountError> {
        let failed = |cause| match cause {
            Errno::EXIST => MountError::InTheWay { path: self.show_link(link) },
            cause => MountError::at_target("make", self.show_link(link), cause),
        };
        beneath::make(self.to().as_fd(), folder(&link.vcluster)).map_err(failed)?;
        let opened = beneath::open(self.to(), folder(&link.vcluster), Crossing::Refused).map_err(failed)?;
        symlinkat(link.to.as_str(), opened, link.name.as_str()).map_err(failed)
    }

    fn remove_link(&mut self, link: &LogLink) -> Result<(), MountError> {
        let failed = |cause| MountError::at_target("remove", self.show_link(link), cause);
        let opened = beneath::open(self.to(), folder(&link.vcluster), Crossing::Refused).map_err(failed)?;
        match unlinkat(opened, link.name.as_str(), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(cause) => Err(failed(cause)),
        }
    }
}

impl KernelMounts {
    fn show_link(&self, link: &LogLink) -> String {
        self.to().show(&format!("{}/{}/{}", link.vcluster, FOLDER.join("/"), link.name))
    }

    /// A folder that is missing, or that cannot be walked to, has none.
    fn links_of(&self, vcluster: &DnsLabel) -> Result<Vec<LogLink>, MountError> {
        let shown = || self.to().show(&format!("{vcluster}/{}", FOLDER.join("/")));
        let failed = |cause| MountError::failed("list", shown(), cause);
        let folder = match beneath::open_to_read(self.to(), folder(vcluster)) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::XDEV) => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut links = Vec::new();
        for entry in Dir::read_from(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if matches!(entry.file_type(), FileType::Symlink | FileType::Unknown) {
                links.extend(link(vcluster, &folder, entry.file_name()));
            }
        }
        Ok(links)
    }
}

fn folder(vcluster: &DnsLabel) -> impl Iterator<Item = &str> {
    [vcluster.as_str()].into_iter().chain(FOLDER)
}

/// One that goes away while it is read is none.
fn link(vcluster: &DnsLabel, folder: &OwnedFd, name: &std::ffi::CStr) -> Option<LogLink> {
    let to = readlinkat(folder, name, Vec::new()).ok()?;
    LogLink::parse(vcluster, name.to_bytes(), to.to_bytes())
}
