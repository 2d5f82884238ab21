//! Faults of single requests as errors that say what to do.

use podfs_sync::{ErrorKind, RemoteError};

use crate::transport::{Answer, Fault};

/// What was being done to what, where.
#[derive(Clone, Copy)]
pub(super) struct Doing<'a> {
    /// The verb: `upload`.
    pub(super) operation: &'static str,
    /// The path or place.
    pub(super) object: &'a (dyn std::fmt::Display + Sync),
    /// The bucket's name.
    pub(super) bucket: &'a str,
    /// The endpoint.
    pub(super) endpoint: &'a str,
}

impl Doing<'_> {
    /// The fault as an error of this operation.
    pub(super) fn failed(self, fault: Fault) -> RemoteError {
        let kind = kind_of(&fault);
        let answer = match fault {
            Fault::Answer(answer) => answer,
            fault if kind == ErrorKind::Unreachable => {
                return self.error(kind, format!("{}: {fault}", self.endpoint));
            }
            fault => return self.error(kind, fault),
        };
        if answer.code == "NoSuchBucket" {
            let detail = format!("there is no such bucket at {}", self.endpoint);
            let bucket = format!("bucket {}", self.bucket);
            return RemoteError::new(ErrorKind::NotFound, self.operation, bucket, detail);
        }
        let detail = match hint(&answer) {
            Some(hint) => format!("{answer}; {hint}"),
            None => answer.to_string(),
        };
        self.error(kind, detail)
    }

    /// An error of this operation.
    pub(super) fn error(self, kind: ErrorKind, detail: impl std::fmt::Display) -> RemoteError {
        RemoteError::new(kind, self.operation, self.object, detail)
    }
}

fn kind_of(fault: &Fault) -> ErrorKind {
    match fault {
        Fault::Connect(_) | Fault::Stalled(_) | Fault::Broken(_) => ErrorKind::Unreachable,
        Fault::CutShort(_) | Fault::Nonsense(_) => ErrorKind::Unavailable,
        Fault::Answer(answer) => kind_of_answer(answer),
        Fault::Credentials(_) => ErrorKind::Denied,
        Fault::Withheld => ErrorKind::SourceChanged,
        Fault::Request(_) | Fault::Untrusted(_) => ErrorKind::Configuration,
    }
}

/// Codes as <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> lists them, and a few of others.
fn kind_of_answer(answer: &Answer) -> ErrorKind {
    match answer.code.as_str() {
        "NoSuchBucket" | "NoSuchKey" | "NoSuchUpload" => return ErrorKind::NotFound,
        "KeyTooLongError" | "InvalidObjectName" | "XMinioInvalidObjectName" => return ErrorKind::Name,
        "EntityTooLarge" => return ErrorKind::Unsupported,
        "AuthorizationHeaderMalformed"
        | "PermanentRedirect"
        | "IllegalLocationConstraintException"
        | "InvalidBucketName"
        | "InvalidStorageClass"
        | "InvalidLocationConstraint" => {
            return ErrorKind::Configuration;
        }
        "InvalidAccessKeyId"
        | "InvalidToken"
        | "ExpiredToken"
        | "AccessDenied"
        | "SignatureDoesNotMatch"
        | "RequestTimeTooSkewed" => return ErrorKind::Denied,
        "QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded" => {
            return ErrorKind::NoSpace;
        }
        "XMinioParentIsObject" | "XMinioObjectExistsAsDirectory" => return ErrorKind::Conflict,
        _ => {}
    }
    match answer.status {
        401 | 403 => ErrorKind::Denied,
        404 => ErrorKind::NotFound,
        // Only asked of downloads, which insist on the object that was listed.
        412 => ErrorKind::SourceChanged,
        301 | 307 | 308 => ErrorKind::Configuration,
        501 => ErrorKind::Unsupported,
        507 => ErrorKind::NoSpace,
        408 | 429 | 499 | 500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Other,
    }
}

fn hint(answer: &Answer) -> Option<&'static str> {
    match answer.code.as_str() {
        "InvalidAccessKeyId" => Some("check access_key_id"),
        "SignatureDoesNotMatch" => Some("check secret_access_key, and region"),
        "InvalidToken" | "ExpiredToken" => Some("check session_token, or get a new one"),
        "RequestTimeTooSkewed" => Some("set this machine's clock"),
        "AuthorizationHeaderMalformed" | "PermanentRedirect" => Some("check region and endpoint"),
        _ if matches!(answer.status, 301 | 307 | 308) => Some("check region and endpoint"),
        _ if matches!(answer.status, 401 | 403) => {
            Some("check the credentials, and that they may use this bucket and path")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: u16, code: &str) -> RemoteError {
        let answer = Answer { status, code: code.to_owned(), message: String::new() };
        Doing { operation: "upload", object: &"a/b", bucket: "data", endpoint: "http://h" }
            .failed(Fault::Answer(answer))
    }

    #[test]
    fn each_answer_has_its_kind() {
        for (status, code, kind) in [
            (404, "NoSuchKey", ErrorKind::NotFound),
            (403, "InvalidAccessKeyId", ErrorKind::Denied),
            (403, "", ErrorKind::Denied),
            (400, "ExpiredToken", ErrorKind::Denied),
            (503, "SlowDown", ErrorKind::Unavailable),
            (500, "", ErrorKind::Unavailable),
            (301, "PermanentRedirect", ErrorKind::Configuration),
            (412, "PreconditionFailed", ErrorKind::SourceChanged),
            (400, "EntityTooSmall", ErrorKind::Other),
        ] {
            assert_eq!(failed(status, code).kind, kind, "{status} {code}");
        }
    }

    #[test]
    fn a_missing_bucket_is_named() {
        let text = failed(404, "NoSuchBucket").to_string();
        assert_eq!(text, "upload bucket data: not found (there is no such bucket at http://h)");
    }

    #[test]
    fn refused_credentials_come_with_a_hint() {
        assert!(failed(403, "SignatureDoesNotMatch").to_string().contains("check secret_access_key"));
    }
}
