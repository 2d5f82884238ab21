//! A node: the kubelet's directories and ours, each on a shared mount, as they are on a real one.

use std::fs;
use std::path::{Path, PathBuf};

use podfs_vcluster::mount::{Directories, KernelMounts};
use podfs_vcluster::pods::PodReference;
use podfs_vcluster::{HostPod, Outcome, Settings, Target, reconcile};
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, unmount};

/// A node in a namespace of its own.
pub(crate) struct Node {
    pub(crate) root: PathBuf,
}

/// A UID from a small number.
pub(crate) fn uid(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

/// A Pod of the virtual cluster `blue`, whose virtual UID is its host's with 100 more.
pub(crate) fn pod(host: u32) -> HostPod {
    pod_of("team", "blue", host)
}

/// A Pod as vcluster writes it.
pub(crate) fn pod_of(namespace: &str, vcluster: &str, host: u32) -> HostPod {
    let (virtual_uid, name) = (uid(host + 100), format!("pod-{host}"));
    let annotations = ["", "object-"].into_iter().flat_map(|prefix| {
        let pairs = [("uid", virtual_uid.as_str()), ("name", &name), ("namespace", "shop")];
        pairs.map(|(key, value)| (format!("vcluster.loft.sh/{prefix}{key}"), value.to_owned()))
    });
    let annotations: Vec<_> = annotations.collect();
    let annotations = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let reference = PodReference { namespace: namespace.to_owned(), name: name.clone(), uid: uid(host) };
    HostPod::new(reference, 0, annotations, [("vcluster.loft.sh/managed-by", vcluster)])
}

/// Mounts a file system in memory.
pub(crate) fn mount_tmpfs(at: &Path, options: &str) {
    let data = std::ffi::CString::new(options).unwrap();
    mount("tmpfs", at, "tmpfs", MountFlags::empty(), data.as_c_str()).unwrap();
}

/// Unmounts as the kubelet does.
pub(crate) fn unmount_at(at: &Path) {
    unmount(at, UnmountFlags::NOFOLLOW).unwrap();
}

impl Node {
    /// With nothing on it but the directories.
    pub(crate) fn new(root: &Path) -> Self {
        Self::with_disk(root, "")
    }

    /// With options for the disk on which `toPath` lies.
    pub(crate) fn with_disk(root: &Path, options: &str) -> Self {
        let node = Self { root: root.to_path_buf() };
        for (folder, options) in [("kubelet", ""), ("loft", options), ("log", "")] {
            let folder = node.path(folder);
            fs::create_dir(&folder).unwrap();
            mount_tmpfs(&folder, options);
            mount_change(&folder, MountPropagationFlags::SHARED).unwrap();
        }
        for folder in ["kubelet/pods", "log/pods"] {
            fs::create_dir(node.path(folder)).unwrap();
        }
        node
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    pub(crate) fn directories(&self) -> Directories {
        Directories {
            to: self.path("loft"),
            pods: self.path("kubelet/pods"),
            logs: Some(self.path("log/pods")),
        }
    }

    /// The kubelet makes a Pod's directory, with a file in it.
    pub(crate) fn start(&self, host: u32) -> PathBuf {
        let folder = self.source(host);
        fs::create_dir_all(folder.join("volumes")).unwrap();
        fs::write(folder.join("etc-hosts"), format!("hosts of {host}")).unwrap();
        folder
    }

    /// Where the kubelet has a Pod.
    pub(crate) fn source(&self, host: u32) -> PathBuf {
        self.path("kubelet/pods").join(uid(host))
    }

    /// The path below `toPath` of a Pod of `blue`.
    pub(crate) fn target(&self, host: u32) -> Target {
        Target::parse(format!("blue/pods/{}", uid(host + 100)).as_bytes()).unwrap()
    }

    /// Where `blue` looks for it.
    pub(crate) fn target_path(&self, host: u32) -> PathBuf {
        self.path("loft").join(self.target(host).to_string())
    }

    pub(crate) fn mounts(&self) -> KernelMounts {
        KernelMounts::open(&self.directories()).unwrap()
    }

    /// One pass of an agent that was just started.
    pub(crate) fn pass(&self, pods: &[HostPod]) -> Outcome {
        self.pass_with(pods, &Settings::default())
    }

    pub(crate) fn pass_with(&self, pods: &[HostPod], settings: &Settings) -> Outcome {
        self.mounts().exclusively(|mounts| reconcile(pods, settings, mounts)).unwrap().unwrap()
    }

    /// A pass in which all must go well.
    pub(crate) fn good_pass(&self, pods: &[HostPod]) -> Outcome {
        let outcome = self.pass(pods);
        assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
        assert_eq!((&outcome.obstructed, &outcome.foreign), (&vec![], &vec![]));
        outcome
    }

    /// Lines of the mount table that speak of a path.
    pub(crate) fn lines(&self, path: &Path) -> Vec<String> {
        let table = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
        let path = path.to_str().unwrap();
        let at = |line: &&str| line.split(' ').nth(4).is_some_and(|at| at == path);
        table.lines().filter(at).map(str::to_owned).collect()
    }

    /// What is mounted anywhere below `toPath`.
    pub(crate) fn mounted_below(&self) -> Vec<String> {
        let table = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
        let below = format!("{}/", self.path("loft").display());
        table.lines().filter(|line| line.contains(&below)).map(str::to_owned).collect()
    }

    /// What a Pod of `blue` has in its file.
    pub(crate) fn seen(&self, host: u32) -> Option<String> {
        fs::read_to_string(self.target_path(host).join("etc-hosts")).ok()
    }
}
