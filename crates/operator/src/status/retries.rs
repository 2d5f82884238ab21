//! When to try again what failed: later each time, so that what cannot succeed costs little.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::watched::Place;

/// From the first failure to the next try.
const FIRST: Duration = Duration::from_secs(5);
/// From any failure to the next try, at most.
const LONGEST: Duration = Duration::from_secs(120);

/// What failed, by where it is.
#[derive(Debug, Default)]
pub(super) struct Retries {
    failed: HashMap<Place, Failed>,
}

#[derive(Debug)]
struct Failed {
    pause: Duration,
    due: Instant,
}

impl Retries {
    /// Whether something failed, and is not to be tried yet.
    pub(super) fn is_early(&self, place: &Place, now: Instant) -> bool {
        self.failed.get(place).is_some_and(|failed| now < failed.due)
    }

    /// Notes how a try ended.
    pub(super) fn note(&mut self, place: Place, succeeded: bool, now: Instant) {
        if succeeded {
            self.failed.remove(&place);
            return;
        }
        let failed = self.failed.entry(place).or_insert(Failed { pause: FIRST / 2, due: now });
        failed.pause = (failed.pause * 2).min(LONGEST);
        failed.due = now + failed.pause;
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
    use super::*;

    fn place(name: &str) -> Place {
        ("team".to_owned(), name.to_owned())
    }

    #[test]
    fn each_failure_is_tried_again_later_than_the_one_before_until_it_succeeds() {
        let (mut retries, now) = (Retries::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            retries.note(place("a"), false, now);
            pauses.push((retries.next().unwrap() - now).as_secs());
        }
        assert_eq!(pauses, [5, 10, 20, 40, 80, 120, 120, 120]);
        assert!(retries.is_early(&place("a"), now) && !retries.is_early(&place("b"), now));
        assert_eq!(retries.due(now).count(), 0);
        assert!(retries.due(now + LONGEST).eq(["team"]));
        retries.note(place("a"), true, now);
        assert!(retries.next().is_none() && !retries.is_early(&place("a"), now));
    }

    #[test]
    fn what_has_gone_is_not_tried_again() {
        let (mut retries, now) = (Retries::default(), Instant::now());
        retries.note(place("a"), false, now);
        retries.keep("other", |_| false);
        assert!(retries.next().is_some());
        retries.keep("team", |name| name != "a");
        assert!(retries.next().is_none());
    }
}
