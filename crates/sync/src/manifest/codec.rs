//! One part of the manifest as bytes: a line that names the format, then records, compressed, sorted by path.

use std::io::{self, Read, Write};

use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use thiserror::Error;

use super::{Part, Record};
use crate::spool::frame;

/// The first bytes of a part. A change of the format changes the number.
const FORMAT_LINE: &[u8] = b"podfs manifest 1\n";
/// More than a record can take: the longest path, and as many extended attributes as a file system keeps for a file.
const RECORD_LIMIT: u32 = 64 * 1024 * 1024;

/// A part that is not what the head announced.
#[derive(Debug, Error)]
pub enum Damaged {
    /// It begins otherwise.
    #[error("it is no manifest of a format that this version knows")]
    Format,
    /// Its records cannot be read.
    #[error("its records cannot be read: {0}")]
    Records(#[from] io::Error),
    /// The head names it, and it is not there, or not of that size.
    #[error("it is not there as the head names it")]
    Missing,
    /// Its bytes are not those that were written.
    #[error("its content is not what was written")]
    Hash,
    /// Its records are not sorted, or one path comes twice.
    #[error("its records are out of order")]
    Order,
    /// It ended early or went on too long.
    #[error("it has {found} records, {announced} were announced")]
    Count {
        /// Records that came.
        found: u64,
        /// Records that the head promised.
        announced: u64,
    },
}

/// Writes a part, and knows its size and hash at the end.
pub struct PartWriter<W: Write> {
    encoder: FrameEncoder<Hashing<W>>,
    records: u64,
}

impl<W: Write> PartWriter<W> {
    /// Begins a part.
    ///
    /// # Errors
    /// When `inner` does not take it.
    pub fn new(inner: W) -> io::Result<Self> {
        let mut hashing = Hashing { inner, hasher: blake3::Hasher::new(), bytes: 0 };
        hashing.write_all(FORMAT_LINE)?;
        Ok(Self { encoder: FrameEncoder::new(hashing), records: 0 })
    }

    /// Adds a record; they come in the order of their paths.
    ///
    /// # Errors
    /// When `inner` does not take it.
    pub fn push(&mut self, record: &Record) -> io::Result<()> {
        self.records += 1;
        frame::write(&mut self.encoder, record)
    }

    /// Ends the part, which shall be called `name`.
    ///
    /// # Errors
    /// When `inner` does not take the rest.
    pub fn finish(self, name: String) -> io::Result<(W, Part)> {
        let mut hashing = self.encoder.finish().map_err(io::Error::other)?;
        hashing.flush()?;
        let hash = hashing.hasher.finalize().to_hex().to_string();
        Ok((hashing.inner, Part { name, records: self.records, bytes: hashing.bytes, hash }))
    }
}

/// The records of a part whose bytes have been found to have the hash that the head names.
pub struct PartReader<R: Read> {
    decoder: FrameDecoder<R>,
    announced: u64,
    found: u64,
    last: Option<Record>,
    ended: bool,
}

impl<R: Read> PartReader<R> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// When they are not those of a part.
    pub fn new(mut inner: R, part: &Part) -> Result<Self, Damaged> {
        let mut line = [0; FORMAT_LINE.len()];
        match inner.read_exact(&mut line) {
            Ok(()) if line == FORMAT_LINE => {}
            Ok(()) => return Err(Damaged::Format),
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => return Err(Damaged::Format),
            Err(cause) => return Err(Damaged::Records(cause)),
        }
        let decoder = FrameDecoder::new(inner);
        Ok(Self { decoder, announced: part.records, found: 0, last: None, ended: false })
    }

    fn read(&mut self) -> Result<Option<Record>, Damaged> {
        let Some(record) = frame::read::<Record>(&mut self.decoder, RECORD_LIMIT)? else {
            let (found, announced) = (self.found, self.announced);
            return if found == announced { Ok(None) } else { Err(Damaged::Count { found, announced }) };
        };
        if self.last.as_ref().is_some_and(|last| last.compare_paths(&record).is_ge()) {
            return Err(Damaged::Order);
        }
        self.found += 1;
        self.last = Some(record.clone());
        Ok(Some(record))
    }
}

impl<R: Read> Iterator for PartReader<R> {
    type Item = Result<Record, Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

struct Hashing<W> {
    inner: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hasher.update(buffer.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::manifest::record::tests::any_records;

    pub(in crate::manifest) fn encode(records: &[Record]) -> (Vec<u8>, Part) {
        let mut writer = PartWriter::new(Vec::new()).unwrap();
        for record in records {
            writer.push(record).unwrap();
        }
        writer.finish("1-a".to_owned()).unwrap()
    }

    fn decode(bytes: &[u8], part: &Part) -> Result<Vec<Record>, Damaged> {
        PartReader::new(bytes, part)?.collect()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(records in any_records()) {
            let (bytes, part) = encode(&records);
            prop_assert_eq!(part.bytes, bytes.len() as u64);
            prop_assert_eq!(&part.hash, &blake3::hash(&bytes).to_hex().to_string());
            prop_assert_eq!(decode(&bytes, &part).unwrap(), records);
        }

        #[test]
        fn a_part_that_ends_early_never_has_fewer_records(records in any_records(), cut in any::<prop::sample::Index>()) {
            let (bytes, part) = encode(&records);
            let cut = cut.index(bytes.len());
            if let Ok(read) = decode(&bytes[..cut], &part) {
                prop_assert_eq!(read, records, "only the end mark is missing");
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), fits in any::<bool>()) {
            let (mut whole, part) = encode(&[]);
            if fits {
                whole.truncate(FORMAT_LINE.len());
                whole.append(&mut bytes);
                bytes = whole;
            }
            let _ = decode(&bytes, &part);
        }
    }

    #[test]
    fn records_that_are_out_of_order_are_refused() {
        let [a, b] = ["a", "b"].map(|path| Record {
            path: Some(crate::path::RelativePath::parse(path).unwrap()),
            what: crate::manifest::What::Absent,
        });
        let (bytes, part) = encode(&[b.clone(), a.clone()]);
        assert!(matches!(decode(&bytes, &part), Err(Damaged::Order)));
        let (bytes, part) = encode(&[a.clone(), a]);
        assert!(matches!(decode(&bytes, &part), Err(Damaged::Order)));
    }
}
