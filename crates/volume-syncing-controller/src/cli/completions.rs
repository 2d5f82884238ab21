//! `completions`: what a shell needs to complete our command lines.

use clap::Args;
use clap_complete::Shell;

use super::help;

/// Print the completions for a shell
#[derive(Debug, Args)]
#[command(after_long_help = help::completions())]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// The script.
    pub(crate) fn render(&self) -> Vec<u8> {
        let mut script = Vec::new();
        let mut command = super::command();
        let name = command.get_name().to_owned();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        script
    }
}
