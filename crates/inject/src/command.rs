//! The command lines of the injected containers, as our own program reads them.

use podfs_api::names::CONFIG_PATH;
use podfs_api::{
    DEFAULT_MINUTES, DEFAULT_SCHEDULE, Method, PodFilesystemSyncSpec, SyncOptions, number, rules,
};
use podfs_sync::schedule::Schedule;

use crate::identity::written;
use crate::{Location, Refusal};

/// What restores.
pub(crate) fn restore(spec: &PodFilesystemSyncSpec, location: &Location) -> Vec<String> {
    let clean_up = &spec.sync_options.clean_up;
    let mut line = Line::new("remote-to-local-sync");
    line.remote("--src", spec, location);
    line.value("--dst", &location.local_path);
    line.value("--config-path", CONFIG_PATH);
    line.switch("--no-delete", !clean_up.local);
    line.switch("--force-delete-local-dir", clean_up.force_local);
    line.switch("--only-if-synced", !spec.sync_options.restore_remote_on_first_run);
    line.switch("--verbose", spec.debug);
    line.words
}

/// What syncs.
pub(crate) fn sync(spec: &PodFilesystemSyncSpec, location: &Location) -> Result<Vec<String>, Refusal> {
    let options = &spec.sync_options;
    let mut line = Line::new("sync-to-remote");
    line.value("--src", &location.local_path);
    line.remote("--dst", spec, location);
    line.value("--config-path", CONFIG_PATH);
    if options.method == Method::Fsnotify {
        line.value("--fsnotify", &minutes(options)?.to_string());
    }
    if let Some(schedule) = schedule(options)? {
        line.value("--schedule", schedule);
    }
    line.switch("--no-delete", !options.clean_up.remote);
    line.switch("--force-even-if-remote-would-be-cleared", options.clean_up.force_remote);
    line.switch("--verbose", spec.debug);
    Ok(line.words)
}

/// The schedule, which is checked here so that a bad one is told to who creates the Pod, and not by a Pod that never
/// starts.
pub(crate) fn schedule(options: &SyncOptions) -> Result<Option<&str>, Refusal> {
    let given = options.schedule.as_deref().filter(|schedule| !schedule.trim().is_empty());
    let schedule = match (given, options.method) {
        (Some(schedule), _) => schedule,
        (None, Method::Scheduler) => DEFAULT_SCHEDULE,
        (None, Method::Fsnotify) => return Ok(None),
    };
    match Schedule::parse(schedule) {
        Ok(_) => Ok(Some(schedule)),
        Err(error) => Err(Refusal::Schedule { problem: error.to_string() }),
    }
}

fn minutes(options: &SyncOptions) -> Result<i64, Refusal> {
    let Some(value) = &options.max_one_sync_per_minutes else { return Ok(DEFAULT_MINUTES) };
    number(value)
        .filter(|minutes| *minutes <= rules::MOST_MINUTES)
        .ok_or_else(|| Refusal::Minutes { value: written(value) })
}

/// A command line under way.
struct Line {
    words: Vec<String>,
}

impl Line {
    fn new(command: &str) -> Self {
        Self { words: vec![command.to_owned()] }
    }

    /// A flag and its value, in which the kubelet must find nothing to expand: `$(NAME)` would put a variable, perhaps
    /// a secret, among the arguments.
    fn value(&mut self, flag: &str, value: &str) {
        self.words.extend([flag.to_owned(), literal(value)]);
    }

    fn switch(&mut self, flag: &str, on: bool) {
        self.words.extend(on.then(|| flag.to_owned()));
    }

    /// With encryption, `ENCRYPTED_REMOTE` says where the remote is.
    fn remote(&mut self, flag: &str, spec: &PodFilesystemSyncSpec, location: &Location) {
        if !spec.automatic_encryption.enabled {
            self.value(flag, &location.remote_path);
        }
    }
}

/// A text that the kubelet gives to the container as it stands.
pub(crate) fn literal(text: &str) -> String {
    text.replace("$", "$$")
}

/// What the kubelet makes of such a text.
pub(crate) fn plain(literal: &str) -> String {
    literal.replace("$$", "$")
}
