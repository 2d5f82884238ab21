//! A local file while it is restored: written beside its place, never in it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::{Bytes, BytesMut};
use rustix::fs::{Timespec, Timestamps};
use rustix::io::Errno;

use super::error::LocalError;
use super::flush;
use super::form::Decoding;
use super::held::Held;
use super::holes::{self, FromStart};
use super::resume::Resuming;
use super::root::{LocalRoot, TargetSlot};
use super::temporary::{Start, Temporary, temporary_name};
use crate::attributes::{self, Attributes, Losses};
use crate::manifest::Hash;
use crate::path::RelativePath;
use crate::remote::{ErrorKind, RemoteError};
use crate::timestamp::Timestamp;
use crate::unfinished::Keeping;

/// Content of so many bytes at most is decoded right where it came in.
const DECODED_AT_ONCE: usize = 80 * 1024;

/// What a file gets besides its content before it takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finish {
    /// Nothing.
    AsItIs,
    /// Its modification time.
    Time(Timestamp),
    /// Everything.
    Attributes(Box<Attributes>),
}

/// A temporary file in the folder of the file that it will become, made when something is written to it. When the
/// last clone is dropped without being put in place, it removes itself, unless the next restore can go on with it.
#[derive(Debug, Clone)]
pub struct Target {
    pub(super) inner: Arc<Inner>,
    pub(super) decoding: Option<Arc<dyn Decoding>>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) root: Arc<LocalRoot>,
    pub(super) path: RelativePath,
    pub(super) start: Start,
    /// Whether long runs of zeros take no room.
    sparse: bool,
    /// Held while the length of a sparse file changes.
    growth: Mutex<()>,
    /// The whole content, while it waits to be written together with that of others.
    held: OnceLock<Held>,
    pub(super) temporary: OnceLock<Temporary>,
    /// For a file that may be interrupted and gone on with.
    pub(super) resuming: Option<Resuming>,
    // Last: given back after the temporary file is gone.
    _slot: TargetSlot,
}

impl Target {
    /// The place of `path`. Nothing is made yet.
    #[must_use]
    pub fn new(root: &Arc<LocalRoot>, path: &RelativePath) -> Self {
        Self::start(root, path, Start::OfOldFile, false)
    }

    /// The place of `path`, for a file that will be finished with all its attributes. Nothing is made yet.
    #[must_use]
    pub fn private(root: &Arc<LocalRoot>, path: &RelativePath, sparse: bool) -> Self {
        Self::start(root, path, Start::Private, sparse)
    }

    /// A file on the disk of `root` that is only looked at and never put in place; it has no name. Nothing is made yet.
    ///
    /// # Errors
    /// When the system has no randomness for what it is called in messages.
    pub fn scratch(root: &Arc<LocalRoot>) -> Result<Self, LocalError> {
        let failed = |cause: io::Error| LocalError::new("name", "a scratch file", cause);
        let name = temporary_name().map_err(|errno| failed(errno.into()))?;
        let path = RelativePath::parse(name).map_err(|cause| failed(io::Error::other(cause)))?;
        Ok(Self::start(root, &path, Start::Nameless, false))
    }

    fn start(root: &Arc<LocalRoot>, path: &RelativePath, start: Start, sparse: bool) -> Self {
        let inner = Inner {
            root: Arc::clone(root),
            path: path.clone(),
            start,
            sparse,
            growth: Mutex::new(()),
            held: OnceLock::new(),
            temporary: OnceLock::new(),
            resuming: None,
            _slot: root.target_slot(),
        };
        Self { inner: Arc::new(inner), decoding: None }
    }

    /// The same place, for a file that is kept when it is interrupted while it comes in pieces. Nobody else has it yet.
    pub(crate) fn resumable(mut self, keeping: Option<Keeping>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.resuming = keeping.map(Resuming::new);
        }
        self
    }

    /// The same file, to be written in the form in which a remote holds it.
    #[must_use]
    pub fn decoded(&self, decoding: Arc<dyn Decoding>) -> Self {
        Self { inner: Arc::clone(&self.inner), decoding: Some(decoding) }
    }

    /// Whether what is written is not the file's own content, so that nobody may write to the opened file himself.
    #[must_use]
    pub fn is_decoded(&self) -> bool {
        self.decoding.is_some()
    }

    /// The file that this will become, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        self.inner.root.show(&self.inner.path)
    }

    /// The opened temporary file; makes it, and the folders that lead there, when it is asked for first. Blocks.
    ///
    /// # Errors
    /// When a folder or the file cannot be made, or a symbolic link is in the way; and where the content is to be
    /// decoded, which only [`Self::write`] does.
    pub fn file(&self) -> Result<&File, LocalError> {
        if self.is_decoded() {
            return Err(LocalError::new("write", self.shown(), Errno::OPNOTSUPP));
        }
        self.temporary().map(|temporary| &temporary.file)
    }

    /// [`Self::file`], off the async threads.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub async fn open(&self) -> Result<&File, RemoteError> {
        if self.inner.temporary.get().is_none() {
            self.blocking("create", |target| Ok(target.file().map(|_| ())?)).await?;
        }
        Ok(self.file()?)
    }

    /// Writes `content` at `offset`, off the async threads.
    ///
    /// # Errors
    /// [`ErrorKind::NoSpace`] or [`ErrorKind::Local`], and as [`Self::file`]; [`ErrorKind::Corrupt`] where the content
    /// cannot be decoded.
    pub async fn write(&self, offset: u64, content: Bytes) -> Result<(), RemoteError> {
        let Some(decoding) = &self.decoding else {
            return self.blocking("write", move |target| Ok(target.write_now(offset, &content)?)).await;
        };
        decoding.ready(offset).await;
        let decoding = Arc::clone(decoding);
        self.blocking("write", move |target| {
            let content = content.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
            decoding.decode(offset, content, &mut |offset, plain| Ok(target.write_now(offset, plain)?))
        })
        .await
    }

    fn write_now(&self, offset: u64, content: &[u8]) -> Result<(), LocalError> {
        let file = &self.temporary()?.file;
        let written = match self.inner.sparse {
            true => holes::write_around_zeros(file, content, offset, &self.inner.growth),
            false => file.write_all_at(content, offset),
        };
        written.map_err(|cause| LocalError::new("write", self.shown(), cause))?;
        flush::begin(file, offset, content.len() as u64);
        self.wrote(offset, content.len() as u64);
        Ok(())
    }

    /// Takes the whole content of a file. That of a small file is kept in memory until the file is committed, which
    /// spares a trip to another thread for each.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn write_whole(&self, content: Bytes) -> Result<(), RemoteError> {
        match &self.decoding {
            None => self.write_plain_whole(content).await,
            Some(decoding) if content.len() <= DECODED_AT_ONCE => {
                self.write_plain_whole(decoding.decode_whole(content)?).await
            }
            Some(_) => self.write(0, content).await,
        }
    }

    async fn write_plain_whole(&self, content: Bytes) -> Result<(), RemoteError> {
        let Inner { root, held, temporary, .. } = &*self.inner;
        if temporary.get().is_none()
            && let Some(holds) = root.hold(&content)
            && held.set(holds).is_ok()
        {
            return Ok(());
        }
        self.blocking("write", move |target| Ok(target.write_now(0, &content)?)).await
    }

    /// Bytes written so far.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn size(&self) -> Result<u64, LocalError> {
        let Some(temporary) = self.inner.temporary.get() else {
            return Ok(self.inner.held.get().map_or(0, |held| held.content().len() as u64));
        };
        match temporary.file.metadata() {
            Ok(metadata) => Ok(metadata.len()),
            Err(cause) => Err(LocalError::new("look at", self.shown(), cause)),
        }
    }

    /// BLAKE3 of what was written, off the async threads.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub async fn hash(&self) -> Result<Hash, RemoteError> {
        if let Some(held) = self.inner.held.get() {
            return Ok(*blake3::hash(held.content()).as_bytes());
        }
        self.blocking("read back", move |target| {
            if let Some(hash) = target.hash_so_far()? {
                return Ok(hash);
            }
            let mut hasher = blake3::Hasher::new();
            let mut from = FromStart::new(target.file()?);
            std::io::copy(&mut from, &mut hasher)
                .map_err(|cause| LocalError::new("read back", target.shown(), cause))?;
            Ok(*hasher.finalize().as_bytes())
        })
        .await
    }

    /// Gives the file what it gets besides its content, and tells what it could not be given.
    pub(super) fn finish(&self, finish: &Finish) -> Result<Losses, LocalError> {
        let file = self.file()?;
        if self.inner.sparse {
            let full = file.metadata().is_ok_and(|metadata| metadata.blocks() * 512 >= metadata.len());
            if full {
                holes::punch(file).map_err(|cause| LocalError::new("write", self.shown(), cause))?;
            }
        }
        match finish {
            Finish::AsItIs => Ok(Losses::default()),
            Finish::Time(time) => self.set_modified(*time).map(|()| Losses::default()),
            Finish::Attributes(wanted) => attributes::apply(file.as_fd(), wanted)
                .map(Losses::from_iter)
                .map_err(|cause| LocalError::new("give attributes to", self.shown(), cause)),
        }
    }

    fn set_modified(&self, modified: Timestamp) -> Result<(), LocalError> {
        let (tv_sec, tv_nsec) = modified.parts();
        let last_modification = Timespec { tv_sec, tv_nsec };
        let last_access = Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT };
        rustix::fs::futimens(self.file()?, &Timestamps { last_access, last_modification })
            .map_err(|errno| self.error("set the time of", errno))
    }

    /// Lets the temporary file take its place. What is on disk must be whole by now.
    pub(super) fn put_in_place(&self) -> Result<(), LocalError> {
        let put = self.temporary()?.put_in_place(self.inner.path.file_name());
        put.map_err(|errno| self.error("replace", errno))
    }

    pub(super) fn root(&self) -> &Arc<LocalRoot> {
        &self.inner.root
    }

    pub(super) fn folder(&self) -> Result<BorrowedFd<'_>, LocalError> {
        self.temporary()?.folder().ok_or_else(|| self.error("name", Errno::OPNOTSUPP))
    }

    fn temporary(&self) -> Result<&Temporary, LocalError> {
        let Inner { root, path, start, held, temporary, .. } = &*self.inner;
        if let Some(made) = temporary.get() {
            return Ok(made);
        }
        let made = Temporary::create(root, path, *start)?;
        if let Some(held) = held.get() {
            let written = made.file.write_all_at(held.content(), 0);
            written.map_err(|cause| LocalError::new("write", self.shown(), cause))?;
        }
        // When two writes come first at once, one of the two files is dropped, and removed with that.
        Ok(temporary.get_or_init(|| made))
    }

    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Self) -> Result<T, RemoteError> + Send + 'static,
    ) -> Result<T, RemoteError> {
        let target = self.clone();
        match tokio::task::spawn_blocking(move || work(&target)).await {
            Ok(result) => result,
            Err(cause) => Err(RemoteError::new(ErrorKind::Local, operation, self.shown(), cause)),
        }
    }

    fn error(&self, operation: &'static str, errno: Errno) -> LocalError {
        self.inner.root.error(operation, &self.inner.path, errno)
    }
}

impl From<LocalError> for RemoteError {
    fn from(error: LocalError) -> Self {
        Self::new(error.kind(), error.operation, &error.path, &error.cause)
    }
}
