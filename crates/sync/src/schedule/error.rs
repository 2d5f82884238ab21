//! What is wrong with a schedule, and how that is told.

use std::ops::Range;

use super::field::Field;
use super::snippet;
use super::text::Part;

/// A schedule that cannot be read. Retrying does not help; the expression has to be corrected.
///
/// Displays as the problem, then the expression, then a line of carets under the bad part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("bad schedule: {problem}{}", snippet::pointing_at(expression, span))]
pub struct ScheduleError {
    expression: String,
    span: Range<usize>,
    problem: Problem,
}

impl ScheduleError {
    pub(super) fn new(expression: &str, fault: Fault) -> Self {
        let too_long = matches!(fault.problem, Problem::TooLong { .. });
        // A text past all measure is not worth repeating in a log.
        let expression = if too_long { String::new() } else { expression.to_owned() };
        Self { expression, span: fault.span, problem: fault.problem }
    }

    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Which bytes of the expression are wrong.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

/// A problem and where it is, before the whole expression is known.
#[derive(Debug)]
pub(super) struct Fault {
    span: Range<usize>,
    problem: Problem,
}

impl Fault {
    pub(super) fn new(part: Part<'_>, problem: Problem) -> Self {
        Self { span: part.span(), problem }
    }
}

/// The ways in which a schedule can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing but white space.
    #[error("it is empty; write {FORMS}")]
    Empty,
    /// Longer than any sensible expression.
    #[error("it is {length} bytes long, more than {limit}")]
    TooLong {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Neither five nor six fields.
    #[error("found {found} field{}; write {FORMS}", if *.found == 1 { "" } else { "s" })]
    FieldCount {
        /// Fields found.
        found: usize,
    },
    /// A field of nothing but commas.
    #[error("{field} has no value ({})", .field.allowed())]
    NoValue {
        /// Where.
        field: Field,
    },
    /// Nothing on one side of a dash, or in front of a slash.
    #[error("{field} lacks a value next to '-' or '/' ({})", .field.allowed())]
    MissingValue {
        /// Where.
        field: Field,
    },
    /// Neither a number nor a name of this field.
    #[error("{field} '{text}' is not a {} ({})", .field.kinds(), .field.allowed())]
    NotAValue {
        /// Where.
        field: Field,
        /// What was written.
        text: String,
    },
    /// A number this field does not take.
    #[error("{field} {text} is out of range ({})", .field.allowed())]
    OutOfRange {
        /// Where.
        field: Field,
        /// What was written.
        text: String,
    },
    /// The end of a range lies before its start.
    #[error("{field} range {first}-{last} runs backwards; write {first}-{},{}-{last}", .field.maximum(), .field.minimum())]
    Backwards {
        /// Where.
        field: Field,
        /// Start of the range.
        first: u8,
        /// End of the range.
        last: u8,
    },
    /// A range such as `*-5`.
    #[error("{field} range starts with a star; write '*' or a range of values ({})", .field.allowed())]
    StarInRange {
        /// Where.
        field: Field,
    },
    /// A range with more than one dash.
    #[error("{field} has more than one '-' in a range ({})", .field.allowed())]
    TooManyDashes {
        /// Where.
        field: Field,
    },
    /// More than one step.
    #[error("{field} has more than one '/' in an entry; a step is written once, as in */5")]
    TooManySlashes {
        /// Where.
        field: Field,
    },
    /// A slash with nothing after it.
    #[error("{field} lacks a step after '/'; write a number of 1 or more, as in */5")]
    MissingStep {
        /// Where.
        field: Field,
    },
    /// A step that is not a positive number.
    #[error("{field} step '{text}' is not a number of 1 or more")]
    BadStep {
        /// Where.
        field: Field,
        /// What was written.
        text: String,
    },
    /// Not in the time zone database.
    #[error("time zone '{name}' is unknown; write a name such as Europe/Berlin or UTC")]
    UnknownZone {
        /// What was written.
        name: String,
    },
    /// A time zone and nothing else.
    #[error("no schedule follows the time zone; write {FORMS} after it")]
    ZoneOnly,
    /// An at sign with a word we do not know.
    #[error(
        "'{name}' is unknown; write @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly or @every <duration>"
    )]
    UnknownDescriptor {
        /// What was written.
        name: String,
    },
    /// `@every` and nothing else.
    #[error("@every lacks a duration; write one such as @every 1h30m")]
    MissingDuration,
    /// Not a duration as Go writes them.
    #[error(
        "duration '{text}' cannot be read; write numbers with units (h, m, s, ms, us, ns), such as 90s or 1h30m"
    )]
    BadDuration {
        /// What was written.
        text: String,
    },
    /// Past the largest duration Go holds.
    #[error("duration '{text}' is too long; at most about 292 years")]
    DurationTooLong {
        /// What was written.
        text: String,
    },
    /// Zero or less.
    #[error("duration '{text}' is not positive; the shortest delay is 1s")]
    DurationNotPositive {
        /// What was written.
        text: String,
    },
}

/// The forms a schedule may take, for messages.
const FORMS: &str = "5 fields (minute, hour, day of month, month, day of week), 6 fields (second first), or a \
                     descriptor such as @daily or @every 1h30m";
