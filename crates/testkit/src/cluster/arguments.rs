//! The arguments of etcd and the API server that a cluster with and one without nodes have in common.

use std::path::Path;
use std::process::Command;

/// Where Services get their addresses from; the first is the API server's own.
const SERVICES: &str = "10.96.0.0/16";

/// Makes etcd serve clients at one URL, and its peers, which it has none of, at another.
pub(super) fn etcd(command: &mut Command, data: &Path, client: &str, peer: &str) {
    command.arg(format!("--data-dir={}", data.display()));
    command.arg(format!("--listen-client-urls={client}")).arg(format!("--advertise-client-urls={client}"));
    command.arg(format!("--listen-peer-urls={peer}")).arg(format!("--initial-advertise-peer-urls={peer}"));
    command.arg(format!("--initial-cluster=default={peer}"));
    // Nothing here has to outlive a power cut.
    command.args(["--unsafe-no-fsync", "--log-level=warn"]);
}

/// Makes an API server keep its objects in etcd and its certificate in a folder.
pub(super) fn api_server(command: &mut Command, etcd: &str, certificates: &Path, tokens: &Path) {
    let key = certificates.join("apiserver.key");
    command.arg(format!("--etcd-servers={etcd}"));
    command.arg(format!("--cert-dir={}", certificates.display()));
    // The key that it makes for its certificate signs the tokens of service accounts too.
    command.arg(format!("--service-account-signing-key-file={}", key.display()));
    command.arg(format!("--service-account-key-file={}", key.display()));
    command.arg("--service-account-issuer=https://kubernetes.default.svc");
    command.arg(format!("--token-auth-file={}", tokens.display()));
    command.args(["--authorization-mode=Node,RBAC", "--allow-privileged=true"]);
    command.arg(format!("--service-cluster-ip-range={SERVICES}"));
}
