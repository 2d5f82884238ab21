//! `reference`: the command line and the environment as Markdown, for the generated documents under `docs/`.

mod command_line;
mod resource;
mod table;
mod variables;

use clap::{Args, ValueEnum};

/// Print a reference as Markdown, for generated documents
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Reference {
    /// Which one
    #[arg(value_enum)]
    document: Document,
}

/// The documents that are generated from this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Document {
    /// docs/cli.md
    Cli,
    /// docs/environment.md
    Environment,
    /// docs/crd.md
    Resource,
    /// The CustomResourceDefinition, as a manifest
    ResourceManifest,
}

impl Reference {
    /// The whole document.
    pub(crate) fn render(&self) -> String {
        match self.document {
            Document::Cli => command_line::render(&super::command()),
            Document::Environment => variables::render(crate::environment::ALL),
            Document::Resource => resource::render(),
            Document::ResourceManifest => resource::manifest(),
        }
    }
}
