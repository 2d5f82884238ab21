//! Where installed tools are kept between runs.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folder that holds installed tools: `PODFS_TOOLS_DIR`, else `tools` in cargo's target folder.
pub fn tools_dir() -> Result<PathBuf> {
    match env::var_os("PODFS_TOOLS_DIR").filter(|dir| !dir.is_empty()) {
        Some(dir) => Ok(workspace_root()?.join(dir)),
        None => Ok(target_dir()?.join("tools")),
    }
}

/// Cargo's target folder for this workspace.
pub fn target_dir() -> Result<PathBuf> {
    let root = workspace_root()?;
    let set = env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
    Ok(root.join(set.unwrap_or_else(|| "target".into())))
}

/// The root of the checkout that this crate was built from.
pub fn workspace_root() -> Result<&'static Path> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).with_context(|| format!("{} is not inside a workspace", here.display()))
}
