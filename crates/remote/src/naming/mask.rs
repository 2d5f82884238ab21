//! Which characters an encoder replaces: rclone's `Encode*` flags as a set, and its text form in `encoding = …`.

use std::fmt;

/// A set of rclone's encoding flags.
///
/// Names and bit numbers as in rclone 1.75 (`lib/encoder/encoder.go`; the `encoding` key takes names or numbers).
/// NUL and U+2400 are always swapped and U+201B is always doubled, whatever the mask, except under [`Mask::RAW`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mask(u32);

/// A part of an `encoding` value that rclone has no flag for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("encoding flag {0:?} is not one of rclone's; see \"encoding\" in rclone's overview for the list")]
pub struct UnknownEncoding(pub String);

macro_rules! flags {
    ($($(#[$doc:meta])* $constant:ident = $bit:literal, $name:literal;)*) => {
        impl Mask {
            $($(#[$doc])* pub const $constant: Mask = Mask(1 << $bit);)*
        }
        /// Every single flag with the name that rclone gives it.
        const NAMES: &[(Mask, &str)] = &[$((Mask::$constant, $name)),*];
    };
}

flags! {
    /// No encoding at all; only when it is the sole flag.
    RAW = 0, "Raw";
    /// `/`
    SLASH = 1, "Slash";
    /// `<` and `>`
    LT_GT = 2, "LtGt";
    /// `"`
    DOUBLE_QUOTE = 3, "DoubleQuote";
    /// `'`
    SINGLE_QUOTE = 4, "SingleQuote";
    /// `` ` ``
    BACK_QUOTE = 5, "BackQuote";
    /// `$`
    DOLLAR = 6, "Dollar";
    /// `:`
    COLON = 7, "Colon";
    /// `?`
    QUESTION = 8, "Question";
    /// `*`
    ASTERISK = 9, "Asterisk";
    /// `|`
    PIPE = 10, "Pipe";
    /// `#`
    HASH = 11, "Hash";
    /// `%`
    PERCENT = 12, "Percent";
    /// `\`
    BACK_SLASH = 13, "BackSlash";
    /// Carriage return and line feed.
    CR_LF = 14, "CrLf";
    /// DEL (0x7F).
    DEL = 15, "Del";
    /// Control characters 0x01 to 0x1F.
    CTL = 16, "Ctl";
    /// A leading space.
    LEFT_SPACE = 17, "LeftSpace";
    /// A leading `.`
    LEFT_PERIOD = 18, "LeftPeriod";
    /// A leading `~`
    LEFT_TILDE = 19, "LeftTilde";
    /// A leading CR, LF, HT or VT.
    LEFT_CR_LF_HT_VT = 20, "LeftCrLfHtVt";
    /// A trailing space.
    RIGHT_SPACE = 21, "RightSpace";
    /// A trailing `.`
    RIGHT_PERIOD = 22, "RightPeriod";
    /// A trailing CR, LF, HT or VT.
    RIGHT_CR_LF_HT_VT = 23, "RightCrLfHtVt";
    /// Bytes that are not UTF-8.
    INVALID_UTF8 = 24, "InvalidUtf8";
    /// The whole names `.` and `..`
    DOT = 25, "Dot";
    /// `[` and `]`
    SQUARE_BRACKET = 26, "SquareBracket";
    /// `;`
    SEMICOLON = 27, "Semicolon";
    /// `!`
    EXCLAMATION = 28, "Exclamation";
}

impl Mask {
    /// No flag: NUL, U+2400 and U+201B only.
    pub const NONE: Mask = Mask(0);
    /// What rclone uses inside, in listings, in JSON and over the rc API.
    pub const STANDARD: Mask = Mask::SLASH.with(Mask::CTL).with(Mask::DEL).with(Mask::DOT);
    /// The default of rclone's `local` backend on Linux.
    pub const LOCAL: Mask = Mask::SLASH.with(Mask::DOT);
    /// The default of rclone's `s3` backend.
    pub const S3: Mask = Mask::SLASH.with(Mask::INVALID_UTF8).with(Mask::DOT);

    /// The union of two sets.
    #[must_use]
    pub const fn with(self, other: Mask) -> Mask {
        Mask(self.0 | other.0)
    }

    /// Whether any flag of `flags` is set.
    #[must_use]
    pub const fn has(self, flags: Mask) -> bool {
        self.0 & flags.0 != 0
    }

    /// Reads an `encoding` value: names or numbers, joined by commas, spaces around them allowed.
    ///
    /// # Errors
    /// [`UnknownEncoding`] with the first part that is neither a flag's exact name nor a number.
    pub fn parse(text: &str) -> Result<Mask, UnknownEncoding> {
        text.split(',').map(str::trim).try_fold(Mask::NONE, |mask, part| {
            Mask::parse_part(part).map(|flag| mask.with(flag)).ok_or_else(|| UnknownEncoding(part.to_owned()))
        })
    }

    fn parse_part(part: &str) -> Option<Mask> {
        if part == "None" {
            return Some(Mask::NONE);
        }
        if let Some((flag, _)) = NAMES.iter().find(|(_, name)| *name == part) {
            return Some(*flag);
        }
        let known = (1 << NAMES.len()) - 1;
        Mask::parse_number(part).filter(|bits| bits & !known == 0).map(Mask)
    }

    /// A decimal or `0x` number. Go also takes octal (a leading 0), binary and underscores: nobody writes a mask so,
    /// and what we do not take goes through rclone.
    fn parse_number(part: &str) -> Option<u32> {
        let (digits, radix) = match part.strip_prefix("0x") {
            Some(hex) => (hex, 16),
            None if part.len() > 1 && part.starts_with('0') => return None,
            None => (part, 10),
        };
        digits
            .chars()
            .all(|digit| digit.is_digit(radix))
            .then(|| u32::from_str_radix(digits, radix).ok())
            .flatten()
    }
}

impl fmt::Display for Mask {
    /// As rclone prints it: `Slash,InvalidUtf8,Dot`, or `None`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            NAMES.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name).collect();
        formatter.write_str(if names.is_empty() { "None".to_owned() } else { names.join(",") }.as_str())
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Mask({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Slash,InvalidUtf8,Dot", Mask::S3)]
    #[case(" Slash , Dot ", Mask::LOCAL)]
    #[case("None", Mask::NONE)]
    #[case("Raw", Mask::RAW)]
    #[case("0x2", Mask::SLASH)]
    #[case("2,Dot", Mask::LOCAL)]
    #[case("0", Mask::NONE)]
    fn reads_what_rclone_reads(#[case] text: &str, #[case] expected: Mask) {
        assert_eq!(Mask::parse(text), Ok(expected));
    }

    #[rstest]
    #[case("Slash,")]
    #[case("slash")]
    #[case("Base")]
    #[case("-1")]
    #[case("010")]
    #[case("0x")]
    #[case("+2")]
    #[case("0x20000000")]
    fn refuses_other_text(#[case] text: &str) {
        assert!(Mask::parse(text).is_err());
    }

    #[test]
    fn prints_as_rclone_prints() {
        assert_eq!(Mask::S3.to_string(), "Slash,InvalidUtf8,Dot");
        assert_eq!(Mask::STANDARD.to_string(), "Slash,Del,Ctl,Dot");
        assert_eq!(Mask::NONE.to_string(), "None");
        for (flag, name) in NAMES {
            assert_eq!(Mask::parse(name), Ok(*flag));
        }
    }
}
