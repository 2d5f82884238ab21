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
    /// What of it, in one word. Events that agree in all but their words are one that is counted, with the words of the first.
    pub(crate) action: String,
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
            action: "Encrypt".to_owned(),
            note: format!(
                "the key of the encryption was made in Secret {secret}; keep a copy of it somewhere else: without it nobody \
                 can read the data"
            ),
        }
    }
}

/// Sends Events.
#[derive(Clone)]
pub(crate) struct Publisher {
    recorder: Recorder,
    queue: mpsc::Sender<Notice>,
}

impl Publisher {
    /// Makes one, and the work that sends what is queued.
    pub(crate) fn new(client: Client, identity: &str) -> (Self, impl Future<Output = ()> + use<>) {
        let (queue, mut notices) = mpsc::channel::<Notice>(QUEUE);
        let reporter =
            Reporter { controller: format!("podfs/{CONTROLLER}"), instance: Some(identity.to_owned()) };
        let publisher = Self { recorder: Recorder::new(client, reporter), queue };
        let sender = publisher.recorder.clone();
        let sending = async move {
            while let Some(notice) = notices.recv().await {
                // It is in the log.
                let _ = publish(&sender, notice).await;
            }
        };
        (publisher, sending)
    }

    /// Queues one, for who cannot wait. It may get lost.
    pub(crate) fn send(&self, notice: Notice) {
        if let Err(error) = self.queue.try_send(notice) {
            debug!(%error, "too many Events wait; one is not sent");
        }
    }

    /// Sends one, and says whether the API server took it.
    pub(crate) async fn deliver(&self, notice: Notice) -> bool {
        publish(&self.recorder, notice).await.is_ok()
    }
}

async fn publish(recorder: &Recorder, notice: Notice) -> kube::Result<()> {
    let about = notice.regarding.clone();
    recorder
        .publish(&event(notice), &about)
        .await
        .inspect_err(|error| warn!(%error, object = ?about.name, "cannot send an Event"))
}

fn event(notice: Notice) -> Event {
    let note = notice.note.get(..notice.note.floor_char_boundary(NOTE)).map(str::to_owned);
    Event {
        type_: if notice.warning { EventType::Warning } else { EventType::Normal },
        reason: notice.reason.to_owned(),
        note,
        action: notice.action,
        secondary: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_fits_whatever_it_says() {
        let regarding = ObjectReference::default();
        let notice = Notice {
            regarding,
            warning: true,
            reason: "Refused",
            action: String::new(),
            note: "ä".repeat(5_000),
        };
        assert_eq!(event(notice).note.unwrap().len(), NOTE);
    }
}
