//! The remote of all runs: opened once, opened again when it died in between, and closed in order at the end.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::failure::Failure;
use crate::remote_request::{self, Here, Opened, RemoteRequest};

/// How long closing may take. A Pod that is deleted has 30 s in all, unless it asks for more.
const CLOSING: Duration = Duration::from_secs(8);

/// The way to the remote.
pub(super) struct Connection {
    request: RemoteRequest,
    here: Here,
    current: Mutex<Option<Opened>>,
}

impl Connection {
    /// A way that nobody has gone yet.
    pub(super) fn new(request: RemoteRequest, here: Here) -> Self {
        Self { request, here, current: Mutex::new(None) }
    }

    /// The remote, opened when it is not open, or not fit for more after what was given up there. Dropped half way, it leaves
    /// nothing behind.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        let mut current = self.current.lock().await;
        if let Some(opened) = &*current {
            if opened.remote.is_open().await {
                return Ok(opened.clone());
            }
            tracing::warn!("the way to the remote broke off since the last sync; opening it again");
            opened.remote.close().await;
        }
        *current = None;
        let opened = remote_request::open_remote(&self.request, Some(&self.here)).await?;
        tracing::debug!("the remote is {}", opened.remote.label());
        Ok(current.insert(opened).clone())
    }

    /// Ends what was started for the remote.
    pub(super) async fn close(&self) {
        let Some(Opened { remote, .. }) = self.current.lock().await.take() else { return };
        if tokio::time::timeout(CLOSING, remote.close()).await.is_err() {
            tracing::warn!(
                "the remote could not be closed in time; what was under way may have left something there"
            );
        }
    }
}
