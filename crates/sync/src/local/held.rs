//! Contents of small files that wait in memory to be written together.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Larger files are written at once.
const LARGEST: usize = 64 * 1024;
/// The most bytes that wait.
const ROOM: usize = 8 << 20;

/// How much more may wait.
#[derive(Debug)]
pub(super) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }
}

/// A content that waits.
#[derive(Debug)]
pub(super) struct Held {
    content: Box<[u8]>,
    _room: OwnedSemaphorePermit,
}

impl Room {
    /// Copies `content`, which may be a small piece of a large buffer; `None` when there is no room for it.
    pub(super) fn hold(&self, content: &[u8]) -> Option<Held> {
        if content.len() > LARGEST {
            return None;
        }
        let length = u32::try_from(content.len()).ok()?;
        let room = Arc::clone(&self.0).try_acquire_many_owned(length).ok()?;
        Some(Held { content: content.into(), _room: room })
    }
}

impl Held {
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_no_more_than_there_is_room_for() {
        let room = Room::default();
        let mut held: Vec<Held> = std::iter::from_fn(|| room.hold(&[7; LARGEST])).collect();
        assert_eq!(held.len(), ROOM / LARGEST);
        assert!(room.hold(b"x").is_none());
        held.pop();
        assert_eq!(room.hold(b"x").unwrap().content(), b"x");
        drop(held);
        assert!(room.hold(&[7; LARGEST + 1]).is_none());
    }
}
