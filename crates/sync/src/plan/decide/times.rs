//! Whether two copies of a file are of the same time, as far as their sides can tell.

use std::time::Duration;

use crate::entry::{Entry, Modified};
use crate::plan::CopyReason;
use crate::settings::Direction;
use crate::timestamp::Timestamp;

/// What sizes and times say of two copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Same,
    Differs(CopyReason),
    /// The store has to be asked.
    Ask,
    /// The local file has to be read.
    Read,
}

/// Stores that keep only their own time of writing give it in whole seconds at best.
const STORED_AT_PRECISION: Duration = Duration::from_secs(1);

/// Compares a local file with an object that the manifest does not describe.
pub(super) fn compare(
    (size, local): (u64, Timestamp),
    remote: &Entry,
    direction: Direction,
    precision: Duration,
) -> Content {
    if size != remote.size {
        return Content::Differs(CopyReason::SizeDiffers);
    }
    let same_when = |same: bool, reason| if same { Content::Same } else { Content::Differs(reason) };
    match (remote.modified, direction) {
        (Modified::Ask, _) => Content::Ask,
        (Modified::At(remote), _) => same_when(local.same_within(remote, precision), CopyReason::TimeDiffers),
        // Stored after its last change: nobody wrote to it since.
        (Modified::StoredAt(stored), Direction::ToRemote) => {
            same_when(local <= stored, CopyReason::MayDiffer)
        }
        // A restored file carries the time at which its copy was stored.
        (Modified::StoredAt(stored), Direction::FromRemote) => {
            same_when(stored.same_within(local, STORED_AT_PRECISION), CopyReason::TimeDiffers)
        }
        (Modified::Unknown, _) => Content::Differs(CopyReason::MayDiffer),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::path::RelativePath;

    const NANOSECOND: Duration = Duration::from_nanos(1);

    fn time(nanoseconds: i64) -> Timestamp {
        Timestamp::from_nanoseconds(nanoseconds)
    }

    fn content(local: (u64, i64), remote: (u64, Modified), direction: Direction) -> Content {
        let path = RelativePath::parse("a").unwrap();
        let entry = Entry { path, size: remote.0, modified: remote.1, tag: None };
        compare((local.0, time(local.1)), &entry, direction, NANOSECOND)
    }

    fn at(nanoseconds: i64) -> Modified {
        Modified::At(time(nanoseconds))
    }

    fn stored(nanoseconds: i64) -> Modified {
        Modified::StoredAt(time(nanoseconds))
    }

    #[test]
    fn size_then_time_decides() {
        for direction in [Direction::ToRemote, Direction::FromRemote] {
            assert_eq!(content((1, 5), (1, at(5)), direction), Content::Same);
            for (remote, reason) in [
                ((2, at(5)), CopyReason::SizeDiffers),
                ((2, Modified::Ask), CopyReason::SizeDiffers),
                ((1, at(4)), CopyReason::TimeDiffers),
                ((1, at(6)), CopyReason::TimeDiffers),
                ((1, Modified::Unknown), CopyReason::MayDiffer),
            ] {
                assert_eq!(content((1, 5), remote, direction), Content::Differs(reason));
            }
            assert_eq!(content((1, 5), (1, Modified::Ask), direction), Content::Ask);
        }
    }

    #[test]
    fn a_store_without_times_is_judged_by_when_it_was_written() {
        use Direction::{FromRemote, ToRemote};
        assert_eq!(content((1, 5), (1, stored(9)), ToRemote), Content::Same);
        assert_eq!(content((1, 9), (1, stored(5)), ToRemote), Content::Differs(CopyReason::MayDiffer));
        assert_eq!(content((1, 5), (1, stored(5)), FromRemote), Content::Same);
        assert_eq!(
            content((1, 5), (1, stored(2_000_000_005)), FromRemote),
            Content::Differs(CopyReason::TimeDiffers)
        );
    }

    proptest! {
        #[test]
        fn files_of_different_sizes_are_never_the_same(
            local in any::<i64>(), remote in any::<i64>(), sizes in (0_u64..3, 0_u64..3), asked in any::<bool>(),
        ) {
            prop_assume!(sizes.0 != sizes.1);
            let modified = if asked { Modified::Ask } else { at(remote) };
            for direction in [Direction::ToRemote, Direction::FromRemote] {
                prop_assert_eq!(content((sizes.0, local), (sizes.1, modified), direction), Content::Differs(CopyReason::SizeDiffers));
            }
        }
    }
}
