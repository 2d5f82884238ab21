//! A second, slow reading of the rules, for the property tests to compare with: an expression is made from
//! what it is meant to allow, and a moment fits if its wall clock is among that.

use jiff::Zoned;
use jiff::civil::{DateTime, Time};
use proptest::prelude::*;
use proptest::sample::select;

/// One field: how it is written, what it allows, and whether it counts as a star.
#[derive(Debug, Clone)]
pub(super) struct ModelField {
    pub(super) written: String,
    allowed: Vec<i8>,
    star: bool,
}

/// An expression with what it means.
#[derive(Debug, Clone)]
pub(super) struct Model {
    fields: [ModelField; 6],
    pub(super) with_seconds: bool,
}

impl Model {
    pub(super) fn expression(&self) -> String {
        let from = if self.with_seconds { 0 } else { 1 };
        let words: Vec<_> = self.fields[from..].iter().map(|field| field.written.as_str()).collect();
        words.join(" ")
    }

    /// The first time of day that fits; without it, no time of a day does.
    pub(super) fn first_time(&self) -> Time {
        let [second, minute, hour, ..] = &self.fields;
        let [hour, minute, second] = [hour, minute, second].map(|field| *field.allowed.iter().min().unwrap());
        jiff::civil::time(hour, minute, second, 0)
    }

    /// Whether a moment is due, by its wall clock alone.
    pub(super) fn fits(&self, moment: &Zoned) -> bool {
        let wall: DateTime = moment.datetime();
        let [second, minute, hour, day, month, weekday] = &self.fields;
        let by_day = day.allowed.contains(&wall.day());
        let by_weekday = weekday.allowed.contains(&wall.weekday().to_sunday_zero_offset());
        second.allowed.contains(&wall.second())
            && minute.allowed.contains(&wall.minute())
            && hour.allowed.contains(&wall.hour())
            && month.allowed.contains(&wall.month())
            && if day.star || weekday.star { by_day && by_weekday } else { by_day || by_weekday }
    }
}

fn fixed(written: &str, allowed: Vec<i8>) -> ModelField {
    ModelField { written: written.to_owned(), allowed, star: false }
}

/// A field between `low` and `high`, in any of its forms.
fn field(low: i8, high: i8) -> impl Strategy<Value = ModelField> {
    let star = select(vec!["*", "?"]).prop_map(move |star| ModelField {
        written: star.to_owned(),
        allowed: (low..=high).collect(),
        star: true,
    });
    let star_step = (2..=high).prop_map(move |step| every(&format!("*/{step}"), low, high, step));
    let open_step = (low..=high, 1..=high)
        .prop_map(move |(from, step)| every(&format!("{from}/{step}"), from, high, step));
    let range = (low..=high, low..=high, 1..5_i8).prop_map(|(one, other, step)| {
        let (from, to) = (one.min(other), one.max(other));
        every(&format!("{from}-{to}/{step}"), from, to, step)
    });
    let list = prop::collection::vec(low..=high, 1..4).prop_map(|values| {
        let written: Vec<_> = values.iter().map(i8::to_string).collect();
        fixed(&written.join(","), values)
    });
    prop_oneof![3 => star, 1 => star_step, 1 => open_step, 1 => range, 2 => list]
}

fn every(written: &str, from: i8, to: i8, step: i8) -> ModelField {
    fixed(written, (from..=to).filter(|value| (value - from) % step == 0).collect())
}

/// Expressions; those without seconds are due at second 0.
pub(super) fn models(with_seconds: bool) -> impl Strategy<Value = Model> {
    let fields = (field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6));
    fields.prop_map(move |(second, minute, hour, day, month, weekday)| {
        let second = if with_seconds { second } else { fixed("0", vec![0]) };
        Model { fields: [second, minute, hour, day, month, weekday], with_seconds }
    })
}
