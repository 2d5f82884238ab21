//! What rclone's error messages mean for the engine.
//!
//! rclone has no error codes beyond 404, so its words decide. The table was made from what 1.68 to 1.75 answer over
//! sftp, webdav, ftp, s3 and the local backend, and from the Go and SSH libraries' own messages.

use podfs_sync::ErrorKind;

/// A kind, and whether trying once more can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) kind: ErrorKind,
    pub(super) passing: bool,
}

/// Pieces of messages in lower case, most telling first.
const TABLE: &[(&str, ErrorKind, bool)] = &[
    ("source file is being updated", ErrorKind::SourceChanged, false),
    // Configuration, before anything that could look like a missing file.
    ("didn't find section in config file", ErrorKind::Configuration, false),
    ("didn't find backend called", ErrorKind::Configuration, false),
    ("couldn't parse config item", ErrorKind::Configuration, false),
    ("is it obscured?", ErrorKind::Configuration, false),
    ("couldn't connect to ssh-agent", ErrorKind::Configuration, false),
    ("missing protocol scheme", ErrorKind::Configuration, false),
    ("unsupported protocol scheme", ErrorKind::Configuration, false),
    ("password not set in config", ErrorKind::Configuration, false),
    ("password is required", ErrorKind::Configuration, false),
    ("need to set", ErrorKind::Configuration, false),
    // Credentials and rights.
    ("unable to authenticate", ErrorKind::Denied, false),
    ("knownhosts:", ErrorKind::Denied, false),
    ("accessdenied", ErrorKind::Denied, false),
    ("access denied", ErrorKind::Denied, false),
    ("invalidaccesskeyid", ErrorKind::Denied, false),
    ("signaturedoesnotmatch", ErrorKind::Denied, false),
    ("expiredtoken", ErrorKind::Denied, false),
    ("invalid_grant", ErrorKind::Denied, false),
    ("incorrect password", ErrorKind::Denied, false),
    ("login incorrect", ErrorKind::Denied, false),
    ("not logged in", ErrorKind::Denied, false),
    (": 530 ", ErrorKind::Denied, false),
    ("401 unauthorized", ErrorKind::Denied, false),
    ("403 forbidden", ErrorKind::Denied, false),
    ("statuscode: 401", ErrorKind::Denied, false),
    ("statuscode: 403", ErrorKind::Denied, false),
    ("permission denied", ErrorKind::Denied, false),
    ("operation not permitted", ErrorKind::Denied, false),
    ("read-only file system", ErrorKind::Denied, false),
    // Space.
    ("no space left", ErrorKind::NoSpace, false),
    ("file too big for remaining disk space", ErrorKind::NoSpace, false),
    ("disk quota exceeded", ErrorKind::NoSpace, false),
    ("quotaexceeded", ErrorKind::NoSpace, false),
    ("insufficient storage", ErrorKind::NoSpace, false),
    ("xminiostoragefull", ErrorKind::NoSpace, false),
    // A file and a folder in each other's way.
    ("is a file not a directory", ErrorKind::Conflict, false),
    ("is a directory not a file", ErrorKind::Conflict, false),
    ("not a directory", ErrorKind::Conflict, false),
    ("is a directory", ErrorKind::Conflict, false),
    ("directory not empty", ErrorKind::Conflict, false),
    // Names and abilities.
    ("file name too long", ErrorKind::Name, false),
    ("keytoolong", ErrorKind::Name, false),
    ("invalid argument", ErrorKind::Unsupported, false),
    ("not supported", ErrorKind::Unsupported, false),
    // Content.
    ("corrupted on transfer", ErrorKind::Corrupt, true),
    ("failed to authenticate decrypted block", ErrorKind::Corrupt, false),
    ("not an encrypted file", ErrorKind::Corrupt, false),
    ("bad password?", ErrorKind::Corrupt, false),
    // The store's own trouble.
    ("slowdown", ErrorKind::Unavailable, true),
    ("internalerror", ErrorKind::Unavailable, true),
    ("service unavailable", ErrorKind::Unavailable, true),
    ("internal server error", ErrorKind::Unavailable, true),
    ("bad gateway", ErrorKind::Unavailable, true),
    ("gateway time", ErrorKind::Unavailable, true),
    ("too many requests", ErrorKind::Unavailable, true),
    ("statuscode: 5", ErrorKind::Unavailable, true),
    ("statuscode: 429", ErrorKind::Unavailable, true),
    // The network. A connection that breaks is tried again; one that does not come up or
    // stays silent has been, by rclone, and each try takes its whole time.
    ("connection refused", ErrorKind::Unreachable, false),
    ("no such host", ErrorKind::Unreachable, false),
    ("temporary failure in name resolution", ErrorKind::Unreachable, false),
    ("server misbehaving", ErrorKind::Unreachable, false),
    ("network is unreachable", ErrorKind::Unreachable, false),
    ("no route to host", ErrorKind::Unreachable, false),
    ("certificate", ErrorKind::Unreachable, false),
    ("tls: ", ErrorKind::Unreachable, false),
    ("couldn't connect ssh", ErrorKind::Unreachable, false),
    ("failed to make ftp connection", ErrorKind::Unreachable, false),
    ("i/o timeout", ErrorKind::Unreachable, false),
    ("timeout", ErrorKind::Unreachable, false),
    ("deadline exceeded", ErrorKind::Unreachable, false),
    ("connection reset", ErrorKind::Unreachable, true),
    ("connection lost", ErrorKind::Unreachable, true),
    ("connection closed", ErrorKind::Unreachable, true),
    ("use of closed network connection", ErrorKind::Unreachable, true),
    ("broken pipe", ErrorKind::Unreachable, true),
    ("unexpected eof", ErrorKind::Unreachable, true),
    (": eof", ErrorKind::Unreachable, true),
    ("statuscode: 0", ErrorKind::Unreachable, true),
    // What is not there.
    ("object not found", ErrorKind::NotFound, false),
    ("directory not found", ErrorKind::NotFound, false),
    ("nosuchbucket", ErrorKind::NotFound, false),
    ("nosuchkey", ErrorKind::NotFound, false),
    ("no such file or directory", ErrorKind::NotFound, false),
    ("statuscode: 404", ErrorKind::NotFound, false),
    ("404 not found", ErrorKind::NotFound, false),
];

/// The meaning of an answer with this HTTP status and message.
pub(super) fn verdict(status: u16, message: &str) -> Verdict {
    let message = message.to_lowercase();
    let known = TABLE.iter().find(|(piece, _, _)| message.contains(piece));
    match known {
        Some(&(_, kind, passing)) => Verdict { kind, passing },
        None if status == 404 => Verdict { kind: ErrorKind::NotFound, passing: false },
        None if message == "eof" => Verdict { kind: ErrorKind::Unreachable, passing: true },
        // What nobody knows is tried again: it may pass, and it costs little.
        None => Verdict { kind: ErrorKind::Other, passing: true },
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Messages as rclone 1.75.2 gave them.
    #[rstest]
    #[case(404, "error in ListJSON: directory not found", ErrorKind::NotFound)]
    #[case(404, "object not found", ErrorKind::NotFound)]
    #[case(500, "didn't find section in config file (\"nosuch\")", ErrorKind::Configuration)]
    #[case(500, "didn't find backend called \"nosuch\"", ErrorKind::Configuration)]
    #[case(500, "input too short when revealing password - is it obscured?", ErrorKind::Configuration)]
    #[case(
        500,
        "couldn't parse config item \"chunk_size\" = \"abc\" as fs.SizeSuffix",
        ErrorKind::Configuration
    )]
    #[case(
        500,
        "NewFs: couldn't connect SSH: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none]",
        ErrorKind::Denied
    )]
    #[case(
        500,
        "couldn't connect SSH: dial tcp 127.0.0.1:1: connect: connection refused",
        ErrorKind::Unreachable
    )]
    #[case(
        500,
        "error in ListJSON: couldn't list files: 401 Unauthorized: 401 Unauthorized",
        ErrorKind::Denied
    )]
    #[case(
        500,
        "NewFs: failed to make FTP connection to \"127.0.0.1:7104\": 530 \"Incorrect password, not logged in\"",
        ErrorKind::Denied
    )]
    #[case(
        500,
        "operation error S3: HeadObject, https response error StatusCode: 403, api error Forbidden: Forbidden",
        ErrorKind::Denied
    )]
    #[case(
        500,
        "operation error S3: PutObject, https response error StatusCode: 500, api error InternalError: Internal",
        ErrorKind::Unavailable
    )]
    #[case(
        500,
        "operation error S3: ListObjectsV2, https response error StatusCode: 0, request send failed, Get \"x\": dial \
         tcp: lookup no.such.host.invalid: no such host",
        ErrorKind::Unreachable
    )]
    #[case(500, "lstat /x/f/x: not a directory", ErrorKind::Conflict)]
    #[case(500, "is a file not a directory", ErrorKind::Conflict)]
    #[case(500, "lstat /x/zzz: file name too long", ErrorKind::Name)]
    #[case(500, "write tcp 127.0.0.1:39668->127.0.0.1:7104: i/o timeout", ErrorKind::Unreachable)]
    #[case(
        500,
        "Update ReadFrom failed: can't copy - source file is being updated (mod time changed from a to b)",
        ErrorKind::SourceChanged
    )]
    #[case(500, "something new", ErrorKind::Other)]
    fn knows_what_rclone_says(#[case] status: u16, #[case] message: &str, #[case] kind: ErrorKind) {
        assert_eq!(verdict(status, message).kind, kind);
    }
}
