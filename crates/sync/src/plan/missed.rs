//! Files here that could not be uploaded: what the remote has under another name may be all that it has of them. Pure.

use std::collections::HashSet;

use super::step::{Step, Victim};

/// What such files are known by, whatever they are called.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    inodes: HashSet<u64>,
    sizes: HashSet<u64>,
}

impl Missed {
    /// Notes the file with this inode and size.
    pub(crate) fn note(&mut self, inode: u64, size: u64) {
        self.inodes.insert(inode);
        self.sizes.insert(size);
    }

    /// Notes the file of an upload that came to nothing.
    pub(crate) fn note_upload(&mut self, step: &Step) {
        if let Step::Upload { inode, size, .. } = step {
            self.note(*inode, *size);
        }
    }

    /// Whether one of them may have had the name that is to be deleted. A file keeps its inode when it is renamed, also while
    /// somebody writes to it. Where nobody knows the inode of then, only the size can tell.
    pub(crate) fn may_have_been(&self, victim: &Victim) -> bool {
        let (size, inode) = match victim {
            Victim::Object { entry, inode } => (entry.size, inode),
            Victim::Replaced { size, inode } => (*size, inode),
            Victim::File | Victim::Folder => return false,
        };
        match inode {
            // There is nothing in it that could be lost.
            _ if size == 0 => false,
            Some(inode) => self.inodes.contains(inode),
            None => self.sizes.contains(&size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_name_is_known_by_its_inode_and_only_else_by_its_size() {
        let mut missed = Missed::default();
        missed.note(7, 100);
        let may = |size, inode| missed.may_have_been(&Victim::Replaced { size, inode });
        assert!(may(100, Some(7)) && may(50, Some(7)), "it was renamed, and perhaps written to");
        assert!(!may(100, Some(8)), "another file, whatever its size is");
        assert!(may(100, None) && !may(50, None));
        assert!(!may(0, Some(7)) && !may(0, None), "an empty file holds nothing");
        assert!(!missed.may_have_been(&Victim::File) && !missed.may_have_been(&Victim::Folder));
    }
}
