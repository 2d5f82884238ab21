//! From a plain name to the spelling under a mask.

use super::mask::Mask;
use super::substitute::{QUOTE, Side, plain_anywhere, plain_at, spelled_anywhere, spelled_at};
use super::unit::{Unit, is_plain, push_char, push_unit, units};

/// Spells one path segment under `mask`, byte for byte as rclone's encoder does.
///
/// Without [`Mask::INVALID_UTF8`] bytes that are not UTF-8 pass through, so the result may not be UTF-8 either.
#[must_use]
pub fn encode(mask: Mask, name: &[u8]) -> Vec<u8> {
    if mask == Mask::RAW || is_plain(name) {
        return name.to_vec();
    }
    if mask.has(Mask::DOT)
        && let Some(spelled) = encode_dots(name)
    {
        return spelled.as_bytes().to_vec();
    }
    let units = units(name);
    let (first, rest) = take_first(mask, &units);
    let (last, middle) = take_last(mask, rest);
    let mut out = Vec::with_capacity(name.len() + 8);
    first.push_to(&mut out);
    for unit in middle {
        push_encoded(&mut out, mask, *unit);
    }
    last.push_to(&mut out);
    out
}

fn encode_dots(name: &[u8]) -> Option<&'static str> {
    match str::from_utf8(name).ok()? {
        "." => Some("．"),
        ".." => Some("．．"),
        "．" => Some("‛．"),
        "．．" => Some("‛．‛．"),
        _ => None,
    }
}

/// What an end of a name turns into, where the mask treats that end on its own.
enum Edge {
    Untouched,
    Replaced(char),
    Quoted(char),
}

impl Edge {
    fn of(mask: Mask, side: Side, unit: Option<&Unit>) -> Edge {
        let Some(Unit::Char(character)) = unit else { return Edge::Untouched };
        if let Some(spelled) = spelled_at(mask, side, *character) {
            Edge::Replaced(spelled)
        } else if plain_at(mask, side, *character).is_some() {
            Edge::Quoted(*character)
        } else {
            Edge::Untouched
        }
    }

    fn push_to(&self, out: &mut Vec<u8>) {
        match self {
            Edge::Untouched => {}
            Edge::Replaced(spelled) => push_char(out, *spelled),
            Edge::Quoted(character) => {
                push_char(out, QUOTE);
                push_char(out, *character);
            }
        }
    }
}

fn take_first(mask: Mask, units: &[Unit]) -> (Edge, &[Unit]) {
    match (Edge::of(mask, Side::Left, units.first()), units) {
        (edge @ (Edge::Replaced(_) | Edge::Quoted(_)), [_, rest @ ..]) => (edge, rest),
        (_, all) => (Edge::Untouched, all),
    }
}

fn take_last(mask: Mask, units: &[Unit]) -> (Edge, &[Unit]) {
    match (Edge::of(mask, Side::Right, units.last()), units) {
        (edge @ (Edge::Replaced(_) | Edge::Quoted(_)), [rest @ .., _]) => (edge, rest),
        (_, all) => (Edge::Untouched, all),
    }
}

fn push_encoded(out: &mut Vec<u8>, mask: Mask, unit: Unit) {
    match unit {
        Unit::Byte(byte) if mask.has(Mask::INVALID_UTF8) => {
            out.extend_from_slice(format!("{QUOTE}{byte:02X}").as_bytes());
        }
        Unit::Char(character) => match spelled_anywhere(mask, character) {
            Some(spelled) => push_char(out, spelled),
            None => {
                // A character that looks like a replacement must not be read back as one.
                if character == QUOTE || plain_anywhere(mask, character).is_some() {
                    push_char(out, QUOTE);
                }
                push_char(out, character);
            }
        },
        Unit::Byte(_) => push_unit(out, unit),
    }
}
