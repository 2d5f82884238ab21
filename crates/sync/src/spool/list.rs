//! A list that is first written, then read from the beginning.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::frame;

/// Bytes of encoded items that stay in memory.
const WINDOW: usize = 1024 * 1024;

/// Items in the order in which they were pushed.
#[derive(Debug)]
pub(crate) struct Spool<T> {
    folder: PathBuf,
    file: Option<File>,
    tail: Vec<u8>,
    length: u64,
    items: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned> Spool<T> {
    /// An empty list that spills into `folder`.
    #[must_use]
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), file: None, tail: Vec::new(), length: 0, items: PhantomData }
    }

    /// Whether there are none.
    #[must_use]
    pub(crate) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds an item at the end.
    ///
    /// # Errors
    /// When the folder cannot hold what does not fit into memory.
    pub(crate) fn push(&mut self, item: &T) -> io::Result<()> {
        frame::write(&mut self.tail, item)?;
        self.length += 1;
        if self.tail.len() >= WINDOW { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile_in(&self.folder)?),
        };
        file.seek(io::SeekFrom::End(0))?;
        file.write_all(&self.tail)?;
        self.tail.clear();
        Ok(())
    }

    /// Writes everything down and frees the window: for one of many lists that wait for each other.
    ///
    /// # Errors
    /// When the folder cannot hold it.
    pub(crate) fn put_aside(&mut self) -> io::Result<()> {
        self.spill()?;
        self.tail = Vec::new();
        Ok(())
    }

    /// The items from the beginning.
    ///
    /// # Errors
    /// When the file cannot be read back.
    pub(crate) fn items(&mut self) -> io::Result<Items<'_, T>> {
        let spilled: Box<dyn Read + Send + '_> = match &mut self.file {
            Some(file) => {
                file.rewind()?;
                Box::new(BufReader::with_capacity(64 * 1024, file))
            }
            None => Box::new(io::empty()),
        };
        Ok(Items {
            bytes: Box::new(spilled.chain(self.tail.as_slice())),
            left: self.length,
            items: PhantomData,
        })
    }

    /// The items from the beginning, with the list itself.
    ///
    /// # Errors
    /// When the file cannot be read back.
    pub(crate) fn into_items(self) -> io::Result<Items<'static, T>> {
        let spilled: Box<dyn Read + Send> = match self.file {
            Some(mut file) => {
                file.rewind()?;
                Box::new(BufReader::with_capacity(64 * 1024, file))
            }
            None => Box::new(io::empty()),
        };
        let tail = io::Cursor::new(self.tail);
        Ok(Items { bytes: Box::new(spilled.chain(tail)), left: self.length, items: PhantomData })
    }
}

/// The items of a [`Spool`], read one by one.
pub(crate) struct Items<'spool, T> {
    bytes: Box<dyn Read + Send + 'spool>,
    left: u64,
    items: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Items<'_, T> {
    fn read(&mut self) -> io::Result<T> {
        frame::read(&mut self.bytes, u32::MAX)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl<T: DeserializeOwned> Iterator for Items<'_, T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let item = self.read();
        if item.is_err() {
            self.left = 0;
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_pushed_from_memory_and_from_disk() {
        let folder = tempfile::tempdir().unwrap();
        for count in [0_u64, 1, 3, 100_000] {
            let mut spool = Spool::new(folder.path());
            for number in 0..count {
                spool.push(&(number, format!("item {number}"))).unwrap();
            }
            assert_eq!(spool.length, count);
            assert_eq!(spool.file.is_some(), count > 1_000, "the window decides");
            for _ in 0..2 {
                let numbers: Vec<u64> = spool.items().unwrap().map(|item| item.unwrap().0).collect();
                assert_eq!(numbers, (0..count).collect::<Vec<_>>());
            }
            assert_eq!(spool.into_items().unwrap().count() as u64, count);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "its files have no names");
    }

    #[test]
    fn put_aside_it_takes_no_memory_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path());
        for number in 0..10_u64 {
            spool.push(&number).unwrap();
            spool.put_aside().unwrap();
            assert_eq!(spool.tail.capacity(), 0);
        }
        spool.push(&10).unwrap();
        assert_eq!(spool.items().unwrap().map(Result::unwrap).collect::<Vec<_>>(), Vec::from_iter(0..=10));
    }

    #[test]
    fn says_when_the_folder_cannot_hold_it() {
        let mut spool = Spool::new(Path::new("/nowhere/at/all"));
        let large = vec![0_u8; WINDOW + 1];
        assert!(spool.push(&large).is_err());
    }
}
