//! What the state directory says of interrupted transfers.

use podfs_remote::s3::fuzzing::upload_note;
use podfs_sync::fuzz_unfinished;

use super::texts;
use crate::Target;

/// An upload in parts.
pub(super) const UPLOAD: Target = Target { name: "note-upload", run: upload, samples: upload_samples };
/// Files that a restore did not finish.
pub(super) const UNFINISHED: Target =
    Target { name: "note-unfinished", run: unfinished, samples: unfinished_samples };

fn upload(data: &[u8]) {
    upload_note(data);
}

fn unfinished(data: &[u8]) {
    fuzz_unfinished(data);
}

fn upload_samples() -> Vec<Vec<u8>> {
    let note = |nonce: &str| {
        format!(
            r#"{{"format":1,"store":"http://here/bucket","key":"a/b","upload":"7f","begun":1600000000000000000,
            "file":{{"size":9,"modified":5,"changed":-6,"device":1,"inode":2}},"size":9,"part_size":5242880,
            "nonce":{nonce},"headers":[["content-type","text/plain"]]}}"#
        )
    };
    texts(&[&note("null"), &note(&format!("{:?}", [7; 24]))])
}

fn unfinished_samples() -> Vec<Vec<u8>> {
    let object = |path: &[u8]| format!(r#"{{"remote":"here","path":{path:?},"size":9,"tag":"ab"}}"#);
    let note = |path: &[u8]| {
        let (object, hash) = (object(path), format!("{:?}", [4; 32]));
        format!(
            r#"{{"object":{object},"temporary":".podfs-partial-0123456789abcdef","place":[1,2],"done":5,"hash":{hash}}}"#
        )
    };
    texts(&[
        r#"{"format":1,"files":[]}"#,
        &format!(r#"{{"format":1,"files":[{},{}]}}"#, note(b"a/file"), note(b"top")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Else nothing that is changed in them could be read either.
    #[test]
    fn all_samples_can_be_read() {
        assert!(upload_samples().iter().all(|sample| upload_note(sample)));
        assert!(unfinished_samples().iter().all(|sample| fuzz_unfinished(sample)));
    }
}
