//! Events on Pods whose mapping fails.
//!
//! They are created and never changed, so `create` is all that is needed. The name is made from what is said: the API server
//! refuses to say the same again as long as it keeps the first, whoever asks.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff::Timestamp;
use kube::api::PostParams;
use kube::{Api, Client};
use podfs_vcluster::pods::PodReference;
use tokio::sync::mpsc;
use tracing::{debug, warn};

/// Longest note of an Event that API servers take, in bytes.
const NOTE: usize = 1024;
/// Longest name of the Pod that is repeated in the Event's, so that with the hash a name is what comes out.
const NAME: usize = 200;
/// Events that wait to be sent. Those beyond are said when they are due the next time.
const QUEUE: usize = 64;

/// What to say about a Pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The Pod.
    pub(crate) pod: PodReference,
    /// In one word.
    pub(crate) reason: &'static str,
    /// In words for those who may read the Pod's Events, its tenant among them.
    pub(crate) note: String,
}

/// Sends Events, one after the other, beside all else.
#[derive(Debug)]
pub(crate) struct Publisher {
    queue: mpsc::Sender<Notice>,
}

impl Publisher {
    /// Starts to send, in the name of this node's agent.
    pub(crate) fn start(client: Client, node: &str) -> Self {
        let (queue, mut notices) = mpsc::channel(QUEUE);
        let node = node.to_owned();
        tokio::spawn(async move {
            while let Some(notice) = notices.recv().await {
                publish(&client, &node, &notice).await;
            }
        });
        Self { queue }
    }

    /// Queues an Event; `false` when too many are waiting.
    pub(crate) fn send(&self, notice: Notice) -> bool {
        self.queue.try_send(notice).is_ok()
    }
}

/// An Event that cannot be sent is not worth more than a line: the log says the same.
async fn publish(client: &Client, node: &str, notice: &Notice) {
    let event = event(node, notice, Timestamp::now());
    let events: Api<Event> = Api::namespaced(client.clone(), &notice.pod.namespace);
    match events.create(&PostParams::default(), &event).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.code == 409 || status.code == 404 => {
            debug!(pod = %notice.pod, code = status.code, "the Event is there already, or its namespace is not");
        }
        Err(error) => warn!(pod = %notice.pod, %error, "cannot create an Event"),
    }
}

fn event(node: &str, notice: &Notice, now: Timestamp) -> Event {
    let PodReference { namespace, name, uid } = &notice.pod;
    let regarding = ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        namespace: Some(namespace.clone()),
        name: Some(name.clone()),
        uid: Some(uid.clone()),
        ..ObjectReference::default()
    };
    Event {
        metadata: ObjectMeta {
            namespace: Some(namespace.clone()),
            name: Some(event_name(notice)),
            ..ObjectMeta::default()
        },
        event_time: Some(MicroTime(now)),
        action: Some("Map".to_owned()),
        reason: Some(notice.reason.to_owned()),
        note: Some(shortened(&notice.note, NOTE).to_owned()),
        type_: Some("Warning".to_owned()),
        regarding: Some(regarding),
        reporting_controller: Some("podfs/vcluster-fs-syncer".to_owned()),
        reporting_instance: Some(shortened(node, 128).to_owned()),
        ..Event::default()
    }
}

fn event_name(notice: &Notice) -> String {
    let said = [notice.pod.uid.as_str(), notice.reason, &notice.note].join("\0");
    let hash = blake3::hash(said.as_bytes()).to_hex();
    let name = shortened(&notice.pod.name, NAME).trim_end_matches(['.', '-']);
    format!("{name}.{}", shortened(&hash, 16))
}

/// The beginning, not more than so many bytes.
fn shortened(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(note: &str) -> Notice {
        let pod = PodReference { namespace: "team".into(), name: "web-0".into(), uid: "1".into() };
        Notice { pod, reason: "MappingRefused", note: note.to_owned() }
    }

    #[test]
    fn the_same_words_about_the_same_pod_have_the_same_name() {
        assert_eq!(event_name(&notice("a")), event_name(&notice("a")));
        assert_ne!(event_name(&notice("a")), event_name(&notice("b")));
    }

    #[test]
    fn an_event_fits_whatever_it_says() {
        let mut long = notice(&"ä".repeat(5_000));
        long.pod.name = format!("{}.{}", "a".repeat(199), "b".repeat(53));
        let event = event(&"n".repeat(300), &long, Timestamp::UNIX_EPOCH);
        assert!(event.note.unwrap().len() <= NOTE);
        assert_eq!(event.reporting_instance.unwrap().len(), 128);
        let name = event.metadata.name.unwrap();
        assert!(name.len() <= 253 && name.starts_with(&"a".repeat(199)) && !name.contains(".."), "{name}");
    }
}
