//! The resource itself.

#![allow(clippy::duplicated_attributes, reason = "each column is a group of its own")]

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube_derive::CustomResource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::status::PodFilesystemSyncStatus;
use crate::{AutomaticEncryption, InitContainerPlacement, SecretReference, SyncOptions, rules, selector};

/// Which Pods have a volume that is kept in cloud storage, where it lies there, and how it is kept.
#[derive(Debug, Clone, Default, PartialEq, CustomResource, Serialize, Deserialize, JsonSchema)]
#[kube(
    group = "riotkit.org",
    version = "v1alpha1",
    kind = "PodFilesystemSync",
    plural = "podfilesystemsyncs",
    shortname = "pfss",
    category = "podfs",
    namespaced,
    status = "PodFilesystemSyncStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "PodFilesystemSync keeps a volume of Pods in cloud storage: it is restored before a Pod's containers start, \
           synced while they run, and synced once more when they have ended. It counts for Pods of its own namespace \
           that podSelector selects and that carry the label `riotkit.org/volume-syncing-controller: \"true\"`; a Pod \
           must be selected by exactly one.",
    selectable = ".spec.syncOptions.method",
    selectable = ".spec.automaticEncryption.secretName",
    printcolumn(
        name = "Method",
        type_ = "string",
        json_path = ".spec.syncOptions.method",
        description = "What makes a sync due"
    ),
    printcolumn(
        name = "Schedule",
        type_ = "string",
        json_path = ".spec.syncOptions.schedule",
        description = "When to sync; every 15 minutes when empty and the method is scheduler"
    ),
    printcolumn(
        name = "Last Sync",
        type_ = "date",
        json_path = ".status.lastSyncTime",
        description = "When a sync to the remote last ended well"
    ),
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].status",
        description = "Whether Pods can be served"
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Ready\")].reason",
        description = "Why, in a word",
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    crates(kube_core = "::kube_core")
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::spec()))]
pub struct PodFilesystemSyncSpec {
    /// Which Pods of this object's namespace take part, by their labels. It must select by something.
    #[schemars(schema_with = "selector::schema")]
    pub pod_selector: LabelSelector,
    /// The directory to keep, as the Pod's containers see it. A volume must be mounted there or above.
    #[schemars(extend("maxLength" = 4096, "x-kubernetes-validations" = rules::local_path()))]
    pub local_path: String,
    /// Where the files lie on the remote, such as `/bucket/directory`. A Jinja2 template in which `pod` is the Pod:
    /// `/bucket/{{ pod.metadata.annotations["subdir"] }}`. Go's names of fields (`pod.ObjectMeta.Annotations`) do too.
    #[schemars(extend("maxLength" = 4096, "x-kubernetes-validations" = [rules::remote_path()]))]
    pub remote_path: String,
    /// Where the restore container stands among the Pod's init containers.
    #[serde(default)]
    pub init_container_placement: InitContainerPlacement,
    /// When and how the volume is synced.
    #[serde(default)]
    pub sync_options: SyncOptions,
    /// Variables of the injected containers: `REMOTE_<KEY>` becomes a key of the remote in rclone's configuration
    /// (`REMOTE_TYPE: s3`), `ENCRYPTED_<KEY>` one of its encryption. Values are templates like remotePath. They can be
    /// read in the Pod: secrets belong into envFromSecrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "env")]
    pub env: BTreeMap<String, String>,
    /// Secrets whose keys become variables of the injected containers, such as `REMOTE_SECRET_ACCESS_KEY`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("maxItems" = 64))]
    pub env_from_secrets: Vec<SecretReference>,
    /// Encryption with a key that is made for you.
    #[serde(default)]
    pub automatic_encryption: AutomaticEncryption,
    /// Let the injected containers log each step and its reason (`--verbose`).
    #[serde(default)]
    pub debug: bool,
}

/// Linux starts no program that has a longer variable.
const LONGEST_VARIABLE: u32 = 131_072;

fn env(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": 256,
        "additionalProperties": {"type": "string", "maxLength": LONGEST_VARIABLE},
    })
}
