//! The look-alikes: which character stands for which, where, and under which flag.
//!
//! From rclone's `lib/encoder/encoder.go`: printable ASCII becomes its FULLWIDTH form (plus 0xFEE0), a control
//! character its SYMBOL FOR (plus 0x2400), space U+2420, DEL U+2421.

use super::mask::Mask;

/// SINGLE HIGH-REVERSED-9 QUOTATION MARK: what follows is meant literally, or is a byte in hexadecimal.
pub(super) const QUOTE: char = '\u{201B}';

const FULLWIDTH_OFFSET: u32 = 0xFEE0;
const SYMBOL_OFFSET: u32 = 0x2400;
const SYMBOL_FOR_DELETE: char = '\u{2421}';

/// The end of a name at which a replacement applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// What stands for `plain` wherever it occurs in a name, if the mask replaces it.
pub(super) fn spelled_anywhere(mask: Mask, plain: char) -> Option<char> {
    let replaced = plain == '\0' || flags_anywhere(plain).is_some_and(|flags| mask.has(flags));
    if replaced { look_alike(plain) } else { None }
}

/// The inverse of [`spelled_anywhere`].
pub(super) fn plain_anywhere(mask: Mask, spelled: char) -> Option<char> {
    stands_for(spelled).filter(|plain| spelled_anywhere(mask, *plain) == Some(spelled))
}

/// What stands for `plain` at one end of a name, if the mask replaces it there.
pub(super) fn spelled_at(mask: Mask, side: Side, plain: char) -> Option<char> {
    if flags_at(side, plain).is_some_and(|flags| mask.has(flags)) { look_alike(plain) } else { None }
}

/// The inverse of [`spelled_at`].
pub(super) fn plain_at(mask: Mask, side: Side, spelled: char) -> Option<char> {
    stands_for(spelled).filter(|plain| spelled_at(mask, side, *plain) == Some(spelled))
}

fn look_alike(plain: char) -> Option<char> {
    match plain {
        '\0'..=' ' => char::from_u32(u32::from(plain) + SYMBOL_OFFSET),
        '!'..='~' => char::from_u32(u32::from(plain) + FULLWIDTH_OFFSET),
        '\u{7F}' => Some(SYMBOL_FOR_DELETE),
        _ => None,
    }
}

fn stands_for(spelled: char) -> Option<char> {
    match spelled {
        '\u{2400}'..='\u{2420}' => char::from_u32(u32::from(spelled) - SYMBOL_OFFSET),
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(spelled) - FULLWIDTH_OFFSET),
        SYMBOL_FOR_DELETE => Some('\u{7F}'),
        _ => None,
    }
}

fn flags_anywhere(plain: char) -> Option<Mask> {
    Some(match plain {
        '/' => Mask::SLASH,
        '<' | '>' => Mask::LT_GT,
        '"' => Mask::DOUBLE_QUOTE,
        '\'' => Mask::SINGLE_QUOTE,
        '`' => Mask::BACK_QUOTE,
        '$' => Mask::DOLLAR,
        ':' => Mask::COLON,
        '?' => Mask::QUESTION,
        '*' => Mask::ASTERISK,
        '|' => Mask::PIPE,
        '#' => Mask::HASH,
        '%' => Mask::PERCENT,
        '\\' => Mask::BACK_SLASH,
        '[' | ']' => Mask::SQUARE_BRACKET,
        ';' => Mask::SEMICOLON,
        '!' => Mask::EXCLAMATION,
        '\r' | '\n' => Mask::CR_LF.with(Mask::CTL),
        '\x01'..='\x1F' => Mask::CTL,
        '\x7F' => Mask::DEL,
        _ => return None,
    })
}

fn flags_at(side: Side, plain: char) -> Option<Mask> {
    Some(match (side, plain) {
        (Side::Left, ' ') => Mask::LEFT_SPACE,
        (Side::Left, '.') => Mask::LEFT_PERIOD,
        (Side::Left, '~') => Mask::LEFT_TILDE,
        (Side::Left, '\t' | '\n' | '\x0B' | '\r') => Mask::LEFT_CR_LF_HT_VT,
        (Side::Right, ' ') => Mask::RIGHT_SPACE,
        (Side::Right, '.') => Mask::RIGHT_PERIOD,
        (Side::Right, '\t' | '\n' | '\x0B' | '\r') => Mask::RIGHT_CR_LF_HT_VT,
        _ => return None,
    })
}
