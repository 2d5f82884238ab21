//! rclone's `obfuscate`: each character moves on within its own range of Unicode, by a distance that depends on the name
//! and the key. In front stands the name's own part of the distance.
//!
//! As <https://rclone.org/crypt/> describes it in words; the exact distances are those of rclone 1.75.2.

use super::super::key::Keys;
use super::error::NameError;

/// Keeps the character behind it as it is.
const QUOTE: char = '!';
/// In front of a name that is not UTF-8 and stays as it is.
const UNTOUCHED: &[u8] = b"!.";

/// What the name key adds to every distance: the sum of its bytes.
#[derive(Clone, Copy)]
pub(super) struct Obfuscator {
    key: u32,
}

impl std::fmt::Debug for Obfuscator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Obfuscator(redacted)")
    }
}

impl Obfuscator {
    pub(super) fn new(keys: &Keys) -> Self {
        Self { key: keys.name().iter().map(|byte| u32::from(*byte)).sum() }
    }

    pub(super) fn encrypt(self, name: &[u8]) -> Vec<u8> {
        let Ok(text) = str::from_utf8(name) else { return [UNTOUCHED, name].concat() };
        let own = text.chars().fold(0, |sum: u32, character| sum.wrapping_add(u32::from(character))) % 256;
        let mut moved = format!("{own}.");
        for character in text.chars() {
            match Range::of(character) {
                _ if character == QUOTE => moved.extend([QUOTE, QUOTE]),
                None => moved.push(character),
                Some(range) => match range.forward(character, own + self.key) {
                    Some(new) => moved.push(new),
                    None => moved.extend([QUOTE, character]),
                },
            }
        }
        moved.into_bytes()
    }

    pub(super) fn decrypt(self, name: &[u8]) -> Result<Vec<u8>, NameError> {
        if let Some(untouched) = name.strip_prefix(UNTOUCHED) {
            return Ok(untouched.to_vec());
        }
        let parted = str::from_utf8(name).ok().and_then(|name| name.split_once('.'));
        let own = parted.and_then(|(number, text)| Some((number.parse::<u8>().ok()?, text)));
        let (own, text) = own
            .ok_or_else(|| NameError::foreign(name, "it does not begin with a number below 256 and a dot"))?;
        let distance = u32::from(own) + self.key;
        let mut plain = String::with_capacity(text.len());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match Range::of(character) {
                _ if character == QUOTE => plain.extend(characters.next()),
                None => plain.push(character),
                // Nothing moves out of its range, so nothing comes back from where no character is.
                Some(range) => plain.extend(range.back(character, distance)),
            }
        }
        Ok(plain.into_bytes())
    }
}

/// A range of characters that move among themselves.
#[derive(Clone, Copy)]
enum Range {
    /// Capital, then small ASCII letters.
    Letters,
    /// So many characters from the first on, moved by 1 to `spread`.
    Codes { first: u32, count: u32, spread: u32 },
}

impl Range {
    /// `None` for what does not move: ASCII that is no letter or digit, and controls.
    fn of(character: char) -> Option<Self> {
        match character {
            '0'..='9' => Some(Self::Codes { first: u32::from('0'), count: 10, spread: 9 }),
            'A'..='Z' | 'a'..='z' => Some(Self::Letters),
            '\u{a0}'..='\u{ff}' => Some(Self::Codes { first: 0xa0, count: 96, spread: 95 }),
            '\u{100}'.. => {
                let code = u32::from(character);
                Some(Self::Codes { first: code - code % 256, count: 256, spread: 127 })
            }
            _ => None,
        }
    }

    const fn count(self) -> u32 {
        match self {
            Self::Letters => 52,
            Self::Codes { count, .. } => count,
        }
    }

    const fn step(self, distance: u32) -> u32 {
        match self {
            Self::Letters => distance % 25 + 1,
            Self::Codes { spread, .. } => distance % spread + 1,
        }
    }

    fn forward(self, character: char, distance: u32) -> Option<char> {
        self.character((self.place(character) + self.step(distance)) % self.count())
    }

    fn back(self, character: char, distance: u32) -> Option<char> {
        self.character((self.place(character) + self.count() - self.step(distance)) % self.count())
    }

    fn place(self, character: char) -> u32 {
        let code = u32::from(character);
        match self {
            Self::Letters if character.is_ascii_lowercase() => code - u32::from('a') + 26,
            Self::Letters => code - u32::from('A'),
            Self::Codes { first, .. } => code - first,
        }
    }

    fn character(self, place: u32) -> Option<char> {
        char::from_u32(match self {
            Self::Letters if place < 26 => u32::from('A') + place,
            Self::Letters => u32::from('a') + place - 26,
            Self::Codes { first, .. } => first + place,
        })
    }
}
