//! Events about Pods that are refused. A Pod that is not stored can have none, so its object gets it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::{Resource as _, ResourceExt as _};
use podfs_api::PodFilesystemSync;
use podfs_inject::Refusal;

use super::review::Request;
use crate::events::{Notice, Publisher};
use crate::watched::Known;

/// From one Event about an object to the next with the same reason: each is a request to the API server, and whoever reaches the
/// webhook can have Pods refused all the time.
const PAUSE: Duration = Duration::from_secs(10);
/// Objects and reasons that are remembered. What is beyond is in the log alone.
const MOST: usize = 1024;

/// Tells, and remembers what was told just now.
pub(crate) struct Told {
    publisher: Publisher,
    recent: Mutex<Recent>,
}

impl Told {
    /// Nothing was told yet.
    pub(crate) fn new(publisher: Publisher) -> Self {
        Self { publisher, recent: Mutex::default() }
    }

    /// That a key was made for an object.
    pub(super) fn key_made(&self, object: &PodFilesystemSync, secret: &str) {
        self.publisher.send(Notice::key_made(object, secret));
    }

    /// Tells each of the objects that are in each other's way.
    pub(super) fn refused_by_all(
        &self,
        request: &Request,
        known: &BTreeMap<String, Known>,
        refusal: &Refusal,
    ) {
        let Refusal::Ambiguous { names, .. } = refusal else { return };
        for object in names.iter().filter_map(|name| known.get(name)?.object()) {
            self.refused(request, object, refusal.reason(), &refusal.to_string());
        }
    }

    /// That a Pod of an object was refused.
    pub(super) fn refused(&self, request: &Request, object: &PodFilesystemSync, reason: &str, why: &str) {
        let about = (object.uid().unwrap_or_default(), reason.to_owned());
        if request.is_dry_run() || !self.is_due(about) {
            return;
        }
        self.publisher.send(Notice {
            regarding: object.object_ref(&()),
            warning: true,
            reason: "PodRefused",
            // Of each reason one Event, which is counted: there are few, whoever asks, and however often.
            action: reason.to_owned(),
            note: format!("Pod {} is refused: {why}", request.name()),
        });
    }

    fn is_due(&self, about: About) -> bool {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.is_due(about, Instant::now())
    }
}

/// The UID of an object, and a reason.
type About = (String, String);

#[derive(Default)]
struct Recent(HashMap<About, Instant>);

impl Recent {
    /// Whether this was not told for a while. It is from now on.
    fn is_due(&mut self, about: About, now: Instant) -> bool {
        self.0.retain(|_, told| now.saturating_duration_since(*told) < PAUSE);
        if self.0.contains_key(&about) || self.0.len() >= MOST {
            return false;
        }
        self.0.insert(about, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(object: impl ToString, reason: &str) -> About {
        (object.to_string(), reason.to_owned())
    }

    #[test]
    fn the_same_is_told_once_in_ten_seconds() {
        let (mut recent, begin) = (Recent::default(), Instant::now());
        let mut is_due = |object: &str, reason: &str, seconds: u64| {
            recent.is_due(about(object, reason), begin + Duration::from_secs(seconds))
        };
        assert!(is_due("a", "Ambiguous", 0));
        assert!(!is_due("a", "Ambiguous", 9));
        assert!(is_due("a", "BadTemplate", 9) && is_due("b", "Ambiguous", 9));
        assert!(is_due("a", "Ambiguous", 10));
        assert!(!is_due("a", "Ambiguous", 19));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten() {
        let (mut recent, begin) = (Recent::default(), Instant::now());
        assert!((0..MOST).all(|number| recent.is_due(about(number, "Ambiguous"), begin)));
        assert!(!recent.is_due(about("one more", "Ambiguous"), begin));
        assert!(recent.is_due(about("one more", "Ambiguous"), begin + PAUSE));
        assert_eq!(recent.0.len(), 1);
    }
}
