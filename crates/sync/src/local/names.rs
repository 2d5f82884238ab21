//! The names in one folder, sorted and packed, because a folder may hold a million of them.

use rustix::fs::{Dir, FileType};
use rustix::io::Result;

/// Names with their kinds, in byte order, in one block of memory.
#[derive(Debug, Default)]
pub(super) struct Names {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    length: u16,
    kind: FileType,
}

impl Names {
    /// Reads a whole folder, but for `.` and `..`.
    pub(super) fn read(folder: &mut Dir) -> Result<Self> {
        let mut names = Self::default();
        while let Some(item) = folder.read() {
            let item = item?;
            let name = item.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(name, item.file_type());
            }
        }
        names.sort();
        Ok(names)
    }

    fn push(&mut self, name: &[u8], kind: FileType) {
        // A name has at most 255 bytes (NAME_MAX); one that does not fit is no name.
        let Ok(length) = u16::try_from(name.len()) else { return };
        self.places.push(Place { start: self.bytes.len(), length, kind });
        self.bytes.extend_from_slice(name);
    }

    fn sort(&mut self) {
        let Self { bytes, places } = self;
        places.sort_unstable_by(|left, right| slice(bytes, *left).cmp(slice(bytes, *right)));
        places.shrink_to_fit();
        bytes.shrink_to_fit();
    }

    /// The name at `index` in byte order.
    pub(super) fn get(&self, index: usize) -> Option<(&[u8], FileType)> {
        let place = self.places.get(index)?;
        Some((slice(&self.bytes, *place), place.kind))
    }
}

fn slice(bytes: &[u8], place: Place) -> &[u8] {
    bytes.get(place.start..place.start + usize::from(place.length)).unwrap_or_default()
}
