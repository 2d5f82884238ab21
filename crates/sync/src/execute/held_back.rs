//! What the manifest must not say while deletes wait: that something else, or nothing, is where an object still lies.

use std::io;
use std::iter::Peekable;

use crate::manifest::{Record, What};
use crate::path::RelativePath;

/// Goes along the paths of objects that stay for now, in order, beside records in order.
pub(super) struct Staying<I: Iterator<Item = io::Result<RelativePath>>> {
    objects: Peekable<I>,
    /// The last object passed that can have something beneath it.
    above: Option<RelativePath>,
}

impl<I: Iterator<Item = io::Result<RelativePath>>> Staying<I> {
    pub(super) fn new(objects: I) -> Self {
        Self { objects: objects.peekable(), above: None }
    }

    /// Whether one of them is where this record would put something, above it, or beneath what is no folder. A restore could
    /// not make both. A folder is known until nothing is left in it: a restore would give it another mode.
    pub(super) fn is_in_the_way(&mut self, record: &Record) -> io::Result<bool> {
        match &record.path {
            Some(path) => self.stands_at(path, matches!(record.what, What::Folder(_))),
            None => Ok(false),
        }
    }

    /// The same for anything that is to be at `path`.
    pub(super) fn stands_at(&mut self, path: &RelativePath, is_folder: bool) -> io::Result<bool> {
        while let Some(object) =
            self.objects.next_if(|object| object.as_ref().map_or(true, |object| object < path))
        {
            let object = object?;
            if !self.above.as_ref().is_some_and(|above| object.is_beneath(above)) {
                self.above = Some(object);
            }
        }
        let next = self.objects.peek().and_then(|object| object.as_ref().ok());
        Ok(self.above.as_ref().is_some_and(|above| path.is_beneath(above))
            || next.is_some_and(|next| next == path || !is_folder && next.is_beneath(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::samples::attributes;

    fn record(path: &str, what: What) -> Record {
        Record { path: Some(RelativePath::parse(path).unwrap()), what }
    }

    fn folder() -> What {
        What::Folder(attributes(0o755, 7))
    }

    fn link() -> What {
        What::SymbolicLink { target: b"anywhere".to_vec(), attributes: attributes(0o777, 7) }
    }

    #[test]
    fn what_an_object_stands_in_the_way_of_waits() {
        let objects = ["a/b", "c", "d/e/f", "d/g", "h"];
        let paths = objects.map(|path| Ok(RelativePath::parse(path).unwrap()));
        let mut staying = Staying::new(paths.into_iter());
        let records = [
            (record("a", folder()), false),
            (record("c", folder()), true),
            (record("c/inside", link()), true),
            (record("c2", link()), false),
            (record("d", folder()), false),
            (record("d", What::Absent), true),
            (record("d/e", link()), true),
            (record("d/h", link()), false),
            (record("d2", What::Absent), false),
            (record("i", link()), false),
        ];
        for (record, expected) in records {
            assert_eq!(staying.is_in_the_way(&record).unwrap(), expected, "{record:?}");
        }
    }
}
