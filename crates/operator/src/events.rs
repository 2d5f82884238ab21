//! Events on objects and Pods, for people.

use std::time::Duration;

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
/// What is said once in the life of a key.
const KEY_MADE: &str = "EncryptionKeyMade";
/// Attempts for an Event that nobody will send again, the first pause between them, and each other twice as long: two minutes.
const ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_secs(1);

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
            reason: KEY_MADE,
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
    /// Of keys that were made: no others keep them out, and there is a Secret for each.
    keys: mpsc::UnboundedSender<Notice>,
}

impl Publisher {
    /// Makes one, and the work that sends what is queued.
    pub(crate) fn new(client: Client, identity: &str) -> (Self, impl Future<Output = ()> + use<>) {
        let (queue, mut notices) = mpsc::channel::<Notice>(QUEUE);
        let (keys, mut of_keys) = mpsc::unbounded_channel::<Notice>();
        let reporter =
            Reporter { controller: format!("podfs/{CONTROLLER}"), instance: Some(identity.to_owned()) };
        let publisher = Self { recorder: Recorder::new(client, reporter), queue, keys };
        let sender = publisher.recorder.clone();
        let sending = async move {
            let all = async {
                while let Some(notice) = notices.recv().await {
                    // It is in the log.
                    let _ = publish(&sender, notice).await;
                }
            };
            let those_of_keys = async {
                while let Some(notice) = of_keys.recv().await {
                    publish_surely(&sender, notice).await;
                }
            };
            tokio::join!(all, those_of_keys);
        };
        (publisher, sending)
    }

    /// Queues one, for who cannot wait. It may get lost, unless it is about a key.
    pub(crate) fn send(&self, notice: Notice) {
        if notice.reason == KEY_MADE {
            // Who sends has ended only when all ends.
            let _ = self.keys.send(notice);
        } else if let Err(error) = self.queue.try_send(notice) {
            debug!(%error, "too many Events wait; one is not sent");
        }
    }

    /// Sends one, for who has to know what the API server says to it.
    pub(crate) async fn deliver(&self, notice: Notice) -> kube::Result<()> {
        publish(&self.recorder, notice).await
    }
}

async fn publish(recorder: &Recorder, notice: Notice) -> kube::Result<()> {
    let about = notice.regarding.clone();
    recorder.publish(&event(notice), &about).await.inspect_err(|error| {
        warn!(%error, namespace = ?about.namespace, object = ?about.name, "cannot send an Event");
    })
}

/// Tries again while that can help.
async fn publish_surely(recorder: &Recorder, notice: Notice) {
    let mut pause = FIRST_PAUSE;
    for _ in 0..ATTEMPTS {
        match publish(recorder, notice.clone()).await {
            Err(error) if may_pass(&error) => tokio::time::sleep(pause).await,
            _ => return,
        }
        pause *= 2;
    }
}

/// Whether another try could end otherwise. An API server that refuses one, such as for want of rights, refuses the next.
pub(crate) fn may_pass(error: &kube::Error) -> bool {
    !matches!(error, kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 429)
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
    use std::convert::Infallible;
    use std::sync::{Arc, Mutex};

    use http::{Request, Response};
    use kube::client::Body;
    use serde_json::Value;
    use tower::service_fn;

    use super::*;

    fn notice(reason: &'static str) -> Notice {
        let regarding = ObjectReference { namespace: Some("team".to_owned()), ..ObjectReference::default() };
        Notice { regarding, warning: true, reason, action: String::new(), note: String::new() }
    }

    /// An API server that takes Events after so many that it cannot take now, and the reasons of those that it took.
    fn server(failures: usize) -> (Client, Arc<Mutex<Vec<String>>>) {
        let (taken, asked) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let reasons = taken.clone();
        let take = move |request: Request<Body>| {
            let (reasons, asked) = (reasons.clone(), asked.clone());
            async move {
                let body = request.into_body().collect_bytes().await.unwrap().to_vec();
                *asked.lock().unwrap() += 1;
                if *asked.lock().unwrap() <= failures {
                    let response = Response::builder().status(500).body(Body::empty()).unwrap();
                    return Ok::<_, Infallible>(response);
                }
                let event: Value = serde_json::from_slice(&body).unwrap();
                reasons.lock().unwrap().push(event["reason"].as_str().unwrap_or_default().to_owned());
                Ok(Response::new(Body::from(body)))
            }
        };
        (Client::new(service_fn(take), "default"), taken)
    }

    #[tokio::test(start_paused = true)]
    async fn that_a_key_was_made_is_told_whatever_else_there_is_to_tell() {
        let (client, taken) = server(0);
        let (publisher, sending) = Publisher::new(client, "one");
        for _ in 0..QUEUE * 2 {
            publisher.send(notice("PodRefused"));
        }
        publisher.send(notice(KEY_MADE));
        drop(publisher);
        sending.await;
        let taken = taken.lock().unwrap();
        assert_eq!(taken.iter().filter(|reason| *reason == KEY_MADE).count(), 1, "{taken:?}");
        assert_eq!(taken.len(), QUEUE + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn that_a_key_was_made_is_told_again_until_it_is_heard() {
        let (client, taken) = server(5);
        let (publisher, sending) = Publisher::new(client, "one");
        publisher.send(notice(KEY_MADE));
        drop(publisher);
        sending.await;
        assert_eq!(*taken.lock().unwrap(), [KEY_MADE]);
    }

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
