//! Copies between the engine's opened files and the remote.
//!
//! rclone's local backend is given the folder `/proc/<our pid>/fd` and the descriptor's number as the file name. It
//! opens the very file that the engine opened: no name has to be spelled, and no rename or symbolic link can come
//! between. The number stays this file's for as long as rclone may use it ([`super::lent`]). (It works across processes of one user; a program with file capabilities would be shut out.)

use std::os::fd::AsFd;

use podfs_sync::local::Source;
use podfs_sync::{ErrorKind, RelativePath, RemoteError, Timestamp};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::form::Form;
use super::lent::Loan;
use super::remote::RcloneRemote;
use super::retry::{Attempts, Failed};
use super::session::Subject;
use super::{delete, names};

pub(super) const COPY: &str = "operations/copyfile";
/// All copies share one set of statistics: rclone would keep one for each call.
pub(super) const GROUP: &str = "podfs-copies";

/// Our end of a copy.
struct OurEnd<'a> {
    /// The folder, as rclone names a place.
    fs: String,
    /// The file in it.
    file: Loan<'a>,
    /// What a person calls it.
    shown: &'a str,
}

impl<'a> OurEnd<'a> {
    fn of(
        file: &impl AsFd,
        shown: &'a str,
        remote: &'a RcloneRemote,
        about: Subject<'_>,
    ) -> Result<Self, RemoteError> {
        let file = remote.session.lent.lend(file);
        let file =
            file.map_err(|cause| RemoteError::new(ErrorKind::Local, about.operation, about.object, cause))?;
        let fs = format!(":local,copy_links=true,no_check_updated=false:{}", folder());
        Ok(Self { fs, file, shown })
    }

    /// Tells our own trouble from the remote's, and shows the file's name instead of its number.
    fn explain(&self, mut failed: Failed) -> Failed {
        let path = format!("{}/{}", folder(), self.file.number());
        if failed.error.detail.contains(&path) {
            if failed.error.kind != ErrorKind::NoSpace {
                failed.error.kind = ErrorKind::Local;
            }
            failed.error.detail = failed.error.detail.replace(&path, self.shown);
        }
        failed
    }
}

fn folder() -> String {
    format!("/proc/{}/fd", std::process::id())
}

/// Sends `source` to `path`.
///
/// rclone looks at size and modification time before each read and stops when they changed, before the remote lets
/// the new content replace the old; where the remote can rename, content is written under a temporary name first
/// (`<name>.<hash>.partial`), by rclone or, where it does not, by us.
pub(super) async fn upload(
    remote: &RcloneRemote,
    source: &Source,
    path: &RelativePath,
) -> Result<(), RemoteError> {
    let Some(file) = source.file() else {
        let detail = "rclone sends files as they are";
        return Err(RemoteError::new(ErrorKind::Unsupported, "upload", path, detail));
    };
    send(remote, file, source.shown(), path, || source.check_unchanged()).await
}

/// Sends any opened file to `path`; `check` says whether it is still what it was.
pub(super) async fn send(
    remote: &RcloneRemote,
    file: &(impl AsFd + Sync),
    shown: &str,
    path: &RelativePath,
    check: impl Fn() -> Result<(), RemoteError> + Sync,
) -> Result<(), RemoteError> {
    if !remote.features.writes_in_place() && !remote.may_hold_several_versions() {
        return send_to(remote, file, shown, path, &check).await;
    }
    let beside = remote.beside.name(path)?;
    let sent = send_to(remote, file, shown, &beside, &check).await;
    let moved = match sent {
        Ok(()) => put_in_place(remote, &beside, path).await,
        failed => failed,
    };
    if moved.is_err() {
        // What cannot be removed now is deleted by the next sync as a file that the source does not have.
        delete::delete(remote, std::slice::from_ref(&beside)).await;
    }
    remote.beside.forget(&beside);
    moved
}

/// Lets what was written at `from` take the place of `to`.
///
/// A union puts a new file wherever its policy says, and moves it there. An older version on another upstream would stay, and
/// come back by chance (rclone 1.75.2 and stock rclone alike): so all versions are taken away first. A kill between the two leaves
/// `from`, and the next sync uploads the file again.
pub(super) async fn put_in_place(
    remote: &RcloneRemote,
    from: &RelativePath,
    to: &RelativePath,
) -> Result<(), RemoteError> {
    if remote.may_hold_several_versions() {
        delete::delete_file(remote, to).await?;
    }
    // Without a look at the destination rclone asks the store to overwrite it, and does not delete it first.
    let input = Form::new()
        .with("srcFs", remote.fs())
        .with("srcRemote", names::to_rclone(from)?)
        .with("dstFs", remote.fs())
        .with("dstRemote", names::to_rclone(to)?)
        .with_json("_config", &config(&json!({"NoCheckDest": true})));
    remote.session.tell(Subject { operation: "upload", object: to }, "operations/movefile", &input).await
}

async fn send_to(
    remote: &RcloneRemote,
    file: &(impl AsFd + Sync),
    shown: &str,
    path: &RelativePath,
    check: &(impl Fn() -> Result<(), RemoteError> + Sync),
) -> Result<(), RemoteError> {
    let about = Subject { operation: "upload", object: path };
    let ours = OurEnd::of(file, shown, remote, about)?;
    let blind = remote.features.replaces_blindly();
    let input = Form::new()
        .with("srcFs", &ours.fs)
        .with("srcRemote", ours.file.number())
        .with("dstFs", remote.fs())
        .with("dstRemote", names::to_rclone(path)?)
        .with_json("_config", &config(&json!({"NoCheckDest": blind, "Inplace": false})));
    copy(remote, about, ours, &input, check).await?;
    check()
}

/// Fetches `path` into an opened file, which is emptied first.
pub(super) async fn download(
    remote: &RcloneRemote,
    path: &RelativePath,
    file: &(impl AsFd + Sync),
    shown: &str,
) -> Result<(), RemoteError> {
    let about = Subject { operation: "download", object: path };
    let from = (remote.fs(), names::to_rclone(path)?);
    fetch(remote, from.0, &from.1, file, shown, about).await
}

/// Fetches a file of any place that rclone names, by its name in rclone's spelling.
pub(super) async fn fetch(
    remote: &RcloneRemote,
    fs: &str,
    standard: &[u8],
    file: &(impl AsFd + Sync),
    shown: &str,
    about: Subject<'_>,
) -> Result<(), RemoteError> {
    let ours = OurEnd::of(file, shown, remote, about)?;
    // In place, because the file is a temporary one already and a descriptor has no siblings.
    let input = Form::new()
        .with("srcFs", fs)
        .with("srcRemote", standard)
        .with("dstFs", &ours.fs)
        .with("dstRemote", ours.file.number())
        .with_json("_config", &config(&json!({"NoCheckDest": true, "Inplace": true})));
    copy(remote, about, ours, &input, &|| Ok(())).await
}

/// The modification time of a file that was downloaded: rclone sets the one that the remote holds.
pub(super) fn time_of(file: &impl AsFd) -> Option<Timestamp> {
    let stat = rustix::fs::fstat(file).ok()?;
    Some(Timestamp::from_parts(stat.st_mtime, stat.st_mtime_nsec.cast_signed()))
}

/// Every way: always copy, whatever sizes and times say, and leave modes, owners and tags alone.
pub(super) fn config(way: &Value) -> Value {
    let mut config = json!({"IgnoreTimes": true, "Metadata": false});
    if let (Some(config), Some(way)) = (config.as_object_mut(), way.as_object()) {
        config.extend(way.clone());
    }
    config
}

async fn copy(
    remote: &RcloneRemote,
    about: Subject<'_>,
    ours: OurEnd<'_>,
    input: &Form,
    check: &(impl Fn() -> Result<(), RemoteError> + Sync),
) -> Result<(), RemoteError> {
    let session = &remote.session;
    let input = input.clone().with("_group", GROUP);
    let mut attempts = Attempts::new(session.options.attempts);
    loop {
        check()?;
        match session.try_once::<IgnoredAny>(about, COPY, input.clone()).await {
            Ok(_) => {
                ours.file.returned();
                return Ok(());
            }
            Err(failed) => {
                let answered = failed.answered;
                if let Err(error) = attempts.after(ours.explain(failed)).await {
                    if answered {
                        ours.file.returned();
                    }
                    return Err(error);
                }
            }
        }
    }
}
