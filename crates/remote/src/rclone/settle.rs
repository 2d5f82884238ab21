//! Coming to rest after uploads were given up half way.
//!
//! A call whose connection breaks is cancelled by rclone, which then takes back what it wrote: parts of a large object,
//! a `.partial` file. That takes a moment, in which the copy still counts as under way.

use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::delete;
use super::form::Form;
use super::remote::RcloneRemote;
use super::session::Subject;
use super::transfer::GROUP;

/// What takes longer is left to the end of rclone, or to the next sync.
const SETTLING: Duration = Duration::from_secs(4);
/// How often rclone is asked.
const TICK: Duration = Duration::from_millis(20);

/// The part of `core/stats` that matters; without copies under way there is no list.
#[derive(Deserialize)]
struct Stats {
    #[serde(default)]
    transferring: Vec<IgnoredAny>,
}

/// Waits until rclone has taken back what it wrote, and removes what only we know of.
pub(super) async fn settle(remote: &RcloneRemote) {
    let _ = tokio::time::timeout(SETTLING, async {
        while copies(remote).await {
            tokio::time::sleep(TICK).await;
        }
        let dropped = remote.beside.take_dropped();
        if !dropped.is_empty() {
            delete::delete(remote, &dropped).await;
        }
    })
    .await;
}

/// Whether copies are under way; false when nobody can tell any more.
async fn copies(remote: &RcloneRemote) -> bool {
    let about = Subject { operation: "ask", object: &"rclone" };
    let answer =
        remote.session.try_once::<Stats>(about, "core/stats", Form::new().with("group", GROUP)).await;
    answer.is_ok_and(|stats| !stats.transferring.is_empty())
}
