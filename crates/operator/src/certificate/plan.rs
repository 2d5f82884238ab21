//! What is next for the certificates. Pure.
//!
//! A rotation has three steps, and between two of them the API server trusts both generations: the next one is introduced,
//! served once the API server has known it for a while, and the authority before is forgotten when it has ended.

use std::time::SystemTime;

use super::Validity;
use super::stored::Stored;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing that is stored can be served: make a generation, and serve it at once.
    Renew,
    /// Make the next generation, which the API server gets to know first.
    Introduce,
    /// Serve the next generation.
    Promote,
    /// All is well.
    Keep,
}

/// Decides. `known` says that the API server has known all that is stored for [`Validity::overlap`].
pub(super) fn plan(
    stored: Option<&Stored>,
    names: &[String],
    validity: &Validity,
    known: bool,
    now: SystemTime,
) -> Step {
    let Some(Stored { current, next, .. }) = stored else { return Step::Renew };
    if now >= current.ends || !names.iter().all(|name| current.names.contains(name)) {
        return Step::Renew;
    }
    match next {
        // A next one that will not do is replaced too.
        Some(next) if now >= next.ends || !names.iter().all(|name| next.names.contains(name)) => {
            Step::Introduce
        }
        Some(_) if known => Step::Promote,
        None if now >= current.made + validity.lifetime / 3 * 2 => Step::Introduce,
        _ => Step::Keep,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::generation::Generation;
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn validity() -> Validity {
        Validity { lifetime: HOUR * 30, overlap: HOUR }
    }

    fn names() -> Vec<String> {
        vec!["localhost".to_owned()]
    }

    fn generation(made: SystemTime) -> Generation {
        Generation::make(&names(), &validity(), made).unwrap()
    }

    fn next_step(stored: &Stored, known: bool, now: SystemTime) -> Step {
        plan(Some(stored), &names(), &validity(), known, now)
    }

    #[test]
    fn without_anything_stored_a_first_one_is_made() {
        assert_eq!(plan(None, &names(), &validity(), false, SystemTime::now()), Step::Renew);
    }

    #[test]
    fn a_rotation_begins_long_before_the_end_and_waits_until_the_api_server_knows() {
        let start = SystemTime::now();
        let mut stored = Stored::first(generation(start));
        assert_eq!(next_step(&stored, true, start + HOUR * 19), Step::Keep);
        assert_eq!(next_step(&stored, true, start + HOUR * 21), Step::Introduce);
        stored.next = Some(generation(start + HOUR * 21));
        assert_eq!(next_step(&stored, false, start + HOUR * 29), Step::Keep);
        assert_eq!(next_step(&stored, true, start + HOUR * 22), Step::Promote);
    }

    #[test]
    fn what_has_ended_or_names_another_is_replaced_at_once() {
        let start = SystemTime::now();
        let stored = Stored::first(generation(start));
        assert_eq!(next_step(&stored, true, start + HOUR * 31), Step::Renew);
        let others = ["localhost".to_owned(), "other".to_owned()];
        assert_eq!(plan(Some(&stored), &others, &validity(), true, start), Step::Renew);
    }

    #[test]
    fn a_next_one_that_ended_before_it_was_served_is_replaced() {
        let start = SystemTime::now();
        let mut stored = Stored::first(generation(start + HOUR * 5));
        stored.next = Some(generation(start));
        assert_eq!(next_step(&stored, true, start + HOUR * 31), Step::Introduce);
    }
}
