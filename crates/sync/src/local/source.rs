//! A local file while it is uploaded: read whole or not at all.

use std::fs::File;
use std::io::Seek;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rustix::fs::fstat;

use super::error::LocalError;
use super::form::Encoding;
use super::root::LocalRoot;
use super::state::{self, FileState};
use crate::attributes::{Attributes, read_extended};
use crate::manifest::{Hash, Nonce};
use crate::path::RelativePath;
use crate::remote::{ErrorKind, RemoteError};

/// Files up to this many bytes are read when they are opened.
const SMALL: u64 = 64 * 1024;

/// Bytes that are read into memory at once to be hashed.
const HASHED_AT_ONCE: usize = 256 * 1024;

/// An opened regular file that is about to be uploaded.
#[derive(Debug, Clone)]
pub struct Source {
    file: Arc<File>,
    shown: Arc<str>,
    state: FileState,
    /// Whether whatever is done to the file shows in its state.
    settled: bool,
    /// Of a small file, read when it was opened: one trip to another thread does for everything.
    whole: Option<(Bytes, Hash)>,
    encoding: Option<Arc<dyn Encoding>>,
}

impl Source {
    /// Opens the file at `path`, and waits until its time stamp is old enough to tell a later write: for 20 ms beyond what
    /// the file system takes, two seconds where that keeps whole ones, and a few times as long while somebody goes on writing.
    ///
    /// # Errors
    /// When the file is gone, unreadable, or no regular file.
    pub fn open(root: &LocalRoot, path: &RelativePath) -> Result<Self, LocalError> {
        let file = root.open_file(path)?;
        let shown: Arc<str> = root.show(path).into();
        let (state, settled) = state::settled(&file, root.write_back())
            .map_err(|errno| LocalError::new("read", &shown, errno))?;
        let mut source = Self { file: Arc::new(file), shown, state, settled, whole: None, encoding: None };
        // What goes wrong here goes wrong again for whoever reads.
        source.whole = source.small_content().ok().flatten();
        Ok(source)
    }

    /// A file of our own that nobody else writes to, from its beginning, called `shown` in messages.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn of_file(file: Arc<File>, shown: &RelativePath) -> Result<Self, LocalError> {
        (&*file).rewind().map_err(|cause| LocalError::new("read", shown, cause))?;
        let state = FileState::of(&file).map_err(|errno| LocalError::new("read", shown, errno))?;
        Ok(Self { file, shown: shown.to_string().into(), state, settled: true, whole: None, encoding: None })
    }

    /// The same file in the form in which a remote is to hold it. For one upload: `encoding` stands for the content as
    /// it was when the file was opened.
    #[must_use]
    pub fn encoded(&self, encoding: Arc<dyn Encoding>) -> Self {
        Self { encoding: Some(encoding), ..self.clone() }
    }

    /// The random bytes of the form in which it goes out, where that has any.
    #[must_use]
    pub fn nonce(&self) -> Option<Nonce> {
        self.encoding.as_ref().and_then(|encoding| encoding.nonce())
    }

    /// The same file in the form that an earlier upload of it had, whose random bytes were `nonce`; `None` where the form
    /// has none. As [`Encoding::under`] says, nothing may be sent before it is known to be what was sent then.
    #[must_use]
    pub fn under(&self, nonce: Nonce) -> Option<Self> {
        self.encoding.as_ref()?.under(nonce).map(|encoding| self.encoded(encoding))
    }

    /// Everything about the file but its content. Blocks for two calls of the system, which no disk is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Local`] when it cannot be read.
    pub fn attributes(&self) -> Result<Attributes, RemoteError> {
        let failed = |errno| RemoteError::new(ErrorKind::Local, "read", &self.shown, errno);
        let extended = read_extended(self.file.as_fd()).map_err(failed)?;
        let attributes = Attributes::of(&fstat(&self.file).map_err(failed)?, extended);
        // Of the content that is uploaded, also when somebody writes to the file meanwhile: a later time beside it would
        // hide that from the next sync.
        Ok(Attributes { modified: self.state.modified, ..attributes })
    }

    /// BLAKE3 of the file's own whole content, which has not changed since the file was opened.
    ///
    /// # Errors
    /// As [`Self::read`] and [`Self::check_unchanged`].
    pub async fn hash(&self) -> Result<Hash, RemoteError> {
        if let Some((_, hash)) = &self.whole {
            return Ok(*hash);
        }
        let source = self.clone();
        blocking(move || {
            let mut hasher = blake3::Hasher::new();
            let mut buffer = vec![0; HASHED_AT_ONCE];
            let mut offset = 0;
            while offset < source.state.size {
                let missing = usize::try_from(source.state.size - offset).unwrap_or(HASHED_AT_ONCE);
                let (now, _) = buffer.split_at_mut(missing.min(HASHED_AT_ONCE));
                source.fill_plain(offset, now)?;
                hasher.update(now);
                offset += now.len() as u64;
            }
            source.check_unchanged()?;
            Ok(*hasher.finalize().as_bytes())
        })
        .await
    }

    /// Whether the file takes less room than its size says, by a page at least. No part of its state: file systems
    /// give and take room by themselves.
    #[must_use]
    pub fn is_sparse(&self) -> bool {
        let room = fstat(&self.file)
            .map_or(u64::MAX, |stat| u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(512));
        room.saturating_add(4096) <= self.state.size
    }

    /// Bytes to be uploaded: those of the file, or of the form in which it goes out.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.encoding.as_ref().map_or(self.state.size, |encoding| encoding.size())
    }

    /// The state that the upload stands for, of the file itself.
    #[must_use]
    pub const fn state(&self) -> FileState {
        self.state
    }

    /// Whether the state tells of all that is done to the file from here on.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled
    }

    /// The file, for messages.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The opened file; `None` when its content goes out in another form, which only [`Self::read`] and
    /// [`Self::fill`] give.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        self.encoding.is_none().then_some(&*self.file)
    }

    /// Up to `length` bytes at `offset`, off the async threads. Shorter only when the file ended there, which is
    /// then an error: it was longer when it was opened.
    ///
    /// # Errors
    /// [`ErrorKind::SourceChanged`] when the file shrank, [`ErrorKind::Local`] when it cannot be read.
    pub async fn read(&self, offset: u64, length: usize) -> Result<Bytes, RemoteError> {
        match (&self.whole, &self.encoding) {
            (Some((whole, _)), None) => return self.piece(whole, offset, length),
            (Some(_), Some(_)) => return self.read_now(offset, length),
            (None, _) => {}
        }
        let source = self.clone();
        blocking(move || source.read_now(offset, length)).await
    }

    /// The whole content of a small file, read and found unchanged in one go off the async threads.
    ///
    /// # Errors
    /// As [`Self::read`] and [`Self::check_unchanged`].
    pub async fn read_all(&self) -> Result<Bytes, RemoteError> {
        match (&self.whole, &self.encoding) {
            (Some((whole, _)), None) => return self.check_unchanged().map(|()| whole.clone()),
            (Some(_), Some(_)) => return self.read_all_now(),
            (None, _) => {}
        }
        let source = self.clone();
        blocking(move || source.read_all_now()).await
    }

    /// Whether nobody wrote to the file since it was opened. To be called before the remote lets the new content
    /// replace the old.
    ///
    /// # Errors
    /// [`ErrorKind::SourceChanged`] when somebody did.
    pub fn check_unchanged(&self) -> Result<(), RemoteError> {
        match FileState::of(&self.file) {
            Ok(state) if state == self.state => Ok(()),
            Ok(_) => Err(self.changed()),
            Err(errno) => Err(RemoteError::new(ErrorKind::Local, "read", &self.shown, errno)),
        }
    }

    /// Fills all of `buffer` with the bytes to be uploaded from `offset` on. Blocks, and takes CPU time.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn fill(&self, offset: u64, buffer: &mut [u8]) -> Result<(), RemoteError> {
        let Some(encoding) = &self.encoding else { return self.fill_plain(offset, buffer) };
        encoding.read(offset, buffer, &mut |offset, plain| {
            self.fill_plain(offset, plain)?;
            // One encoding never stands for two contents: with encryption, who saw both would see what differs.
            if self.whole.is_some() { Ok(()) } else { self.check_unchanged() }
        })
    }

    fn small_content(&self) -> Result<Option<(Bytes, Hash)>, RemoteError> {
        if self.state.size > SMALL {
            return Ok(None);
        }
        let content = self.read_all_now()?;
        let hash = *blake3::hash(&content).as_bytes();
        Ok(Some((content, hash)))
    }

    fn read_all_now(&self) -> Result<Bytes, RemoteError> {
        let length = usize::try_from(self.size()).map_err(|_| self.changed())?;
        let content = self.read_now(0, length)?;
        self.check_unchanged()?;
        Ok(content)
    }

    fn piece(&self, whole: &Bytes, offset: u64, length: usize) -> Result<Bytes, RemoteError> {
        let start = usize::try_from(offset).map_err(|_| self.changed())?;
        match start.checked_add(length) {
            Some(end) if end <= whole.len() => Ok(whole.slice(start..end)),
            _ => Err(self.changed()),
        }
    }

    fn read_now(&self, offset: u64, length: usize) -> Result<Bytes, RemoteError> {
        let mut buffer = BytesMut::zeroed(length);
        self.fill(offset, &mut buffer)?;
        Ok(buffer.freeze())
    }

    fn fill_plain(&self, offset: u64, buffer: &mut [u8]) -> Result<(), RemoteError> {
        if let Some((whole, _)) = &self.whole {
            buffer.copy_from_slice(&self.piece(whole, offset, buffer.len())?);
            return Ok(());
        }
        match self.file.read_exact_at(buffer, offset) {
            Ok(()) => Ok(()),
            Err(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => Err(self.changed()),
            Err(cause) => Err(RemoteError::new(ErrorKind::Local, "read", &self.shown, cause)),
        }
    }

    fn changed(&self) -> RemoteError {
        RemoteError::new(ErrorKind::SourceChanged, "read", &self.shown, "")
    }
}

/// Runs file work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RemoteError> + Send + 'static,
) -> Result<T, RemoteError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(cause) => Err(RemoteError::new(ErrorKind::Local, "read", "a file", cause)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Else the next sync would take the new content for uploaded.
    #[tokio::test]
    async fn a_file_that_is_written_to_after_it_was_read_keeps_the_time_of_what_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let (root, path) = (LocalRoot::open(folder.path()).unwrap(), RelativePath::parse("file").unwrap());
        std::fs::write(folder.path().join("file"), "old").unwrap();
        let source = Source::open(&root, &path).unwrap();
        std::fs::write(folder.path().join("file"), "new").unwrap();
        let later = source.state().modified.nanoseconds() + 1_000_000_000;
        let later = std::time::UNIX_EPOCH + Duration::from_nanos(later.unsigned_abs());
        File::options().write(true).open(folder.path().join("file")).unwrap().set_modified(later).unwrap();
        assert_eq!(source.attributes().unwrap().modified, source.state().modified);
        assert_eq!(source.hash().await.unwrap(), *blake3::hash(b"old").as_bytes());
        assert_eq!(source.read_all().await.unwrap_err().kind, ErrorKind::SourceChanged);
    }
}
