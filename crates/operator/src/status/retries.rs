//! When to try again what failed: later each time, so that what cannot succeed costs little. What has changed since then is tried at
//! once: it may have been mended.

use std::collections::HashMap;
use std::time::Duration;

use kube::ResourceExt as _;
use tokio::time::Instant;

use crate::watched::{Known, Place};

/// From the first failure to the next try.
const FIRST: Duration = Duration::from_secs(5);
/// From any failure to the next try, at most.
const LONGEST: Duration = Duration::from_secs(120);

/// What is there, of what there may be at one place one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Version(String);

impl Version {
    /// Of one that cannot be read, no more is known than why.
    pub(super) fn of(known: &Known) -> Self {
        match known {
            Known::Object(object) => {
                let version = object.resource_version().unwrap_or_default();
                Self(format!("{}/{version}", object.uid().unwrap_or_default()))
            }
            Known::Malformed(error) => Self(error.to_string()),
        }
    }
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All is done.
    Done,
    /// Something failed.
    Failed,
    /// Something was not even tried, because something else failed.
    PutOff,
}

impl Outcome {
    /// Done, or failed.
    pub(super) const fn of(done: bool) -> Self {
        if done { Self::Done } else { Self::Failed }
    }
}

/// What failed, by where it is.
#[derive(Debug, Default)]
pub(super) struct Retries {
    failed: HashMap<Place, Failed>,
}

#[derive(Debug)]
struct Failed {
    version: Version,
    pause: Duration,
    due: Instant,
}

impl Retries {
    /// Whether this very version failed, and is not to be tried yet.
    pub(super) fn is_early(&self, place: &Place, version: &Version, now: Instant) -> bool {
        self.failed.get(place).is_some_and(|failed| failed.version == *version && now < failed.due)
    }

    /// Notes how a try ended.
    pub(super) fn note(&mut self, place: Place, version: Version, outcome: Outcome, now: Instant) {
        let before = self.failed.remove(&place).filter(|failed| failed.version == version);
        let before = before.map_or(FIRST / 2, |failed| failed.pause);
        let (pause, due) = match outcome {
            Outcome::Done => return,
            Outcome::Failed => {
                let pause = (before * 2).min(LONGEST);
                (pause, now + pause)
            }
            // Sooner than what failed, so that this one's turn comes.
            Outcome::PutOff => (before, now + FIRST),
        };
        self.failed.insert(place, Failed { version, pause, due });
    }

    /// Of a namespace, only what `is_there` counts from now on.
    pub(super) fn keep(&mut self, namespace: &str, is_there: impl Fn(&str) -> bool) {
        self.failed.retain(|(other, name), _| other != namespace || is_there(name));
    }

    /// When the next try is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.failed.values().map(|failed| failed.due).min()
    }

    /// The namespaces in which one is.
    pub(super) fn due(&self, now: Instant) -> impl Iterator<Item = String> {
        let due = self.failed.iter().filter(move |(_, failed)| failed.due <= now);
        due.map(|((namespace, _), _)| namespace.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(name: &str) -> Place {
        ("team".to_owned(), name.to_owned())
    }

    fn version(name: &str) -> Version {
        Version(name.to_owned())
    }

    #[test]
    fn each_failure_is_tried_again_later_than_the_one_before_until_it_succeeds() {
        let (mut retries, now) = (Retries::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            retries.note(place("a"), version("1"), Outcome::Failed, now);
            pauses.push((retries.next().unwrap() - now).as_secs());
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 120, 120, 120]);
        let is_early = |retries: &Retries, name| retries.is_early(&place(name), &version("1"), now);
        assert!(is_early(&retries, "a") && !is_early(&retries, "b"));
        assert_eq!(retries.due(now).count(), 0);
        assert!(retries.due(now + LONGEST).eq(["team"]));
        retries.note(place("a"), version("1"), Outcome::Done, now);
        assert!(retries.next().is_none() && !is_early(&retries, "a"));
    }

    #[test]
    fn what_has_changed_since_it_failed_is_tried_at_once() {
        let (mut retries, now) = (Retries::default(), Instant::now());
        for _ in 0..5 {
            retries.note(place("a"), version("1"), Outcome::Failed, now);
        }
        assert!(!retries.is_early(&place("a"), &version("2"), now));
        retries.note(place("a"), version("2"), Outcome::Failed, now);
        assert!(retries.is_early(&place("a"), &version("2"), now));
        assert_eq!(retries.next(), Some(now + FIRST));
    }

    #[test]
    fn an_object_that_was_written_made_anew_or_mended_is_another_version() {
        let known = |uid: &str, version: &str| {
            let object = serde_json::from_value(json!({
                "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
                "metadata": {"name": "a", "uid": uid, "resourceVersion": version},
                "spec": {"podSelector": {}, "localPath": "/data", "remotePath": "/bucket"},
            }));
            Version::of(&Known::Object(std::sync::Arc::new(object.unwrap())))
        };
        let malformed = |error: &str| Version::of(&Known::Malformed(error.into()));
        assert_eq!(known("u", "1"), known("u", "1"));
        let all = [known("u", "1"), known("u", "2"), known("v", "1"), malformed("one"), malformed("other")];
        for (number, one) in all.iter().enumerate() {
            assert!(!all[..number].contains(one), "{one:?}");
        }
    }

    #[test]
    fn what_was_put_off_gets_its_turn_before_what_failed_is_tried_again() {
        let (mut retries, mut now) = (Retries::default(), Instant::now());
        for _ in 0..3 {
            retries.note(place("a"), version("1"), Outcome::Failed, now);
            retries.note(place("b"), version("1"), Outcome::PutOff, now);
            now = retries.next().unwrap();
        }
        assert!(retries.is_early(&place("a"), &version("1"), now));
        assert!(!retries.is_early(&place("b"), &version("1"), now));
        retries.note(place("b"), version("1"), Outcome::Failed, now);
        assert_eq!(retries.failed[&place("b")].due, now + FIRST);
    }

    #[test]
    fn what_has_gone_is_not_tried_again() {
        let (mut retries, now) = (Retries::default(), Instant::now());
        retries.note(place("a"), version("1"), Outcome::Failed, now);
        retries.keep("other", |_| false);
        assert!(retries.next().is_some());
        retries.keep("team", |name| name != "a");
        assert!(retries.next().is_none());
    }
}
