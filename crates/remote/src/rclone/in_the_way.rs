//! Whether there really is a file where the remote folder shall be.
//!
//! When rclone opens a folder of a bucket it looks for a file of that name, and takes every answer but "not found" for
//! a file: wrong credentials and an unreachable endpoint too. So it is asked once more, in the folder above, where it
//! says what it met. A remote that wraps another (crypt, alias) is followed to the one below.

use podfs_sync::{ErrorKind, RemoteError};
use serde::Deserialize;
use serde_json::json;

use super::form::Form;
use super::item::StatAnswer;
use super::session::{Session, Subject};

/// Remotes around remotes, and folders above folders; more than anybody has.
const STEPS: usize = 32;

/// The key of a wrapping section that names what it wraps.
#[derive(Debug, Deserialize)]
struct Wrapped {
    remote: Option<String>,
}

/// What stands behind rclone's claim that `fs` is a file; `claim` itself when it is true.
pub(super) async fn explain(session: &Session, about: Subject<'_>, claim: RemoteError) -> RemoteError {
    let mut fs = session.options.fs.clone();
    for _ in 0..STEPS {
        let Some((above, name)) = split(&fs) else {
            match wrapped(session, about, &fs).await {
                Some(below) => fs = below,
                None => return claim,
            }
            continue;
        };
        let input = Form::new().with("fs", &above).with("remote", name).with_json("opt", &json!({}));
        match session.run::<StatAnswer>(about, "operations/stat", &input).await {
            Err(error) if error.kind == ErrorKind::Conflict => fs = above,
            Err(error) => return error,
            Ok(answer) if answer.item.is_some() => return claim,
            Ok(_) => {
                let detail = "what stood in the way a moment ago is gone";
                return RemoteError::new(ErrorKind::Unavailable, claim.operation, claim.object, detail);
            }
        }
    }
    claim
}

/// The folder above and the last name; `None` at the root of a remote.
fn split(fs: &str) -> Option<(String, &str)> {
    let (remote, path) = fs.split_once(':')?;
    let path = path.trim_end_matches('/');
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    (!name.is_empty()).then(|| (format!("{remote}:{above}"), name))
}

/// What the section of `fs` wraps, if it wraps anything.
async fn wrapped(session: &Session, about: Subject<'_>, fs: &str) -> Option<String> {
    let (section, _) = fs.split_once(':')?;
    let input = Form::new().with("name", section);
    session.run::<Wrapped>(about, "config/get", &input).await.ok()?.remote
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_above_is_found_up_to_the_root() {
        for (fs, expected) in [
            ("remote:/bucket/some/tree/", Some(("remote:/bucket/some", "tree"))),
            ("remote:bucket", Some(("remote:", "bucket"))),
            ("remote:/bucket", Some(("remote:", "bucket"))),
            ("remote:", None),
            ("remote:/", None),
        ] {
            let found = split(fs);
            assert_eq!(found.as_ref().map(|(above, name)| (above.as_str(), *name)), expected, "{fs}");
        }
    }
}
