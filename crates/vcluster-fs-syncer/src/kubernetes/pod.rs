//! A Pod as the API server sends it, as much of it as is needed. The rest is skipped while it is read: Pods are large.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::Resource;
use podfs_vcluster::HostPod;
use podfs_vcluster::pods::{ContainerLog, PodReference};
use serde::Deserialize;

/// A Pod of this node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Sent")]
pub(crate) struct NodePod {
    metadata: ObjectMeta,
    containers: Vec<ContainerLog>,
}

impl NodePod {
    /// As the core sees it.
    pub(crate) fn host_pod(&self) -> HostPod {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let reference = PodReference {
            namespace: text(&self.metadata.namespace),
            name: text(&self.metadata.name),
            uid: text(&self.metadata.uid),
        };
        let created = self.metadata.creation_timestamp.as_ref().map_or(0, |time| time.0.as_second());
        let annotations = pairs(self.metadata.annotations.as_ref());
        let ends = self.metadata.deletion_timestamp.as_ref().map(|time| time.0.as_second());
        let pod = HostPod::new(reference, created, annotations, pairs(self.metadata.labels.as_ref()));
        pod.with_containers(self.containers.clone()).ending(ends)
    }
}

fn pairs(map: Option<&BTreeMap<String, String>>) -> impl Iterator<Item = (&str, &str)> {
    map.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()))
}

impl Resource for NodePod {
    type DynamicType = ();
    type Scope = kube::core::NamespaceResourceScope;

    fn kind(_: &()) -> Cow<'_, str> {
        "Pod".into()
    }

    fn group(_: &()) -> Cow<'_, str> {
        "".into()
    }

    fn version(_: &()) -> Cow<'_, str> {
        "v1".into()
    }

    fn plural(_: &()) -> Cow<'_, str> {
        "pods".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// What is read of the JSON.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    metadata: SentMetadata,
    #[serde(default)]
    status: SentStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SentMetadata {
    namespace: Option<String>,
    name: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
    annotations: Option<BTreeMap<String, String>>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SentStatus {
    init_container_statuses: Vec<SentContainer>,
    container_statuses: Vec<SentContainer>,
    ephemeral_container_statuses: Vec<SentContainer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentContainer {
    #[serde(default)]
    name: String,
    /// Missing until the container was started.
    #[serde(default, rename = "containerID")]
    container_id: String,
    #[serde(default)]
    restart_count: u32,
}

impl From<Sent> for NodePod {
    fn from(Sent { metadata, status }: Sent) -> Self {
        let metadata = ObjectMeta {
            namespace: metadata.namespace,
            name: metadata.name,
            uid: metadata.uid,
            resource_version: metadata.resource_version,
            creation_timestamp: metadata.creation_timestamp,
            deletion_timestamp: metadata.deletion_timestamp,
            annotations: metadata.annotations,
            labels: metadata.labels,
            ..ObjectMeta::default()
        };
        let kinds =
            [status.init_container_statuses, status.container_statuses, status.ephemeral_container_statuses];
        let started = kinds.into_iter().flatten().filter(|container| !container.container_id.is_empty());
        let containers = started
            .map(|sent| ContainerLog { name: sent.name, id: sent.container_id, restarts: sent.restart_count })
            .collect();
        Self { metadata, containers }
    }
}

#[cfg(test)]
mod tests {
    use kube::core::WatchEvent;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Values of every kind, with the keys that are read and some that are not.
    fn any_json() -> impl Strategy<Value = Value> {
        let key =
            "metadata|status|name|uid|annotations|labels|creationTimestamp|containerStatuses|containerID|x";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}|[0-9]{4}-[01][0-9]-[0-3][0-9]T00:00:00Z".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_refused_or_a_pod_with_containers_that_have_logs(sent in any_json()) {
            if let Ok(pod) = serde_json::from_value::<NodePod>(sent) {
                prop_assert!(pod.host_pod().containers.iter().all(|container| !container.id.is_empty()));
            }
        }
    }

    #[test]
    fn what_matters_is_read_and_the_rest_is_skipped() {
        let sent = json!({"type": "ADDED", "object": {
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {
                "name": "web-0-x-shop-x-blue", "namespace": "team", "uid": "11111111-1111-4111-8111-111111111111",
                "resourceVersion": "7", "creationTimestamp": "2026-11-22T00:00:00Z",
                "annotations": {"vcluster.loft.sh/uid": "22222222-2222-4222-8222-222222222222", "large": "x"},
                "labels": {"vcluster.loft.sh/managed-by": "blue"},
                "managedFields": [{"manager": "vcluster", "fieldsV1": {"f:metadata": {}}}],
            },
            "spec": {"containers": [{"name": "app"}]},
            "status": {"containerStatuses": [
                {"name": "app", "containerID": "containerd://0a1b", "restartCount": 2, "ready": true, "image": "x"},
                {"name": "waits", "restartCount": 0},
            ]},
        }});
        let WatchEvent::<NodePod>::Added(pod) = serde_json::from_value(sent).unwrap() else { panic!() };
        assert_eq!(pod.meta().resource_version.as_deref(), Some("7"));
        let pod = pod.host_pod();
        assert_eq!(pod.created, 1_795_305_600);
        assert_eq!(
            pod.reference.to_string(),
            "team/web-0-x-shop-x-blue (11111111-1111-4111-8111-111111111111)"
        );
        let app = ContainerLog { name: "app".into(), id: "containerd://0a1b".into(), restarts: 2 };
        assert_eq!(pod.containers, [app]);
    }
}
