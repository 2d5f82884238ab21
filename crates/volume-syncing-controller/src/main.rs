//! Syncs a directory to any storage and restores it.

fn main() {}
