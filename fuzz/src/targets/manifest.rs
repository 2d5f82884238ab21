//! Parts of a manifest, alone and as a chain.
//!
//! The first byte says whether the rest is a part as it lies on the remote, or its records before they are compressed:
//! no mutation gets through a compression.

use std::io::{Read, Write};

use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use podfs_sync::attributes::{Attributes, Extended};
use podfs_sync::manifest::{
    Chain, Damaged, FileRecord, Part, PartReader, PartWriter, Record, SpecialKind, Stored, Tie, What,
};
use podfs_sync::{Modified, RelativePath, Timestamp};

use crate::Target;

pub(super) const TARGET: Target = Target { name: "manifest", run, samples };

const FORMAT_LINE: &[u8] = b"podfs manifest 1\n";

fn run(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let bytes = if kind.is_multiple_of(2) { rest.to_vec() } else { compressed(rest) };
    let records = whole_records(&bytes);
    records.iter().filter_map(|record| record.path.as_ref()).for_each(check_path);
    assert!(records.is_sorted_by(|left, right| left.path < right.path), "out of order");

    let (written, part) = encode(&records);
    let again: Vec<Record> =
        read(&written, &part).collect::<Result<_, _>>().expect("what we write can be read");
    assert_eq!(again, records);

    let half = records.len() / 2;
    let (older, newer) = (&records[..], &records[half..]);
    let chained: Vec<Record> = Chain::new([older, newer].map(|part| part.iter().cloned().map(Ok)))
        .collect::<Result<_, Damaged>>()
        .expect("records are no damage");
    let expected: Vec<Record> =
        records.iter().filter(|record| record.what != What::Absent).cloned().collect();
    assert_eq!(chained, expected);
}

/// The records up to where the part is damaged, or ends.
fn whole_records(bytes: &[u8]) -> Vec<Record> {
    // Nobody announces so many: that error comes last of all.
    let part = Part { name: String::new(), records: u64::MAX, bytes: 0, hash: String::new() };
    match PartReader::new(bytes, &part) {
        Ok(reader) => reader.map_while(Result::ok).collect(),
        Err(_) => Vec::new(),
    }
}

fn check_path(path: &RelativePath) {
    assert_eq!(RelativePath::parse(path.as_bytes()).as_ref(), Ok(path), "a path that nobody checked");
}

fn read<'bytes>(bytes: &'bytes [u8], part: &Part) -> PartReader<&'bytes [u8]> {
    PartReader::new(bytes, part).expect("it begins as a part does")
}

fn encode(records: &[Record]) -> (Vec<u8>, Part) {
    let mut writer = PartWriter::new(Vec::new()).unwrap();
    records.iter().for_each(|record| writer.push(record).unwrap());
    writer.finish("1-a".to_owned()).unwrap()
}

fn compressed(records: &[u8]) -> Vec<u8> {
    let mut encoder = FrameEncoder::new(FORMAT_LINE.to_vec());
    encoder.write_all(records).unwrap();
    encoder.finish().unwrap()
}

fn samples() -> Vec<Vec<u8>> {
    let (raw, _) = encode(&sample_records());
    let mut plain = Vec::new();
    FrameDecoder::new(&raw[FORMAT_LINE.len()..]).read_to_end(&mut plain).unwrap();
    vec![[&[0], &raw[..]].concat(), [&[1], &plain[..]].concat(), vec![1]]
}

pub(super) fn sample_records() -> Vec<Record> {
    let path = |text: &str| Some(RelativePath::parse(text).unwrap());
    let modified = Timestamp::from_nanoseconds(1_700_000_000_000_000_001);
    let extended = vec![Extended { name: b"user.a".to_vec(), value: b"b".to_vec() }];
    let attributes = Attributes { mode: 0o644, owner: 1, group: 2, modified, extended };
    let stored =
        Stored { tag: Some("ab".to_owned()), modified: Modified::At(modified), nonce: Some([7; 24]) };
    let tie = Some(Tie { first: path("a/b").unwrap() });
    let file = FileRecord {
        size: 300,
        attributes: attributes.clone(),
        hash: Some([9; 32]),
        stored: stored.clone(),
        tie,
        sparse: true,
    };
    vec![
        Record { path: None, what: What::Folder(attributes.clone()) },
        Record { path: path("a"), what: What::Folder(attributes.clone()) },
        Record { path: path("a/b"), what: What::File(file) },
        Record { path: path("c"), what: What::SymbolicLink { target: b"../x".to_vec(), attributes } },
        Record { path: path("d"), what: What::Special(SpecialKind::Fifo) },
        Record { path: path("e"), what: What::Deleted { size: 1, stored } },
        Record { path: path("f"), what: What::Absent },
    ]
}
