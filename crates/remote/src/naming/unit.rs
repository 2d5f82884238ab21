//! A name as characters, with the bytes that are not UTF-8 kept one by one.

/// One piece of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A character.
    Char(char),
    /// A byte that is no part of a valid UTF-8 sequence. Go, like us, takes an invalid sequence byte by byte.
    Byte(u8),
}

/// Takes a name apart.
pub(super) fn units(name: &[u8]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        units.extend(chunk.valid().chars().map(Unit::Char));
        units.extend(chunk.invalid().iter().copied().map(Unit::Byte));
    }
    units
}

/// Appends a character as UTF-8.
pub(super) fn push_char(out: &mut Vec<u8>, character: char) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Appends a piece unchanged.
pub(super) fn push_unit(out: &mut Vec<u8>, unit: Unit) {
    match unit {
        Unit::Char(character) => push_char(out, character),
        Unit::Byte(byte) => out.push(byte),
    }
}

/// Whether no mask changes this name in either direction: the common case, decided without taking it apart.
pub(super) fn is_plain(name: &[u8]) -> bool {
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    name.iter().all(harmless) && name.first() != Some(&b'.') && name.last() != Some(&b'.')
}
