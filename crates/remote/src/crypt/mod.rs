//! rclone's `crypt` format: keys from passwords, sealed contents, encrypted names. Pure, but for [`CryptRemote`].
//!
//! Written from rclone's description of the format (<https://rclone.org/crypt/>) and checked against the program itself
//! in `tests/rclone/crypt.rs`. Contents are sealed in blocks ([`Sealer`], [`Unsealer`]); names are encrypted segment by
//! segment ([`NameCipher`]); [`CryptSettings`] says whether a section is one that we understand whole.

mod block;
mod content;
mod key;
mod keystream;
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
