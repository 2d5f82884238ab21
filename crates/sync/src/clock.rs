//! What a sync takes for the time of day. Only this machine's clock in earnest; a test may set it forward or back.

use crate::timestamp::Timestamp;

/// A clock that differs from this machine's by so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    ahead: i64,
}

impl Clock {
    /// So many nanoseconds ahead of this machine's clock; negative: behind it.
    #[must_use]
    pub const fn ahead_by(nanoseconds: i64) -> Self {
        Self { ahead: nanoseconds }
    }

    /// What it shows.
    #[must_use]
    pub fn now(self) -> Timestamp {
        Timestamp::from_nanoseconds(Timestamp::now().nanoseconds().saturating_add(self.ahead))
    }
}
