//! The files of each load: made when they are first asked for, and kept.

use std::cell::OnceCell;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::input::{Input, Load};

/// How many files stand for some: our goal for small encrypted files names this number.
const SOME: usize = 2_000;

/// How much is carried.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Sizes {
    /// How many files of 4 KiB the scenarios with many files have; crypt-small-… have 2,000 at most
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER")]
    files: usize,

    /// How big the file of the large scenarios is
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    large_mib: u64,

    /// How many files the big tree of no-op, one-changed, event and at-rest has; as many empty folders are watched in at-rest
    #[arg(long, default_value_t = 100_000, value_name = "NUMBER")]
    pub(crate) tree_files: usize,

    /// How many files the scenarios of a million have, for a quick try
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER")]
    million: usize,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Inputs {
    folder: PathBuf,
    sizes: Sizes,
    many: OnceCell<Input>,
    some: OnceCell<Input>,
    large: OnceCell<Input>,
    synced: OnceCell<Input>,
    million: OnceCell<Input>,
}

impl Inputs {
    /// None yet; they will lie in `folder`.
    pub(crate) fn new(folder: PathBuf, sizes: Sizes) -> Self {
        let [many, some, large, synced, million] = [const { OnceCell::new() }; 5];
        Self { folder, sizes, many, some, large, synced, million }
    }

    /// The files of a load.
    pub(crate) fn of(&self, load: Load) -> Result<&Input> {
        let cell = match load {
            Load::Many => &self.many,
            Load::Some => &self.some,
            Load::Large => &self.large,
            Load::Synced => &self.synced,
            Load::Million => &self.million,
        };
        if let Some(input) = cell.get() {
            return Ok(input);
        }
        eprintln!("making the {} …", if load == Load::Large { "large file" } else { "small files" });
        let folder = |name| self.folder.join(name);
        let made = match load {
            Load::Many => Input::many(folder("many"), self.sizes.files)?,
            Load::Some => Input::many(folder("some"), self.sizes.files.min(SOME))?,
            Load::Large => Input::large(folder("large"), self.sizes.large_mib)?,
            Load::Synced => Input::many(folder("synced"), self.sizes.tree_files)?,
            Load::Million => Input::million(folder("million"), self.sizes.million)?,
        };
        Ok(cell.get_or_init(|| made))
    }
}
