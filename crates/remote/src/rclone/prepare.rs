//! Making the place for a first upload.

use podfs_sync::{ErrorKind, RemoteError};
use serde::de::IgnoredAny;
use serde_json::json;

use super::remote::RcloneRemote;
use super::session::Subject;

/// Makes the folder or bucket where it is missing.
///
/// A union fails to make a root that it already has ("object not found", when its create policy finds no place with
/// known free space), so a root that can be listed counts as made.
pub(super) async fn prepare(remote: &RcloneRemote) -> Result<(), RemoteError> {
    let about = Subject { operation: "make", object: &remote.session.options.fs };
    let made = remote.session.tell(about, "operations/mkdir", &remote.place(b"")).await;
    match made {
        Err(error)
            if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied | ErrorKind::Unsupported) =>
        {
            let input = remote.place(b"").with_json("opt", &json!({"noModTime": true, "noMimeType": true}));
            let listed = remote.session.run_soon::<IgnoredAny>(about, "operations/list", &input).await;
            listed.map(drop).map_err(|_| error)
        }
        result => result,
    }
}
