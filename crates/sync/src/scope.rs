//! What of a tree a sync has to look at.

use std::collections::BTreeMap;

use crate::path::RelativePath;

/// The paths at which something may have changed. It is no truth: more may be looked at, and never less.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// The whole tree: a scan.
    #[default]
    Everything,
    /// These paths alone; `None` is the root itself.
    Paths(BTreeMap<Option<RelativePath>, Reach>),
}

/// How far a path of a [`Scope`] reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What lies there: of a folder, the folder itself and not what it holds.
    Itself,
    /// All that lies beneath as well.
    Beneath,
}
