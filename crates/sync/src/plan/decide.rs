//! What to do with one file, given what both sides know of it. Pure.

use std::time::Duration;

use super::merge::Pair;
use super::step::{CopyReason, DeleteReason, Step};
use crate::entry::{Entry, Modified};

/// How the copies of a file are compared.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// Whether files that the truth does not have are deleted.
    pub delete: bool,
    /// The coarser of the steps in which both sides keep modification times.
    pub time_precision: Duration,
}

/// The judgement on one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Something is to be done.
    Do(Step),
    /// Both sides are the same.
    Same,
    /// The destination has a file that the truth does not have, and keeps it.
    Keep,
    /// The truth's modification time has to be asked for first.
    AskSource,
    /// The destination's modification time has to be asked for first.
    AskDestination,
}

/// Judges one pair.
#[must_use]
pub fn decide(pair: Pair, comparison: &Comparison) -> Decision {
    // Also where the store could hold both: some object stores stand on file systems, and deleting the one would
    // take the other along.
    let conflict = pair.conflict;
    let (source, destination) = match (pair.source, pair.destination) {
        (Some(source), Some(destination)) => (source, destination),
        (Some(entry), None) => return copy(entry, CopyReason::New, conflict),
        (None, Some(destination)) => {
            if pair.unknown || !comparison.delete {
                return Decision::Keep;
            }
            let reason = if conflict { DeleteReason::InTheWay } else { DeleteReason::Gone };
            return Decision::Do(Step::Delete { path: destination.path, reason });
        }
        (None, None) => return Decision::Same,
    };
    if source.size != destination.size {
        return copy(source, CopyReason::SizeDiffers, conflict);
    }
    match compare_times(source.modified, destination.modified, comparison.time_precision) {
        Times::Same => Decision::Same,
        Times::Differ(reason) => copy(source, reason, conflict),
        Times::AskSource => Decision::AskSource,
        Times::AskDestination => Decision::AskDestination,
    }
}

fn copy(entry: Entry, reason: CopyReason, after_deletes: bool) -> Decision {
    Decision::Do(Step::Copy { entry, reason, after_deletes })
}

enum Times {
    Same,
    Differ(CopyReason),
    AskSource,
    AskDestination,
}

/// Stores that keep only their own time of writing give it in whole seconds at best.
const STORED_AT_PRECISION: Duration = Duration::from_secs(1);

fn compare_times(source: Modified, destination: Modified, precision: Duration) -> Times {
    let same_when = |same: bool, reason| if same { Times::Same } else { Times::Differ(reason) };
    match (source, destination) {
        (Modified::Ask, _) => Times::AskSource,
        (_, Modified::Ask) => Times::AskDestination,
        (Modified::At(source), Modified::At(destination)) => {
            same_when(source.same_within(destination, precision), CopyReason::TimeDiffers)
        }
        // Stored after its last change: nobody wrote to it since.
        (Modified::At(source), Modified::StoredAt(stored)) => {
            same_when(source <= stored, CopyReason::MayDiffer)
        }
        // A restored file carries the time at which its copy was stored.
        (Modified::StoredAt(stored), Modified::At(destination)) => {
            same_when(stored.same_within(destination, STORED_AT_PRECISION), CopyReason::TimeDiffers)
        }
        _ => Times::Differ(CopyReason::MayDiffer),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::path::RelativePath;
    use crate::timestamp::Timestamp;

    const MIRROR: Comparison = Comparison { delete: true, time_precision: Duration::from_nanos(1) };

    fn entry(size: u64, modified: Modified) -> Entry {
        Entry { path: RelativePath::parse("a").unwrap(), size, modified, tag: None }
    }

    fn at(nanoseconds: i64) -> Modified {
        Modified::At(Timestamp::from_nanoseconds(nanoseconds))
    }

    fn stored(nanoseconds: i64) -> Modified {
        Modified::StoredAt(Timestamp::from_nanoseconds(nanoseconds))
    }

    fn word(source: Option<Entry>, destination: Option<Entry>) -> String {
        match decide(Pair { source, destination, conflict: false, unknown: false }, &MIRROR) {
            Decision::Do(step) => step.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn judges_by_size_then_time() {
        let same = || Some(entry(1, at(5)));
        assert_eq!(word(same(), None), "copy a (1 bytes, new)");
        assert_eq!(word(None, same()), "delete a (gone)");
        assert_eq!(word(same(), same()), "Same");
        assert_eq!(word(same(), Some(entry(2, at(5)))), "copy a (1 bytes, size-differs)");
        assert_eq!(word(same(), Some(entry(1, at(4)))), "copy a (1 bytes, time-differs)");
        assert_eq!(word(same(), Some(entry(1, at(6)))), "copy a (1 bytes, time-differs)");
        assert_eq!(word(same(), Some(entry(1, Modified::Unknown))), "copy a (1 bytes, may-differ)");
    }

    #[test]
    fn asks_only_where_the_answer_matters() {
        assert_eq!(word(Some(entry(1, at(5))), Some(entry(1, Modified::Ask))), "AskDestination");
        assert_eq!(word(Some(entry(1, Modified::Ask)), Some(entry(1, at(5)))), "AskSource");
        assert_eq!(
            word(Some(entry(1, at(5))), Some(entry(2, Modified::Ask))),
            "copy a (1 bytes, size-differs)"
        );
        assert_eq!(word(Some(entry(1, Modified::Ask)), None), "copy a (1 bytes, new)");
    }

    #[test]
    fn a_store_without_times_is_judged_by_when_it_was_written() {
        assert_eq!(word(Some(entry(1, at(5))), Some(entry(1, stored(9)))), "Same");
        assert_eq!(word(Some(entry(1, at(9))), Some(entry(1, stored(5)))), "copy a (1 bytes, may-differ)");
        assert_eq!(word(Some(entry(1, stored(5))), Some(entry(1, at(5)))), "Same");
        assert_eq!(
            word(Some(entry(1, stored(2_000_000_000))), Some(entry(1, at(5)))),
            "copy a (1 bytes, time-differs)"
        );
    }

    #[test]
    fn a_conflict_waits_for_the_deletes() {
        let pair =
            |conflict| Pair { source: Some(entry(1, at(1))), destination: None, conflict, unknown: false };
        let waits = |decision| matches!(decision, Decision::Do(Step::Copy { after_deletes: true, .. }));
        assert!(waits(decide(pair(true), &MIRROR)));
        assert!(!waits(decide(pair(false), &MIRROR)));
    }

    fn modified() -> impl Strategy<Value = Modified> {
        prop_oneof![
            (0_i64..4).prop_map(at),
            (0_i64..4).prop_map(stored),
            Just(Modified::Ask),
            Just(Modified::Unknown)
        ]
    }

    fn side() -> impl Strategy<Value = Option<Entry>> {
        prop::option::of((0_u64..3, modified()).prop_map(|(size, modified)| entry(size, modified)))
    }

    proptest! {
        #[test]
        fn never_deletes_what_the_truth_has_or_may_have(
            source in side(), destination in side(), conflict: bool, unknown: bool, delete: bool,
        ) {
            let comparison = Comparison { delete, ..MIRROR };
            let decision = decide(Pair { source: source.clone(), destination: destination.clone(), conflict, unknown }, &comparison);
            match decision {
                Decision::Do(Step::Delete { .. }) => {
                    prop_assert!(delete && !unknown && source.is_none() && destination.is_some());
                }
                Decision::Do(Step::Copy { entry, .. }) => prop_assert_eq!(Some(entry), source),
                Decision::Same => prop_assert_eq!(source.map(|entry| entry.size), destination.map(|entry| entry.size)),
                Decision::Keep => prop_assert!(source.is_none() && (unknown || !delete)),
                Decision::AskSource | Decision::AskDestination => {
                    prop_assert!(source.is_some() && destination.is_some());
                }
            }
        }
    }
}
