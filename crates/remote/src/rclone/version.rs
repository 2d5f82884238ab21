//! Which rclone this is, and whether it can do what we ask of it.

use std::fmt;

/// The oldest rclone that passes our tests.
///
/// 1.65.2 does not: its partial uploads make long names too long (a file name of 255 bytes cannot be stored), and its
/// `lsf` cannot print exact times.
pub const MINIMUM_VERSION: RcloneVersion = RcloneVersion { major: 1, minor: 68, patch: 1 };

/// A version such as `v1.75.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RcloneVersion {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number; 0 where there is none.
    pub patch: u32,
}

impl RcloneVersion {
    /// Reads the output of `rclone version`, whose first line is `rclone v1.75.2`, with a suffix for builds between
    /// releases (`-DEV`, `-beta.1234.abcdef`).
    #[must_use]
    pub fn from_output(output: &str) -> Option<Self> {
        output.lines().find_map(|line| Self::parse(line.trim().strip_prefix("rclone ")?))
    }

    /// Reads one as rclone's remote control gives it: `v1.75.2`, with the same suffixes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v')?;
        let numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        let mut parts = numbers.split('.').map(str::parse::<u32>);
        let major = parts.next()?.ok()?;
        let minor = parts.next()?.ok()?;
        let patch = parts.next().and_then(Result::ok).unwrap_or(0);
        Some(Self { major, minor, patch })
    }
}

impl fmt::Display for RcloneVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases_and_builds_between_them() {
        let shown = |text| RcloneVersion::from_output(text).map(|version| version.to_string());
        assert_eq!(shown("rclone v1.75.2\n- os/version: debian 12\n").as_deref(), Some("1.75.2"));
        assert_eq!(shown("rclone v1.60.1-DEV\n").as_deref(), Some("1.60.1"));
        assert_eq!(shown("warning\nrclone v1.76.0-beta.8912.0ab1c2d\n").as_deref(), Some("1.76.0"));
        assert_eq!(shown("rclone v1.76\n").as_deref(), Some("1.76.0"));
        assert_eq!(shown("restic 0.17.0"), None);
    }

    #[test]
    fn compares_by_number() {
        let version = |text| RcloneVersion::from_output(text).unwrap();
        assert!(version("rclone v1.9.9") < version("rclone v1.65.0"));
        assert!(version("rclone v1.68.1") >= MINIMUM_VERSION);
    }
}
