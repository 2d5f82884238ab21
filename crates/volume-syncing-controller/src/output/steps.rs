//! Steps of a plan, as lines for people and as objects for programs.

use podfs_sync::RelativePath;
use podfs_sync::plan::Step;
use serde::Serialize;

/// A path in JSON. `path` is the name itself where it is UTF-8. Where it is not, `path` is a readable stand-in and
/// `path_bytes` holds the name.
#[derive(Debug, Serialize)]
pub(super) struct JsonPath {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<Vec<u8>>,
}

impl JsonPath {
    /// The synced directory itself.
    fn root() -> Self {
        Self { path: ".".to_owned(), path_bytes: None }
    }

    fn new(path: &RelativePath) -> Self {
        match std::str::from_utf8(path.as_bytes()) {
            Ok(text) => Self { path: text.to_owned(), path_bytes: None },
            Err(_) => Self { path: path.to_string(), path_bytes: Some(path.as_bytes().to_vec()) },
        }
    }
}

/// A step in JSON.
#[derive(Debug, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub(super) enum JsonStep {
    Copy {
        #[serde(flatten)]
        path: JsonPath,
        size: u64,
        reason: &'static str,
    },
    Delete {
        #[serde(flatten)]
        path: JsonPath,
        reason: &'static str,
    },
    Attributes {
        #[serde(flatten)]
        path: JsonPath,
        reason: &'static str,
    },
    Tie {
        #[serde(flatten)]
        path: JsonPath,
        to: String,
    },
}

impl From<&Step> for JsonStep {
    fn from(step: &Step) -> Self {
        match step {
            Step::Upload { path, size, reason, .. } => {
                Self::Copy { path: JsonPath::new(path), size: *size, reason: reason.word() }
            }
            Step::Download { file, reason, .. } => {
                let (path, size) = (JsonPath::new(&file.entry.path), file.entry.size);
                Self::Copy { path, size, reason: reason.word() }
            }
            Step::Delete { path, reason, .. } => {
                Self::Delete { path: JsonPath::new(path), reason: reason.word() }
            }
            Step::Attributes { record, reason } => {
                let path = record.path.as_ref().map_or_else(JsonPath::root, JsonPath::new);
                Self::Attributes { path, reason: reason.word() }
            }
            Step::Tie { file, first } => {
                Self::Tie { path: JsonPath::new(&file.entry.path), to: first.to_string() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use podfs_sync::plan::{CopyReason, DeleteReason, Victim};

    use super::*;

    fn json(step: &Step) -> String {
        serde_json::to_string(&JsonStep::from(step)).unwrap()
    }

    #[test]
    fn a_copy_shows_its_size_and_reason() {
        let path = RelativePath::parse("a \"b\"\n").unwrap();
        let step = Step::Upload {
            path,
            size: 3,
            inode: 1,
            tie: None,
            reason: CopyReason::New,
            after_deletes: false,
        };
        assert_eq!(json(&step), r#"{"action":"copy","path":"a \"b\"\n","size":3,"reason":"new"}"#);
    }

    #[test]
    fn a_name_that_is_no_text_comes_with_its_bytes() {
        let step = Step::Delete {
            path: RelativePath::parse(b"a\xff".to_vec()).unwrap(),
            victim: Victim::File,
            reason: DeleteReason::Gone,
        };
        let expected = r#"{"action":"delete","path":"a\\xff","path_bytes":[97,255],"reason":"gone"}"#;
        assert_eq!(json(&step), expected);
    }
}
