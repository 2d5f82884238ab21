//! Velero, the backup program that the node agent's scenario shows at work.

use super::{GoModule, Source, Tool};

const PACKAGE: &str = "github.com/vmware-tanzu/velero";
const VERSION: &str = "v1.18.2";

/// The server, the node-agent and the command line in one.
pub static VELERO: Tool = velero("velero", "github.com/vmware-tanzu/velero/cmd/velero");
/// Holds up a Pod until its volumes are restored.
pub static VELERO_RESTORE_HELPER: Tool =
    velero("velero-restore-helper", "github.com/vmware-tanzu/velero/cmd/velero-restore-helper");
/// Lets Velero keep backups on S3.
pub static VELERO_AWS_PLUGIN: Tool = Tool {
    name: "velero-plugin-for-aws",
    package: "github.com/vmware-tanzu/velero-plugin-for-aws",
    version: "v1.14.3",
    source: Source::Go(GoModule {
        pins: "velero",
        import: "github.com/vmware-tanzu/velero-plugin-for-aws/velero-plugin-for-aws",
        variables: &[],
    }),
};

/// All of it. Only the scenario needs it, so nothing else builds it.
pub static VELERO_PROGRAMS: &[&Tool] = &[&VELERO, &VELERO_RESTORE_HELPER, &VELERO_AWS_PLUGIN];

const fn velero(name: &'static str, import: &'static str) -> Tool {
    let source = Source::Go(GoModule { pins: "velero", import, variables: VARIABLES });
    Tool { name, package: PACKAGE, version: VERSION, source }
}

/// By its version it knows itself, and what it installs.
const VARIABLES: &[(&str, &str)] = &[("github.com/vmware-tanzu/velero/pkg/buildinfo.Version", VERSION)];
