//! Which run meets the trouble.

/// A sync or a restore, over what the last round left or from nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A sync to a remote that has the last round.
    Up,
    /// A sync to one that has nothing.
    First,
    /// A restore over the last round.
    Down,
    /// A restore into no folder at all.
    Fresh,
}

impl Way {
    pub(super) fn is_up(self) -> bool {
        matches!(self, Self::Up | Self::First)
    }

    /// There is no last round.
    pub(super) fn is_anew(self) -> bool {
        matches!(self, Self::First | Self::Fresh)
    }
}
