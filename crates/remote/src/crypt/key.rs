//! The keys of one crypt remote, from its passwords.

use scrypt::{Params, scrypt};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::password::Password;

/// The salt when there is no `password2`, as rclone publishes it (`backend/crypt/cipher.go`).
const DEFAULT_SALT: [u8; 16] =
    [0xa8, 0x0d, 0xf4, 0x3a, 0x8f, 0xbd, 0x03, 0x08, 0xa7, 0xca, 0xb8, 0x3e, 0x58, 0x1f, 0x86, 0xb1];

/// log₂ of scrypt's N (16384), then r and p: rclone's cost, 16 MiB of memory.
const LOG_N: u8 = 14;
const R: u32 = 8;
const P: u32 = 1;

const DATA: usize = 32;
const NAME: usize = 32;
const TWEAK: usize = 16;

/// The data key, the name key and the tweak of names. Never shown, and wiped when dropped.
///
/// Kept on the heap, so that moving it leaves no copies behind.
pub struct Keys(Box<Material>);

struct Material {
    data: [u8; DATA],
    name: [u8; NAME],
    tweak: [u8; TWEAK],
}

impl Keys {
    /// Derives the keys with scrypt: takes some 50 ms of CPU. `salt` is `password2`; an empty one stands for rclone's
    /// own salt, and an empty password for keys of zeros, as in rclone.
    #[must_use]
    pub fn derive(password: &Password, salt: &Password) -> Self {
        let mut bytes = Zeroizing::new([0; DATA + NAME + TWEAK]);
        if !password.is_empty() {
            let salt = if salt.is_empty() { DEFAULT_SALT.as_slice() } else { salt.expose() };
            stretch(password.expose(), salt, bytes.as_mut_slice());
        }
        let mut material = Box::new(Material { data: [0; DATA], name: [0; NAME], tweak: [0; TWEAK] });
        let (data, rest) = bytes.split_at(DATA);
        let (name, tweak) = rest.split_at(NAME);
        material.data.copy_from_slice(data);
        material.name.copy_from_slice(name);
        material.tweak.copy_from_slice(tweak);
        Self(material)
    }

    /// For contents: XSalsa20-Poly1305.
    pub(super) fn data(&self) -> &[u8; DATA] {
        &self.0.data
    }

    /// For names: AES-256, and the distances of `obfuscate`.
    pub(super) fn name(&self) -> &[u8; NAME] {
        &self.0.name
    }

    /// For names: EME's tweak.
    pub(super) fn tweak(&self) -> &[u8; TWEAK] {
        &self.0.tweak
    }
}

/// Neither call can fail: the cost is a constant, and scrypt gives up to 128 GiB.
#[allow(clippy::expect_used, reason = "decided by constants alone")]
fn stretch(password: &[u8], salt: &[u8], into: &mut [u8]) {
    let cost = Params::new(LOG_N, R, P).expect("the cost is within scrypt's limits");
    scrypt(password, salt, &cost, into).expect("the length is within scrypt's limits");
}

impl Drop for Material {
    fn drop(&mut self) {
        self.data.zeroize();
        self.name.zeroize();
        self.tweak.zeroize();
    }
}

impl ZeroizeOnDrop for Material {}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_password_gives_keys_of_zeros() {
        let keys = Keys::derive(&Password::default(), &Password::new("salt"));
        assert_eq!((keys.data(), keys.name(), keys.tweak()), (&[0; 32], &[0; 32], &[0; 16]));
    }

    #[test]
    fn password_and_salt_both_count() {
        let derive =
            |password: &str, salt: &str| *Keys::derive(&Password::new(password), &Password::new(salt)).data();
        let keys = [derive("a", ""), derive("b", ""), derive("a", "b"), derive("a", "c")];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
    }

    #[test]
    fn keys_are_never_shown() {
        assert_eq!(
            format!("{:?}", Keys::derive(&Password::default(), &Password::default())),
            "Keys(redacted)"
        );
    }
}
