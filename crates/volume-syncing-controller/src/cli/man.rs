//! `man`: the same texts as `--help`, as manual pages.

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::{help, values};

/// Print the manual page, or write all pages into a directory
#[derive(Debug, Args)]
#[command(after_long_help = help::man())]
pub(crate) struct Man {
    /// Write one page for each command into this directory
    #[arg(long, value_name = "PATH", value_parser = values::path)]
    directory: Option<PathBuf>,
}

impl Man {
    /// The main page; empty when the pages went into a directory.
    pub(crate) fn render(&self) -> io::Result<Vec<u8>> {
        let mut page = Vec::new();
        match &self.directory {
            Some(directory) => {
                std::fs::create_dir_all(directory)?;
                clap_mangen::generate_to(super::command(), directory)?;
            }
            None => clap_mangen::Man::new(super::command()).render(&mut page)?,
        }
        Ok(page)
    }
}
