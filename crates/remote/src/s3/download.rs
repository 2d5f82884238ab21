//! Downloads: one request, gone on with where it broke; several ranges at a time for what is large.

use bytes::{Bytes, BytesMut};
use podfs_crypto::md5::Running;
use podfs_sync::local::Target;
use podfs_sync::{Entry, ErrorKind, Modified, RemoteError};

use super::checksum;
use super::errors::Doing;
use super::objects::{self, Content, ObjectHead};
use super::ranges;
use super::store::Store;
use crate::transport::Fault;

/// Larger objects are fetched in ranges.
const ONE_STREAM: u64 = 64 << 20;
/// Bytes collected before they are written.
const PIECE: usize = 256 * 1024;

/// Writes the content of `entry` into `target`, and tells the modification time that came with it.
pub(super) async fn download(store: &Store, entry: &Entry, target: &Target) -> Result<Modified, RemoteError> {
    let key = store.key("download", &entry.path)?;
    let stretch = Stretch { store, entry, key: &key, target, offset: 0, length: entry.size };
    if entry.size > ONE_STREAM {
        return ranges::download(store, stretch).await;
    }
    let mut sum = Running::default();
    let head = stretch.fetch(Some(&mut sum)).await?;
    check_sum(store, entry, head.tag.as_deref(), sum)?;
    Ok(head.modified)
}

fn check_sum(store: &Store, entry: &Entry, tag: Option<&str>, sum: Running) -> Result<(), RemoteError> {
    let expected = tag.filter(|_| store.tags_are_sums()).and_then(checksum::of_tag);
    let Some(expected) = expected else { return Ok(()) };
    let sum = sum.finish();
    if sum == expected {
        return Ok(());
    }
    let detail = format!("MD5 {} came, {} is stored", checksum::hex(&sum), checksum::hex(&expected));
    Err(store.doing("download", &entry.path).error(ErrorKind::Corrupt, detail))
}

/// A part of an object on its way to its place in the file; often all of it.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) store: &'a Store,
    pub(super) entry: &'a Entry,
    pub(super) key: &'a str,
    pub(super) target: &'a Target,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Why a stretch stopped.
enum Stop {
    /// The wire, where trying again may help.
    Fault(Fault),
    /// Anything else.
    Final(RemoteError),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Stretch<'_> {
    /// Fetches the stretch; after each break only what is still missing.
    pub(super) async fn fetch(self, mut sum: Option<&mut Running>) -> Result<ObjectHead, RemoteError> {
        let mut backoff = self.store.wire.backoff();
        let mut first: Option<ObjectHead> = None;
        let mut done = 0;
        loop {
            let before = done;
            match self.attempt(&mut first, &mut done, sum.as_deref_mut()).await {
                Ok(head) => return Ok(head),
                Err(Stop::Final(error)) => return Err(error),
                Err(Stop::Fault(fault)) => {
                    if done > before {
                        backoff.reset();
                    }
                    backoff.after(fault).await.map_err(|fault| self.doing().failed(fault))?;
                }
            }
        }
    }

    async fn attempt(
        self,
        first: &mut Option<ObjectHead>,
        done: &mut u64,
        mut sum: Option<&mut Running>,
    ) -> Result<ObjectHead, Stop> {
        let known = first.as_ref().and_then(|head| head.tag.as_deref()).or(self.entry.tag.as_deref());
        let (head, mut content) = self.open(known, *done).await?;
        self.check_same(&head, known)?;
        let head = first.get_or_insert(head).clone();
        while let Some(piece) = self.collect(&mut content, *done).await? {
            if let Some(sum) = &mut sum {
                sum.add(&piece);
            }
            let length = piece.len() as u64;
            let written = match length == self.entry.size {
                true => self.target.write_whole(piece).await,
                false => self.target.write(self.offset + *done, piece).await,
            };
            written.map_err(Stop::Final)?;
            *done += length;
        }
        Ok(head)
    }

    async fn open(self, tag: Option<&str>, done: u64) -> Result<(ObjectHead, Content), Stop> {
        let whole = self.length == self.entry.size && done == 0;
        let range = (!whole).then(|| self.offset + done..self.offset + self.length);
        let answer = objects::get(self.store, self.key, range, tag).await;
        // The wire has tried again by itself, so this is final.
        answer.map_err(|fault| Stop::Final(self.doing().failed(fault)))
    }

    fn check_same(self, head: &ObjectHead, known: Option<&str>) -> Result<(), Stop> {
        let replaced = known.is_some() && head.tag.is_some() && head.tag.as_deref() != known;
        if replaced || head.size != self.entry.size {
            let error = self.doing().error(ErrorKind::SourceChanged, "it was replaced since it was listed");
            return Err(Stop::Final(error));
        }
        Ok(())
    }

    /// The next piece to write; `None` when all is here. A body that comes in one piece is not copied.
    async fn collect(self, content: &mut Content, done: u64) -> Result<Option<Bytes>, Stop> {
        let missing = self.length - done;
        if missing == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(missing).unwrap_or(PIECE).min(PIECE);
        let first = content.next().await?;
        if first.len() >= wanted {
            return within(first, missing).map(Some);
        }
        // What comes may go beyond what is wanted, but not beyond the object's end.
        let spare = if wanted < PIECE { 0 } else { PIECE / 4 };
        let mut piece = BytesMut::with_capacity(wanted + spare);
        let mut next = first;
        while !next.is_empty() {
            piece.extend_from_slice(&next);
            if piece.len() >= wanted {
                return within(piece.freeze(), missing).map(Some);
            }
            next = content.next().await?;
        }
        Err(Fault::CutShort(format!("{} of {missing} bytes came", piece.len())).into())
    }

    fn doing(&self) -> Doing<'_> {
        self.store.doing("download", &self.entry.path)
    }
}

fn within(piece: Bytes, missing: u64) -> Result<Bytes, Stop> {
    if piece.len() as u64 > missing {
        return Err(Fault::Nonsense(String::from("more bytes came than the object has")).into());
    }
    Ok(piece)
}
