//! Whether a mount of ours has all the volumes that the Pod has.
//!
//! A volume that the kubelet mounts after the Pod's tree was copied, and before the copy is attached, reaches the copy only on
//! recent kernels: older ones propagate nothing to a tree that is not attached. Such a copy would lack the volume for
//! ever, so it is made again.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::mountinfo::MountTable;
use super::roots::below;

/// The places where something is mounted.
pub(super) struct Volumes<'table> {
    places: BTreeSet<&'table [u8]>,
    /// Mounts that refuse to be copied, with all that is on them.
    unbindable: Vec<&'table [u8]>,
}

impl<'table> Volumes<'table> {
    pub(super) fn new(table: &'table MountTable) -> Self {
        let places = table.entries.iter().map(|entry| entry.path.as_slice()).collect();
        let unbindable = table.entries.iter().filter(|entry| entry.unbindable);
        Self { places, unbindable: unbindable.map(|entry| entry.path.as_slice()).collect() }
    }

    /// Whether all that is mounted below `source`, and can be copied, is mounted below `target` too.
    pub(super) fn complete(&self, source: &[u8], target: &[u8]) -> bool {
        let from = [source, b"/"].concat();
        let later = self.places.range::<[u8], _>((Bound::Included(from.as_slice()), Bound::Unbounded));
        let volumes = later.take_while(|place| place.starts_with(&from));
        let mut copied = volumes.filter(|place| !self.is_unbindable(place));
        copied.all(|place| {
            let volume = place.strip_prefix(source).unwrap_or_default();
            self.places.contains([target, volume].concat().as_slice())
        })
    }

    fn is_unbindable(&self, place: &[u8]) -> bool {
        self.unbindable.iter().any(|unbindable| below(unbindable, place).is_some())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::none("", true)]
    #[case::both("/from/a/v /to/a/v", true)]
    #[case::missing("/from/a/v /from/a/w /to/a/v", false)]
    #[case::a_level_down("/from/a/v /from/a/v/x /to/a/v", false)]
    #[case::another_pod("/from/a-b/v /from/a0 /from/b/v", true)]
    #[case::more_in_the_target("/to/a/v", true)]
    fn has_all_that_the_source_has(#[case] places: &str, #[case] expected: bool) {
        let lines = places.split_whitespace().map(|place| format!("1 0 0:1 / {place} rw - t t rw\n"));
        let table = MountTable::parse(lines.collect::<String>().as_bytes());
        assert_eq!(Volumes::new(&table).complete(b"/from/a", b"/to/a"), expected);
    }

    #[test]
    fn what_cannot_be_copied_is_not_missed() {
        let table = MountTable::parse(
            b"1 0 0:1 / /from/a/v rw unbindable - t t rw\n2 1 0:1 / /from/a/v/x rw - t t rw\n",
        );
        assert!(Volumes::new(&table).complete(b"/from/a", b"/to/a"));
    }
}
