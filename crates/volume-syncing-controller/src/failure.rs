//! Why a command ended badly: one message that says what to do next, and the exit code that goes with it.

use std::fmt;

use podfs_sync::local::LocalError;
use podfs_sync::manifest::ManifestError;
use podfs_sync::{ErrorKind, RemoteError, SyncError};

use crate::exit::Exit;

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) exit: Exit,
    /// Whether the same may go well a little later, without anybody doing anything.
    pub(crate) may_pass: bool,
    error: anyhow::Error,
}

impl Failure {
    /// Any error with an exit code of its own.
    pub(crate) fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, may_pass: false, error: error.into() }
    }

    /// Bad configuration or usage, in words.
    pub(crate) fn configuration(message: impl fmt::Display) -> Self {
        Self::new(Exit::Configuration, anyhow::Error::msg(message.to_string()))
    }

    /// Something unforeseen, in words.
    pub(crate) fn unexpected(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, anyhow::Error::msg(message.to_string()))
    }

    /// The rest was given up on request, in words.
    pub(crate) fn interrupted(message: impl fmt::Display) -> Self {
        Self::new(Exit::Interrupted, anyhow::Error::msg(message.to_string()))
    }
}

/// The whole chain of causes on one line.
impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#}", self.error)
    }
}

impl From<RemoteError> for Failure {
    fn from(error: RemoteError) -> Self {
        Self::of_remote(error.kind, &error)
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let (exit, advice) = judge_local(&error);
        Self::advised(exit, &error, advice)
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Remote(error) => error.into(),
            SyncError::Folder(error) => error.into(),
            SyncError::GaveUp { ref cause, .. } => Self::of_remote(cause.kind, &error),
            SyncError::Refused(_) => Self::advised(Exit::Refused, &error, ""),
            SyncError::Interrupted(_) => Self::advised(Exit::Interrupted, &error, ""),
            SyncError::Manifest(ManifestError::Remote(error)) => error.into(),
            SyncError::Manifest(_) => Self::advised(Exit::Failed, &error, ""),
            SyncError::Scratch(_) => Self::advised(Exit::Failed, &error, "give another one with --state-dir"),
            SyncError::Worker(_) => Self::advised(Exit::Failed, &error, ""),
        }
    }
}

impl Failure {
    fn of_remote(kind: ErrorKind, error: &dyn fmt::Display) -> Self {
        let (exit, advice) = judge_remote(kind);
        let may_pass = matches!(kind, ErrorKind::Unreachable | ErrorKind::Unavailable | ErrorKind::Overtaken);
        Self { may_pass, ..Self::advised(exit, error, advice) }
    }

    fn advised(exit: Exit, error: &dyn fmt::Display, advice: &str) -> Self {
        let message = if advice.is_empty() { error.to_string() } else { format!("{error}; {advice}") };
        Self::new(exit, anyhow::Error::msg(message))
    }
}

const fn judge_remote(kind: ErrorKind) -> (Exit, &'static str) {
    match kind {
        ErrorKind::Unreachable => {
            (Exit::Remote, "check the endpoint, the network and its name service, then run this again")
        }
        ErrorKind::Denied => (Exit::Remote, "check the credentials and what they are allowed to do"),
        ErrorKind::NotFound => {
            (Exit::Remote, "check the remote path; a bucket has to be made before the first sync")
        }
        ErrorKind::Unavailable => (Exit::Remote, "run this again later; nothing is lost by that"),
        ErrorKind::Configuration => (Exit::Configuration, ""),
        ErrorKind::Overtaken => (Exit::Failed, "run this again, which looks at what is there by now"),
        ErrorKind::NoSpace => (Exit::Failed, "make room, then run this again"),
        ErrorKind::SourceChanged
        | ErrorKind::Corrupt
        | ErrorKind::Unsupported
        | ErrorKind::Name
        | ErrorKind::Conflict
        | ErrorKind::Local
        | ErrorKind::Other => (Exit::Failed, ""),
    }
}

/// A path that is wrong is the caller's business, anything else the machine's.
fn judge_local(error: &LocalError) -> (Exit, &'static str) {
    use std::io::ErrorKind as Io;
    match error.cause.kind() {
        Io::NotFound | Io::NotADirectory => (Exit::Configuration, "give the path of a directory"),
        Io::PermissionDenied => (Exit::Failed, "check the owner and mode of the path"),
        Io::StorageFull | Io::QuotaExceeded => (Exit::Failed, "make room, then run this again"),
        _ => (Exit::Failed, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit_of(kind: ErrorKind) -> Exit {
        Failure::from(RemoteError::new(kind, "list", "bucket", "")).exit
    }

    #[test]
    fn remotes_that_cannot_be_used_have_their_own_code() {
        for kind in [ErrorKind::Unreachable, ErrorKind::Denied, ErrorKind::NotFound, ErrorKind::Unavailable] {
            assert_eq!(exit_of(kind), Exit::Remote, "{kind}");
        }
        assert_eq!(exit_of(ErrorKind::Configuration), Exit::Configuration);
        assert_eq!(exit_of(ErrorKind::NoSpace), Exit::Failed);
        assert_eq!(exit_of(ErrorKind::Overtaken), Exit::Failed);
    }

    #[test]
    fn only_a_remote_that_is_away_may_be_back_by_itself() {
        let may_pass = |kind| Failure::from(RemoteError::new(kind, "list", "bucket", "")).may_pass;
        assert!(may_pass(ErrorKind::Unreachable) && may_pass(ErrorKind::Unavailable));
        assert!(may_pass(ErrorKind::Overtaken), "the next sync looks at what the other one left");
        assert!(![ErrorKind::Denied, ErrorKind::NotFound, ErrorKind::NoSpace].into_iter().any(may_pass));
        let cause = RemoteError::new(ErrorKind::Unreachable, "upload", "a", "");
        assert!(Failure::from(SyncError::GaveUp { cause, report: Box::default() }).may_pass);
    }

    #[test]
    fn sync_errors_keep_their_meaning() {
        assert_eq!(Failure::from(SyncError::Interrupted(Box::default())).exit, Exit::Interrupted);
        let missing = LocalError::new("open", "/none", std::io::Error::from(std::io::ErrorKind::NotFound));
        assert_eq!(Failure::from(SyncError::Folder(missing)).exit, Exit::Configuration);
        let cause = RemoteError::new(ErrorKind::Unreachable, "upload", "a", "");
        let gave_up = Failure::from(SyncError::GaveUp { cause, report: Box::default() });
        assert_eq!(gave_up.exit, Exit::Remote);
        assert!(gave_up.to_string().starts_with("gave up: upload a: "), "{gave_up}");
    }

    #[test]
    fn the_message_says_what_to_do() {
        let failure = Failure::from(RemoteError::new(ErrorKind::Denied, "list", "bucket", "403"));
        assert_eq!(
            failure.to_string(),
            "list bucket: access denied (403); check the credentials and what they are allowed to do"
        );
    }
}
