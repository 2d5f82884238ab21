//! Single names, there and back, in every encryption and encoding.

use proptest::prelude::*;

use super::super::super::password::Password;
use super::super::encoding::NameEncoding;
use super::*;

/// One of each kind. What rclone makes of names is asked of rclone itself, in `tests/rclone/crypt.rs`.
fn ciphers() -> Vec<NameCipher> {
    let keys = Keys::derive(&Password::default(), &Password::default());
    let kinds = [
        (NameEncryption::Standard, NameEncoding::Base32, ".bin"),
        (NameEncryption::Standard, NameEncoding::Base64, ".bin"),
        (NameEncryption::Standard, NameEncoding::Base32768, ".bin"),
        (NameEncryption::Obfuscate, NameEncoding::Base32, ".bin"),
        (NameEncryption::Off, NameEncoding::Base32, ".bin"),
        (NameEncryption::Off, NameEncoding::Base32, ""),
    ];
    let scheme = |(encryption, encoding, suffix): (_, _, &str)| NameScheme {
        encryption,
        encoding,
        suffix: suffix.to_owned(),
        directories: true,
    };
    kinds.into_iter().map(|kind| NameCipher::new(&keys, &scheme(kind))).collect()
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 1..60),
        "\\PC{1,20}".prop_map(String::into_bytes),
        "[a!0é日.‛-]{0,4}(-v2001-0[0-3]-0[0-3]-040506-123)?[.]?[a-c]{0,3}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn what_was_encrypted_decrypts(name in name()) {
        for cipher in ciphers() {
            if let Ok(encrypted) = cipher.encrypt_file(&name) {
                let decrypted = cipher.decrypt_file(&encrypted);
                prop_assert_eq!(decrypted.as_ref(), Ok(&name), "{:?}", cipher);
            }
            if let Ok(encrypted) = cipher.encrypt_directory(&name) {
                let decrypted = cipher.decrypt_directory(&encrypted);
                prop_assert_eq!(decrypted.as_ref(), Ok(&name), "{:?}", cipher);
            }
        }
    }

    #[test]
    fn nearly_every_name_can_be_encrypted(name in name()) {
        // rclone puts a version back behind `.a`, wherever it was.
        let odd = name.is_empty() || version::split(&name).is_some_and(|(rest, version)| version::join(&rest, version) != name);
        prop_assume!(!odd);
        for cipher in ciphers() {
            prop_assert!(cipher.encrypt_file(&name).is_ok(), "{cipher:?} {}", name.escape_ascii());
        }
    }

    #[test]
    fn two_names_on_the_remote_never_stand_for_one_file(
        found in prop_oneof![
            name(),
            "[0-9]{1,3}[.][a-zA-Z0-9!é]{0,8}".prop_map(String::into_bytes),
            "[0-9a-vA-V]{26}".prop_map(String::into_bytes),
        ],
    ) {
        for cipher in ciphers() {
            if let Ok(name) = cipher.decrypt_file(&found) {
                let encrypted = cipher.encrypt_file(&name);
                prop_assert_eq!(encrypted.as_ref(), Ok(&found), "{:?}", cipher);
            }
        }
    }
}

#[test]
fn a_foreign_name_is_told_with_a_reason() {
    let all = ciphers();
    let reason = |at: usize, name: &str| all[at].decrypt_file(name.as_bytes()).unwrap_err().to_string();
    assert!(reason(0, "plain.txt").contains("filename_encoding"));
    assert!(reason(0, "0000").contains("length"));
    assert!(reason(0, "00000000000000000000000000").contains("another password"));
    assert!(reason(3, "plain.txt").contains("number"));
    assert!(reason(4, "plain.txt").contains("suffix"));
    assert!(reason(4, ".bin").contains("suffix alone"));
}

#[test]
fn keys_are_never_shown() {
    let shown = ciphers().iter().map(|cipher| format!("{cipher:?}")).collect::<String>();
    assert!(shown.contains("Eme(redacted)") && shown.contains("Obfuscator(redacted)"), "{shown}");
    assert!(!shown.contains("key") && !shown.contains("tweak"), "{shown}");
}

#[test]
fn capitals_of_base32_are_not_how_rclone_spells() {
    let cipher = &ciphers()[0];
    let encrypted = cipher.encrypt_file(b"name").unwrap();
    assert!(cipher.decrypt_file(&encrypted.to_ascii_uppercase()).is_err());
}

#[test]
fn names_longer_than_eme_takes_are_refused() {
    let all = ciphers();
    assert!(all[0].encrypt_file(&[b'n'; 2047]).is_ok());
    assert!(matches!(
        all[0].encrypt_file(&[b'n'; 2048]),
        Err(NameError::TooLong { length: 2048, limit: 2047, .. })
    ));
}

#[test]
fn directories_stay_as_they_are_where_that_is_asked() {
    let keys = Keys::derive(&Password::default(), &Password::default());
    let cipher = NameCipher::new(&keys, &NameScheme { directories: false, ..NameScheme::default() });
    assert_eq!(cipher.encrypt_directory(b"dir"), Ok(b"dir".to_vec()));
    assert_eq!(cipher.decrypt_directory(b"dir"), Ok(b"dir".to_vec()));
    assert_ne!(cipher.encrypt_file(b"dir"), Ok(b"dir".to_vec()));
}
