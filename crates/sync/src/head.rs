//! The head of a remote: which history it holds, how far it is, and whether a sync is under way.
//!
//! A small JSON object at `.podfs/head`. Written as `open` before a sync changes anything and as `flushed` after it,
//! so that a sync that did not end can be seen.

use serde::{Deserialize, Serialize};

use crate::manifest::Part;
use crate::path::RelativePath;
use crate::random::random_name;
use crate::remote::{ErrorKind, Remote, RemoteError};
use crate::small::Version;
use crate::timestamp::Timestamp;

const FORMAT: u32 = 1;
/// More than any head of ours takes.
const LIMIT: usize = 64 * 1024;
/// Earlier versions wrote larger ones, and could not read them then.
const READ_LIMIT: usize = 1024 * 1024;

/// What the head says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version of this format.
    pub format: u32,
    /// A random name for the history that began with the first sync to this remote.
    pub lineage: String,
    /// Goes up by one with each sync that changes something.
    pub generation: u64,
    /// Whether the sync of this generation has ended.
    pub state: State,
    /// When it began or ended, RFC 3339.
    pub at: String,
    /// The host name of the writer (in Kubernetes: the Pod).
    pub writer: String,
    /// A random name of the sync that wrote it, by which its volume knows it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<String>,
    /// The parts of the manifest, the base first; none when nothing is known but the mirror itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub manifest: Vec<Part>,
    /// Which version of the object on the remote it was read from; `None` for one that was not read.
    #[serde(skip)]
    pub version: Option<Version>,
}

/// Whether a sync is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It began, and has not ended well yet.
    Open,
    /// Everything of this generation is there.
    Flushed,
}

impl Head {
    /// The head of the next sync, open.
    #[must_use]
    pub fn next(previous: Option<&Self>) -> Self {
        Self {
            format: FORMAT,
            lineage: previous.map_or_else(name, |head| head.lineage.clone()),
            generation: previous.map_or(1, |head| head.generation.saturating_add(1)),
            state: State::Open,
            at: Timestamp::now().to_rfc3339(),
            writer: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            sync: Some(name()),
            manifest: previous.map_or_else(Vec::new, |head| head.manifest.clone()),
            version: None,
        }
    }

    /// Reads what `.podfs/head` holds; see [`read`] for one that is damaged.
    ///
    /// # Errors
    /// When a newer version of us wrote it, in whatever form.
    pub fn parse(content: &[u8]) -> Result<Self, RemoteError> {
        // In one reading: two could differ in what they take for well-formed.
        let value = match serde_json::from_slice(content) {
            Ok(value) => value,
            Err(cause) => return Ok(damaged(&cause)),
        };
        refuse_newer(&value)?;
        Ok(serde_json::from_value(value).unwrap_or_else(|cause| damaged(&cause)))
    }

    /// Whether it was read from the remote, and does not only stand for one that is damaged.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.generation > 0
    }

    /// Whether nobody would read it, because it names too many parts.
    pub(crate) fn is_too_large(&self) -> bool {
        serde_json::to_vec(self).is_ok_and(|content| content.len() > LIMIT)
    }

    /// The name of the newest part of the manifest.
    #[must_use]
    pub fn last_part(&self) -> Option<String> {
        self.manifest.last().map(|part| part.name.clone())
    }

    /// The same generation in another state.
    #[must_use]
    pub fn now(&self, state: State) -> Self {
        Self { state, at: Timestamp::now().to_rfc3339(), ..self.clone() }
    }
}

fn place() -> Result<RelativePath, RemoteError> {
    RelativePath::parse(".podfs/head")
        .map_err(|error| RemoteError::new(ErrorKind::Other, "name", "the head", error))
}

/// Reads the head; `None` when the remote has none, which says nothing of its key.
///
/// A head that is damaged (some stores leave half of it when its writer is killed) is said, and counts as one of
/// a new history whose last sync has not ended well: nothing but the history hangs on it, and the next sync mends it.
///
/// # Errors
/// When the remote cannot be asked, a newer version of us wrote the head in whatever form, or it cannot be read back
/// at all, as with the wrong password of an encrypted remote.
pub async fn read(remote: &dyn Remote) -> Result<Option<Head>, RemoteError> {
    let found = match remote.read_small(&place()?, READ_LIMIT).await {
        Ok(Some(found)) => found,
        // Or a bucket that is still to be made. Where it is a mistake, the listing has said so before.
        Ok(None) | Err(RemoteError { kind: ErrorKind::NotFound, .. }) => return Ok(None),
        Err(error) if error.kind == ErrorKind::Corrupt => {
            remote.check_key().await?;
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    let head = Head::parse(&found.content)?;
    Ok(Some(Head { version: Some(found.version), ..head }))
}

/// Looks at the format alone: all else may have changed with it.
fn refuse_newer(value: &serde_json::Value) -> Result<(), RemoteError> {
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(FORMAT) => Err(RemoteError::new(
            ErrorKind::Other,
            "read",
            ".podfs/head",
            format!("its format {format} is newer than this version knows ({FORMAT}); use a newer version"),
        )),
        _ => Ok(()),
    }
}

fn damaged(cause: &dyn std::fmt::Display) -> Head {
    tracing::warn!(%cause, "the head of the remote (.podfs/head) is damaged; the next sync to it writes a new one");
    Head { generation: 0, ..Head::next(None) }
}

/// Writes the head over the version `over` of it, or where none is, and gives its own.
///
/// # Errors
/// [`ErrorKind::Overtaken`] when another writer was there since, and when the remote does not take it.
pub async fn write(remote: &dyn Remote, head: &Head, over: Option<&Version>) -> Result<Version, RemoteError> {
    let failed =
        |cause: &dyn std::fmt::Display| RemoteError::new(ErrorKind::Other, "write", ".podfs/head", cause);
    if head.is_too_large() {
        let parts = head.manifest.len();
        return Err(failed(&format!("it would name {parts} parts of a manifest, more than anybody reads")));
    }
    let content = serde_json::to_vec(head).map_err(|cause| failed(&cause))?;
    remote.write_small(&place()?, &content, over).await
}

/// Without randomness the time still tells histories apart.
fn name() -> String {
    random_name::<16>().unwrap_or_else(|_| format!("{:032x}", Timestamp::now().nanoseconds()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Such as a text that is none, in a field that this version does not know.
    #[test]
    fn a_head_that_is_not_json_is_damaged_whatever_format_it_claims() {
        let mut content =
            br#"{"format":2,"lineage":"a","generation":1,"state":"open","at":"","writer":""}"#.to_vec();
        assert!(Head::parse(&content).is_err());
        content.splice(1..1, *b"\"\x97\":1,");
        assert!(!Head::parse(&content).unwrap().is_known());
    }
}
