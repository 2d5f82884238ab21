//! `--dry-run`: each step that a pass would take now, and nothing done.

use std::fmt::Write as _;
use std::path::Path;

use podfs_vcluster::mount::KernelMounts;
use podfs_vcluster::plan::Step;

use crate::exit::Failure;
use crate::kubernetes;
use crate::list::{Picture, look};
use crate::settings::Settings;

/// Prints the steps.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let mut mounts = KernelMounts::open(&settings.directories).map_err(|error| Failure::node(&error))?;
    let client = kubernetes::client().await?;
    let pods = kubernetes::list(client, &settings.node)
        .await
        .map_err(|error| Failure::unexpected(format!("the API server cannot be asked for Pods: {error}")))?;
    let picture = look(&mut mounts, &pods, settings).map_err(|error| Failure::node(&error))?;
    print!("{}", render(&picture, &settings.directories.to));
    Ok(())
}

fn render(picture: &Picture, to: &Path) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail, here and below.
    for step in &picture.plan.steps {
        let path = to.join(step.target().to_string()).display().to_string();
        let pod = picture.desired.mounts.get(step.target());
        let pod = pod.map(|mount| format!(" for {}", mount.pod)).unwrap_or_default();
        let _ = match step {
            Step::Unmount { .. } => writeln!(text, "unmount {path}{pod}"),
            Step::RemoveDirectory { .. } => writeln!(text, "remove directory {path}"),
            Step::MakeDirectory { .. } => writeln!(text, "make directory {path}"),
            Step::Mount { source, .. } => writeln!(text, "mount {source} on {path}{pod}"),
        };
    }
    for (target, source) in &picture.plan.waiting {
        let _ = writeln!(text, "wait for {source}, for {}", to.join(target.to_string()).display());
    }
    for refused in &picture.desired.refused {
        let _ = writeln!(text, "refuse {}: {}", refused.pod, refused.reason);
    }
    let (steps, refused) = (picture.plan.steps.len(), picture.desired.refused.len());
    let wanted = picture.desired.mounts.len();
    let _ = writeln!(
        text,
        "{wanted} mounts wanted, {steps} steps to take, {refused} Pods refused; nothing was done"
    );
    text
}
