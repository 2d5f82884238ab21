//! A local file while it is restored: written beside its place, never in it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use bytes::{Bytes, BytesMut};
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Timespec, Timestamps, Uid, fchmod, fchown, openat, renameat,
    statat, unlinkat,
};
use rustix::io::Errno;

use super::error::LocalError;
use super::flush;
use super::form::Decoding;
use super::held::Held;
use super::holes::{self, FromStart};
use super::root::{LocalRoot, TargetSlot};
use crate::attributes::{self, Attributes, Losses};
use crate::manifest::Hash;
use crate::path::RelativePath;
use crate::remote::{ErrorKind, RemoteError};
use crate::timestamp::Timestamp;

const PREFIX: &[u8] = b".podfs-partial-";
const RANDOM_DIGITS: usize = 16;
/// Content of so many bytes at most is decoded right where it came in.
const DECODED_AT_ONCE: usize = 80 * 1024;

/// Whether a file name is one that only a [`Target`] makes.
#[must_use]
pub fn is_temporary_name(name: &[u8]) -> bool {
    name.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.len() == RANDOM_DIGITS && rest.iter().all(u8::is_ascii_hexdigit))
}

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

/// Whose attributes a new file has until it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Those of the file that it will replace, or those that the umask gives.
    OfOldFile,
    /// Nobody but the owner may look at it before it has its own.
    Private,
    /// It never has a name, so that it is gone with this process however that ends.
    Nameless,
}

/// A temporary file in the folder of the file that it will become, made when something is written to it. When the
/// last clone is dropped without being put in place, it removes itself.
#[derive(Debug, Clone)]
pub struct Target {
    inner: Arc<Inner>,
    decoding: Option<Arc<dyn Decoding>>,
}

#[derive(Debug)]
struct Inner {
    root: Arc<LocalRoot>,
    path: RelativePath,
    start: Start,
    /// Whether long runs of zeros take no room.
    sparse: bool,
    /// Held while the length of a sparse file changes.
    growth: Mutex<()>,
    /// The whole content, while it waits to be written together with that of others.
    held: OnceLock<Held>,
    temporary: OnceLock<Temporary>,
    // Last: given back after the temporary file is gone.
    _slot: TargetSlot,
}

/// The temporary file once it is there.
#[derive(Debug)]
struct Temporary {
    file: File,
    /// Nothing for one that never takes a place.
    name: Option<TemporaryName>,
}

/// The name of a temporary file, until it has taken its place.
#[derive(Debug)]
struct TemporaryName {
    folder: OwnedFd,
    name: String,
    in_place: AtomicBool,
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
            _slot: root.target_slot(),
        };
        Self { inner: Arc::new(inner), decoding: None }
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
        let TemporaryName { folder, name, in_place } = self.name()?;
        renameat(folder, name.as_str(), folder, self.inner.path.file_name())
            .map_err(|errno| self.error("replace", errno))?;
        in_place.store(true, Ordering::Release);
        Ok(())
    }

    pub(super) fn root(&self) -> &Arc<LocalRoot> {
        &self.inner.root
    }

    pub(super) fn folder(&self) -> Result<BorrowedFd<'_>, LocalError> {
        self.name().map(|name| name.folder.as_fd())
    }

    fn name(&self) -> Result<&TemporaryName, LocalError> {
        let name = self.temporary()?.name.as_ref();
        name.ok_or_else(|| self.error("name", Errno::OPNOTSUPP))
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

    async fn blocking<T: Send + 'static>(
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

impl Temporary {
    fn create(root: &LocalRoot, path: &RelativePath, start: Start) -> Result<Self, LocalError> {
        if start == Start::Nameless {
            let made = tempfile::tempfile_in(root.path());
            let file = made.map_err(|cause| LocalError::new("create", root.show(path), cause))?;
            return Ok(Self { file, name: None });
        }
        let folder = root.make_parent(path)?;
        let name = temporary_name().map_err(|errno| root.error("create", path, errno))?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = if start == Start::Private { 0o600 } else { 0o666 };
        let file = openat(&folder, name.as_str(), flags, Mode::from_raw_mode(mode))
            .map_err(|errno| root.error("create", path, errno))?;
        if start == Start::OfOldFile {
            keep_attributes(&folder, path.file_name(), &file);
        }
        let name = TemporaryName { folder, name, in_place: AtomicBool::new(false) };
        Ok(Self { file: File::from(file), name: Some(name) })
    }
}

impl Drop for TemporaryName {
    fn drop(&mut self) {
        if !*self.in_place.get_mut() {
            // What stays behind after a failure here is met as a leftover by the next run.
            let _ = unlinkat(&self.folder, self.name.as_str(), AtFlags::empty());
        }
    }
}

/// Gives the new file the mode and owner of the one that it will replace: what was private stays private.
fn keep_attributes(folder: &OwnedFd, name: &[u8], file: &OwnedFd) {
    let Ok(old) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    if FileType::from_raw_mode(old.st_mode) != FileType::RegularFile {
        return;
    }
    // The owner first: changing it clears the set-user-id bits. Only root may do so, and only then is it needed.
    let owner = (Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)));
    let owned = fchown(file, owner.0, owner.1).is_ok();
    let mode = Mode::from_raw_mode(old.st_mode & if owned { 0o7777 } else { 0o777 });
    if let Err(errno) = fchmod(file, mode) {
        tracing::debug!(%errno, "the mode of a replaced file could not be kept");
    }
}

impl From<LocalError> for RemoteError {
    fn from(error: LocalError) -> Self {
        Self::new(error.kind(), error.operation, &error.path, &error.cause)
    }
}

/// A name that no other file has, and that [`is_temporary_name`] knows.
///
/// # Errors
/// When the system has no randomness.
pub fn temporary_name() -> Result<String, Errno> {
    let mut random = [0_u8; RANDOM_DIGITS / 2];
    getrandom::fill(&mut random).map_err(|_| Errno::IO)?;
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{}{digits}", String::from_utf8_lossy(PREFIX)))
}
