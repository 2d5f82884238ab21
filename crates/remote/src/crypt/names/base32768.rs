//! base32768: 15 bits in each character, from ranges of Unicode that no store changes.
//!
//! The repertoire is the "safe" one of qntm's base32768 (<https://github.com/qntm/base32768>), which rclone's
//! `github.com/Max-Sum/base32768` sorts by code point: 1028 blocks of 32 characters. The first four hold the 7-bit
//! characters, which stand only at the end, the others the 15-bit ones. Missing bits are ones.

/// First and last block of each run of neighbours, by the block's first code point. Sorted.
const RUNS: &[(u32, u32)] = &[
    (0x0180, 0x0180),
    (0x0240, 0x0280),
    (0x04A0, 0x04A0),
    (0x0500, 0x0500),
    (0x0680, 0x06A0),
    (0x0760, 0x0780),
    (0x07C0, 0x07C0),
    (0x1000, 0x1000),
    (0x10A0, 0x10A0),
    (0x1100, 0x1140),
    (0x1180, 0x1180),
    (0x11E0, 0x1220),
    (0x1260, 0x1260),
    (0x12E0, 0x12E0),
    (0x1320, 0x1320),
    (0x13A0, 0x13C0),
    (0x1420, 0x1640),
    (0x16A0, 0x16C0),
    (0x1780, 0x1780),
    (0x1820, 0x1840),
    (0x18C0, 0x18C0),
    (0x1980, 0x1980),
    (0x19E0, 0x19E0),
    (0x1A20, 0x1A20),
    (0x1BC0, 0x1BC0),
    (0x1C00, 0x1C00),
    (0x1D00, 0x1D00),
    (0x21E0, 0x21E0),
    (0x22C0, 0x22C0),
    (0x2340, 0x23C0),
    (0x2400, 0x2400),
    (0x2500, 0x2740),
    (0x2780, 0x27A0),
    (0x2800, 0x2960),
    (0x29A0, 0x29A0),
    (0x2A20, 0x2A40),
    (0x2A80, 0x2AA0),
    (0x2AE0, 0x2B40),
    (0x2C00, 0x2C00),
    (0x2C80, 0x2CC0),
    (0x2D00, 0x2D00),
    (0x2D40, 0x2D40),
    (0x2EA0, 0x2EC0),
    (0x31C0, 0x31C0),
    (0x3400, 0x4D80),
    (0x4DC0, 0x9FA0),
    (0xA000, 0xA460),
    (0xA4A0, 0xA4A0),
    (0xA500, 0xA5E0),
    (0xA640, 0xA640),
    (0xA6A0, 0xA6C0),
    (0xA700, 0xA740),
    (0xA780, 0xA780),
    (0xA840, 0xA840),
];
/// Characters in a block.
const BLOCK: u32 = 32;
/// Blocks of the characters that hold 7 bits.
const SHORT_BLOCKS: u32 = 4;
/// The longest character of the repertoire in UTF-8.
const LONGEST_CHARACTER: usize = 3;

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(longest_text(bytes.len()));
    let (mut bits, mut count) = (0u32, 0);
    for byte in bytes {
        (bits, count) = (bits << 8 | u32::from(*byte), count + 8);
        if count >= 15 {
            count -= 15;
            text.extend(long(bits >> count));
            bits &= (1 << count) - 1;
        }
    }
    // What is left is filled up with ones.
    match count {
        0 => {}
        1..=7 => text.extend(short(((bits + 1) << (7 - count)) - 1)),
        _ => text.extend(long(((bits + 1) << (15 - count)) - 1)),
    }
    text
}

/// `None` for what is not of the repertoire, or has a short character before its end. Does not look at the filling.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count, mut ended) = (0u32, 0, false);
    for character in text.chars() {
        if ended {
            return None;
        }
        let place = place(u32::from(character))?;
        let (value, width) = match place.checked_sub(SHORT_BLOCKS * BLOCK) {
            Some(value) => (value, 15),
            None => (place, 7),
        };
        ended = width == 7;
        (bits, count) = (bits << width | value, count + width);
        while count >= 8 {
            count -= 8;
            bytes.extend(u8::try_from(bits >> count));
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

/// The most bytes of UTF-8 for so many bytes.
const fn longest_text(bytes: usize) -> usize {
    (bytes * 8).div_ceil(15) * LONGEST_CHARACTER
}

fn long(value: u32) -> Option<char> {
    character(value + SHORT_BLOCKS * BLOCK)
}

fn short(value: u32) -> Option<char> {
    character(value)
}

/// The character at a place of the whole repertoire.
fn character(mut place: u32) -> Option<char> {
    for (first, last) in RUNS {
        let size = last - first + BLOCK;
        if place < size {
            return char::from_u32(first + place);
        }
        place -= size;
    }
    None
}

fn place(code: u32) -> Option<u32> {
    let mut before = 0;
    for (first, last) in RUNS {
        if (*first..last + BLOCK).contains(&code) {
            return Some(before + code - first);
        }
        before += last - first + BLOCK;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repertoire_is_sorted_and_has_its_size() {
        let characters: Vec<char> = (0..1028 * BLOCK).map(|place| character(place).unwrap()).collect();
        assert!(characters.is_sorted_by(|one, other| one < other));
        assert_eq!(character(1028 * BLOCK), None);
        for (at, character) in characters.into_iter().enumerate() {
            assert_eq!(place(u32::from(character)), Some(at as u32));
        }
    }

    #[test]
    fn short_characters_stand_only_at_the_end() {
        let one = encode(&[1; 15]);
        assert_eq!(decode(&format!("{one}ƀ{one}")), None);
        assert_eq!(decode("a"), None);
    }
}
