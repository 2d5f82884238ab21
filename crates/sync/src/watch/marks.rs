//! Gathering paths into a [`Scope`]: nothing twice, nothing below what is looked at whole, and never too many.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::path::RelativePath;
use crate::scope::{Reach, Scope};

/// The most paths that a scope names. Looking at so many one by one costs about as much as a scan, and one path takes
/// some 100 bytes.
const MOST_PATHS: usize = 10_000;

impl Scope {
    /// Nothing to look at.
    #[must_use]
    pub const fn nothing() -> Self {
        Self::Paths(BTreeMap::new())
    }

    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Paths(paths) if paths.is_empty())
    }

    /// Whether `path` (`None` is the root) will be looked at.
    #[must_use]
    pub fn covers(&self, path: Option<&RelativePath>) -> bool {
        let Self::Paths(paths) = self else { return true };
        paths.contains_key(&path.cloned()) || path.is_some_and(|path| beneath_another(paths, path))
    }

    /// Adds a path. More than 10,000 paths become the whole tree.
    pub fn mark(&mut self, path: Option<RelativePath>, reach: Reach) {
        let Self::Paths(paths) = self else { return };
        match (&path, reach) {
            (None, Reach::Beneath) => return *self = Self::Everything,
            (Some(path), _) if beneath_another(paths, path) => return,
            (Some(path), Reach::Beneath) => forget_beneath(paths, path),
            (None, Reach::Itself) | (Some(_), Reach::Itself) => {}
        }
        let known = paths.entry(path).or_insert(reach);
        *known = reach.max(*known);
        if paths.len() > MOST_PATHS {
            *self = Self::Everything;
        }
    }

    /// Adds all of another scope.
    pub fn merge(&mut self, other: Self) {
        match other {
            Self::Everything => *self = Self::Everything,
            Self::Paths(paths) => paths.into_iter().for_each(|(path, reach)| self.mark(path, reach)),
        }
    }
}

/// Whether `path` lies beneath a path that is looked at whole. That one would be the last key before it: what stands
/// between the two in their order lies beneath it as well, and is never kept.
fn beneath_another(paths: &BTreeMap<Option<RelativePath>, Reach>, path: &RelativePath) -> bool {
    let before = paths.range(..Some(path.clone())).next_back();
    matches!(before, Some((Some(other), Reach::Beneath)) if path.is_beneath(other))
}

fn forget_beneath(paths: &mut BTreeMap<Option<RelativePath>, Reach>, path: &RelativePath) {
    let start = (Bound::Excluded(Some(path.clone())), Bound::Unbounded);
    let after = paths.range(start).map(|(key, _)| key);
    let beneath = after.take_while(|key| key.as_ref().is_some_and(|other| other.is_beneath(path)));
    let beneath: Vec<_> = beneath.cloned().collect();
    for key in &beneath {
        paths.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Option<RelativePath> {
        (!text.is_empty()).then(|| RelativePath::parse(text).unwrap())
    }

    /// Every path of up to three segments over two names, one of which sorts around the `/`.
    fn all_paths() -> Vec<Option<RelativePath>> {
        let mut all = vec![String::new()];
        for _ in 0..3 {
            let longer = all.iter().flat_map(|parent| {
                ["a", "a-", "b"].map(|name| format!("{parent}/{name}").trim_start_matches('/').to_owned())
            });
            let longer: Vec<_> = longer.collect();
            all.extend(longer);
        }
        all.iter().collect::<BTreeSet<_>>().into_iter().map(|text| path(text)).collect()
    }

    fn marked(marks: &[(usize, bool)]) -> (Scope, Vec<(Option<RelativePath>, Reach)>) {
        let all = all_paths();
        let reach = |beneath| if beneath { Reach::Beneath } else { Reach::Itself };
        let marks: Vec<_> =
            marks.iter().map(|(index, beneath)| (all[index % all.len()].clone(), reach(*beneath))).collect();
        let mut scope = Scope::nothing();
        marks.iter().cloned().for_each(|(path, reach)| scope.mark(path, reach));
        (scope, marks)
    }

    fn covered_by(marks: &[(Option<RelativePath>, Reach)], path: Option<&RelativePath>) -> bool {
        marks.iter().any(|(marked, reach)| {
            marked.as_ref() == path
                || *reach == Reach::Beneath
                    && match (marked, path) {
                        (None, _) => true,
                        (Some(marked), Some(path)) => path.is_beneath(marked),
                        (Some(_), None) => false,
                    }
        })
    }

    proptest! {
        #[test]
        fn a_scope_covers_what_was_marked_and_nothing_else(
            marks in prop::collection::vec((0_usize..60, any::<bool>()), 0..30),
        ) {
            let (scope, marks) = marked(&marks);
            for path in all_paths() {
                prop_assert_eq!(scope.covers(path.as_ref()), covered_by(&marks, path.as_ref()), "{:?}", path);
            }
        }

        #[test]
        fn a_merged_scope_covers_what_either_did(
            left in prop::collection::vec((0_usize..60, any::<bool>()), 0..20),
            right in prop::collection::vec((0_usize..60, any::<bool>()), 0..20),
        ) {
            let (left, right) = (marked(&left).0, marked(&right).0);
            let mut merged = left.clone();
            merged.merge(right.clone());
            for path in all_paths() {
                let path = path.as_ref();
                prop_assert_eq!(merged.covers(path), left.covers(path) || right.covers(path));
            }
            let mut other_way = right;
            other_way.merge(left);
            prop_assert_eq!(merged, other_way);
        }

        #[test]
        fn nothing_stands_below_what_is_looked_at_whole(
            marks in prop::collection::vec((0_usize..60, any::<bool>()), 0..30),
        ) {
            let Scope::Paths(paths) = marked(&marks).0 else { return Ok(()) };
            for (whole, _) in paths.iter().filter(|(_, reach)| **reach == Reach::Beneath) {
                let whole = whole.as_ref().unwrap();
                prop_assert!(!paths.keys().flatten().any(|path| path.is_beneath(whole)));
            }
        }
    }

    #[test]
    fn too_many_paths_become_the_whole_tree() {
        let mut scope = Scope::nothing();
        for number in 0..MOST_PATHS {
            scope.mark(path(&number.to_string()), Reach::Itself);
        }
        assert!(matches!(&scope, Scope::Paths(paths) if paths.len() == MOST_PATHS));
        scope.mark(path("one more"), Reach::Itself);
        assert_eq!(scope, Scope::Everything);
    }

    #[test]
    fn the_root_is_no_whole_tree_by_itself() {
        let mut scope = Scope::nothing();
        assert!(scope.is_nothing());
        scope.mark(None, Reach::Itself);
        assert!(scope.covers(None) && !scope.covers(path("a").as_ref()) && !scope.is_nothing());
        scope.mark(None, Reach::Beneath);
        assert_eq!(scope, Scope::Everything);
    }
}
