//! How far a file has come: written by several at a time, then hashed, brought to disk and noted behind them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::written::Written;
use crate::manifest::Hash;

/// So many more bytes from the beginning on are worth a note, which costs a flush of the file.
const STEP: u64 = 64 << 20;
/// On a fast way the next note waits at least so long: what it would save is fetched again in no more time.
const PAUSE: Duration = Duration::from_secs(2);
/// On a slow way fewer bytes are worth one after so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are read back together.
const WINDOW: usize = 256 * 1024;

/// How far one file has come.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Bytes of the whole file.
    size: u64,
    ahead: Mutex<Ahead>,
    behind: Mutex<Behind>,
}

/// What is written.
#[derive(Debug)]
struct Ahead {
    written: Written,
    /// Up to where a note was asked for last, and when.
    asked: u64,
    since: Instant,
    /// None was asked for yet.
    first: bool,
    /// Something was written where all was there already: whoever hashes has to begin anew.
    torn: bool,
}

/// What is hashed.
#[derive(Debug)]
struct Behind {
    hasher: blake3::Hasher,
    hashed: u64,
    /// Nothing is noted any more.
    ended: bool,
    /// What the disk said, which it says only once.
    failed: Option<io::Error>,
}

impl Progress {
    /// For a file of so many bytes of which none is there.
    pub(crate) fn new(size: u64) -> Self {
        Self::going_on(size, 0, blake3::Hasher::new())
    }

    /// For one whose first bytes are there, and are in the hash already.
    pub(crate) fn going_on(size: u64, done: u64, hasher: blake3::Hasher) -> Self {
        let (written, since) = (Written::to(done), Instant::now());
        Self {
            size,
            ahead: Mutex::new(Ahead { written, asked: done, since, first: true, torn: false }),
            behind: Mutex::new(Behind { hasher, hashed: done, ended: false, failed: None }),
        }
    }

    /// Notes that these bytes were written. Whether it is time for [`Self::note`].
    pub(crate) fn wrote(&self, offset: u64, length: u64) -> bool {
        self.wrote_at(Instant::now(), offset, length)
    }

    fn wrote_at(&self, now: Instant, offset: u64, length: u64) -> bool {
        let mut ahead = lock(&self.ahead);
        ahead.torn |= offset < ahead.written.beginning();
        ahead.written.add(offset, offset.saturating_add(length));
        let done = ahead.written.beginning();
        let waited = now.saturating_duration_since(ahead.since);
        let far = done >= ahead.asked.saturating_add(STEP) && (ahead.first || waited >= PAUSE);
        let due = far || waited >= PATIENCE && done > ahead.asked;
        // The whole file is about to take its place.
        if !due || done >= self.size {
            return false;
        }
        ahead.asked = done;
        ahead.since = now;
        ahead.first = false;
        true
    }

    /// Hashes what is there from the beginning on, brings it to disk, and hands both to `note`. `false`: there was nothing to
    /// note, or it is not wanted any more. Blocks.
    ///
    /// # Errors
    /// When it cannot be read back or reach the disk, and those of `note`; nothing is noted any more then.
    pub(crate) fn note(
        &self,
        file: &File,
        note: impl FnOnce(u64, Hash) -> io::Result<()>,
    ) -> io::Result<bool> {
        let mut behind = lock(&self.behind);
        let (done, torn) = self.done();
        if behind.ended || torn || done <= behind.hashed || done >= self.size {
            return Ok(false);
        }
        let noted = behind.hash_to(file, done).and_then(|()| {
            behind.flush(file)?;
            note(done, *behind.hasher.finalize().as_bytes())
        });
        behind.ended = noted.is_err();
        noted.map(|()| true)
    }

    /// Waits for whoever notes something just now; nothing is noted any more from here on.
    ///
    /// # Errors
    /// What the disk said to an earlier flush: it would not say so again, and the file is not whole there.
    pub(crate) fn end(&self) -> io::Result<()> {
        let mut behind = lock(&self.behind);
        behind.ended = true;
        behind.failed.take().map_or(Ok(()), Err)
    }

    /// The hash of the whole file, of which what was hashed already is not read again. `None`: it has to be.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub(crate) fn hash(&self, file: &File) -> io::Result<Option<Hash>> {
        let mut behind = lock(&self.behind);
        let (done, torn) = self.done();
        if torn || done != file.metadata()?.len() {
            return Ok(None);
        }
        behind.hash_to(file, done)?;
        Ok(Some(*behind.hasher.finalize().as_bytes()))
    }

    fn done(&self) -> (u64, bool) {
        let ahead = lock(&self.ahead);
        (ahead.written.beginning(), ahead.torn)
    }
}

impl Behind {
    fn flush(&mut self, file: &File) -> io::Result<()> {
        let flushed = file.sync_data();
        if let Err(error) = &flushed {
            self.failed =
                Some(error.raw_os_error().map_or(error.kind().into(), io::Error::from_raw_os_error));
        }
        flushed
    }

    fn hash_to(&mut self, file: &File, end: u64) -> io::Result<()> {
        add(&mut self.hasher, file, self.hashed, end)?;
        self.hashed = end;
        Ok(())
    }
}

/// Hashes the first bytes of a file. Blocks.
///
/// # Errors
/// When they cannot be read, or are fewer.
pub(crate) fn hash_of_start(file: &File, length: u64) -> io::Result<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    add(&mut hasher, file, 0, length)?;
    Ok(hasher)
}

fn add(hasher: &mut blake3::Hasher, file: &File, mut offset: u64, end: u64) -> io::Result<()> {
    let mut buffer = vec![0; WINDOW];
    while offset < end {
        let length = usize::try_from(end - offset).unwrap_or(WINDOW).min(WINDOW);
        let window = buffer.get_mut(..length).unwrap_or_default();
        file.read_exact_at(window, offset)?;
        hasher.update(window);
        offset += length as u64;
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(length: usize) -> (File, Vec<u8>) {
        let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&content, 0).unwrap();
        (file, content)
    }

    fn hash(content: &[u8]) -> Hash {
        *blake3::hash(content).as_bytes()
    }

    #[test]
    fn a_note_is_due_after_each_step_from_the_beginning_and_not_at_the_end() {
        let progress = Progress::new(3 * STEP);
        let (begun, later) = (Instant::now(), Instant::now() + PAUSE);
        assert!(!progress.wrote_at(begun, STEP, STEP), "the beginning is missing");
        assert!(!progress.wrote_at(begun, 0, STEP - 1));
        assert!(progress.wrote_at(begun, STEP - 1, 1));
        assert!(!progress.wrote_at(later, 2 * STEP, STEP - 1));
        assert!(!progress.wrote_at(later, 3 * STEP - 1, 1), "it is whole");
    }

    #[test]
    fn notes_keep_a_distance_in_time_too_and_come_early_on_a_slow_way() {
        let begun = Instant::now();
        let progress = Progress::new(9 * STEP);
        let after = |seconds: u64| begun + Duration::from_secs(seconds);
        assert!(progress.wrote_at(begun, 0, STEP));
        assert!(!progress.wrote_at(after(1), STEP, 3 * STEP), "it comes fast");
        assert!(progress.wrote_at(after(2), 4 * STEP, 1));
        assert!(!progress.wrote_at(after(11), 4 * STEP + 1, 1));
        assert!(progress.wrote_at(after(12), 4 * STEP + 2, 1), "it comes slowly");
    }

    #[test]
    fn what_is_noted_is_there_from_the_beginning_and_the_hash_goes_on_from_there() {
        let (file, content) = file(10_000);
        let progress = Progress::new(10_000);
        let mut noted = Vec::new();
        let mut note = |progress: &Progress| {
            progress.note(&file, |done, hash| {
                noted.push((done, hash));
                Ok(())
            })
        };
        assert!(!note(&progress).unwrap());
        progress.wrote(0, 4_000);
        progress.wrote(6_000, 4_000);
        assert!(note(&progress).unwrap());
        assert!(!note(&progress).unwrap(), "nothing new is there");
        assert_eq!(progress.hash(&file).unwrap(), None, "it is not whole");
        progress.wrote(4_000, 2_000);
        progress.end().unwrap();
        assert!(!note(&progress).unwrap(), "nobody wants it any more");
        assert_eq!(noted, [(4_000, hash(&content[..4_000]))]);
        assert_eq!(progress.hash(&file).unwrap(), Some(hash(&content)));

        let later = Progress::going_on(10_000, 4_000, hash_of_start(&file, 4_000).unwrap());
        later.wrote(4_000, 6_000);
        assert_eq!(later.hash(&file).unwrap(), Some(hash(&content)));
    }

    #[test]
    fn what_is_written_a_second_time_is_not_vouched_for() {
        let (file, _) = file(10_000);
        let progress = Progress::new(10_000);
        progress.wrote(0, 10_000);
        progress.wrote(0, 1);
        let never = |_, _| panic!("nothing is noted");
        assert!(!progress.note(&file, never).unwrap());
        assert_eq!(progress.hash(&file).unwrap(), None);
    }

    #[test]
    fn after_a_failure_nothing_is_noted_any_more() {
        let (file, _) = file(10_000);
        let progress = Progress::new(20_000);
        progress.wrote(0, 5_000);
        let full = |_, _| Err(io::ErrorKind::StorageFull.into());
        assert_eq!(progress.note(&file, full).unwrap_err().kind(), io::ErrorKind::StorageFull);
        progress.wrote(5_000, 5_000);
        assert!(!progress.note(&file, |_, _| Ok(())).unwrap());
        assert_eq!(hash_of_start(&file, 10_001).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
    /// A device can be read here, and cannot be flushed. The disk says what it could not write to the first who asks.
    #[test]
    fn what_the_disk_refused_while_something_was_noted_fails_the_file() {
        let device = File::open("/dev/zero").unwrap();
        let progress = Progress::new(20_000);
        progress.wrote(0, 5_000);
        let never = |_, _| panic!("nothing is noted");
        let refused = progress.note(&device, never).unwrap_err();
        assert_eq!(progress.end().unwrap_err().raw_os_error(), refused.raw_os_error());
    }
}
