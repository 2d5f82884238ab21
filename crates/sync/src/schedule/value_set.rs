//! The values one field allows, as a set of bits.

use super::field::Field;

/// A set of small numbers, and whether it was written with a star.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueSet {
    bits: u64,
    /// A plain `*` or `?` stood in the field. It decides how the two day fields combine; a star with a step
    /// of two or more does not count (robfig/cron v3, `getRange`).
    starred: bool,
}

impl ValueSet {
    /// No value at all.
    pub(super) const EMPTY: Self = Self { bits: 0, starred: false };

    /// Everything the field takes, as `*` means it.
    pub(super) fn all(field: Field) -> Self {
        Self::stepped(field.minimum(), field.maximum(), 1).with_star()
    }

    /// One value.
    pub(super) fn only(value: u8) -> Self {
        Self::stepped(value, value, 1)
    }

    /// Every `step`th value from `first` up to `last`.
    pub(super) fn stepped(first: u8, last: u8, step: u8) -> Self {
        let values = (first..=last).step_by(usize::from(step.max(1)));
        Self { bits: values.fold(0, |bits, value| bits | bit(value)), starred: false }
    }

    pub(super) fn with_star(self) -> Self {
        Self { starred: true, ..self }
    }

    /// What is in either; starred if either is.
    pub(super) fn union(self, other: Self) -> Self {
        Self { bits: self.bits | other.bits, starred: self.starred || other.starred }
    }

    pub(super) fn is_starred(self) -> bool {
        self.starred
    }

    pub(super) fn contains(self, value: u8) -> bool {
        self.bits & bit(value) != 0
    }

    /// The smallest value that is not below `least`.
    pub(super) fn at_or_after(self, least: u8) -> Option<u8> {
        let candidates = self.bits & u64::MAX.checked_shl(u32::from(least)).unwrap_or(0);
        if candidates == 0 { None } else { u8::try_from(candidates.trailing_zeros()).ok() }
    }
}

/// The bit of a value; nothing for values no field has.
fn bit(value: u8) -> u64 {
    1_u64.checked_shl(u32::from(value)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(set: ValueSet) -> Vec<u8> {
        (0..=u8::MAX).filter(|value| set.contains(*value)).collect()
    }

    #[test]
    fn steps_start_at_the_first_value() {
        assert_eq!(members(ValueSet::stepped(1, 5, 2)), [1, 3, 5]);
        assert_eq!(members(ValueSet::stepped(1, 4, 2)), [1, 3]);
        assert_eq!(members(ValueSet::stepped(5, 6, u8::MAX)), [5]);
        assert_eq!(members(ValueSet::only(0)), [0]);
    }

    #[test]
    fn all_covers_the_field_and_nothing_else() {
        assert_eq!(members(ValueSet::all(Field::Minute)), (0..=59).collect::<Vec<u8>>());
        assert_eq!(members(ValueSet::all(Field::DayOfMonth)), (1..=31).collect::<Vec<u8>>());
        assert_eq!(members(ValueSet::all(Field::DayOfWeek)), (0..=6).collect::<Vec<u8>>());
    }

    #[test]
    fn a_star_survives_a_union() {
        let mixed = ValueSet::only(3).union(ValueSet::all(Field::Month));
        assert!(mixed.is_starred());
        assert!(!ValueSet::only(3).union(ValueSet::only(4)).is_starred());
    }

    #[test]
    fn search_finds_the_value_itself_or_the_next() {
        let set = ValueSet::only(3).union(ValueSet::only(59));
        assert_eq!(set.at_or_after(0), Some(3));
        assert_eq!(set.at_or_after(3), Some(3));
        assert_eq!(set.at_or_after(4), Some(59));
        assert_eq!(set.at_or_after(60), None);
        assert_eq!(set.at_or_after(200), None);
    }
}
