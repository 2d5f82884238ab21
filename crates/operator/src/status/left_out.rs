//! Events on Pods that take part by their label and were made without us.

use std::collections::{HashMap, HashSet};

use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use kube::{Resource as _, ResourceExt as _};

use super::found::{LEFT_OUT, NOT_SYNCED, is_left_out};
use crate::events::{Notice, Publisher};

/// Who was told, namespace by namespace.
#[derive(Default)]
pub(super) struct LeftOut {
    told: HashMap<String, HashSet<String>>,
}

/// A Pod to tell.
pub(super) struct Untold {
    uid: String,
    regarding: ObjectReference,
}

impl Untold {
    /// If this Pod was left out.
    pub(super) fn of(pod: &Pod) -> Option<Self> {
        is_left_out(pod).then(|| Self { uid: pod.uid().unwrap_or_default(), regarding: pod.object_ref(&()) })
    }
}

impl LeftOut {
    /// Tells those that were not told yet, of all that there are in a namespace; `false` when some of them could not be.
    pub(super) async fn tell(&mut self, namespace: &str, pods: Vec<Untold>, publisher: &Publisher) -> bool {
        let before = self.told.remove(namespace).unwrap_or_default();
        let (mut told, mut is_heard) = (HashSet::new(), true);
        for Untold { uid, regarding } in pods {
            // Who does not take one Event takes no other now.
            if before.contains(&uid) || (is_heard && publisher.deliver(notice(regarding)).await) {
                told.insert(uid);
            } else {
                is_heard = false;
            }
        }
        if !told.is_empty() {
            self.told.insert(namespace.to_owned(), told);
        }
        is_heard
    }
}

fn notice(regarding: ObjectReference) -> Notice {
    let (action, note) = ("Inject".to_owned(), LEFT_OUT.to_owned());
    Notice { regarding, warning: true, reason: NOT_SYNCED, action, note }
}
