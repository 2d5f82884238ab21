//! The version that rclone's `--b2-versions` and the like put into a name: `file-v2001-02-03-040506-123.txt`.
//!
//! crypt encrypts such a file's name without its version and puts that back behind, so that versions of encrypted files
//! have it too. Which text is a version is decided as `lib/version` of rclone does: at the end of the name before its
//! extension, and a time that exists. Names of directories are encrypted whole, as rclone 1.75 does; 1.65 looks for such
//! a directory without its version, and finds nothing.

use std::ops::Range;

/// Bytes of `-v2001-02-03-040506-123`.
const LENGTH: usize = 23;

/// The name without its version, and the version; `None` for a name without one.
pub(super) fn split(name: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (base, extension) = name.split_at(extension(name));
    let (base, version) = base.split_at(base.len().checked_sub(LENGTH)?);
    is_version(version).then(|| ([base, extension].concat(), version))
}

/// The name with a version before its extension.
pub(super) fn join(name: &[u8], version: &[u8]) -> Vec<u8> {
    let (base, extension) = name.split_at(extension(name));
    [base, version, extension].concat()
}

/// Where the extension begins: at the last dot, or at the end. A name whose only dot is its first character has none
/// (seen with rclone 1.65.2 and 1.75.2).
fn extension(name: &[u8]) -> usize {
    name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0).unwrap_or(name.len())
}

fn is_version(text: &[u8]) -> bool {
    let shape = b"-v0000-00-00-000000-000";
    let fits = |(byte, model): (&u8, &u8)| if *model == b'0' { byte.is_ascii_digit() } else { byte == model };
    text.len() == LENGTH && text.iter().zip(shape).all(fits) && is_time(text)
}

fn is_time(text: &[u8]) -> bool {
    let number = |digits: Range<usize>| {
        let digits = text.get(digits).unwrap_or_default();
        digits.iter().fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let (year, month, day) = (number(2..6), number(7..9), number(10..12));
    let (hour, minute, second) = (number(13..15), number(15..17), number(17..19));
    (1..=days_in(year, month)).contains(&day) && hour < 24 && minute < 60 && second < 60
}

/// 0 for a month that does not exist.
fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("a-v2001-02-03-040506-123.txt", "a.txt")]
    #[case("a-v2001-02-03-040506-123", "a")]
    #[case(
        "-v2001-02-03-040506-123.b.txt-v2004-02-29-235959-999",
        "-v2001-02-03-040506-123.b.txt-v2004-02-29-235959-999"
    )]
    #[case("-v2001-02-03-040506-123", "")]
    #[case(".a-v2001-02-03-040506-123", ".a")]
    #[case("..a-v2001-02-03-040506-123", "..a-v2001-02-03-040506-123")]
    #[case("a-v2001-02-29-040506-123", "a-v2001-02-29-040506-123")]
    #[case("a-v2000-02-29-040506-123", "a")]
    #[case("a-v1900-02-29-040506-123", "a-v1900-02-29-040506-123")]
    #[case("a-v2001-13-03-040506-123", "a-v2001-13-03-040506-123")]
    #[case("a-v2001-04-31-040506-123", "a-v2001-04-31-040506-123")]
    #[case("a-v2001-04-00-040506-123", "a-v2001-04-00-040506-123")]
    #[case("a-v2001-02-03-240506-123", "a-v2001-02-03-240506-123")]
    #[case("a-v2001-02-03-040560-123", "a-v2001-02-03-040560-123")]
    #[case("a-v2001-02-03-040506-123x", "a-v2001-02-03-040506-123x")]
    #[case("", "")]
    fn a_version_is_a_time_before_the_extension(#[case] name: &str, #[case] expected: &str) {
        let without = split(name.as_bytes()).map_or(name.as_bytes().to_vec(), |(without, _)| without);
        assert_eq!(String::from_utf8(without).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn a_version_goes_back_where_it_was(name in "[a.]{0,6}-v20[0-9]{2}-0[1-9]-[0-2][0-9]-[0-2]10203-123[a.]{0,3}") {
            if let Some((without, version)) = split(name.as_bytes()) {
                // `-v….a` alone comes back as `.a-v…`, with rclone too.
                prop_assume!(!(name.starts_with('-') && without.starts_with(b".")));
                let joined = join(&without, version);
                prop_assert_eq!(joined.as_slice(), name.as_bytes());
            }
        }

        #[test]
        fn any_name_has_an_answer(name: Vec<u8>) {
            let _ = split(&name);
        }
    }
}
