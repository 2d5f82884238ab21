//! Keeps status and keys: what one replica does, the one that leads.
//!
//! Level-triggered: whatever changes in a namespace only says that it is time to look at it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::{Client, Resource as _, ResourceExt as _};
use podfs_api::PodFilesystemSync;
use podfs_api::{PodFilesystemSyncStatus, READY};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::{debug, warn};

use super::assess::Seen;
use super::found::Found;
use super::gone::Gone;
use super::keys::{Keys, SeenKey};
use super::left_out::{LeftOut, Untold};
use super::malformed::Malformed;
use super::retries::{Outcome, Retries, Version};
use super::write::{is_outdated, write_status};
use crate::events::{Notice, Publisher};
use crate::scope::Scope;
use crate::watched::{Known, Objects, Place, Pods, follow, labelled, read_pod};

/// From one look at everything to the next: a Secret is not watched, and may have been deleted.
const TICK: Duration = Duration::from_secs(60);
/// Changes come in flocks, and a status is in no hurry.
const SETTLE: Duration = Duration::from_secs(1);
/// Pods that went between two looks, at most: each takes a kilobyte or two.
const MOST_GONE: usize = 2_000;

/// What it takes.
pub(crate) struct StatusKeeper {
    pub(crate) client: Client,
    pub(crate) scope: Scope,
    pub(crate) objects: Objects,
    pub(crate) publisher: Publisher,
}

/// What one look leaves for the next. Who leads anew begins without.
#[derive(Default)]
struct Memory {
    keys: Keys,
    malformed: Malformed,
    left_out: LeftOut,
    retries: Retries,
    gone: Gone,
}

/// All objects of a namespace.
type Neighbours<'a> = &'a [&'a PodFilesystemSync];

impl StatusKeeper {
    /// Keeps them for as long as it is polled.
    pub(crate) async fn keep(&self) {
        let pods = Pods::with_gone(self.scope.watches(), MOST_GONE);
        let watching = follow(&self.client, &self.scope, labelled(), &pods, read_pod, || ());
        tokio::select! {
            () = watching => {}
            () = self.look_again_and_again(&pods) => {}
        }
    }

    async fn look_again_and_again(&self, pods: &Pods) {
        let (mut object_changes, mut pod_changes) = (self.objects.changes(), pods.changes());
        let (mut due, mut memory) = (BTreeSet::from_iter(self.objects.namespaces()), Memory::default());
        let mut tick = tokio::time::interval_at(Instant::now() + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if self.objects.is_known() && pods.is_known() {
                due.extend(self.objects.take_changed());
                due.extend(pods.take_changed());
                due.extend(memory.retries.due(Instant::now()));
                memory.keys.begin_pass();
                for namespace in std::mem::take(&mut due) {
                    self.look(&namespace, pods, &mut memory).await;
                }
            }
            let retry = memory.retries.next();
            tokio::select! {
                changed = object_changes.changed() => if changed.is_err() { return },
                changed = pod_changes.changed() => if changed.is_err() { return },
                () = tokio::time::sleep_until(retry.unwrap_or_else(Instant::now)), if retry.is_some() => {}
                _ = tick.tick() => {
                    due.extend(self.objects.namespaces());
                    memory.keys.forget();
                }
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    /// Looks at one namespace. What fails is noted, and makes another look due.
    async fn look(&self, namespace: &str, pods: &Pods, memory: &mut Memory) {
        let known = self.objects.of(namespace);
        let objects: Vec<&PodFilesystemSync> =
            known.values().filter_map(Known::object).map(Arc::as_ref).collect();
        take_in_gone(pods, namespace, &objects, &mut memory.gone).await;
        let (mut found, left_out) = count(pods, namespace, &objects).await;
        self.tell_left_out(namespace, left_out, memory).await;
        for (name, known) in &known {
            let found = found.remove(name).unwrap_or_default();
            self.look_at((namespace.to_owned(), name.to_owned()), known, &objects, found, memory).await;
        }
        memory.malformed.keep(namespace, |name| matches!(known.get(name), Some(Known::Malformed(_))));
        memory.retries.keep(namespace, |name| name.is_empty() || known.contains_key(name));
        memory.gone.keep(namespace, &objects);
    }

    async fn tell_left_out(&self, namespace: &str, left_out: Vec<Untold>, memory: &mut Memory) {
        // No object has this name, so it stands for the Pods.
        let (place, version) = ((namespace.to_owned(), String::new()), Version::default());
        if memory.retries.is_early(&place, &version, Instant::now()) {
            return;
        }
        let send = |notice| self.publisher.deliver(notice);
        let told = memory.left_out.tell(namespace, left_out, send).await;
        memory.retries.note(place, version, Outcome::of(told), Instant::now());
    }

    async fn look_at(
        &self,
        place: Place,
        known: &Known,
        objects: Neighbours<'_>,
        mut found: Found,
        memory: &mut Memory,
    ) {
        let version = Version::of(known);
        if memory.retries.is_early(&place, &version, Instant::now()) {
            return;
        }
        let outcome = match known {
            Known::Object(object) => {
                memory.gone.add_to(&mut found, object);
                let outcome = self.keep_one(object, objects, found, &mut memory.keys).await;
                if outcome == Outcome::Done {
                    memory.gone.forget(object);
                }
                outcome
            }
            Known::Malformed(error) => {
                Outcome::of(memory.malformed.tell(&place, error, &self.client, &self.publisher).await)
            }
        };
        memory.retries.note(place, version, outcome, Instant::now());
        tokio::task::yield_now().await;
    }

    async fn keep_one(
        &self,
        object: &PodFilesystemSync,
        objects: Neighbours<'_>,
        found: Found,
        keys: &mut Keys,
    ) -> Outcome {
        let key = keys.of(object, &self.client, &self.publisher).await;
        let outcome = match key {
            SeenKey::Untold { asked: true, .. } => Outcome::Failed,
            SeenKey::Untold { asked: false, .. } => Outcome::PutOff,
            SeenKey::None | SeenKey::There | SeenKey::Wrong { .. } => Outcome::Done,
        };
        let status = Seen { object, objects, found, key }.status(&Time(Timestamp::now()));
        let before = object.status.clone().unwrap_or_default();
        if status == before {
            return outcome;
        }
        if let Err(error) = write_status(&self.client, object, &status).await {
            let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
            if is_outdated(&error) {
                debug!(namespace, name, "the object has changed meanwhile, and is looked at again");
            } else {
                warn!(namespace, name, %error, "cannot write the status; it is tried again, later each time");
            }
            return Outcome::Failed;
        }
        self.tell_of_change(object, &before, &status);
        outcome
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
                action: trouble.0,
            }),
            _ => debug!(object = object.name_any(), "the status is written"),
        }
    }
}

/// What the Pods of a namespace synced that went since the last look.
async fn take_in_gone(pods: &Pods, namespace: &str, objects: Neighbours<'_>, gone: &mut Gone) {
    for packed in pods.take_gone(namespace) {
        if let Some(pod) = packed.unpack() {
            gone.take_in(&pod, objects);
        }
        tokio::task::yield_now().await;
    }
}

/// What the Pods of a namespace come to for each object, and those that were left out.
async fn count(
    pods: &Pods,
    namespace: &str,
    objects: Neighbours<'_>,
) -> (HashMap<String, Found>, Vec<Untold>) {
    let (mut found, mut left_out): (HashMap<String, Found>, _) = (HashMap::new(), Vec::new());
    // Nobody else gets a turn while many are unpacked, so each is a chance for it.
    for packed in pods.of(namespace).into_values() {
        let Some(pod) = packed.unpack() else { continue };
        left_out.extend(Untold::of(&pod));
        for object in objects {
            found.entry(object.name_any()).or_default().count(&pod, object, objects);
        }
        tokio::task::yield_now().await;
    }
    (found, left_out)
}
