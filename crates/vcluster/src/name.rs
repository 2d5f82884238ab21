//! Text that may become part of a path, once it has parsed as what it claims to be.
//!
//! None of these can hold `/`, be `.` or `..`, be empty, or be longer than a file name may be.

use std::fmt;

use thiserror::Error;

/// Longest text that an error message repeats, in characters.
const SHOWN: usize = 48;

/// Longest DNS label (RFC 1035), in bytes.
const LABEL: usize = 63;

/// Longest name of a Kubernetes object (`IsDNS1123Subdomain`), in bytes.
const NAME: usize = 253;

/// Text that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{shown} is not {expected}")]
pub struct NameError {
    /// What it should have been.
    pub expected: &'static str,
    /// The text, escaped and shortened.
    pub shown: String,
}

macro_rules! name {
    ($(#[$about:meta])* $name:ident, $expected:literal, $holds:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses it.
            ///
            /// # Errors
            /// When it is something else.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let holds: fn(&str) -> bool = $holds;
                if holds(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(NameError { expected: $expected, shown: shorten(text) })
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The UID of an object: a UUID in the one spelling that an API server gives it, lower case with dashes.
    Uid,
    "a UID (such as 5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3)",
    is_uid
);

name!(
    /// A name of one DNS label (RFC 1123): a namespace, a virtual cluster.
    DnsLabel,
    "a DNS label (at most 63 of a-z, 0-9 and -, with a letter or digit at both ends)",
    is_label
);

name!(
    /// The name of a Pod: DNS labels with dots between them.
    PodName,
    "a Pod's name (DNS labels with dots between them, at most 253 characters)",
    |text| text.len() <= NAME && text.split('.').all(is_label)
);

fn is_uid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte == b'-' || outer(byte);
    text.len() <= LABEL
        && text.bytes().all(inner)
        && text.bytes().next().is_some_and(outer)
        && text.bytes().next_back().is_some_and(outer)
}

fn outer(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Foreign text for a message: in quotes, escaped, and short however long it was.
#[must_use]
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}… ({} bytes)", text.get(..end).unwrap_or_default(), text.len()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const UID: &str = "5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3";

    #[test]
    fn real_names_are_read() {
        assert_eq!(Uid::parse(UID).unwrap().as_str(), UID);
        assert!(DnsLabel::parse("vc-team-payments").is_ok());
        assert!(DnsLabel::parse(&"a".repeat(63)).is_ok());
        assert!(PodName::parse("kube-proxy.node-1.example").is_ok());
    }

    #[rstest]
    fn what_could_leave_its_directory_is_no_name(
        #[values(
            "",
            ".",
            "..",
            "../..",
            "/",
            "/etc",
            "a/b",
            "a/../b",
            "a\0",
            "a\n",
            "-a",
            "a-",
            "A",
            "ä",
            "a..b",
            ".a",
            "a.",
            " a",
            "5AB7AA9C-90B6-46F9-A162-9EA9CA9826F3",
            "5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3/"
        )]
        text: &str,
    ) {
        assert!(Uid::parse(text).is_err());
        assert!(DnsLabel::parse(text).is_err());
        assert!(PodName::parse(text).is_err());
    }

    #[test]
    fn a_megabyte_of_text_makes_a_short_message() {
        let error = Uid::parse(&"../".repeat(350_000)).unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
        assert!(error.to_string().contains("1050000 bytes"), "{error}");
    }

    proptest! {
        #[test]
        fn nothing_that_parses_is_more_than_one_part_of_a_path(text in "[a-z0-9./\\-]{0,40}|\\PC{0,40}") {
            let parsed = [
                Uid::parse(&text).is_ok(),
                DnsLabel::parse(&text).is_ok(),
                PodName::parse(&text).is_ok(),
            ];
            if parsed.contains(&true) {
                let path = std::path::Path::new(&text);
                prop_assert_eq!(path.components().count(), 1);
                prop_assert_eq!(path.file_name(), Some(path.as_os_str()));
            }
        }
    }
}
