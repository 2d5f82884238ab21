//! One event, as far as it matters here.

use std::sync::Arc;

use rustix::fs::inotify::ReadFlags;

use super::tree::WatchNumber;

/// Something that happened in a watched folder, or to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) watch: WatchNumber,
    pub(super) what: What,
    /// The name in the folder; `None` when it is about the folder itself.
    pub(super) name: Option<Arc<[u8]>>,
    pub(super) is_folder: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A name was made.
    Made,
    /// A name came from elsewhere, or went elsewhere, or was deleted.
    CameOrWent,
    /// Attributes changed, the number of names among them.
    Attributes,
    /// A file's content changed.
    Content,
    /// The folder has lost its own name.
    SelfGone,
    /// The kernel has ended the watch.
    WatchEnded,
    /// More happened than the queue could hold.
    Overflow,
}

impl What {
    /// What the kernel's flags mean. It sets one of them for each event.
    pub(super) fn of(flags: ReadFlags) -> Option<Self> {
        let kinds = [
            (ReadFlags::QUEUE_OVERFLOW, Self::Overflow),
            (ReadFlags::UNMOUNT | ReadFlags::IGNORED, Self::WatchEnded),
            (ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF, Self::SelfGone),
            (ReadFlags::CREATE, Self::Made),
            (ReadFlags::MOVED_FROM | ReadFlags::MOVED_TO | ReadFlags::DELETE, Self::CameOrWent),
            (ReadFlags::ATTRIB, Self::Attributes),
            (ReadFlags::MODIFY | ReadFlags::CLOSE_WRITE, Self::Content),
        ];
        kinds.into_iter().find(|(kind, _)| flags.intersects(*kind)).map(|(_, what)| what)
    }
}
