//! Whether a program that says it went well has done its work.

use std::path::Path;

use anyhow::{Context, Result, bail};
use podfs_testkit::tree::{Compare, assert_same, snapshot};

use crate::contestant::size_command;
use crate::input::Input;
use crate::job::Job;

/// As many files and bytes as in the input must be on the server. What should be encrypted
/// and is not does not count.
pub(crate) fn uploaded(job: &Job<'_>, input: &Input) -> Result<()> {
    let output = size_command(job)?.output().context("cannot run rclone size")?;
    if !output.status.success() {
        bail!("rclone size ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let (files, bytes) = counted(&output.stdout)?;
    if (files, bytes) != (input.files, input.bytes) {
        let Input { files: wanted, bytes: of, .. } = input;
        bail!("{files} files of {bytes} bytes in all are on the server, not {wanted} of {of}");
    }
    Ok(())
}

/// The same files with the same contents must be in the folder.
pub(crate) fn downloaded(dir: &Path, input: &Input) -> Result<()> {
    assert_same(input.tree()?, &snapshot(dir)?, Compare::CONTENT)
}

/// Reads what `rclone size --json` says: files and bytes.
fn counted(json: &[u8]) -> Result<(u64, u64)> {
    let value: serde_json::Value = serde_json::from_slice(json).context("rclone size printed no JSON")?;
    let number = |name: &str| {
        let number = value.get(name).and_then(serde_json::Value::as_u64);
        number.with_context(|| format!("rclone size told no {name}"))
    };
    Ok((number("count")?, number("bytes")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_json() {
        assert_eq!(counted(br#"{"count":3,"bytes":12288,"sizeless":0}"#).unwrap(), (3, 12288));
        assert!(counted(b"{}").is_err());
    }
}
