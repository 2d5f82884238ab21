//! What is told of an object that cannot be read: an Event, and its condition `Ready`.
//!
//! Server-side apply has to read the whole object, and refuses one that its schema does not describe. So this is a merge patch of
//! the conditions alone, which leaves all else in the status as it is. A server takes that unless a rule of the schema cannot be
//! evaluated on what is stored (a list where it expects a text): then the Event alone tells.

use std::collections::HashMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ApiResource, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::{Api, Client, Resource as _, ResourceExt as _};
use podfs_api::names::CONTROLLER;
use podfs_api::{PodFilesystemSync, READY};
use serde_json::{Value, json};
use tracing::warn;

use super::write::unless_gone;
use crate::events::{Notice, Publisher};
use crate::watched::Place;

const REASON: &str = "Malformed";
/// Longest message, in bytes: what cannot be read may be quoted in it.
const LONGEST_MESSAGE: usize = 1_000;

/// What was told, and need not be again.
#[derive(Default)]
pub(super) struct Malformed {
    told: HashMap<Place, Told>,
}

struct Told {
    error: Arc<str>,
    by_event: bool,
    by_status: bool,
}

impl Malformed {
    /// Tells what was not told yet; `false` when some of it could not be.
    pub(super) async fn tell(
        &mut self,
        place: &Place,
        error: &Arc<str>,
        client: &Client,
        publisher: &Publisher,
    ) -> bool {
        let new = || Told { error: error.clone(), by_event: false, by_status: false };
        let told = self.told.entry(place.clone()).or_insert_with(new);
        if told.error != *error {
            *told = new();
        }
        let mut message = format!("this object cannot be read, and is left out: {error}");
        message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
        // First, since a server may take no status of such an object.
        if !told.by_event {
            told.by_event = publisher.deliver(notice(place, message.clone())).await.is_ok();
        }
        if !told.by_status {
            let written = write(client, place, &message).await;
            told.by_status = written.is_ok();
            if let Err(error) = written {
                let (namespace, name) = place;
                warn!(namespace, name, %error, "cannot write the status of an object that cannot be read");
            }
        }
        told.by_event && told.by_status
    }

    /// Of a namespace, only what `is_there` counts from now on.
    pub(super) fn keep(&mut self, namespace: &str, is_there: impl Fn(&str) -> bool) {
        self.told.retain(|(other, name), _| other != namespace || is_there(name));
    }
}

fn notice((namespace, name): &Place, note: String) -> Notice {
    let regarding = ObjectReference {
        api_version: Some(PodFilesystemSync::api_version(&()).into_owned()),
        kind: Some(PodFilesystemSync::kind(&()).into_owned()),
        namespace: Some(namespace.clone()),
        name: Some(name.clone()),
        ..ObjectReference::default()
    };
    Notice { regarding, warning: true, reason: "NotReady", action: REASON.to_owned(), note }
}

async fn write(client: &Client, (namespace, name): &Place, message: &str) -> kube::Result<()> {
    let resource = ApiResource::erase::<PodFilesystemSync>(&());
    let objects: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
    let named = ListParams::default().fields(&format!("metadata.name={name}"));
    let Some(object) = objects.list(&named).await?.items.pop() else { return Ok(()) };
    let now = Time(Timestamp::now());
    let Some(conditions) = conditions(&object, message, &now) else { return Ok(()) };
    let patch = json!({
        // Of what was seen: a list is replaced as a whole.
        "metadata": {"resourceVersion": object.resource_version()},
        "status": {"conditions": conditions},
    });
    let parameters = PatchParams { field_manager: Some(CONTROLLER.to_owned()), ..PatchParams::default() };
    let objects: Api<PartialObjectMeta<PodFilesystemSync>> = Api::namespaced(client.clone(), namespace);
    unless_gone(objects.patch_status(name, &parameters, &Patch::Merge(&patch)).await)
}

/// The conditions that it should have, if these are others than it has.
fn conditions(object: &DynamicObject, message: &str, now: &Time) -> Option<Vec<Value>> {
    let before = object.data.pointer("/status/conditions").and_then(Value::as_array);
    let is_ready = |condition: &Value| condition.get("type").is_some_and(|kind| kind == READY);
    let (ready, mut all): (Vec<Value>, Vec<Value>) =
        before.into_iter().flatten().cloned().partition(is_ready);
    let said = |key: &str| ready.first().and_then(|ready| ready.get(key));
    let is = |key: &str, text: &str| said(key).is_some_and(|value| value == text);
    if is("status", "False") && is("reason", REASON) && is("message", message) {
        return None;
    }
    let since = said("lastTransitionTime").filter(|_| is("status", "False")).cloned();
    let since = since.unwrap_or_else(|| json!(now));
    all.push(json!({
        "type": READY, "status": "False", "reason": REASON, "message": message, "lastTransitionTime": since,
        "observedGeneration": object.metadata.generation,
    }));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(conditions: &Value) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
            "metadata": {"name": "bad", "generation": 2}, "status": {"conditions": conditions},
        }))
        .unwrap()
    }

    #[test]
    fn only_what_is_said_of_readiness_changes_and_only_once() {
        let key = json!({"type": "EncryptionKey", "status": "True"});
        let old = json!({"type": READY, "status": "True", "lastTransitionTime": "then"});
        let now = Time(Timestamp::UNIX_EPOCH);
        let told = conditions(&object(&json!([old, key])), "no", &now).unwrap();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0], key);
        assert_eq!((&told[1]["reason"], &told[1]["lastTransitionTime"]), (&json!(REASON), &json!(now)));
        assert_eq!(conditions(&object(&json!(told)), "no", &now), None);
        let later = conditions(&object(&json!(told)), "no more", &Time(Timestamp::MAX)).unwrap();
        assert_eq!(later[1]["lastTransitionTime"], json!(now));
        assert!(conditions(&object(&json!("nonsense")), "no", &now).is_some());
    }
}
