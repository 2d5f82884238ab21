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
}

impl Keys {
    /// Every Secret is to be asked for again.
    pub(super) fn forget(&mut self) {
        self.seen.clear();
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
        match self.seen.get(&place) {
            Some((seen, key)) if *seen == version => key.clone(),
            _ => {
                let key = ask(object, secret, client, publisher).await;
                self.seen.insert(place, (version, key.clone()));
                key
            }
        }
    }
}

async fn ask(object: &PodFilesystemSync, secret: &str, client: &Client, publisher: &Publisher) -> SeenKey {
    match ensure_key(client, object, secret, false).await {
        Ok(Key::Made) => {
            publisher.send(Notice::key_made(object, secret));
            SeenKey::There
        }
        Ok(Key::Kept | Key::WouldBeMade) => SeenKey::There,
        Err(error) => SeenKey::Wrong { reason: error.reason(), message: error.to_string() },
    }
}
