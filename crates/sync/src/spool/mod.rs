//! Lists that may not fit into memory: kept there up to a window, beyond that in a file without a name.

pub(crate) mod frame;
mod list;
mod sorter;

pub(crate) use list::Spool;
pub(crate) use sorter::{Sorted, Sorter};
