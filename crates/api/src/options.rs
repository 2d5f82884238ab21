//! When and how a volume is synced.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{number, rules};

/// The schedule of an object that gives none.
pub const DEFAULT_SCHEDULE: &str = "@every 15m";
/// Minutes between two syncs by file events, where an object gives none.
pub const DEFAULT_MINUTES: i64 = 1;

/// When and how the volume is synced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncOptions {
    /// What makes a sync due. `scheduler`: the times of schedule. `fsnotify`: changed files, and the times of schedule
    /// if one is given too.
    #[serde(default)]
    pub method: Method,
    /// When to sync: five cron fields (minute first), six with seconds first, a word such as `@hourly`, or `@every 15m`.
    /// `CRON_TZ=Europe/Paris` in front reads the fields in that zone. A time that comes while a sync still runs is
    /// skipped. With method scheduler, `@every 15m` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 256, "x-kubernetes-validations" = [rules::schedule()]))]
    pub schedule: Option<String>,
    /// With method fsnotify: at most one sync in so many whole minutes; 1 when left out. With 0 a sync begins once the
    /// files have been quiet for a second. A number, or a string with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "number::minutes")]
    pub max_one_sync_per_minutes: Option<IntOrString>,
    /// As whom the injected containers run. The Pod's annotations `riotkit.org/volume-user-id` and
    /// `riotkit.org/volume-group-id` win. Left out, they run as the container does that has the volume.
    #[serde(default)]
    pub permissions: Permissions,
    /// What happens to files that the other side does not have.
    #[serde(default)]
    pub clean_up: CleanUp,
    /// Which ways files may go.
    #[serde(default)]
    pub allowed_directions: AllowedDirections,
    /// Restore also from a remote path that was never synced to before, so that files which another program left there
    /// reach the Pod. This is counted for each remote path, after its template was filled in.
    #[serde(default = "yes")]
    pub restore_remote_on_first_run: bool,
}

/// What makes a sync due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Method {
    /// The times of a schedule.
    #[default]
    Scheduler,
    /// Changed files.
    Fsnotify,
}

/// As whom the injected containers run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// The user's number (runAsUser), as a number or a string with one. 0 is root, which the Pod Security level
    /// `restricted` forbids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "number::id")]
    pub uid: Option<IntOrString>,
    /// The group's number (runAsGroup), as a number or a string with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "number::id")]
    pub gid: Option<IntOrString>,
}

/// What happens to files that the other side does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CleanUp {
    /// A sync deletes from the remote what the volume does not have (true), or only copies (false).
    #[serde(default = "yes")]
    pub remote: bool,
    /// A restore deletes from the volume what the remote does not have (true), or only copies (false).
    #[serde(default = "yes")]
    pub local: bool,
    /// Sync also when the volume is empty, which empties the remote. This switches a safety valve off.
    #[serde(default)]
    pub force_remote: bool,
    /// Restore also when the remote is empty while the volume has files, or when the volume's files are somebody
    /// else's. This switches safety valves off.
    #[serde(default)]
    pub force_local: bool,
}

/// Which ways files may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::directions()]))]
pub struct AllowedDirections {
    /// To the remote: the Pod gets the container that syncs.
    #[serde(default = "yes")]
    pub to_remote: bool,
    /// From the remote: the Pod gets the init container that restores.
    #[serde(default = "yes")]
    pub from_remote: bool,
}

const fn yes() -> bool {
    true
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            method: Method::default(),
            schedule: None,
            max_one_sync_per_minutes: None,
            permissions: Permissions::default(),
            clean_up: CleanUp::default(),
            allowed_directions: AllowedDirections::default(),
            restore_remote_on_first_run: true,
        }
    }
}

impl Default for CleanUp {
    fn default() -> Self {
        Self { remote: true, local: true, force_remote: false, force_local: false }
    }
}

impl Default for AllowedDirections {
    fn default() -> Self {
        Self { to_remote: true, from_remote: true }
    }
}
