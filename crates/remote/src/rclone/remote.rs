//! The engine's [`Remote`] on top of a running rclone.

use std::fmt::Write;

use async_trait::async_trait;
use futures::stream::BoxStream;
use podfs_sync::local::{Source, Target};
use podfs_sync::manifest::Stored;
use podfs_sync::path::RESERVED_FOLDER;
use podfs_sync::remote::KeyCheck;
use podfs_sync::{
    Abilities, Came, Entry, ErrorKind, Listed, Modified, RelativePath, Remote, RemoteError, Small, Version,
};
use serde::de::IgnoredAny;
use serde_json::json;

use super::beside::Beside;
use super::features::Features;
use super::form::Form;
use super::item::StatAnswer;
use super::options::RcloneOptions;
use super::session::{Session, Subject};
use super::{copy, delete, in_the_way, key, listing, names, prepare, settle, small, transfer, upstreams};

/// A remote that is reached through an rclone child of its own.
///
/// The child lives as long as this value. [`Remote::close`] lets it take back what is half done; it is killed when this
/// is dropped, and ends by itself when this process dies. A child that died is not started again: every later call gives [`ErrorKind::Unreachable`] with its last
/// words.
#[derive(Debug)]
pub struct RcloneRemote {
    pub(super) session: Session,
    pub(super) features: Features,
    pub(super) beside: Beside,
    /// Stores whose absence no answer of rclone would show: the upstreams of a union.
    pub(super) hidden: Vec<String>,
}

impl RcloneRemote {
    /// Finds rclone, starts it, and makes first contact with the remote.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`] when rclone is missing or too old or the section does not fit,
    /// [`ErrorKind::Unreachable`] when no answer comes in time, [`ErrorKind::Conflict`] when the remote path is a
    /// file, [`ErrorKind::Denied`] where the kind of storage logs in at once (sftp, ftp; for others the first
    /// listing tells).
    pub async fn start(options: RcloneOptions) -> Result<Self, RemoteError> {
        let session = Session::start(options).await?;
        let about = Subject { operation: "open", object: &session.options.fs };
        let features =
            session.within(session.options.start_timeout, about, first_contact(&session, about)).await?;
        let hidden = upstreams::hidden(&session).await;
        Ok(Self { session, features, beside: Beside::default(), hidden })
    }

    /// The process id of rclone, while it runs.
    pub async fn process_id(&self) -> Option<u32> {
        self.session.pid().await
    }

    /// The remote as rclone names it.
    pub(super) fn fs(&self) -> &str {
        &self.session.options.fs
    }

    /// Whether an older version of a file may stay beside a new one: in a union of stores, unless these replace whole objects.
    pub(super) fn may_hold_several_versions(&self) -> bool {
        !self.hidden.is_empty() && !self.features.replaces_whole()
    }

    /// How many calls go on at once.
    pub(super) fn width(&self) -> usize {
        self.session.options.transfers.get()
    }

    /// Input that names one file or folder of the remote.
    pub(super) fn place(&self, standard: &[u8]) -> Form {
        Form::new().with("fs", self.fs()).with("remote", standard)
    }
}

/// What the remote can do, and whether it is there at all: some kinds of storage (s3, webdav) do not connect before
/// something is asked of them. Whatever the answer says but silence is for the listing to find.
async fn first_contact(session: &Session, about: Subject<'_>) -> Result<Features, RemoteError> {
    let input = Form::new().with("fs", &session.options.fs);
    let features = match session.run(about, "operations/fsinfo", &input).await {
        Err(error) if error.kind == ErrorKind::Conflict => {
            return Err(in_the_way::explain(session, about, error).await);
        }
        answer => answer?,
    };
    let probe = input
        .with("remote", RESERVED_FOLDER)
        .with_json("opt", &json!({"filesOnly": true, "noModTime": true}));
    match session.run::<IgnoredAny>(about, "operations/stat", &probe).await {
        Err(error) if error.kind == ErrorKind::Unreachable => Err(error),
        _ => Ok(features),
    }
}

/// Seconds since 1970 that every store which holds times can hold: those of SFTP have 32 bits, and others are cut off
/// silently.
const EVERYDAY: std::ops::Range<i64> = 0..(1 << 31);

#[async_trait]
impl Remote for RcloneRemote {
    fn label(&self) -> String {
        let Session { options, version, .. } = &self.session;
        let mut label = format!("{} through rclone {}", options.fs, version);
        if !options.reason.is_empty() {
            let _ = write!(label, " ({})", options.reason);
        }
        label
    }

    fn abilities(&self) -> Abilities {
        Abilities { transfers: self.session.options.transfers, ..self.features.abilities() }
    }

    fn check_name(&self, path: &RelativePath) -> Result<(), RemoteError> {
        names::to_rclone(path).map(drop)
    }

    fn list(&self) -> BoxStream<'_, Result<Listed, RemoteError>> {
        listing::list(self)
    }

    async fn stat(&self, path: &RelativePath) -> Result<Option<Entry>, RemoteError> {
        let standard = names::to_rclone(path)?;
        let about = Subject { operation: "look at", object: path };
        let input = self.place(&standard).with_json("opt", &json!({"filesOnly": true, "noMimeType": true}));
        let answer = self.session.run_soon::<StatAnswer>(about, "operations/stat", &input).await;
        match answer {
            Ok(answer) => Ok(answer.item.and_then(|item| item.into_entry(path.clone(), &self.features))),
            // Where a file stands in the path's way there is no such file either.
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Conflict) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn upload(&self, source: &Source, path: &RelativePath) -> Result<Stored, RemoteError> {
        transfer::upload(self, source, path).await?;
        let modified = source.state().modified;
        if self.features.holds_times() && EVERYDAY.contains(&modified.parts().0) {
            return Ok(Stored { tag: None, modified: Modified::At(modified), nonce: None });
        }
        // Only the store knows what it shows from now on, by which the object is recognised later. Whoever replaces it between these
        // two calls is not noticed.
        let stored = self.stat(path).await?.map_or(Modified::Unknown, |entry| entry.modified);
        Ok(Stored { tag: None, modified: stored, nonce: None })
    }

    async fn copy(&self, from: &Entry, to: &RelativePath) -> Result<Option<Stored>, RemoteError> {
        copy::copy(self, from, to).await
    }

    async fn download(&self, entry: &Entry, target: &Target) -> Result<Came, RemoteError> {
        let file = target.open().await?;
        transfer::download(self, &entry.path, file, &target.shown()).await?;
        Ok(if self.features.holds_times() { transfer::time_of(file) } else { None }.into())
    }

    async fn delete(&self, paths: &[RelativePath]) -> Vec<(RelativePath, RemoteError)> {
        delete::delete(self, paths).await
    }

    async fn read_small(&self, path: &RelativePath, limit: usize) -> Result<Option<Small>, RemoteError> {
        small::read(self, path, limit).await
    }

    async fn write_small(
        &self,
        path: &RelativePath,
        content: &[u8],
        over: Option<&Version>,
    ) -> Result<Version, RemoteError> {
        small::write(self, path, content, over).await
    }

    async fn prepare(&self) -> Result<(), RemoteError> {
        prepare::prepare(self).await
    }

    async fn check_key(&self) -> Result<KeyCheck, RemoteError> {
        key::check(self).await
    }

    async fn tidy(&self, gone: &[RelativePath]) {
        delete::sweep(self, gone).await;
    }

    async fn settle(&self) {
        settle::settle(self).await;
    }

    async fn is_open(&self) -> bool {
        !self.session.lent.is_outstanding() && self.session.runs().await
    }

    async fn close(&self) {
        self.session.stop().await;
    }

    /// rclone does not count its requests.
    fn requests(&self) -> Option<u64> {
        None
    }
}
