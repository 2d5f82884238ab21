//! What vcluster's syncer writes on a Pod of the host, for the test programs of the agent.
//!
//! From vcluster's sources: `HostAnnotations` and `HostLabelsMap` in `pkg/util/translate` (commit `8e5a73e9`, of 2026) and
//! `Translate` in `pkg/controllers/resources/pods/translate/translator.go` (commit `c5721acc`).

use serde_json::{Value, json};

/// The namespace inside the virtual cluster that Pods of these tests are in.
const NAMESPACE: &str = "shop";

/// The metadata of a Pod that is called `name` inside, and `host_name` in `host_namespace` on the host.
pub(crate) fn metadata(
    (host_namespace, host_name): (&str, &str),
    vcluster: &str,
    (name, uid): (&str, &str),
) -> Value {
    json!({
        "namespace": host_namespace,
        "name": host_name,
        "labels": {
            "app": "shop",
            "vcluster.loft.sh/managed-by": vcluster,
            "vcluster.loft.sh/namespace": NAMESPACE,
            "vcluster.loft.sh/ns-label-blue-x-4d3ea4d2b6": NAMESPACE,
        },
        "annotations": {
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
            "vcluster.loft.sh/labels": "app=\"shop\"",
            "vcluster.loft.sh/name": name,
            "vcluster.loft.sh/namespace": NAMESPACE,
            "vcluster.loft.sh/object-host-name": host_name,
            "vcluster.loft.sh/object-host-namespace": host_namespace,
            "vcluster.loft.sh/object-kind": "/v1, Kind=Pod",
            "vcluster.loft.sh/object-name": name,
            "vcluster.loft.sh/object-namespace": NAMESPACE,
            "vcluster.loft.sh/object-uid": uid,
            "vcluster.loft.sh/service-account-name": "default",
            "vcluster.loft.sh/uid": uid,
        },
    })
}
