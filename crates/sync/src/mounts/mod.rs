//! Other file systems mounted inside the source: one that went away is not mirrored as deletes.

mod keeper;
mod noted;
pub(crate) mod table;

pub(crate) use keeper::Keeper;
pub(crate) use noted::Mounts;
pub use noted::MountsPlace;
