//! Reads one field: a list of single values, ranges and steps.
//!
//! Grammar and meaning are robfig/cron v3's (`parser.go`): a list between commas, where empty entries count
//! for nothing; `*` and `?` are the same; `a-b`; a step `/n` on any of them, and `a/n` runs from `a` to the
//! maximum.

use super::error::{Fault, Problem};
use super::field::Field;
use super::text::Part;
use super::value_set::ValueSet;

/// The values a written field allows.
pub(super) fn values(field: Field, written: Part<'_>) -> Result<ValueSet, Fault> {
    let entries: Vec<_> = written.split(',').into_iter().filter(|entry| !entry.text().is_empty()).collect();
    if entries.is_empty() {
        return Err(Fault::new(written, Problem::NoValue { field }));
    }
    entries.into_iter().try_fold(ValueSet::EMPTY, |set, entry| Ok(set.union(entry_values(field, entry)?)))
}

/// One entry of the list: a range, with or without a step.
fn entry_values(field: Field, entry: Part<'_>) -> Result<ValueSet, Fault> {
    match entry.split('/').as_slice() {
        [range] => Ok(Bounds::read(field, *range, entry)?.values(1)),
        [range, step] => {
            let bounds = Bounds::read(field, *range, entry)?.open_ended(field);
            Ok(bounds.values(step_size(field, *step, entry)?))
        }
        _ => Err(Fault::new(entry, Problem::TooManySlashes { field })),
    }
}

/// Where an entry starts and ends.
#[derive(Clone, Copy)]
enum Bounds {
    Star { first: u8, last: u8 },
    Single(u8),
    Range { first: u8, last: u8 },
}

impl Bounds {
    fn read(field: Field, range: Part<'_>, entry: Part<'_>) -> Result<Self, Fault> {
        if is_star(range) {
            return Ok(Self::Star { first: field.minimum(), last: field.maximum() });
        }
        match range.split('-').as_slice() {
            [single] => Ok(Self::Single(value(field, *single, entry)?)),
            [first, _] if is_star(*first) => Err(Fault::new(range, Problem::StarInRange { field })),
            [first, last] => {
                Self::range(field, range, value(field, *first, entry)?, value(field, *last, entry)?)
            }
            _ => Err(Fault::new(range, Problem::TooManyDashes { field })),
        }
    }

    fn range(field: Field, range: Part<'_>, first: u8, last: u8) -> Result<Self, Fault> {
        if first > last {
            return Err(Fault::new(range, Problem::Backwards { field, first, last }));
        }
        Ok(Self::Range { first, last })
    }

    /// With a step, a single value means all from there on.
    fn open_ended(self, field: Field) -> Self {
        match self {
            Self::Single(first) => Self::Range { first, last: field.maximum() },
            other => other,
        }
    }

    fn values(self, step: u8) -> ValueSet {
        match self {
            Self::Single(value) => ValueSet::only(value),
            Self::Range { first, last } => ValueSet::stepped(first, last, step),
            Self::Star { first, last } if step == 1 => ValueSet::stepped(first, last, step).with_star(),
            // With a step it is a restriction like any other (see `ValueSet::is_starred`).
            Self::Star { first, last } => ValueSet::stepped(first, last, step),
        }
    }
}

fn is_star(part: Part<'_>) -> bool {
    matches!(part.text(), "*" | "?")
}

/// One number or name; `within` is what an error points at when nothing is written.
fn value(field: Field, written: Part<'_>, within: Part<'_>) -> Result<u8, Fault> {
    let text = written.text();
    if text.is_empty() {
        return Err(Fault::new(within, Problem::MissingValue { field }));
    }
    if let Some(value) = field.value_of_name(text) {
        return Ok(value);
    }
    if !is_number(text) {
        return Err(Fault::new(written, Problem::NotAValue { field, text: text.to_owned() }));
    }
    match text.parse::<u8>() {
        Ok(value) if (field.minimum()..=field.maximum()).contains(&value) => Ok(value),
        // Digits too long for the type are out of range too.
        _ => Err(Fault::new(written, Problem::OutOfRange { field, text: text.to_owned() })),
    }
}

/// The step of an entry; larger than any field is as good as the largest number.
fn step_size(field: Field, written: Part<'_>, entry: Part<'_>) -> Result<u8, Fault> {
    let text = written.text();
    if text.is_empty() {
        return Err(Fault::new(entry, Problem::MissingStep { field }));
    }
    if !is_number(text) || text.bytes().all(|byte| matches!(byte, b'+' | b'0')) {
        return Err(Fault::new(written, Problem::BadStep { field, text: text.to_owned() }));
    }
    Ok(text.parse::<u8>().unwrap_or(u8::MAX))
}

/// Digits, with or without a plus sign in front, as Go's `Atoi` takes them.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
