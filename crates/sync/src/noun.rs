//! What is counted, in words for people.

/// What one is called, and what several are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noun {
    pub(crate) singular: &'static str,
    pub(crate) plural: &'static str,
}

impl Noun {
    pub(crate) const SYMBOLIC_LINK: Self = Self::new("symbolic link", "symbolic links");
    pub(crate) const SPECIAL: Self = Self::new("FIFO, socket or device", "FIFOs, sockets or devices");

    pub(crate) const fn new(singular: &'static str, plural: &'static str) -> Self {
        Self { singular, plural }
    }

    /// `1 owner`, `3 owners`.
    pub(crate) fn counted(self, count: u64) -> String {
        format!("{count} {}", if count == 1 { self.singular } else { self.plural })
    }
}
