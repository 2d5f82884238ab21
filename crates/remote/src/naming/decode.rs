//! From the spelling under a mask back to the plain name.

use super::mask::Mask;
use super::substitute::{QUOTE, Side, plain_anywhere, plain_at};
use super::unit::{Unit, is_plain, push_char, push_unit, units};

/// Reads one path segment that was spelled under `mask`, byte for byte as rclone's decoder does.
///
/// Any input has a result: a quotation mark that quotes nothing stands for itself, so several spellings can decode to
/// one name. [`super::Speller`] tells such names apart.
#[must_use]
pub fn decode(mask: Mask, spelled: &[u8]) -> Vec<u8> {
    if mask == Mask::RAW || is_plain(spelled) {
        return spelled.to_vec();
    }
    if mask.has(Mask::DOT)
        && let Some(plain) = decode_dots(spelled)
    {
        return plain.as_bytes().to_vec();
    }
    let units = units(spelled);
    let (first, rest) = take_first(mask, &units);
    let (last, middle) = take_last(mask, rest);
    let mut out = Vec::with_capacity(spelled.len());
    if let Some(character) = first {
        push_char(&mut out, character);
    }
    push_decoded(&mut out, mask, middle);
    if let Some(character) = last {
        push_char(&mut out, character);
    }
    out
}

fn decode_dots(spelled: &[u8]) -> Option<&'static str> {
    match str::from_utf8(spelled).ok()? {
        "．" => Some("."),
        "．．" => Some(".."),
        "‛．" => Some("．"),
        "‛．‛．" => Some("．．"),
        _ => None,
    }
}

/// The first character as it was, where the mask replaced or quoted it because it was first.
fn take_first(mask: Mask, units: &[Unit]) -> (Option<char>, &[Unit]) {
    match units {
        [Unit::Char(QUOTE), Unit::Char(quoted), rest @ ..]
            if plain_at(mask, Side::Left, *quoted).is_some() =>
        {
            (Some(*quoted), rest)
        }
        [Unit::Char(spelled), rest @ ..] => match plain_at(mask, Side::Left, *spelled) {
            Some(plain) => (Some(plain), rest),
            None => (None, units),
        },
        _ => (None, units),
    }
}

/// The last character as it was, where the mask replaced or quoted it because it was last.
fn take_last(mask: Mask, units: &[Unit]) -> (Option<char>, &[Unit]) {
    let [before @ .., Unit::Char(spelled)] = units else { return (None, units) };
    match (plain_at(mask, Side::Right, *spelled), before) {
        (None, _) => (None, units),
        (Some(_), [rest @ .., Unit::Char(QUOTE)]) => (Some(*spelled), rest),
        (Some(plain), rest) => (Some(plain), rest),
    }
}

fn push_decoded(out: &mut Vec<u8>, mask: Mask, mut units: &[Unit]) {
    while let [unit, rest @ ..] = units {
        units = match unit {
            Unit::Char(QUOTE) => push_quoted(out, mask, rest),
            Unit::Char(character) => {
                push_char(out, plain_anywhere(mask, *character).unwrap_or(*character));
                rest
            }
            Unit::Byte(_) => {
                push_unit(out, *unit);
                rest
            }
        };
    }
}

/// Handles what follows a quotation mark; gives what is left after it.
fn push_quoted<'a>(out: &mut Vec<u8>, mask: Mask, units: &'a [Unit]) -> &'a [Unit] {
    match units {
        [Unit::Char(quoted), rest @ ..] if *quoted == QUOTE || plain_anywhere(mask, *quoted).is_some() => {
            push_char(out, *quoted);
            rest
        }
        [Unit::Char(high), Unit::Char(low), rest @ ..] if mask.has(Mask::INVALID_UTF8) => {
            if let Some(byte) = hexadecimal(*high, *low) {
                out.push(byte);
                rest
            } else {
                push_char(out, QUOTE);
                units
            }
        }
        _ => {
            push_char(out, QUOTE);
            units
        }
    }
}

fn hexadecimal(high: char, low: char) -> Option<u8> {
    u8::try_from(high.to_digit(16)? * 16 + low.to_digit(16)?).ok()
}
