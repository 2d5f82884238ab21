//! A close look at what differs from the index: the marks do not say why it does.

use rustix::io::Errno;

use super::merge::{Pair, Proof};
use crate::local::{LocalFile, LocalRoot, LocalWhat};
use crate::path::RelativePath;

/// Looks, and keeps what it was refused.
#[derive(Debug, Default)]
pub(super) struct CloserLook {
    /// What is there and could not be looked at, in the order of paths.
    pub(super) unreadable: Vec<Shut>,
    /// Inodes and sizes of files beneath such a folder.
    pub(super) missed: Vec<(u64, u64)>,
}

/// What is there and could not be looked at.
#[derive(Debug)]
pub(super) struct Shut {
    pub(super) path: Option<RelativePath>,
    pub(super) cause: Errno,
    /// Of a file: its inode and size.
    pub(super) file: Option<(u64, u64)>,
}

impl CloserLook {
    /// The pair with everything that can be known of its local side.
    pub(super) fn look(&mut self, root: &LocalRoot, mut pair: Pair, checksum: bool) -> Pair {
        let Some(found) = pair.local.take() else { return pair };
        let (tie, file) = match found {
            LocalWhat::File(file) => (file.tie, Some((pair.seen.inode, file.size))),
            _ => (None, None),
        };
        if self.is_shut(pair.path.as_ref()) {
            self.missed.extend(file);
            return Pair { unknown: true, ..pair };
        }
        match root.look(pair.path.as_ref()) {
            Ok(Some(node)) => {
                let what = match node.what {
                    LocalWhat::File(file) => LocalWhat::File(LocalFile { tie, ..file }),
                    other => other,
                };
                // A row without a mark was never sure.
                let proof = match pair.mark_then {
                    Some(_) => Proof::Changed,
                    None if checksum => Proof::Wanted,
                    None => Proof::Doubtful,
                };
                (pair.local, pair.seen, pair.proof) = (Some(what), node.seen, proof);
            }
            // Gone since it was listed.
            Ok(None) => {}
            Err(cause) => {
                pair.unknown = true;
                self.unreadable.push(Shut { path: pair.path.clone(), cause, file });
            }
        }
        pair
    }

    /// Whether this lies in a folder that could not be looked at. The remote keeps what it has in that place, which may be a
    /// file: nothing can be put beneath it.
    fn is_shut(&self, path: Option<&RelativePath>) -> bool {
        let Some(Shut { path: Some(folder), .. }) = self.unreadable.last() else { return false };
        path.is_some_and(|path| path.is_beneath(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::samples::local_file;

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_is_put_beneath_what_could_not_be_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        for name in ["a/b", "ab"] {
            std::fs::write(folder.path().join(name), "content").unwrap();
        }
        let root = LocalRoot::open(folder.path()).unwrap();
        let shut = Shut { path: Some(path("a")), cause: Errno::IO, file: None };
        let mut closer = CloserLook { unreadable: vec![shut], missed: Vec::new() };
        let mut look = |name| {
            let local = Some(LocalWhat::File(local_file(7, 0)));
            closer.look(&root, Pair::new(Some(path(name)), local, None), false)
        };
        let (beneath, beside) = (look("a/b"), look("ab"));
        assert!(beneath.local.is_none() && beneath.unknown, "{beneath:?}");
        assert!(beside.local.is_some() && !beside.unknown, "{beside:?}");
        assert_eq!(closer.missed, [(0, 7)], "its old name is all that the remote may have of it");
    }
}
