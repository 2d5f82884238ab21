//! Items one after another as bytes, each with its length in front.

use std::io::{self, ErrorKind, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes one item.
///
/// # Errors
/// When it does not fit into 4 GiB or `to` does not take it.
pub(crate) fn write<T: Serialize>(to: &mut impl Write, item: &T) -> io::Result<()> {
    let encoded = postcard::to_stdvec(item).map_err(io::Error::other)?;
    let size = u32::try_from(encoded.len()).map_err(io::Error::other)?;
    to.write_all(&size.to_le_bytes())?;
    to.write_all(&encoded)
}

/// Reads one item of at most `limit` bytes; `None` when `from` ends before one begins.
///
/// # Errors
/// When `from` ends within an item, or what comes is none.
pub(crate) fn read<T: DeserializeOwned>(from: &mut impl Read, limit: u32) -> io::Result<Option<T>> {
    let mut size = [0; 4];
    let mut filled = 0;
    while let Some(rest) = size.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => filled += length,
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    let size = u32::from_le_bytes(size);
    if size > limit {
        return Err(io::Error::new(ErrorKind::InvalidData, format!("an item of {size} bytes")));
    }
    let mut encoded = Vec::new();
    // Grows with what really comes: the length is not to be believed.
    from.by_ref().take(u64::from(size)).read_to_end(&mut encoded)?;
    if encoded.len() as u64 != u64::from(size) {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    postcard::from_bytes(&encoded).map(Some).map_err(io::Error::other)
}
