//! Names in rclone's crypt: encrypted, obfuscated, or with a suffix.
//!
//! A [`NameCipher`] works on names in rclone's *standard* spelling (see [`crate::naming`]), as rclone itself does: it
//! takes the name that the local directory has, spells it, encrypts it, and what comes out is again in the standard
//! spelling, which the store underneath then spells in its own way. [`NameCipher::seal_path`] and
//! [`NameCipher::open_path`] do all of it for paths as the `Remote` trait has them.

mod base32768;
mod cipher;
mod eme;
mod encoding;
mod error;
mod length;
mod obfuscate;
mod path;
mod scheme;
mod segment;
mod version;

pub use cipher::NameCipher;
pub use encoding::NameEncoding;
pub use error::NameError;
pub use scheme::{NameEncryption, NameScheme};
