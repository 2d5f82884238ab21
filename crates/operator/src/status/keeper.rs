//! Keeps status and keys: what one replica does, the one that leads.
//!
//! Level-triggered: whatever changes in a namespace only says that it is time to look at it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::{Client, Resource as _, ResourceExt as _};
use podfs_api::PodFilesystemSync;
use podfs_api::{PodFilesystemSyncStatus, READY};
use serde_json::json;
use tracing::{debug, warn};

use super::assess::{Seen, SeenKey, is_left_out};
use super::found::Found;
use super::write::write_status;
use crate::encryption::{Key, ensure_key};
use crate::events::{Notice, Publisher};
use crate::scope::Scope;
use crate::watched::{Known, Objects, Pods, follow, labelled, read_pod};

/// From one look at everything to the next: a Secret is not watched, and may have been deleted.
const TICK: Duration = Duration::from_secs(60);
/// Changes come in flocks, and a status is in no hurry.
const SETTLE: Duration = Duration::from_secs(1);
/// From one failure to the next try.
const RETRY: Duration = Duration::from_secs(5);

/// What it takes.
pub(crate) struct StatusKeeper {
    pub(crate) client: Client,
    pub(crate) scope: Scope,
    pub(crate) objects: Objects,
    pub(crate) publisher: Publisher,
}

/// What was said once need not be said again.
#[derive(Default)]
struct Told {
    malformed: HashMap<(String, String), Arc<str>>,
    left_out: HashSet<String>,
}

impl StatusKeeper {
    /// Keeps them for as long as it is polled.
    pub(crate) async fn keep(&self) {
        let pods = Pods::new(self.scope.watches());
        let watching = follow(&self.client, &self.scope, labelled(), &pods, read_pod, || ());
        tokio::select! {
            () = watching => {}
            () = self.look_again_and_again(&pods) => {}
        }
    }

    async fn look_again_and_again(&self, pods: &Pods) {
        let (mut object_changes, mut pod_changes) = (self.objects.changes(), pods.changes());
        let (mut due, mut told) = (BTreeSet::from_iter(self.objects.namespaces()), Told::default());
        let mut tick = tokio::time::interval(TICK);
        loop {
            let mut again = BTreeSet::new();
            if self.objects.is_known() && pods.is_known() {
                due.extend(self.objects.take_changed());
                due.extend(pods.take_changed());
                for namespace in std::mem::take(&mut due) {
                    if !self.look(&namespace, pods, &mut told).await {
                        again.insert(namespace);
                    }
                }
            }
            let retry = !again.is_empty();
            due.extend(again);
            tokio::select! {
                changed = object_changes.changed() => if changed.is_err() { return },
                changed = pod_changes.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(RETRY), if retry => {}
                _ = tick.tick() => due.extend(self.objects.namespaces()),
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    /// Looks at one namespace; `false` when that has to be done again.
    async fn look(&self, namespace: &str, pods: &Pods, told: &mut Told) -> bool {
        let known = self.objects.of(namespace);
        let objects: Vec<&PodFilesystemSync> =
            known.values().filter_map(Known::object).map(Arc::as_ref).collect();
        let mut found: HashMap<String, Found> = HashMap::new();
        // Nobody else gets a turn while many are unpacked, so each is a chance for it.
        for packed in pods.of(namespace).into_values() {
            let Some(pod) = packed.unpack() else { continue };
            self.tell_of_left_out(&pod, told);
            for object in &objects {
                found.entry(object.name_any()).or_default().count(&pod, object, &objects);
            }
            tokio::task::yield_now().await;
        }
        let mut done = true;
        for (name, known) in &known {
            let written = match known {
                Known::Object(object) => self.keep_one(object, found.remove(name).unwrap_or_default()).await,
                Known::Malformed(error) => self.tell_malformed(namespace, name, error, told).await,
            };
            if let Err(error) = written {
                warn!(namespace, name, %error, "cannot write the status; it is tried again");
                done = false;
            }
        }
        done
    }

    async fn keep_one(&self, object: &PodFilesystemSync, found: Found) -> kube::Result<()> {
        let namespace = object.namespace().unwrap_or_default();
        let key = self.keep_key(&namespace, object).await;
        let status = Seen { object, found, key }.status(&Time(Timestamp::now()));
        let before = object.status.clone().unwrap_or_default();
        if status == before {
            return Ok(());
        }
        write_status(&self.client, &namespace, &object.name_any(), &status).await?;
        self.tell_of_change(object, &before, &status);
        Ok(())
    }

    async fn keep_key(&self, namespace: &str, object: &PodFilesystemSync) -> SeenKey {
        let Some(secret) = object.spec.automatic_encryption.secret() else { return SeenKey::None };
        match ensure_key(&self.client, namespace, secret, false).await {
            Ok(Key::Made) => {
                self.publisher.send(Notice::key_made(object, secret));
                SeenKey::There
            }
            Ok(Key::Kept | Key::WouldBeMade) => SeenKey::There,
            Err(error) => {
                let reason =
                    if error.is_malformed() { "EncryptionSecretInvalid" } else { "EncryptionSecretUnknown" };
                SeenKey::Wrong { reason, message: error.to_string() }
            }
        }
    }

    /// What makes an object not ready is an Event too, once.
    fn tell_of_change(
        &self,
        object: &PodFilesystemSync,
        before: &PodFilesystemSyncStatus,
        now: &PodFilesystemSyncStatus,
    ) {
        let troubles = |status: &PodFilesystemSyncStatus| {
            let mut conditions = status.conditions.iter();
            let ready = conditions.find(|condition| condition.type_ == READY && condition.status == "False");
            ready.map(|ready| (ready.reason.clone(), ready.message.clone()))
        };
        match troubles(now) {
            Some(trouble) if troubles(before).as_ref() != Some(&trouble) => self.publisher.send(Notice {
                regarding: object.object_ref(&()),
                warning: true,
                reason: "NotReady",
                note: format!("{}: {}", trouble.0, trouble.1),
            }),
            _ => debug!(object = object.name_any(), "the status is written"),
        }
    }

    fn tell_of_left_out(&self, pod: &Pod, told: &mut Told) {
        if !is_left_out(pod) || !told.left_out.insert(pod.uid().unwrap_or_default()) {
            return;
        }
        self.publisher.send(Notice {
            regarding: pod.object_ref(&()),
            warning: true,
            reason: "NotSynced",
            note: "this Pod has the label, but was made while the webhook was not asked: its volume is neither restored nor \
                   synced; create it anew"
                .to_owned(),
        });
    }

    async fn tell_malformed(
        &self,
        namespace: &str,
        name: &str,
        error: &Arc<str>,
        told: &mut Told,
    ) -> kube::Result<()> {
        let place = (namespace.to_owned(), name.to_owned());
        if told.malformed.get(&place) == Some(error) {
            return Ok(());
        }
        let message = format!("this object cannot be read, and is left out: {error}");
        let condition = json!({
            "type": READY, "status": "False", "reason": "Malformed", "message": message,
            "lastTransitionTime": Time(Timestamp::now()),
        });
        write_status(&self.client, namespace, name, &json!({"conditions": [condition]})).await?;
        self.publisher.send(Notice {
            regarding: reference(namespace, name),
            warning: true,
            reason: "NotReady",
            note: message,
        });
        told.malformed.insert(place, error.clone());
        Ok(())
    }
}

/// Of an object of which no more is known than where it is.
fn reference(namespace: &str, name: &str) -> ObjectReference {
    ObjectReference {
        api_version: Some(PodFilesystemSync::api_version(&()).into_owned()),
        kind: Some(PodFilesystemSync::kind(&()).into_owned()),
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        ..ObjectReference::default()
    }
}
