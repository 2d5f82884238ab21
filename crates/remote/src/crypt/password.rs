//! Passwords as rclone.conf holds them: obscured, which hides them from a glance and from nobody else.
//!
//! The form is base64url without padding of 16 bytes of initialisation vector and the password under AES-256-CTR. The
//! key is one that rclone publishes (`fs/config/obscure/obscure.go`).

use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit, StreamCipher};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

/// rclone's published key.
const KEY: [u8; 32] = [
    0x9c, 0x93, 0x5b, 0x48, 0x73, 0x0a, 0x55, 0x4d, 0x6b, 0xfd, 0x7c, 0x63, 0xc8, 0x86, 0xa9, 0x2b, 0xd3,
    0x90, 0x19, 0x8e, 0xb8, 0x12, 0x8a, 0xfb, 0xf4, 0xde, 0x16, 0x2b, 0x8b, 0x95, 0xf6, 0x38,
];
/// Bytes of the initialisation vector.
const VECTOR: usize = 16;

/// A password in plain bytes: never shown, and wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

/// A value that `rclone obscure` did not print. Never holds the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a password as `rclone obscure` prints it")]
pub struct RevealError;

impl Password {
    /// Takes plain bytes.
    #[must_use]
    pub fn new(plain: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(plain.into()))
    }

    /// Reads an obscured value.
    ///
    /// # Errors
    /// [`RevealError`] when it is not base64url or too short. Any other value gives some password, as in rclone: the
    /// form has no checksum.
    pub fn reveal(obscured: &str) -> Result<Self, RevealError> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(obscured.as_bytes()).map_err(|_| RevealError)?);
        let (vector, hidden) = bytes.split_first_chunk().ok_or(RevealError)?;
        let mut plain = Zeroizing::new(hidden.to_vec());
        apply(vector, &mut plain);
        Ok(Self(plain))
    }

    /// The password itself: for the key, never for a message.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is none. rclone then encrypts with keys of zeros.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.is_empty() { "Password(empty)" } else { "Password(redacted)" })
    }
}

/// Random bytes of a new password: 256 bits.
const NEW: usize = 32;

/// A new password that nobody guesses, as text that can be typed.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_password() -> Result<Password, getrandom::Error> {
    let mut bytes = Zeroizing::new([0; NEW]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(Password::new(BASE64URL_NOPAD.encode(bytes.as_slice())))
}

/// The form for rclone.conf, under a fresh initialisation vector.
///
/// # Errors
/// When the system gives no random bytes.
pub fn obscure(password: &Password) -> Result<String, getrandom::Error> {
    let mut vector = [0; VECTOR];
    getrandom::fill(&mut vector)?;
    let mut hidden = Zeroizing::new(password.expose().to_vec());
    apply(&vector, &mut hidden);
    let bytes = Zeroizing::new([vector.as_slice(), hidden.as_slice()].concat());
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

fn apply(vector: &[u8; VECTOR], bytes: &mut [u8]) {
    Ctr128BE::<Aes256>::new(&KEY.into(), &(*vector).into()).apply_keystream(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_password_is_never_shown() {
        let shown = format!("{:?} {:?}", Password::new("hunter2"), Password::default());
        assert_eq!(shown, "Password(redacted) Password(empty)");
    }

    #[test]
    fn what_rclone_did_not_obscure_is_refused() {
        let short = BASE64URL_NOPAD.encode(&[0; VECTOR - 1]);
        for value in ["", "secret", "not base64!", "AAAA====", short.as_str()] {
            assert_eq!(Password::reveal(value), Err(RevealError), "{value:?}");
        }
    }

    #[test]
    fn a_new_password_is_typeable_and_never_the_same() {
        let [one, other] = [random_password().unwrap(), random_password().unwrap()];
        assert_ne!(one, other);
        let text = str::from_utf8(one.expose()).unwrap();
        assert_eq!(BASE64URL_NOPAD.decode(text.as_bytes()).unwrap().len(), NEW);
    }

    #[test]
    fn the_same_password_is_obscured_differently_each_time() {
        let password = Password::new("x");
        assert_ne!(obscure(&password).unwrap(), obscure(&password).unwrap());
    }

    proptest! {
        #[test]
        fn an_obscured_password_is_revealed(plain: Vec<u8>) {
            let password = Password::new(plain);
            prop_assert_eq!(Password::reveal(&obscure(&password).unwrap()), Ok(password));
        }

        #[test]
        fn any_value_has_an_answer(value in "\\PC*|[A-Za-z0-9_-]*") {
            let _ = Password::reveal(&value);
        }
    }
}
