//! The remote's files as a stream: one call for each folder, several at once.

use std::collections::VecDeque;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, FuturesUnordered};
use futures::{FutureExt, StreamExt};
use podfs_sync::{Entry, Listed, Modified, RelativePath, RemoteError};

use super::item::Item;
use super::remote::RcloneRemote;
use super::session::Subject;
use super::{listed, lossless, names, upstreams};

/// A folder of the remote. Listed from rclone's spelling, so that nothing depends on spelling it back.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    /// `None` at the root.
    pub(super) raw: Option<RelativePath>,
    /// In rclone's spelling; empty at the root.
    pub(super) standard: Vec<u8>,
}

/// What one folder holds.
#[derive(Debug, Default)]
struct Contents {
    files: Vec<Listed>,
    folders: Vec<Folder>,
}

/// A listing under way.
struct Walk<'a> {
    remote: &'a RcloneRemote,
    waiting: Vec<Folder>,
    running: FuturesUnordered<BoxFuture<'a, Result<Contents, RemoteError>>>,
    found: VecDeque<Listed>,
    finished: bool,
}

/// All files below the root, in any order.
pub(super) fn list(remote: &RcloneRemote) -> BoxStream<'_, Result<Listed, RemoteError>> {
    let walk = Walk {
        remote,
        waiting: vec![Folder { raw: None, standard: Vec::new() }],
        running: FuturesUnordered::new(),
        found: VecDeque::new(),
        finished: false,
    };
    stream::unfold(walk, |mut walk| async move { walk.next().await.map(|item| (item, walk)) }).boxed()
}

impl Walk<'_> {
    async fn next(&mut self) -> Option<Result<Listed, RemoteError>> {
        loop {
            if let Some(listed) = self.found.pop_front() {
                return Some(Ok(listed));
            }
            if self.finished {
                return None;
            }
            match self.step().await {
                Ok(true) => {}
                Ok(false) => self.finished = true,
                Err(error) => {
                    // What follows a failure would be part of a tree at best.
                    self.finished = true;
                    return Some(Err(error));
                }
            }
        }
    }

    /// Takes in one more folder; false when there is none left.
    async fn step(&mut self) -> Result<bool, RemoteError> {
        while self.running.len() < self.remote.width() {
            // The deepest first, so that few folders wait.
            let Some(folder) = self.waiting.pop() else { break };
            self.running.push(contents_of(self.remote, folder).boxed());
        }
        match self.running.next().await {
            Some(contents) => {
                let contents = contents?;
                self.found.extend(contents.files);
                self.waiting.extend(contents.folders);
                Ok(true)
            }
            None => {
                upstreams::check(&self.remote.session, &self.remote.hidden).await?;
                Ok(false)
            }
        }
    }
}

async fn contents_of(remote: &RcloneRemote, folder: Folder) -> Result<Contents, RemoteError> {
    let shown = format!("{}/{}", remote.fs().trim_end_matches('/'), names::show(&folder.standard));
    let about = Subject { operation: "list", object: &shown };
    let items = listed::items(remote, &folder, about).await?;
    let lossy = items.iter().any(|item| names::may_be_lossy(&item.name));
    let items = if lossy {
        lossless::list(remote, &folder, about).await?
    } else {
        items.into_iter().map(|item| (item.name.clone().into_bytes(), item)).collect()
    };
    Ok(sort_out(remote, &folder, items))
}

/// Turns names into paths and tells files from folders. Items come sorted, so that equal names are neighbours. In a
/// bucket a file and a folder may share a name; two files that do cannot be told apart.
fn sort_out(remote: &RcloneRemote, folder: &Folder, items: Vec<(Vec<u8>, Item)>) -> Contents {
    let mut contents = Contents::default();
    let mut before: Option<(Vec<u8>, bool)> = None;
    for (name, item) in items {
        let standard = names::join(&folder.standard, &name);
        let this = (name.clone(), item.is_dir);
        let twice = before.as_ref() == Some(&this);
        before = Some(this);
        let path = path_of(folder, &name);
        match path {
            Ok(path) if item.is_dir && !twice => contents.folders.push(Folder { raw: Some(path), standard }),
            Ok(_) if item.is_dir => {}
            Ok(path) => contents.files.push(file(remote, path, &standard, item, twice)),
            Err(reason) => contents.files.push(Listed::Unusable { name: names::show(&standard), reason }),
        }
    }
    contents
}

fn path_of(folder: &Folder, name: &[u8]) -> Result<RelativePath, String> {
    let raw = names::from_rclone(name)?;
    RelativePath::child(folder.raw.as_ref(), &raw).map_err(|cause| cause.to_string())
}

fn file(remote: &RcloneRemote, path: RelativePath, standard: &[u8], item: Item, twice: bool) -> Listed {
    let unusable = |reason: &str| Listed::Unusable { name: names::show(standard), reason: reason.to_owned() };
    if twice {
        return unusable("another file there has the same name");
    }
    match item.into_entry(path.clone(), &remote.features) {
        Some(entry) if remote.features.times_cost_requests() => {
            let modified = if remote.features.holds_times() { Modified::Ask } else { Modified::Unknown };
            Listed::File(Entry { modified, ..entry })
        }
        Some(entry) => Listed::File(entry),
        None => Listed::Unknown { path, reason: "the remote does not tell its size".to_owned() },
    }
}
