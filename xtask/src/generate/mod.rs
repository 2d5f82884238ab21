//! `cargo xtask generate`: files that are made from code, so that the two cannot disagree.

#[cfg(test)]
mod promises;
mod reference;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use podfs_testkit::tools::workspace_root;

use crate::{cargo, manifests};

/// A file in the repository whose text is made by a function.
struct Generated {
    /// Where it lies, from the workspace's root.
    path: &'static str,
    text: fn() -> Result<String>,
}

/// Every generated file. A new kind gets a module of its own beside this one.
const FILES: &[Generated] = &[
    Generated {
        path: "charts/volume-syncing-controller/files/podfilesystemsyncs.riotkit.org.yaml",
        text: reference::resource_manifest,
    },
    // After the definition, which it holds.
    Generated { path: "manifests/volume-syncing-controller.yaml", text: manifests::with_defaults },
    Generated { path: "docs/crd.md", text: reference::resource },
    Generated { path: "docs/cli.md", text: reference::command_line },
    Generated { path: "docs/environment.md", text: reference::environment },
    Generated { path: "docs/vcluster-fs-syncer-settings.md", text: reference::agent_settings },
];

/// Writes the files that are missing or differ.
pub(crate) fn write() -> Result<()> {
    cargo::build()?;
    let root = workspace_root()?;
    for file in FILES {
        let Some(text) = difference(root, file)? else { continue };
        let path = file.path;
        let full = root.join(path);
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        }
        fs::write(&full, text).with_context(|| format!("cannot write {}", full.display()))?;
        println!("wrote {path}");
    }
    Ok(())
}

/// Fails with the names of the files that `write` would write.
pub(crate) fn check() -> Result<()> {
    cargo::build()?;
    let stale = stale(workspace_root()?, FILES)?;
    if stale.is_empty() {
        println!("{} generated files are up to date", FILES.len());
        return Ok(());
    }
    bail!("run `cargo xtask generate` and commit: {} differ from the code", stale.join(", "))
}

/// The files that are missing or differ from their text.
fn stale(root: &Path, files: &[Generated]) -> Result<Vec<&'static str>> {
    let mut stale = Vec::new();
    for file in files {
        stale.extend(difference(root, file)?.map(|_| file.path));
    }
    Ok(stale)
}

/// The text that the file should have, unless it has.
fn difference(root: &Path, file: &Generated) -> Result<Option<String>> {
    let text = (file.text)().with_context(|| format!("cannot make the text of {}", file.path))?;
    let found = fs::read(root.join(file.path)).ok();
    Ok((found.as_deref() != Some(text.as_bytes())).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_differing_files_are_stale() {
        let root = podfs_testkit::tools::target_dir().unwrap().join("xtask-generate-test");
        fs::create_dir_all(&root).unwrap();
        fs::write(root.join("same"), "text").unwrap();
        fs::write(root.join("old"), "other").unwrap();
        let file = |path| Generated { path, text: || Ok("text".to_owned()) };
        let found = stale(&root, &[file("same"), file("old"), file("missing")]).unwrap();
        assert_eq!(found, ["old", "missing"]);
    }
}
