//! A folder of this machine (or one mounted here) as a remote.

mod copy;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use podfs_sync::entry::{Entry, Listed, Modified};
use podfs_sync::local::{Committer, Depth, Finish, LocalRoot, Remover, Scan, Scanned, Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::remote::{Abilities, Came, ErrorKind, Remote, RemoteError};
use podfs_sync::settings::DEFAULT_TRANSFERS;
use podfs_sync::{RelativePath, Small, Timestamp, Version, small};
use tokio::sync::mpsc;

use crate::naming::{Mask, Speller};

/// A temporary file of an upload this old belongs to nobody any more.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);
const DELETE_BATCH: usize = 1_000;
/// We keep names as they are, and leave out the few that stock rclone could not carry back.
const SPELLER: Speller = Speller::new(Mask::LOCAL);

/// The remote.
pub struct LocalRemote {
    path: PathBuf,
    root: OnceLock<Arc<LocalRoot>>,
    committer: OnceLock<Committer>,
    leftovers: Arc<Mutex<Vec<RelativePath>>>,
}

impl LocalRemote {
    /// The tree at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            root: OnceLock::new(),
            committer: OnceLock::new(),
            leftovers: Arc::default(),
        }
    }

    fn root(&self) -> Result<Arc<LocalRoot>, RemoteError> {
        if let Some(root) = self.root.get() {
            return Ok(Arc::clone(root));
        }
        let root = LocalRoot::open(&self.path).map_err(|error| {
            let kind = if error.is_not_found() { ErrorKind::NotFound } else { ErrorKind::Other };
            RemoteError::new(kind, "open", self.path.display(), &error.cause)
        })?;
        Ok(Arc::clone(self.root.get_or_init(|| Arc::new(root))))
    }

    fn committer(&self) -> &Committer {
        self.committer.get_or_init(Committer::start)
    }

    /// An empty folder is nothing to a mirror of files: one may be left of deletes that were interrupted.
    async fn make_room(&self, path: &RelativePath) -> Result<(), RemoteError> {
        let path = path.clone();
        self.blocking(move |root| {
            Remover::make_room(root, &path);
            Ok(())
        })
        .await
    }

    async fn put_in_place(&self, target: Target, modified: Timestamp) -> Result<Stored, RemoteError> {
        self.committer().commit(target, Finish::Time(modified)).await?;
        Ok(Stored { tag: None, modified: Modified::At(modified), nonce: None })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&LocalRoot) -> Result<T, RemoteError> + Send + 'static,
    ) -> Result<T, RemoteError> {
        let root = self.root()?;
        tokio::task::spawn_blocking(move || work(&root))
            .await
            .map_err(|cause| RemoteError::new(ErrorKind::Other, "use", self.path.display(), cause))?
    }
}

#[async_trait]
impl Remote for LocalRemote {
    fn label(&self) -> String {
        format!("local {} (native)", self.path.display())
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            time_precision: Some(Duration::from_nanos(1)),
            flat: false,
            delete_batch: DELETE_BATCH,
            copies: true,
            transfers: DEFAULT_TRANSFERS,
        }
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        let refuse =
            |detail: &dyn std::fmt::Display| Err(RemoteError::new(ErrorKind::Name, "store", path, detail));
        for segment in path.segments() {
            match SPELLER.spell(segment) {
                Ok(spelled) if spelled == segment => {}
                Ok(_) => return refuse(&"rclone gives this name to another file"),
                Err(refusal) => return refuse(&refusal),
            }
        }
        Ok(())
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        let root = match self.root() {
            Ok(root) => root,
            Err(error) => return futures::stream::iter([Err(error)]).boxed(),
        };
        let (sender, receiver) = mpsc::channel(256);
        let leftovers = Arc::clone(&self.leftovers);
        tokio::task::spawn_blocking(move || scan(&root, &leftovers, &sender));
        futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|item| (item, receiver))
        })
        .boxed()
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let path = path.clone();
        self.blocking(move |root| copy::stat(root, path)).await
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        let target = Target::new(&self.root()?, path);
        copy::upload(source, &target).await?;
        self.make_room(path).await?;
        self.put_in_place(target, source.state().modified).await
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        let (entry, root) = (from.clone(), self.root()?);
        let open = move |root: &LocalRoot| Ok(copy::source_of(root, &entry));
        let Some(source) = self.blocking(open).await? else { return Ok(None) };
        let target = Target::new(&root, to);
        match copy::upload(&source, &target).await {
            Err(error) if error.kind == ErrorKind::SourceChanged => return Ok(None),
            copied => copied?,
        }
        self.make_room(to).await?;
        self.put_in_place(target, source.state().modified).await.map(Some)
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        let path = entry.path.clone();
        let open = move |root: &LocalRoot| {
            root.open_file(&path).map_err(|error| {
                let gone = error.is_not_found();
                let error = RemoteError::from(error);
                if gone { RemoteError { kind: ErrorKind::NotFound, ..error } } else { error }
            })
        };
        let file = self.blocking(open).await?;
        copy::download(file, entry, target).await.map(|time| Some(time).into())
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        let batch = paths.to_vec();
        let removed = self.blocking(move |root| Ok(Remover::remove_all(root, batch, true)));
        removed.await.unwrap_or_else(|error| {
            let copy = || RemoteError::new(error.kind, "delete", &error.object, &error.detail);
            paths.iter().map(|path| (path.clone(), copy())).collect()
        })
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        let path = path.clone();
        match self.blocking(move |root| copy::read_small(root, &path, limit)).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            other => Ok(other?.map(|content| Small::new(content, None))),
        }
    }

    async fn read_start(&self, path: &RelativePath, length: usize) -> Result<Option<Vec<u8>>, RemoteError> {
        let path = path.clone();
        self.blocking(move |root| copy::read_start(root, &path, length)).await
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        let target = Target::new(&self.root()?, path);
        target.write(0, bytes::Bytes::copy_from_slice(content)).await?;
        small::check(path, self.read_small(path, small::LARGEST).await, over)?;
        self.committer().commit(target, Finish::AsItIs).await?;
        Ok(Version::written(content, None, over))
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        if self.root.get().is_none() {
            LocalRoot::open_or_create(&self.path)?;
        }
        self.root().map(drop)
    }

    async fn tidy(&self, gone: &[RelativePath]) {
        let gone = gone.to_vec();
        let leftovers = std::mem::take(&mut *self.leftovers.lock().unwrap_or_else(PoisonError::into_inner));
        let removing = move |root: &LocalRoot| {
            copy::remove_abandoned(root, leftovers, ABANDONED);
            Remover::sweep(root, &gone);
            Ok(())
        };
        if let Err(error) = self.blocking(removing).await {
            tracing::warn!(%error, "leftovers of earlier uploads stay");
        }
    }

    async fn settle(&self) {
        if let Some(root) = self.root.get() {
            root.targets_gone().await;
        }
    }

    fn requests(&self) -> Option<u64> {
        None
    }
}

fn scan(
    root: &LocalRoot,
    leftovers: &Mutex<Vec<RelativePath>>,
    sender: &mpsc::Sender<Result<Listed, RemoteError>>,
) {
    for item in Scan::new(root, Depth::Listing).with_reserved() {
        let listed = match item {
            Scanned::Found(node) => match node.into_entry() {
                Some(entry) => Ok(Listed::File(entry)),
                None => continue,
            },
            Scanned::Unreadable { error, .. } => Err(RemoteError::from(error)),
            Scanned::Leftover(path) => {
                leftovers.lock().unwrap_or_else(PoisonError::into_inner).push(path);
                continue;
            }
            Scanned::Skipped { .. } => continue,
        };
        if sender.blocking_send(listed).is_err() {
            return;
        }
    }
}

/// The listing's view of an opened file.
fn entry_of(path: RelativePath, metadata: &std::fs::Metadata) -> Entry {
    let modified = metadata.modified().map_or(Modified::Unknown, |time| Modified::At(time.into()));
    Entry { path, size: metadata.len(), modified, tag: None }
}
