//! How rclone spells file names: its internal spelling, and the one each kind of store gets.
//!
//! A store may be unable to hold a name that Linux allows (bytes that are not UTF-8), and a listing in JSON cannot
//! show a line feed. rclone swaps such characters for look-alikes (`␊`, `．`) or quotes bytes behind U+201B (`‛DF`).
//! We must write the same names, or stock rclone would see a different tree.
//!
//! Three spellings of one file, each a path segment in bytes:
//! - *raw*: the name in the local directory;
//! - *standard*: what rclone shows in listings, JSON and the rc API, and takes in `--files-from`;
//! - *spelled*: the name on the store.
//!
//! [`encode`] and [`decode`] do one step under one [`Mask`]; [`Speller`] composes the steps as `rclone sync` does and
//! refuses the few names that rclone cannot carry.

mod decode;
mod encode;
mod error;
mod mask;
mod speller;
mod substitute;
mod unit;

pub use decode::decode;
pub use encode::encode;
pub use error::NameRefusal;
pub use mask::{Mask, UnknownEncoding};
pub use speller::Speller;
