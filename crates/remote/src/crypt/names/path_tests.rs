//! Whole paths, there and back, and what hostile names on the remote come to.

use proptest::prelude::*;

use super::super::super::key::Keys;
use super::super::super::password::Password;
use super::super::encoding::NameEncoding;
use super::super::scheme::{NameEncryption, NameScheme};
use super::*;

fn cipher(encryption: NameEncryption, encoding: NameEncoding, directories: bool) -> NameCipher {
    let scheme = NameScheme { encryption, encoding, directories, ..NameScheme::default() };
    NameCipher::new(&Keys::derive(&Password::default(), &Password::default()), &scheme)
}

fn ciphers() -> Vec<NameCipher> {
    let encodings = [NameEncoding::Base32, NameEncoding::Base64, NameEncoding::Base32768];
    let standard = encodings.into_iter().map(|encoding| (NameEncryption::Standard, encoding));
    let others =
        [NameEncryption::Obfuscate, NameEncryption::Off].map(|encryption| (encryption, NameEncoding::Base32));
    let kinds = standard.chain(others);
    kinds
        .flat_map(|(kind, encoding)| [true, false].map(|directories| cipher(kind, encoding, directories)))
        .collect()
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    let segment = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..30),
        "[.]{0,3}(bin)?".prop_map(String::into_bytes),
        "[a\n‛．␀␊／…!-]{1,6}".prop_map(String::into_bytes),
        "\\PC{1,10}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(segment, 1..4).prop_map(|segments| segments.join(&b'/'))
}

proptest! {
    #[test]
    fn paths_come_back_as_they_were(path in path()) {
        for cipher in ciphers() {
            if let Ok(sealed) = cipher.seal_path(&path) {
                let opened = cipher.open_path(&sealed);
                prop_assert_eq!(opened.as_ref(), Ok(&path), "{:?}", cipher);
            }
        }
    }

    #[test]
    fn any_path_on_the_remote_has_an_answer_and_leads_nowhere_else(path in path()) {
        for cipher in ciphers() {
            if let Ok(opened) = cipher.open_path(&path) {
                let bad = |segment: &[u8]| matches!(segment, b"" | b"." | b"..") || segment.contains(&0);
                prop_assert!(!opened.split(|byte| *byte == b'/').any(bad));
                prop_assert_eq!(opened.split(|byte| *byte == b'/').count(), path.split(|byte| *byte == b'/').count());
                let sealed = cipher.seal_path(&opened);
                prop_assert_eq!(sealed.as_ref(), Ok(&path), "{:?}", cipher);
            }
        }
    }
}

#[test]
fn the_spelling_is_encrypted_not_the_raw_name() {
    let cipher = cipher(NameEncryption::Off, NameEncoding::Base32, true);
    assert_eq!(cipher.seal_path(b"a\n/b"), Ok(b"a\n/b.bin".to_vec()));
    assert_eq!(cipher.decrypt_file("a\u{240a}.bin".as_bytes()), Ok("a\u{240a}".as_bytes().to_vec()));
}

#[test]
fn a_hostile_name_cannot_leave_the_directory() {
    let cipher = cipher(NameEncryption::Off, NameEncoding::Base32, true);
    for name in ["...bin", "../x.bin", "a//b.bin", "/x.bin", "./x.bin", "x/...bin"] {
        assert!(cipher.open_path(name.as_bytes()).is_err(), "{name}");
    }
}

#[test]
fn a_typed_directory_is_encrypted_as_that_of_a_file() {
    let cipher = cipher(NameEncryption::Standard, NameEncoding::Base32, true);
    let typed = cipher.seal_typed_directory(b"one/two-v2001-02-03-040506-123").unwrap();
    let file = cipher.seal_path(b"one/two-v2001-02-03-040506-123/f").unwrap();
    assert!(file.starts_with(&[typed.as_slice(), b"/"].concat()));
}
