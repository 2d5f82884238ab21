//! A node in a mount namespace of its own: the kubelet's directories, played by the test, and ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, unmount};

use crate::api::{Cluster, pod_of};
use crate::namespace::in_private_namespace;

/// A node, and one virtual cluster `blue` in the namespace `team-<node>`.
pub(crate) struct Node<'cluster> {
    pub(crate) cluster: &'cluster Cluster,
    pub(crate) name: String,
    pub(crate) namespace: String,
    root: PathBuf,
}

/// A Pod of a virtual cluster.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) name: String,
    pub(crate) host_uid: String,
    pub(crate) virtual_uid: String,
}

/// A UID from a small number.
pub(crate) fn uid(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

/// A test on a node of its own.
pub(crate) fn on_a_node(test: impl FnOnce(&Node<'_>) + Send) {
    let cluster = Cluster::shared();
    on_a_node_of(cluster, test);
}

/// The same, with a cluster of its own.
pub(crate) fn on_a_node_of(cluster: &Cluster, test: impl FnOnce(&Node<'_>) + Send) {
    in_private_namespace(|root| test(&Node::new(cluster, root)));
}

impl<'cluster> Node<'cluster> {
    fn new(cluster: &'cluster Cluster, root: &Path) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("node-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let node = Self { cluster, namespace: format!("team-{name}"), name, root: root.to_path_buf() };
        for folder in ["kubelet", "loft", "log"] {
            let folder = node.path(folder);
            fs::create_dir(&folder).unwrap();
            mount_tmpfs(&folder);
            mount_change(&folder, MountPropagationFlags::SHARED).unwrap();
        }
        for folder in ["kubelet/pods", "log/pods"] {
            fs::create_dir(node.path(folder)).unwrap();
        }
        cluster.namespace(&node.namespace);
        node
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// A Pod is made; the kubelet has not heard of it.
    pub(crate) fn create(&self, number: u32) -> Running {
        let (name, virtual_uid) = (format!("pod-{number}"), uid(number));
        let pod = pod_of(&self.name, &self.namespace, "blue", &name, &virtual_uid);
        let host_uid = self.cluster.create_pod(&pod);
        Running { name: format!("{name}-x-shop-x-blue"), host_uid, virtual_uid }
    }

    /// The kubelet makes a Pod's directory, with a file in it.
    pub(crate) fn make_directory(&self, pod: &Running) {
        let folder = self.source(pod);
        fs::create_dir_all(folder.join("volumes")).unwrap();
        fs::write(folder.join("etc-hosts"), &pod.virtual_uid).unwrap();
    }

    /// A Pod is made, and the kubelet begins with it.
    pub(crate) fn start(&self, number: u32) -> Running {
        let pod = self.create(number);
        self.make_directory(&pod);
        pod
    }

    /// The kubelet has ended a Pod: its directory goes, and then its object.
    pub(crate) fn end(&self, pod: &Running) {
        fs::remove_dir_all(self.source(pod)).unwrap();
        self.cluster.delete_pod(&self.namespace, &pod.name);
    }

    pub(crate) fn source(&self, pod: &Running) -> PathBuf {
        self.path("kubelet/pods").join(&pod.host_uid)
    }

    pub(crate) fn target(&self, pod: &Running) -> PathBuf {
        self.path("loft/blue/pods").join(&pod.virtual_uid)
    }

    /// Whether `blue` sees the Pod's own file.
    pub(crate) fn sees(&self, pod: &Running) -> bool {
        fs::read_to_string(self.target(pod).join("etc-hosts")).is_ok_and(|text| text == pod.virtual_uid)
    }

    /// The kubelet mounts a volume with a file in it.
    pub(crate) fn mount_volume(&self, pod: &Running, name: &str) -> PathBuf {
        let volume = self.source(pod).join("volumes").join(name);
        fs::create_dir(&volume).unwrap();
        mount_tmpfs(&volume);
        fs::write(volume.join("file"), name).unwrap();
        volume
    }

    /// What is mounted anywhere below `toPath`: the lines of the mount table.
    pub(crate) fn mounted(&self) -> Vec<String> {
        let table = fs::read_to_string("/proc/thread-self/mountinfo").unwrap();
        let below = format!(" {}/", self.path("loft").display());
        table.lines().filter(|line| line.contains(&below)).map(str::to_owned).collect()
    }

    /// All that lies below `toPath`, without what is mounted there.
    pub(crate) fn names_below(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub(crate) fn mount_tmpfs(at: &Path) {
    mount("tmpfs", at, "tmpfs", MountFlags::empty(), None).unwrap();
}

/// Unmounts as the kubelet does.
pub(crate) fn unmount_at(at: &Path) {
    unmount(at, UnmountFlags::NOFOLLOW).unwrap();
}
