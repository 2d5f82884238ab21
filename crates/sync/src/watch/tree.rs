//! Which folder each watch stands for. Of a folder only its own name is kept, and who its parent is.
//!
//! A folder costs about 280 bytes, whatever the length of its path; see the test of memory in `tests/`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::path::RelativePath;

/// A watch as the kernel numbers it. A number comes again only after all others were used.
pub(super) type WatchNumber = i32;

/// The watched folders.
#[derive(Debug)]
pub(super) struct Tree {
    root: WatchNumber,
    folders: HashMap<WatchNumber, Place>,
    children: BTreeMap<Place, WatchNumber>,
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) parent: WatchNumber,
    pub(super) name: Arc<[u8]>,
}

impl Tree {
    /// A tree of which nothing but the root is watched.
    pub(super) fn new(root: WatchNumber) -> Self {
        Self { root, folders: HashMap::new(), children: BTreeMap::new() }
    }

    pub(super) fn root(&self) -> WatchNumber {
        self.root
    }

    /// How many folders are watched.
    pub(super) fn len(&self) -> usize {
        self.folders.len() + 1
    }

    /// Where a watched folder lies; nothing for the root and for watches that are gone.
    pub(super) fn place(&self, watch: WatchNumber) -> Option<&Place> {
        self.folders.get(&watch)
    }

    /// The watch of a folder.
    pub(super) fn at(&self, place: &Place) -> Option<WatchNumber> {
        self.children.get(place).copied()
    }

    /// The path of a watched folder; inside, `None` is the root.
    pub(super) fn path(&self, watch: WatchNumber) -> Option<Option<RelativePath>> {
        let mut names = Vec::new();
        let mut here = watch;
        while here != self.root {
            let place = self.folders.get(&here)?;
            names.push(&*place.name);
            here = place.parent;
        }
        names.reverse();
        if names.is_empty() { Some(None) } else { RelativePath::parse(names.join(&b'/')).ok().map(Some) }
    }

    /// Notes a watch. Neither it nor its place may be known already, and its parent must be.
    pub(super) fn insert(&mut self, watch: WatchNumber, place: Place) {
        self.children.insert(place.clone(), watch);
        self.folders.insert(watch, place);
    }

    /// Forgets a folder and all beneath it; gives their watches. The root stays.
    pub(super) fn remove(&mut self, watch: WatchNumber) -> Vec<WatchNumber> {
        let Some(place) = self.folders.remove(&watch) else { return Vec::new() };
        self.children.remove(&place);
        let mut removed = vec![watch];
        let mut looked_at = 0;
        while let Some(&parent) = removed.get(looked_at) {
            looked_at += 1;
            removed.extend(self.take_children(parent));
        }
        removed
    }

    fn take_children(&mut self, parent: WatchNumber) -> Vec<WatchNumber> {
        let first = |parent| Place { parent, name: Arc::from([]) };
        let range = first(parent)..first(parent.saturating_add(1));
        let children: Vec<_> = self.children.range(range).map(|(_, watch)| *watch).collect();
        for place in children.iter().filter_map(|child| self.folders.remove(child)) {
            self.children.remove(&place);
        }
        children
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(parent: WatchNumber, name: &str) -> Place {
        Place { parent, name: name.as_bytes().into() }
    }

    fn sample() -> Tree {
        let mut tree = Tree::new(1);
        for (watch, parent, name) in [(2, 1, "a"), (3, 2, "b"), (4, 3, "c"), (5, 2, "bb"), (6, 1, "b")] {
            tree.insert(watch, place(parent, name));
        }
        tree
    }

    #[test]
    fn a_path_is_put_together_from_names() {
        let tree = sample();
        let shown = |watch| tree.path(watch).map(|path| path.map(|path| path.to_string()));
        assert_eq!(shown(1), Some(None));
        assert_eq!(shown(4), Some(Some("a/b/c".into())));
        assert_eq!(shown(9), None);
        assert_eq!(tree.at(&place(2, "bb")), Some(5));
        assert_eq!(tree.at(&place(1, "bb")), None);
    }

    #[test]
    fn a_folder_goes_with_all_beneath_it_and_nothing_else() {
        let mut tree = sample();
        assert_eq!(tree.remove(2), [2, 3, 5, 4]);
        assert_eq!((tree.len(), tree.at(&place(1, "b")), tree.at(&place(1, "a"))), (2, Some(6), None));
        assert!(tree.children.len() == 1 && tree.path(4).is_none());
        assert!(tree.remove(1).is_empty() && tree.path(1) == Some(None));
    }
}
