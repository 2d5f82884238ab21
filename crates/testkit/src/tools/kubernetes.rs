//! Which programs of a Kubernetes cluster are pinned. Their folders under `crates/testkit/cluster` pin the rest.

use super::{GoModule, Source, Tool};

const VERSION: &str = "v1.36.3";
/// Without these a program of Kubernetes calls itself v0.0.0.
const VARIABLES: &[(&str, &str)] = &[
    ("k8s.io/component-base/version.gitVersion", VERSION),
    ("k8s.io/component-base/version.gitMajor", "1"),
    ("k8s.io/component-base/version.gitMinor", "36"),
];

/// Keeps what the API server is told.
pub static ETCD: Tool = Tool {
    name: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    version: "v3.6.8",
    source: Source::Go(GoModule { pins: "etcd", import: "go.etcd.io/etcd/server/v3", variables: &[] }),
};

/// The API of Kubernetes.
pub static KUBE_APISERVER: Tool = kubernetes("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver");
/// What a user talks to a cluster with.
pub static KUBECTL: Tool = kubernetes("kubectl", "k8s.io/kubernetes/cmd/kubectl");
/// Runs the Pods of a node.
pub static KUBELET: Tool = kubernetes("kubelet", "k8s.io/kubernetes/cmd/kubelet");
/// Makes Pods of Deployments and Jobs, and service accounts of namespaces.
pub static KUBE_CONTROLLER_MANAGER: Tool =
    kubernetes("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager");
/// Gives Pods to nodes.
pub static KUBE_SCHEDULER: Tool = kubernetes("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler");
/// Leads the addresses of Services to Pods.
pub static KUBE_PROXY: Tool = kubernetes("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy");

/// Runs containers for the kubelet.
pub static CONTAINERD: Tool = containerd("containerd", "github.com/containerd/containerd/v2/cmd/containerd");
/// What containerd leaves with each Pod.
pub static CONTAINERD_SHIM: Tool =
    containerd("containerd-shim-runc-v2", "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2");
/// Gives images to containerd.
pub static CTR: Tool = containerd("ctr", "github.com/containerd/containerd/v2/cmd/ctr");

/// Installs charts.
pub static HELM: Tool = Tool {
    name: "helm",
    package: "helm.sh/helm/v3",
    version: "v3.22.0",
    source: Source::Go(GoModule {
        pins: "helm",
        import: "helm.sh/helm/v3/cmd/helm",
        variables: &[("helm.sh/helm/v3/internal/version.version", "v3.22.0")],
    }),
};

/// Answers names of Services.
pub static COREDNS: Tool = Tool {
    name: "coredns",
    package: "github.com/coredns/coredns",
    version: "v1.14.7",
    source: Source::Go(GoModule { pins: "coredns", import: "github.com/coredns/coredns", variables: &[] }),
};

/// Ours: holds the namespaces of a Pod, as the image that every kubelet needs.
pub static PAUSE: Tool = Tool {
    name: "pause",
    package: "podfs.test/pause",
    version: "v1",
    source: Source::Go(GoModule { pins: "pause", import: "podfs.test/pause", variables: &[] }),
};

/// Every program of a cluster and for it, what tests need most first.
pub static CLUSTER: &[&Tool] = &[
    &ETCD,
    &KUBE_APISERVER,
    &KUBECTL,
    &KUBELET,
    &KUBE_CONTROLLER_MANAGER,
    &KUBE_SCHEDULER,
    &KUBE_PROXY,
    &CONTAINERD,
    &CONTAINERD_SHIM,
    &CTR,
    &PAUSE,
    &HELM,
];

/// For Pods that ask for names. Only a scenario has such, so nothing else builds it.
pub static NAME_SERVERS: &[&Tool] = &[&COREDNS];

const fn kubernetes(name: &'static str, import: &'static str) -> Tool {
    let source = Source::Go(GoModule { pins: "kubernetes", import, variables: VARIABLES });
    Tool { name, package: "k8s.io/kubernetes", version: VERSION, source }
}

const fn containerd(name: &'static str, import: &'static str) -> Tool {
    let source = Source::Go(GoModule { pins: "containerd", import, variables: &[] });
    Tool { name, package: "github.com/containerd/containerd/v2", version: "v2.4.2", source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{VELERO_PROGRAMS, workspace_root};

    /// The version is in the tool's path: one that differs from what is built would keep an old program for ever.
    #[test]
    fn the_versions_are_those_that_the_module_files_pin() {
        for tool in CLUSTER.iter().chain(VELERO_PROGRAMS).chain(NAME_SERVERS) {
            let Source::Go(module) = &tool.source else { panic!("{} is not built with Go", tool.name) };
            let folder = workspace_root().unwrap().join("crates/testkit/cluster").join(module.pins);
            let pins = std::fs::read_to_string(folder.join("go.mod")).unwrap();
            let ours = pins.starts_with(&format!("module {}\n", tool.package));
            assert!(ours || pins.contains(&format!("{} {}", tool.package, tool.version)), "{tool:?}");
        }
    }
}
