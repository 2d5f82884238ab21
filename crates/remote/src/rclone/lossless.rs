//! Listing a folder whose names JSON cannot show: `rclone lsf` prints their bytes as they are.
//!
//! A process for such a folder, and only for such: names that are not UTF-8 are rare, and no call of the remote
//! control gives them back whole.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::process::Stdio;

use podfs_sync::{ErrorKind, RemoteError};

use super::classify::verdict;
use super::item::Item;
use super::listing::Folder;
use super::process::base_command;
use super::remote::RcloneRemote;
use super::session::Subject;

/// The items of `folder` with their names in rclone's spelling, sorted by name.
pub(super) async fn list(
    remote: &RcloneRemote,
    folder: &Folder,
    about: Subject<'_>,
) -> Result<Vec<(Vec<u8>, Item)>, RemoteError> {
    let session = &remote.session;
    let with_times = !remote.features.times_cost_requests();
    let mut command = base_command(&session.binary, &session.options, session.folder());
    command.args(["lsf", "--time-format", "RFC3339Nano", "--separator", ";"]);
    command.args(["--format", if with_times { "stp" } else { "sp" }]);
    command.arg("--").arg(place(remote.fs(), &folder.standard));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let failed = |kind, detail: String| RemoteError::new(kind, about.operation, about.object, detail);
    let output = command.output().await.map_err(|cause| failed(ErrorKind::Local, cause.to_string()))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().replace('\n', " | ");
        return Err(failed(verdict(500, &message).kind, message));
    }
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let items: Option<Vec<_>> = lines.map(|line| parse(line, with_times)).collect();
    let mut items =
        items.ok_or_else(|| failed(ErrorKind::Other, "unexpected output of rclone lsf".to_owned()))?;
    items.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(items)
}

/// `remote:` or `remote:bucket`, and a path below it.
fn place(fs: &str, standard: &[u8]) -> OsString {
    let mut place = fs.as_bytes().to_vec();
    if !standard.is_empty() {
        if !fs.ends_with([':', '/']) {
            place.push(b'/');
        }
        place.extend_from_slice(standard);
    }
    OsString::from_vec(place)
}

/// `size;time;name` or `size;name`; a folder's name ends with a slash. Only the name can hold a semicolon, and none
/// of them a line feed, for which rclone's spelling has another character.
fn parse(line: &[u8], with_times: bool) -> Option<(Vec<u8>, Item)> {
    let mut fields = line.splitn(if with_times { 3 } else { 2 }, |byte| *byte == b';');
    let size = str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    let mod_time = if with_times { str::from_utf8(fields.next()?).ok()?.to_owned() } else { String::new() };
    let name = fields.next()?;
    let (name, is_dir) = name.strip_suffix(b"/").map_or((name, false), |name| (name, true));
    let shown = String::from_utf8_lossy(name).into_owned();
    Some((name.to_vec(), Item { name: shown, size, mod_time, is_dir }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_lsf_prints() {
        let (name, item) = parse(b"12;2026-01-02T03:04:05.6Z;a;b\xff", true).unwrap();
        assert_eq!((name.as_slice(), item.size, item.is_dir), (b"a;b\xff".as_slice(), 12, false));
        assert_eq!(item.mod_time, "2026-01-02T03:04:05.6Z");
        let (name, item) = parse(b"-1;dir/", false).unwrap();
        assert_eq!((name.as_slice(), item.size, item.is_dir), (b"dir".as_slice(), -1, true));
        assert!(parse(b"nonsense", true).is_none());
    }

    #[test]
    fn a_bucket_and_a_bare_remote_take_paths() {
        assert_eq!(place("remote:bucket", b"a\xff"), OsString::from_vec(b"remote:bucket/a\xff".to_vec()));
        assert_eq!(place("remote:", b"a"), "remote:a");
        assert_eq!(place("remote:bucket", b""), "remote:bucket");
    }
}
