//! Events on objects and Pods, for people.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource as _};
use podfs_api::PodFilesystemSync;
use podfs_api::names::CONTROLLER;
use tokio::sync::mpsc;
use tracing::{debug, warn};

/// Longest note of an Event that API servers take, in bytes.
const NOTE: usize = 1024;
/// Events that wait to be sent. Those beyond are not sent; the log has them.
const QUEUE: usize = 64;

/// What to say about something.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    /// About what.
    pub(crate) regarding: ObjectReference,
    /// Whether somebody should look.
    pub(crate) warning: bool,
    /// In one word.
    pub(crate) reason: &'static str,
    /// In words.
    pub(crate) note: String,
}

impl Notice {
    /// That the key of an object's encryption was made, in this Secret.
    pub(crate) fn key_made(object: &PodFilesystemSync, secret: &str) -> Self {
        Self {
            regarding: object.object_ref(&()),
            warning: false,
            reason: "EncryptionKeyMade",
            note: format!(
                "the key of the encryption was made in Secret {secret}; keep a copy of it somewhere else: without it nobody \
                 can read the data"
            ),
        }
    }
}

/// Sends Events, one after the other, beside all else.
#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    queue: mpsc::Sender<Notice>,
}

impl Publisher {
    /// Makes one, and the work that sends what it is given.
    pub(crate) fn new(client: Client, identity: &str) -> (Self, impl Future<Output = ()> + use<>) {
        let (queue, mut notices) = mpsc::channel::<Notice>(QUEUE);
        let reporter =
            Reporter { controller: format!("podfs/{CONTROLLER}"), instance: Some(identity.to_owned()) };
        let recorder = Recorder::new(client, reporter);
        let sending = async move {
            while let Some(notice) = notices.recv().await {
                let about = notice.regarding.clone();
                if let Err(error) = recorder.publish(&event(notice), &about).await {
                    warn!(%error, object = ?about.name, "cannot send an Event");
                }
            }
        };
        (Self { queue }, sending)
    }

    /// Queues one.
    pub(crate) fn send(&self, notice: Notice) {
        if let Err(error) = self.queue.try_send(notice) {
            debug!(%error, "too many Events wait; one is not sent");
        }
    }
}

fn event(notice: Notice) -> Event {
    let note = notice.note.get(..notice.note.floor_char_boundary(NOTE)).map(str::to_owned);
    Event {
        type_: if notice.warning { EventType::Warning } else { EventType::Normal },
        reason: notice.reason.to_owned(),
        note,
        action: "Sync".to_owned(),
        secondary: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_fits_whatever_it_says() {
        let regarding = ObjectReference::default();
        let notice = Notice { regarding, warning: true, reason: "Refused", note: "ä".repeat(5_000) };
        assert_eq!(event(notice).note.unwrap().len(), NOTE);
    }
}
