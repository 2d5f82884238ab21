//! rclone's `crypt` format: keys from passwords, sealed contents, encrypted names. Pure, but for [`CryptRemote`].
//!
//! Written from rclone's description of the format (<https://rclone.org/crypt/>) and checked against the program itself
//! in `tests/rclone/crypt.rs`. Contents are sealed in blocks ([`Sealer`], [`Unsealer`]); names are encrypted segment by
//! segment ([`NameCipher`]); [`CryptSettings`] says whether a section is one that we understand whole.

mod content;
mod key;
mod names;
mod password;
mod protect;
mod remote;
mod settings;

pub use content::{
    ContentError, HEADER_SIZE, Nonce, Opener, SealedRange, Sealer, Unsealer, plain_size, sealed_size,
};
pub use key::Keys;
pub use names::{NameCipher, NameEncoding, NameEncryption, NameError, NameScheme};
pub use password::{Password, RevealError, obscure, random_password};
pub use protect::protect_process;
pub use remote::CryptRemote;
pub use settings::{CryptRefusal, CryptSettings, InnerRemote};

/// The error of a key that opens nothing of what is there.
pub(crate) fn wrong_key(label: impl std::fmt::Display) -> podfs_sync::RemoteError {
    let detail = "the key does not open what is there; nothing was changed. Give the password (and password2) and the \
                  settings for names with which it was written, or an empty place";
    podfs_sync::RemoteError::new(podfs_sync::ErrorKind::Configuration, "open", label, detail)
}
