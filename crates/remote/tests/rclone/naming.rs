//! Names against the real rclone: what it lists, what it writes to a store, and what it writes back.
//!
//! A `local` remote with another `encoding` stands for the store: rclone applies the same encoder to it as to a bucket.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use podfs_remote::naming::{Mask, NameRefusal, Speller};
use tempfile::TempDir;

/// The real rclone, installed by the test kit.
fn rclone() -> PathBuf {
    podfs_testkit::tools::RCLONE.path().expect("rclone is installed")
}

fn run(arguments: &[&OsStr]) -> std::process::Output {
    Command::new(rclone())
        // Without the last flag rclone takes names that differ only in Unicode normal form for one file.
        .args(["--config", "/notfound", "--retries", "1", "--no-unicode-normalization"])
        .args(arguments)
        .output()
        .expect("rclone runs")
}

fn with_encoding(mask: Mask, folder: &Path) -> std::ffi::OsString {
    let mut remote = std::ffi::OsString::from(format!(":local,encoding=\"{mask}\":"));
    remote.push(folder);
    remote
}

/// Names that exercise each rule alone, and then every string of up to three awkward pieces.
fn hostile_names() -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = [
        "plain.txt",
        " lead",
        "trail ",
        "-dash",
        "a\\b",
        "q\"uote",
        "a\nb",
        "tab\t",
        "\u{1}",
        "\u{7f}",
        "␊",
        "a␊b",
        "␀",
        "␡",
        "．",
        "．．",
        "／",
        "a／b",
        "‛DF",
        "‛df",
        "‛41",
        "x‛",
        "‛",
        "‛‛",
        "\u{FFFD}",
        "e\u{301}",
        "é",
        "日本",
        "#x",
        ";x",
        "...",
        "~t",
    ]
    .iter()
    .map(|name| name.as_bytes().to_vec())
    .collect();
    names.push(vec![b'n'; 255]);
    names.push(vec![0xDF; 60]);
    let pieces: [&[u8]; 15] = [
        "‛".as_bytes(),
        "．".as_bytes(),
        "␊".as_bytes(),
        "␠".as_bytes(),
        "␀".as_bytes(),
        "！".as_bytes(),
        b".",
        b" ",
        b"~",
        b"\t",
        b"!",
        b"D",
        b"\xdf",
        b"\xe2\x82",
        b"\xed\xa0\x80",
    ];
    for first in pieces {
        for second in pieces {
            names.push([first, second].concat());
            for third in pieces.iter().step_by(2) {
                names.push([first, second, *third].concat());
            }
        }
    }
    names.retain(|name| name != b"." && name != b"..");
    names.sort();
    names.dedup();
    names
}

/// A folder whose own name no mask changes: rclone encodes the whole path of a store, and `.tmp…` starts with a period.
fn temporary() -> TempDir {
    tempfile::Builder::new().prefix("names").tempdir().expect("temporary folder")
}

/// A folder with a file for each name; the file holds its own name, so that it can be told wherever it lands.
fn folder_of(names: &[Vec<u8>]) -> TempDir {
    let folder = temporary();
    for name in names {
        fs::write(folder.path().join(OsStr::from_bytes(name)), name).expect("file is written");
    }
    folder
}

/// Name on disk to content.
fn read_folder(folder: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    fs::read_dir(folder)
        .expect("folder is read")
        .map(|entry| entry.expect("entry"))
        .map(|entry| (entry.file_name().into_vec(), fs::read(entry.path()).expect("file is read")))
        .collect()
}

fn copy(from: &OsStr, to: &OsStr) {
    let output = run(&[OsStr::new("copy"), from, to]);
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn listings_show_the_standard_spelling() {
    let names = hostile_names();
    let folder = folder_of(&names);
    let output = run(&[OsStr::new("lsjson"), folder.path().as_os_str()]);
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("lsjson gives JSON");
    let mut listed: Vec<String> = listed
        .as_array()
        .expect("list")
        .iter()
        .map(|entry| entry["Name"].as_str().expect("name").to_owned())
        .collect();
    let speller = Speller::new(Mask::S3);
    // Go's JSON replaces byte by byte; Rust's lossy conversion would join the bytes of one broken sequence.
    let as_json = |name: &Vec<u8>| -> String {
        let standard = speller.standard_name(name);
        let chunks = standard.utf8_chunks();
        chunks.map(|chunk| format!("{}{}", chunk.valid(), "\u{FFFD}".repeat(chunk.invalid().len()))).collect()
    };
    let mut expected: Vec<String> = names.iter().map(as_json).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

/// Copies the names to a store with this mask and back: what the store then holds, and what came back.
fn there_and_back(mask: Mask, names: &[Vec<u8>]) -> [BTreeMap<Vec<u8>, Vec<u8>>; 2] {
    let local = folder_of(names);
    let store = temporary();
    let restored = temporary();
    copy(local.path().as_os_str(), &with_encoding(mask, store.path()));
    copy(&with_encoding(mask, store.path()), restored.path().as_os_str());
    [read_folder(store.path()), read_folder(restored.path())]
}

/// The names that we accept go there and back; those that we refuse do not come back as they were.
///
/// The two kinds are not mixed in one folder: rclone lists `‛x` as `‛‛x`, and beside a real `‛‛x` it then copies that
/// one's bytes, cut to the other's length.
fn compare(mask: Mask) {
    let speller = Speller::new(mask);
    let stored_here = |spelled: &[u8]| spelled.len() <= 255 && spelled != b"." && spelled != b"..";
    let (accepted, refused): (Vec<_>, Vec<_>) =
        hostile_names().into_iter().partition(|name| speller.spell(name).is_ok());
    let accepted: Vec<_> =
        accepted.into_iter().filter(|name| stored_here(&speller.store_name(name))).collect();
    assert!(accepted.len() > refused.len(), "{mask}: only {} names accepted", accepted.len());

    let [on_store, on_return] = there_and_back(mask, &accepted);
    for name in &accepted {
        let shown = name.escape_ascii();
        assert_eq!(on_store.get(&speller.store_name(name)), Some(name), "{mask}: {shown} on the store");
        assert_eq!(on_return.get(name), Some(name), "{mask}: {shown} restored");
    }
    let [_, on_return] = there_and_back(mask, &refused);
    for name in &refused {
        let shown = name.escape_ascii();
        assert!(matches!(speller.spell(name), Err(NameRefusal::NotReversible { .. })), "{mask}: {shown}");
        assert_ne!(on_return.get(name), Some(name), "{mask}: refused {shown}, but rclone carries it");
    }
}

/// Restores from a store that holds hostile names which nobody's encoder wrote.
fn restored_from(mask: Mask) {
    let speller = Speller::new(mask);
    let names: Vec<_> = hostile_names().into_iter().filter(|name| speller.unspell(name).is_ok()).collect();
    let store = folder_of(&names);
    let restored = temporary();
    copy(&with_encoding(mask, store.path()), restored.path().as_os_str());
    let on_return = read_folder(restored.path());
    for spelled in &names {
        let raw = speller.unspell(spelled).expect("accepted above");
        assert_eq!(on_return.get(&raw), Some(spelled), "{mask}: {}", spelled.escape_ascii());
    }
}

#[test]
fn names_go_to_an_s3_like_store_and_back() {
    compare(Mask::S3);
    restored_from(Mask::S3);
}

#[test]
fn names_go_to_a_plain_folder_and_back() {
    compare(Mask::LOCAL);
    restored_from(Mask::LOCAL);
}

#[test]
fn names_go_through_every_other_encoding_and_back() {
    let others = [
        "Slash,Ctl,Del,Dot",
        "Slash,LtGt,DoubleQuote,Colon,Question,Asterisk,Pipe,BackSlash,Del,Ctl,LeftSpace,LeftTilde,RightSpace,RightPeriod,InvalidUtf8,Dot",
        "Slash,CrLf,LeftPeriod,LeftCrLfHtVt,RightCrLfHtVt,InvalidUtf8,Dot,SquareBracket,Semicolon,Exclamation",
        "Slash,SingleQuote,BackQuote,Dollar,Hash,Percent,Dot",
    ];
    for text in others {
        let mask = Mask::parse(text).expect("encoding");
        compare(mask);
        restored_from(mask);
    }
}
