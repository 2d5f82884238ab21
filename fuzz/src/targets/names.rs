//! Encrypted names on a remote, and local names on their way there, in all forms.
//!
//! The first byte chooses the form, the rest is a path.

use std::sync::LazyLock;

use podfs_remote::crypt::{Keys, NameCipher, NameEncoding, NameEncryption, NameScheme, Password};

use crate::Target;

pub(super) const TARGET: Target = Target { name: "names", run, samples };

/// Standard encryption in its three encodings, obfuscation, and a suffix; each with and without folders.
static CIPHERS: LazyLock<Vec<NameCipher>> = LazyLock::new(|| {
    let keys = Keys::derive(&Password::new("a password"), &Password::default());
    let standard = [NameEncoding::Base32, NameEncoding::Base64, NameEncoding::Base32768]
        .map(|encoding| NameScheme { encoding, ..NameScheme::default() });
    let other = [NameEncryption::Obfuscate, NameEncryption::Off]
        .map(|encryption| NameScheme { encryption, ..NameScheme::default() });
    let bare = NameScheme { encryption: NameEncryption::Off, suffix: String::new(), ..NameScheme::default() };
    let schemes = standard.into_iter().chain(other).chain([bare]);
    let both = schemes
        .flat_map(|scheme| [true, false].map(|directories| NameScheme { directories, ..scheme.clone() }));
    both.map(|scheme| NameCipher::new(&keys, &scheme)).collect()
});

fn run(data: &[u8]) {
    let Some((form, path)) = data.split_first() else { return };
    let cipher = &CIPHERS[usize::from(*form) % CIPHERS.len()];
    if let Ok(raw) = cipher.open_path(path) {
        let sealed = cipher.seal_path(&raw);
        assert_eq!(sealed.as_deref(), Ok(path), "two names on the remote stand for {:?}", raw.escape_ascii());
    }
    if let Ok(sealed) = cipher.seal_path(path) {
        let raw = cipher.open_path(&sealed);
        assert_eq!(raw.as_deref(), Ok(path), "{:?} does not come back", sealed.escape_ascii());
    }
}

fn samples() -> Vec<Vec<u8>> {
    let names: [&[u8]; 4] =
        [b"folder/file.txt", b"a-v2026-11-22-000000-000.txt", "ä/ü \u{2400}".as_bytes(), b"1.\xff"];
    let mut samples = Vec::new();
    for (form, cipher) in (0_u8..).zip(CIPHERS.iter()) {
        for name in names {
            samples.push([&[form], name].concat());
            samples.extend(cipher.seal_path(name).map(|sealed| [&[form], &sealed[..]].concat()));
        }
    }
    samples
}
