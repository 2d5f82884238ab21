//! What lets a restore go on with a large file that an earlier one did not finish: how far it has come is noted now and then.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;

use super::error::LocalError;
use super::target::{Inner, Target};
use super::temporary::Temporary;
use crate::manifest::Hash;
use crate::remote::RemoteError;
use crate::unfinished::{Keeping, Note, Progress, hash_of_start};

/// A file that may be interrupted.
#[derive(Debug)]
pub(super) struct Resuming {
    keeping: Keeping,
    /// Once it is known that the file comes in pieces.
    progress: OnceLock<Progress>,
    went_on: AtomicBool,
    /// A note tells of the temporary file, so that it stays when this is dropped.
    noted: AtomicBool,
}

impl Resuming {
    pub(super) const fn new(keeping: Keeping) -> Self {
        let (went_on, noted) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { keeping, progress: OnceLock::new(), went_on, noted }
    }
}

impl Target {
    /// Which stretches are still to be written of so many bytes, in the form in which the remote holds them. Where an earlier
    /// restore did not finish the file and what it left is as it left it, that is the rest; else all. For whoever writes a
    /// file in pieces, before the first.
    ///
    /// # Errors
    /// When one of our threads breaks off.
    pub async fn missing(&self, size: u64) -> Result<Vec<Range<u64>>, RemoteError> {
        let all = Range { start: 0, end: size };
        if self.inner.resuming.is_none() {
            return Ok(vec![all]);
        }
        self.blocking("go on with", move |target| {
            let Some(resuming) = &target.inner.resuming else { return Ok(vec![all]) };
            if let Some(missing) = target.go_on(resuming, size) {
                return Ok(missing);
            }
            resuming.keeping.forget();
            let _ = resuming.progress.set(Progress::new(resuming.keeping.size()));
            Ok(vec![all])
        })
        .await
    }

    /// Takes on what an earlier restore left. What cannot be gone on with is removed.
    fn go_on(&self, resuming: &Resuming, size: u64) -> Option<Vec<Range<u64>>> {
        let note = resuming.keeping.found()?;
        let shown = self.shown();
        let (taken, hasher) = match self.take_on(&note) {
            Ok(Some(taken)) => taken,
            Ok(None) => {
                tracing::warn!("{shown}: what an earlier restore left of it has changed; it begins anew");
                return None;
            }
            Err(error) => {
                tracing::info!(%error, "a file that an earlier restore did not finish begins anew");
                return None;
            }
        };
        let missing = match &self.decoding {
            None => Vec::from([Range { start: note.done, end: size }]),
            Some(decoding) => decoding.behind(note.done)?,
        };
        self.inner.temporary.set(taken).ok()?;
        let progress = Progress::going_on(resuming.keeping.size(), note.done, hasher);
        resuming.progress.set(progress).ok()?;
        resuming.went_on.store(true, Ordering::Release);
        resuming.noted.store(true, Ordering::Release);
        tracing::info!("{shown}: going on with its download, {} bytes are here already", note.done);
        Some(missing)
    }

    /// The temporary file, cut off behind what is noted of it, and the hash of that. `None`: it is not what was noted.
    fn take_on(&self, note: &Note) -> Result<Option<(Temporary, blake3::Hasher)>, LocalError> {
        let Inner { root, path, start, .. } = &*self.inner;
        let failed = |cause: io::Error| LocalError::new("go on with", self.shown(), cause);
        let taken = Temporary::take_on(root, path, *start, (&note.temporary, note.place))?;
        let hasher = hash_of_start(&taken.file, note.done).map_err(failed)?;
        if *hasher.finalize().as_bytes() != note.hash {
            return Ok(None);
        }
        taken.file.set_len(note.done).map_err(failed)?;
        Ok(Some((taken, hasher)))
    }

    /// Whether it goes on with what an earlier restore left.
    pub(crate) fn went_on(&self) -> bool {
        self.inner.resuming.as_ref().is_some_and(|resuming| resuming.went_on.load(Ordering::Acquire))
    }

    /// After each write. Now and then how far the file has come is noted, beside the writes that go on.
    pub(super) fn wrote(&self, offset: u64, length: u64) {
        let Some(progress) = self.progress() else { return };
        if progress.wrote(offset, length)
            && let Ok(runtime) = Handle::try_current()
        {
            let target = self.clone();
            runtime.spawn_blocking(move || target.note());
        }
    }

    /// Notes how far the file has come, for a restore that cannot go on now, off the async threads.
    pub(crate) async fn keep(&self) {
        if self.progress().is_some() {
            self.off_threads(Self::note).await;
        }
    }

    /// Nothing is noted of the file any more, and nothing is kept of it.
    pub(crate) async fn keep_nothing(&self) {
        if self.progress().is_some() {
            self.off_threads(|target| {
                // It is given up anyway.
                let _ = target.end();
                target.forget();
            })
            .await;
        }
    }

    /// The file is whole: it takes its place, or is removed. What is noted of it stays until [`Self::is_in_place`], for a
    /// restore that is killed before.
    ///
    /// # Errors
    /// When a part of it did not reach the disk.
    pub(crate) async fn is_whole(&self) -> Result<(), RemoteError> {
        match self.progress() {
            Some(_) => self.blocking("write", |target| Ok(target.end()?)).await,
            None => Ok(()),
        }
    }

    /// The file took its place: what was noted of it is of no use any more.
    pub(crate) async fn is_in_place(&self) {
        if self.inner.resuming.as_ref().is_some_and(|resuming| resuming.keeping.is_noted()) {
            self.off_threads(Self::forget).await;
        }
    }

    /// The hash of all that was written, where most of it is known already.
    pub(super) fn hash_so_far(&self) -> Result<Option<Hash>, LocalError> {
        let (Some(progress), Some(temporary)) = (self.progress(), self.inner.temporary.get()) else {
            return Ok(None);
        };
        let hash = progress.hash(&temporary.file);
        hash.map_err(|cause| LocalError::new("read back", self.shown(), cause))
    }

    fn progress(&self) -> Option<&Progress> {
        self.inner.resuming.as_ref()?.progress.get()
    }

    /// Blocks.
    fn note(&self) {
        let Inner { resuming: Some(resuming), temporary, .. } = &*self.inner else { return };
        let (Some(progress), Some(temporary)) = (resuming.progress.get(), temporary.get()) else { return };
        let Some(name) = temporary.name() else { return };
        let noted = progress.note(&temporary.file, |done, hash| {
            resuming.keeping.note(name, place(&temporary.file)?, done, hash)?;
            resuming.noted.store(true, Ordering::Release);
            Ok(())
        });
        if let Err(error) = noted {
            tracing::debug!("{}: {error}; nothing more of it is noted", self.shown());
        }
    }

    /// Waits for whoever notes something just now. Blocks.
    fn end(&self) -> Result<(), LocalError> {
        let Some(resuming) = &self.inner.resuming else { return Ok(()) };
        let ended = resuming.progress.get().map_or(Ok(()), Progress::end);
        resuming.noted.store(false, Ordering::Release);
        ended.map_err(|cause| LocalError::new("write", self.shown(), cause))
    }

    fn forget(&self) {
        if let Some(resuming) = &self.inner.resuming {
            resuming.keeping.forget();
        }
    }

    async fn off_threads(&self, work: impl FnOnce(&Self) + Send + 'static) {
        let target = self.clone();
        // A panic of ours leaves a note that is found to be of no use.
        let _ = tokio::task::spawn_blocking(move || work(&target)).await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let (Some(resuming), Some(temporary)) = (&mut self.resuming, self.temporary.get())
            && *resuming.noted.get_mut()
            && resuming.keeping.is_on()
        {
            temporary.leave();
        }
    }
}

/// Device and inode.
fn place(file: &File) -> io::Result<(u64, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(test)]
#[path = "resume_tests.rs"]
mod tests;
