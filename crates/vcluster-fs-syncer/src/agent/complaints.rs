//! Says a trouble once, and again only after a long while; and of very many, some at a time.
//!
//! A tenant decides how many Pods with bad annotations there are, and how often they change. Neither the log nor the API server
//! may suffer from it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::troubles::Trouble;

/// How long the same is not said again. API servers forget an Event after about as long.
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// How many may be said at once.
const BURST: u32 = 20;
/// From then on, one in so long.
const PACE: Duration = Duration::from_secs(5);

/// What was said, and when.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    said: HashMap<(String, &'static str, String), Instant>,
    /// Those that may be said now, and when that was reckoned.
    allowance: Option<(u32, Instant)>,
}

impl Complaints {
    /// Those of the troubles that are to be said now.
    pub(crate) fn due<'troubles>(
        &mut self,
        troubles: &'troubles [Trouble],
        now: Instant,
    ) -> Vec<&'troubles Trouble> {
        self.said.retain(|_, said| now.saturating_duration_since(*said) < AGAIN);
        let mut due = Vec::new();
        for trouble in troubles {
            let key = (trouble.pod.uid.clone(), trouble.reason, trouble.message.clone());
            if self.said.contains_key(&key) || !self.allowed(now) {
                continue;
            }
            self.said.insert(key, now);
            due.push(trouble);
        }
        due
    }

    fn allowed(&mut self, now: Instant) -> bool {
        let (left, reckoned) = self.allowance.unwrap_or((BURST, now));
        let paces = now.saturating_duration_since(reckoned).as_secs() / PACE.as_secs();
        let gained = u32::try_from(paces).unwrap_or(BURST).min(BURST);
        let left = left.saturating_add(gained).min(BURST);
        let reckoned = if left == BURST { now } else { reckoned + PACE * gained };
        self.allowance = Some((left.saturating_sub(1), reckoned));
        left > 0
    }
}

#[cfg(test)]
mod tests {
    use podfs_vcluster::pods::PodReference;

    use super::*;

    fn trouble(pod: u32, message: &str) -> Trouble {
        let pod = PodReference { namespace: "team".into(), name: "pod".into(), uid: pod.to_string() };
        let message = message.to_owned();
        Trouble { pod, reason: "MappingRefused", target: None, note: message.clone(), message }
    }

    fn later(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn the_same_is_said_once_an_hour_and_news_at_once() {
        let (mut complaints, start) = (Complaints::default(), Instant::now());
        let troubles = [trouble(1, "a"), trouble(2, "a")];
        assert_eq!(complaints.due(&troubles, start).len(), 2);
        assert_eq!(complaints.due(&troubles, later(start, 3_599)).len(), 0);
        assert_eq!(complaints.due(&[trouble(1, "b")], later(start, 3_599)).len(), 1);
        assert_eq!(complaints.due(&troubles, later(start, 3_601)).len(), 2);
    }

    #[test]
    fn a_trouble_that_comes_and_goes_is_said_no_more_often() {
        let (mut complaints, start) = (Complaints::default(), Instant::now());
        let said: usize = (0..1_000)
            .map(|second| {
                let troubles = [trouble(1, "a")];
                let shown = if second % 2 == 0 { &troubles[..] } else { &[] };
                complaints.due(shown, later(start, second)).len()
            })
            .sum();
        assert_eq!(said, 1);
    }

    #[test]
    fn of_very_many_some_are_said_at_a_time_and_none_is_lost() {
        let (mut complaints, start) = (Complaints::default(), Instant::now());
        let troubles: Vec<Trouble> = (0..100).map(|pod| trouble(pod, "a")).collect();
        assert_eq!(complaints.due(&troubles, start).len(), 20);
        assert_eq!(complaints.due(&troubles, later(start, 4)).len(), 0);
        assert_eq!(complaints.due(&troubles, later(start, 10)).len(), 2);
        let said: usize = (11..600).map(|second| complaints.due(&troubles, later(start, second)).len()).sum();
        assert_eq!(said, 78);
    }
}
