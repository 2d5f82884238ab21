//! How a volume and a remote stand to each other, by receipt and head. Pure.

use std::cmp::Ordering;

use super::Receipt;
use crate::head::{Head, State};

/// What happened on the remote since the volume was last restored from it or synced to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Level,
    /// What this volume's own sync did, which was killed before it could note its end here.
    Ours,
    /// Somebody else has written there.
    Behind,
    /// It went back to an earlier generation: it was itself restored from a backup.
    Ahead,
    /// It is another remote, or its history began anew.
    Other,
}

impl Receipt {
    /// Compares with the head of a remote; `None` where it has none.
    #[must_use]
    pub fn standing(&self, head: Option<&Head>) -> Standing {
        let Some(head) = head else {
            return if self.lineage.is_none() { Standing::Level } else { Standing::Other };
        };
        // Some stores leave half of a head when its writer is killed.
        if self.sync.is_some() && (self.sync == head.sync || !head.is_known()) {
            return Standing::Ours;
        }
        match &self.lineage {
            None if head.is_known() => Standing::Behind,
            None => Standing::Level,
            Some(lineage) if !head.is_known() || *lineage != head.lineage => Standing::Other,
            Some(_) => self.by_generation(head),
        }
    }

    fn by_generation(&self, head: &Head) -> Standing {
        match self.generation.cmp(&Some(head.generation)) {
            Ordering::Less => Standing::Behind,
            Ordering::Greater => Standing::Ahead,
            // Whoever was writing has gone on.
            Ordering::Equal if self.open && head.state == State::Flushed => Standing::Behind,
            Ordering::Equal if self.is_of_the_same_sync(head) => Standing::Level,
            Ordering::Equal => Standing::Behind,
        }
    }

    /// Two writers may come to the same number, and a remote that went back comes to it again.
    fn is_of_the_same_sync(&self, head: &Head) -> bool {
        match (&self.made_by, &head.sync) {
            (Some(here), Some(there)) => here == there,
            // What earlier versions wrote: the names of parts are random too. More of them may come while a sync is under way.
            _ => self.open || head.state == State::Open || self.part == head.last_part(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Part;
    use crate::receipt;

    fn head(lineage: &str, generation: u64, state: State) -> Head {
        Head { lineage: lineage.to_owned(), generation, state, ..Head::next(None) }
    }

    fn part(name: &str) -> Part {
        Part { name: name.to_owned(), records: 1, bytes: 1, hash: String::new() }
    }

    fn restored(head: &Head) -> Receipt {
        Receipt::of(Some(head), receipt::State::Complete)
    }

    #[test]
    fn generations_tell_who_moved() {
        let receipt = restored(&head("a", 5, State::Flushed));
        for (generation, expected) in [(6, Standing::Behind), (4, Standing::Ahead)] {
            assert_eq!(receipt.standing(Some(&head("a", generation, State::Flushed))), expected);
        }
        assert_eq!(receipt.standing(Some(&head("b", 5, State::Flushed))), Standing::Other);
        assert_eq!(receipt.standing(None), Standing::Other);
    }

    #[test]
    fn the_same_generation_of_another_sync_is_somebody_elses() {
        let ours = head("a", 5, State::Flushed);
        assert_eq!(restored(&ours).standing(Some(&ours)), Standing::Level);
        for state in [State::Flushed, State::Open] {
            assert_eq!(restored(&ours).standing(Some(&head("a", 5, state))), Standing::Behind);
        }
    }

    #[test]
    fn without_the_names_of_syncs_the_parts_of_the_manifest_tell_them_apart() {
        let ours = Head { sync: None, manifest: vec![part("ours")], ..head("a", 5, State::Flushed) };
        let theirs = Head { manifest: vec![part("theirs")], ..ours.clone() };
        let old = |head: &Head| Receipt { made_by: None, ..restored(head) };
        for named in [false, true] {
            let there = |head: &Head| Head { sync: named.then(|| "a sync".to_owned()), ..head.clone() };
            assert_eq!(old(&ours).standing(Some(&there(&ours))), Standing::Level);
            assert_eq!(old(&ours).standing(Some(&there(&theirs))), Standing::Behind);
            let open = theirs.now(State::Open);
            assert_eq!(old(&open).standing(Some(&there(&open))), Standing::Level);
        }
    }

    #[test]
    fn a_sync_that_goes_on_after_a_restore_is_somebody_elses_change() {
        let open = head("a", 5, State::Open);
        assert_eq!(restored(&open).standing(Some(&open)), Standing::Level);
        assert_eq!(restored(&open).standing(Some(&open.now(State::Flushed))), Standing::Behind);
    }

    #[test]
    fn what_this_volume_began_itself_is_known_by_the_name_of_the_sync() {
        let before = head("a", 5, State::Flushed);
        let begun = Head::next(Some(&before));
        let receipt = Receipt { sync: begun.sync.clone(), ..restored(&before) };
        assert_eq!(receipt.standing(Some(&begun)), Standing::Ours);
        assert_eq!(receipt.standing(Some(&begun.now(State::Flushed))), Standing::Ours);
        assert_eq!(receipt.standing(Some(&before)), Standing::Level, "killed before its first change");
        let somebody_else = Head::next(Some(&before));
        assert_eq!(receipt.standing(Some(&somebody_else)), Standing::Behind);
        let damaged = Head { generation: 0, ..Head::next(None) };
        assert_eq!(receipt.standing(Some(&damaged)), Standing::Ours, "its own write was cut off");
        assert_eq!(restored(&before).standing(Some(&damaged)), Standing::Other);
    }

    #[test]
    fn a_restore_from_a_remote_without_a_head_belongs_to_one_without_a_head() {
        let receipt = Receipt::of(None, receipt::State::Complete);
        assert_eq!(receipt.standing(None), Standing::Level);
        let begun = head("a", 1, State::Flushed);
        assert_eq!(receipt.standing(Some(&begun)), Standing::Behind);
        let receipt = Receipt { sync: begun.sync.clone(), ..receipt };
        assert_eq!(receipt.standing(Some(&begun)), Standing::Ours);
    }
}
