//! Files with holes: long runs of zeros that take no room on the disk.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FallocateFlags, fallocate};

/// What a hole is made of: file systems give room in blocks of this size or a divisor of it, in bytes.
const BLOCK: usize = 4096;
/// Bytes that are looked at together.
const WINDOW: usize = 1024 * 1024;

/// Writes `content` at `offset`, but for blocks of zeros, which the file then reads as well. Whoever writes to the same
/// file at the same time has the same `growth`.
pub(super) fn write_around_zeros(
    file: &File,
    content: &[u8],
    offset: u64,
    growth: &Mutex<()>,
) -> io::Result<()> {
    grow(file, offset + content.len() as u64, growth)?;
    for (start, run) in runs(content, offset) {
        if !is_zero(run) {
            file.write_all_at(run, start)?;
        }
    }
    Ok(())
}

/// Makes the file at least this long. Between the look at its length and the new one nobody else may make it longer,
/// because that would be cut off again.
fn grow(file: &File, end: u64, growth: &Mutex<()>) -> io::Result<()> {
    let _held = growth.lock().unwrap_or_else(PoisonError::into_inner);
    if file.metadata()?.len() < end {
        file.set_len(end)?;
    }
    Ok(())
}

/// Takes the room of blocks of zeros from a file that was written without regard to them. A file system without holes
/// keeps them.
pub(super) fn punch(file: &File) -> io::Result<()> {
    let size = file.metadata()?.len();
    let mut buffer = vec![0; WINDOW];
    let mut offset = 0;
    while offset < size {
        let length = usize::try_from((size - offset).min(WINDOW as u64)).map_err(io::Error::other)?;
        let window = buffer.get_mut(..length).unwrap_or_default();
        file.read_exact_at(window, offset)?;
        for (start, run) in runs(window, offset).filter(|(_, run)| is_zero(run)) {
            let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
            if fallocate(file, flags, start, run.len() as u64).is_err() {
                return Ok(());
            }
        }
        offset += length as u64;
    }
    Ok(())
}

/// Reads a file from its beginning, wherever others read or write it.
pub(crate) struct FromStart<F> {
    file: F,
    offset: u64,
}

impl<F: Deref<Target = File>> FromStart<F> {
    pub(crate) const fn new(file: F) -> Self {
        Self { file, offset: 0 }
    }
}

impl<F: Deref<Target = File>> io::Read for FromStart<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.offset)?;
        self.offset += length as u64;
        Ok(length)
    }
}

/// Runs of whole blocks that are all zeros or all not, each with its place in the file.
fn runs(content: &[u8], offset: u64) -> impl Iterator<Item = (u64, &[u8])> {
    // The first block of a content that does not begin with one.
    let head = (BLOCK as u64 - offset % BLOCK as u64) % BLOCK as u64;
    let head = usize::try_from(head).unwrap_or(0).min(content.len());
    let (first, rest) = content.split_at(head);
    let blocks = std::iter::once(first).filter(|first| !first.is_empty()).chain(rest.chunks(BLOCK));
    blocks.scan(offset, |place, block| {
        let start = *place;
        *place += block.len() as u64;
        Some((start, block))
    })
}

fn is_zero(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use proptest::prelude::*;

    use super::*;

    fn content() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec((any::<bool>(), 1_usize..9_000), 0..6).prop_map(|pieces| {
            pieces.into_iter().flat_map(|(zero, length)| vec![u8::from(!zero); length]).collect()
        })
    }

    proptest! {
        #[test]
        fn whatever_is_left_out_reads_the_same(content in content(), pieces in prop::collection::vec(1_usize..7_000, 1..9)) {
            let file = tempfile::tempfile().unwrap();
            let mut offset = 0_usize;
            for piece in pieces.into_iter().chain([usize::MAX]) {
                let end = content.len().min(offset.saturating_add(piece));
                write_around_zeros(&file, &content[offset..end], offset as u64, &Mutex::new(())).unwrap();
                offset = end;
            }
            for punched in [false, true] {
                if punched {
                    punch(&file).unwrap();
                }
                let mut read = vec![1; content.len()];
                file.read_exact_at(&mut read, 0).unwrap();
                prop_assert_eq!(&read, &content);
                prop_assert_eq!(file.metadata().unwrap().len(), content.len() as u64);
            }
        }
    }

    /// Ranges of one file come side by side.
    #[test]
    fn pieces_that_are_written_at_once_cut_nothing_off() {
        const PIECES: u64 = 64;
        for _ in 0..50 {
            let (file, growth) = (tempfile::tempfile().unwrap(), Mutex::new(()));
            std::thread::scope(|scope| {
                for half in 0..2 {
                    let (file, growth) = (&file, &growth);
                    scope.spawn(move || {
                        for piece in (half..PIECES).step_by(2) {
                            write_around_zeros(file, &[1; BLOCK], piece * BLOCK as u64, growth).unwrap();
                        }
                    });
                }
            });
            let mut read = vec![0; BLOCK * usize::try_from(PIECES).unwrap()];
            file.read_exact_at(&mut read, 0).unwrap();
            assert!(read.iter().all(|byte| *byte == 1));
        }
    }

    #[test]
    fn zeros_take_no_room() {
        let zeros = vec![0; 1 << 20];
        let written = tempfile::tempfile().unwrap();
        write_around_zeros(&written, &zeros, 0, &Mutex::new(())).unwrap();
        assert_eq!(written.metadata().unwrap().blocks(), 0);
        let punched = tempfile::tempfile().unwrap();
        punched.write_all_at(&zeros, 0).unwrap();
        assert!(punched.metadata().unwrap().blocks() > 0);
        punch(&punched).unwrap();
        assert_eq!(punched.metadata().unwrap().blocks(), 0);
    }
}
