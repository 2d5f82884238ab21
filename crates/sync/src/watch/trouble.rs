//! Why events do not tell everything, each said once, with what can be done.

use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};

use rustix::io::Errno;
use thiserror::Error;

/// Something that keeps events from telling everything.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum Trouble {
    #[error(
        "more happened at once than the queue of file events holds (fs.inotify.max_queued_events); looking at \
         everything"
    )]
    Overflow,
    #[error(
        "the inotify watches of this user are used up (fs.inotify.max_user_watches) after {watched} directories: \
         changes in the others are found by scans, which come more often now; raise the limit on the node, or sync by \
         a schedule"
    )]
    WatchLimit { watched: usize },
    #[error(
        "file events cannot be had ({0}), so that changes are found by scans alone, which come more often now; if \
         there are too many inotify instances, raise fs.inotify.max_user_instances on the node"
    )]
    NoQueue(Errno),
    #[error(
        "{path} cannot be watched ({errno}): changes beneath it are found by scans, which come more often now"
    )]
    NotWatched { path: String, errno: Errno },
    #[error("the directory {path} may not be read, so that changes beneath it cannot be seen ({errno})")]
    Unreadable { path: String, errno: Errno },
    #[error(
        "{path} lies on a file system ({kind}) that tells nothing of what other machines change: that is found by \
         scans, which come more often now; if others write there, sync by a schedule"
    )]
    Shared { path: String, kind: &'static str },
    #[error(
        "{path} is the same directory as another in the tree (a bind mount): changes there are found by scans, which \
         come more often now"
    )]
    SeenTwice { path: String },
    #[error("the directory {path} is gone, or another one stands in its place; looking at everything")]
    RootReplaced { path: String },
    #[error("the mounts in {path} have changed; looking at everything")]
    MountsChanged { path: String },
}

impl Trouble {
    /// Whether changes may go unseen for as long as this lasts.
    pub(super) fn blinds(&self) -> bool {
        match self {
            Self::WatchLimit { .. }
            | Self::NoQueue(_)
            | Self::NotWatched { .. }
            | Self::Shared { .. }
            | Self::SeenTwice { .. } => true,
            // What may not be read is not synced either, and the others lead to a look at everything.
            Self::Unreadable { .. }
            | Self::Overflow
            | Self::RootReplaced { .. }
            | Self::MountsChanged { .. } => false,
        }
    }

    /// What happens now and then is said each time; what lasts is said once.
    fn is_an_incident(&self) -> bool {
        matches!(self, Self::Overflow | Self::RootReplaced { .. } | Self::MountsChanged { .. })
    }
}

/// What was met, and what of it was said.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    said: HashSet<Discriminant<Trouble>>,
    blind: bool,
}

impl Troubles {
    /// Notes one and says it, unless one of its kind was said already.
    pub(super) fn meet(&mut self, trouble: &Trouble) {
        self.blind |= trouble.blinds();
        if self.said.insert(discriminant(trouble)) || trouble.is_an_incident() {
            tracing::warn!("{trouble}");
        }
    }

    /// Whether changes may go unseen.
    pub(super) fn blind(&self) -> bool {
        self.blind
    }

    /// The watches are made anew, so that what lasted may be over. What was said is not said again.
    pub(super) fn begin_anew(&mut self) {
        self.blind = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_is_remembered_until_all_is_made_anew() {
        let mut troubles = Troubles::default();
        troubles.meet(&Trouble::Overflow);
        assert!(!troubles.blind());
        troubles.meet(&Trouble::WatchLimit { watched: 3 });
        assert!(troubles.blind());
        troubles.begin_anew();
        assert!(!troubles.blind());
    }

    #[test]
    fn a_limit_is_named_with_what_can_be_done() {
        let limits = [Trouble::WatchLimit { watched: 1 }, Trouble::NoQueue(Errno::MFILE)];
        for (trouble, name) in limits.iter().zip(["max_user_watches", "max_user_instances"]) {
            let told = trouble.to_string();
            assert!(told.contains(name) && told.contains("raise"), "{told}");
        }
    }
}
