//! The remote paths of a status, within what an object may weigh. Pure.
//!
//! A template may lead to a new one for each Pod there ever was, and etcd takes 1.5 MiB for an object with all that its
//! writers left in it.

use std::collections::BTreeMap;

use podfs_api::Location;

/// Most bytes of all of them.
const MOST_BYTES: usize = 128 * 1024;
/// Bytes of a location beside its path.
const BESIDE: usize = 64;

/// Those of the Pods that are there now, or went since.
#[derive(Debug, Default)]
pub(super) struct Locations {
    synced: BTreeMap<String, bool>,
    bytes: usize,
}

impl Locations {
    /// A Pod leads there.
    pub(super) fn note(&mut self, directory: String, synced: bool) {
        if let Some(before) = self.synced.get_mut(&directory) {
            *before |= synced;
            return;
        }
        let bytes = self.bytes + weight(&directory);
        if bytes <= MOST_BYTES {
            self.bytes = bytes;
            self.synced.insert(directory, synced);
        }
    }

    /// All that others led to counts too.
    pub(super) fn add(&mut self, others: &Self) {
        others.synced.iter().for_each(|(directory, synced)| self.note(directory.clone(), *synced));
    }

    /// These after those that were there before, which keep their order: the oldest comes first. For want of room the oldest that no
    /// Pod leads to goes.
    pub(super) fn after(mut self, before: Vec<Location>) -> Vec<Location> {
        let mut all: Vec<(Location, bool)> = before.into_iter().map(|location| self.join(location)).collect();
        let bytes: usize = all.iter().map(|(location, _)| weight(&location.directory)).sum();
        let new: usize = self.synced.keys().map(|directory| weight(directory)).sum();
        let mut excess = (bytes + new).saturating_sub(MOST_BYTES);
        let mut room = MOST_BYTES.saturating_sub(bytes);
        all.retain(|(location, has_pod)| {
            let goes = excess > 0 && !has_pod;
            if goes {
                excess = excess.saturating_sub(weight(&location.directory));
                room += weight(&location.directory);
            }
            !goes
        });
        let new = self.synced.into_iter().filter(|(directory, _)| {
            let fits = weight(directory) <= room;
            room -= if fits { weight(directory) } else { 0 };
            fits
        });
        let new =
            new.map(|(directory, synchronized_to_remote)| Location { directory, synchronized_to_remote });
        all.into_iter().map(|(location, _)| location).chain(new).collect()
    }

    /// What was known of one, with what is seen now; and whether a Pod leads there.
    fn join(&mut self, location: Location) -> (Location, bool) {
        let now = self.synced.remove(&location.directory);
        let synchronized_to_remote = location.synchronized_to_remote || now == Some(true);
        (Location { synchronized_to_remote, ..location }, now.is_some())
    }
}

fn weight(directory: &str) -> usize {
    directory.len() + BESIDE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(pods: &[String], before: &[Location]) -> Vec<Location> {
        let mut locations = Locations::default();
        pods.iter().for_each(|directory| locations.note(directory.clone(), false));
        locations.after(before.to_vec())
    }

    fn long(number: usize) -> String {
        format!("/bucket/{number:04}{}", "x".repeat(4_000))
    }

    fn bytes(locations: &[Location]) -> usize {
        serde_json::to_vec(locations).unwrap().len()
    }

    #[test]
    fn without_room_the_oldest_go_that_no_pod_leads_to() {
        let mut status = Vec::new();
        for number in 0..100 {
            status = after(&[long(0), long(number)], &status);
            assert!(bytes(&status) <= MOST_BYTES, "{number}: {}", bytes(&status));
        }
        let kept: Vec<String> = status.into_iter().map(|location| location.directory).collect();
        assert_eq!((&kept[0], kept.last().unwrap()), (&long(0), &long(99)));
        assert!(kept[1..].is_sorted() && kept.len() > 20, "{}", kept.len());
    }

    #[test]
    fn more_than_there_is_room_for_comes_to_the_same_at_each_look() {
        let pods: Vec<String> = (0..100).map(long).collect();
        let first = after(&pods, &[]);
        assert!(first.len() > 20 && bytes(&first) <= MOST_BYTES);
        assert_eq!(after(&pods, &first), first);
        let others: Vec<String> = (50..150).map(long).collect();
        let second = after(&others, &first);
        assert_eq!(after(&others, &second), second);
        assert!(bytes(&second) <= MOST_BYTES);
    }
}
