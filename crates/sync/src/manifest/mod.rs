//! The manifest: what a store cannot hold of a tree, beside the plain mirror of its files.
//!
//! It is a chain of parts under `.podfs/manifest/`: a base with a record for each path, and small deltas with what
//! changed since. The head names the parts in order, each with its hash, so that a part counts from the moment the head
//! names it and a damaged one is never believed.

mod at_hand;
mod chain;
mod codec;
mod record;
mod saved;
mod view;

pub use at_hand::ManifestError;
pub(crate) use at_hand::{Manifest, Records, generation_of, is_part, place};
pub use chain::Chain;
pub use codec::{Damaged, PartReader, PartWriter};
pub use record::{FileRecord, Hash, Nonce, Record, SpecialKind, Stored, Tie, What};
pub(crate) use saved::{is_saved, load, save};
pub use view::{RemoteFile, RemoteNode, RemoteWhat, View};

use serde::{Deserialize, Serialize};

/// One object of the chain, as the head names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Below `.podfs/manifest/`.
    pub name: String,
    /// How many records it holds.
    pub records: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal digits.
    pub hash: String,
}
