//! A file that is written to through its pages in memory, as some databases do.
#![allow(unsafe_code)] // A mapping is a pointer.

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr;

use anyhow::{Context, Result, ensure};
use libc::{MAP_FAILED, MAP_SHARED, PROT_READ, PROT_WRITE};

/// A whole file, mapped for writing.
#[derive(Debug)]
pub struct Mapped {
    pages: *mut c_void,
    length: usize,
}

impl Mapped {
    /// Maps the file at `path`, which must not be empty.
    ///
    /// # Errors
    /// When it cannot be opened or mapped.
    pub fn new(path: &Path) -> Result<Self> {
        let file = File::options().read(true).write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len())?;
        ensure!(length > 0, "{} is empty", path.display());
        // SAFETY: the kernel chooses where, so that nothing else lies there.
        let pages = unsafe {
            libc::mmap(ptr::null_mut(), length, PROT_READ | PROT_WRITE, MAP_SHARED, file.as_raw_fd(), 0)
        };
        if pages == MAP_FAILED {
            return Err(io::Error::last_os_error()).with_context(|| format!("cannot map {}", path.display()));
        }
        Ok(Self { pages, length })
    }

    /// Stores a byte. The file's times move only if nobody stored to this page since it was last written to disk.
    ///
    /// # Panics
    /// When the file ends before.
    pub fn store(&mut self, at: usize, byte: u8) {
        assert!(at < self.length, "the file has {} bytes", self.length);
        // SAFETY: it lies in the mapping, which is ours until it is dropped.
        unsafe { self.pages.cast::<u8>().add(at).write_volatile(byte) };
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: it is the whole mapping, and nobody has a pointer into it.
        unsafe { libc::munmap(self.pages, self.length) };
    }
}
