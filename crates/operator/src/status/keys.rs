//! What was last seen of each object's key. A Secret is not watched: it is asked for when its object changed, and on the tick.

use std::collections::HashMap;

use kube::{Client, ResourceExt as _};
use podfs_api::PodFilesystemSync;

use crate::encryption::{Key, ensure_key};
use crate::events::{Notice, Publisher};
use crate::watched::Place;

/// What is seen of an object's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SeenKey {
    /// None is asked for.
    None,
    /// It is in the Secret.
    There,
    /// It is not, and why.
    Wrong {
        /// In one word.
        reason: &'static str,
        /// In words.
        message: String,
    },
    /// Nothing: the API server did not tell, so what was said before holds.
    Untold {
        /// In words.
        message: String,
        /// Whether it was asked.
        asked: bool,
    },
}

/// An object with a specification.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    uid: Option<String>,
    generation: Option<i64>,
}

/// The keys of all objects, as they were seen.
#[derive(Default)]
pub(super) struct Keys {
    seen: HashMap<Place, (Version, SeenKey)>,
    /// Whether a question of this pass was not answered. Each further one might take as long, and everybody waits for it.
    is_unanswered: bool,
}

impl Keys {
    /// Every Secret is to be asked for again.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
    }

    /// Somebody looks at everything that is due: questions may be asked again.
    pub(super) fn begin_pass(&mut self) {
        self.is_unanswered = false;
    }

    /// The object's key; it is made where there never was one.
    pub(super) async fn of(
        &mut self,
        object: &PodFilesystemSync,
        client: &Client,
        publisher: &Publisher,
    ) -> SeenKey {
        let Some(secret) = object.spec.automatic_encryption.secret() else { return SeenKey::None };
        let place = (object.namespace().unwrap_or_default(), object.name_any());
        let version = Version { uid: object.uid(), generation: object.metadata.generation };
        if let Some((_, key)) = self.seen.get(&place).filter(|(seen, _)| *seen == version) {
            return key.clone();
        }
        if self.is_unanswered {
            let message =
                format!("the API server is not asked for Secret {secret} until it answers about others");
            return SeenKey::Untold { message, asked: false };
        }
        let key = ask(object, secret, client, publisher).await;
        if matches!(key, SeenKey::Untold { .. }) {
            self.is_unanswered = true;
        } else {
            self.seen.insert(place, (version, key.clone()));
        }
        key
    }
}

async fn ask(object: &PodFilesystemSync, secret: &str, client: &Client, publisher: &Publisher) -> SeenKey {
    match ensure_key(client, object, secret, false).await {
        Ok(Key::Made) => {
            publisher.send(Notice::key_made(object, secret));
            SeenKey::There
        }
        Ok(Key::Kept | Key::WouldBeMade) => SeenKey::There,
        Err(error) if error.tells_nothing() => SeenKey::Untold { message: error.to_string(), asked: true },
        Err(error) => SeenKey::Wrong { reason: error.reason(), message: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::{Request, Response};
    use kube::client::Body;
    use serde_json::json;
    use tower::service_fn;

    use super::*;

    /// An API server that answers every question like this, and how many there were.
    fn answering(code: u16) -> (Client, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let answer = move |_: Request<Body>| {
            counted.fetch_add(1, Ordering::Relaxed);
            let said = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code});
            let answer = Response::builder().status(code).body(Body::from(said.to_string().into_bytes()));
            async move { Ok::<_, Infallible>(answer.unwrap()) }
        };
        (Client::new(service_fn(answer), "default"), count)
    }

    fn encrypted(name: &str) -> PodFilesystemSync {
        serde_json::from_value(json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
            "metadata": {"namespace": "team", "name": name, "uid": name, "generation": 1},
            "spec": {
                "podSelector": {}, "localPath": "/data", "remotePath": "/bucket",
                "automaticEncryption": {"enabled": true, "secretName": "key"},
            },
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn what_the_api_server_did_not_tell_is_asked_again_and_nobody_waits_for_a_second_question() {
        for code in [429, 500, 503] {
            let (client, count) = answering(code);
            let (publisher, _) = Publisher::new(client.clone(), "one");
            let mut keys = Keys::default();
            let mut asked = Vec::new();
            for name in ["a", "b"] {
                match keys.of(&encrypted(name), &client, &publisher).await {
                    SeenKey::Untold { asked: was_asked, .. } => asked.push(was_asked),
                    seen => panic!("{code}: {seen:?}"),
                }
            }
            assert_eq!((asked, count.load(Ordering::Relaxed)), (vec![true, false], 1), "{code}");
            keys.begin_pass();
            keys.of(&encrypted("b"), &client, &publisher).await;
            assert_eq!(count.load(Ordering::Relaxed), 2, "{code}");
        }
    }

    #[tokio::test]
    async fn that_the_api_server_refuses_to_tell_is_said_and_not_asked_again_at_once() {
        let (client, count) = answering(403);
        let (publisher, _) = Publisher::new(client.clone(), "one");
        let mut keys = Keys::default();
        for _ in 0..2 {
            let seen = keys.of(&encrypted("a"), &client, &publisher).await;
            assert!(matches!(seen, SeenKey::Wrong { reason: "EncryptionSecretUnknown", .. }), "{seen:?}");
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
