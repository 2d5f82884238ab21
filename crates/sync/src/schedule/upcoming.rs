//! The row of due times, one by one.

use jiff::Zoned;

use super::Schedule;

/// The due times of a schedule from a moment on; see [`Schedule::upcoming`].
#[derive(Debug, Clone)]
pub struct Upcoming<'a> {
    schedule: &'a Schedule,
    /// Nothing once the row has ended.
    last: Option<Zoned>,
}

impl<'a> Upcoming<'a> {
    pub(super) fn new(schedule: &'a Schedule, after: Zoned) -> Self {
        Self { schedule, last: Some(after) }
    }
}

impl Iterator for Upcoming<'_> {
    type Item = Zoned;

    fn next(&mut self) -> Option<Zoned> {
        self.last = self.schedule.next_after(self.last.as_ref()?);
        self.last.clone()
    }
}

impl std::iter::FusedIterator for Upcoming<'_> {}
