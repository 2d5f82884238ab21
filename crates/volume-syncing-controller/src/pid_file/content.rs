//! What stands in a PID file: the number on the first line, as every tool expects, and when that process started on
//! the second. The predecessor wrote the number alone.

use std::fmt;

use super::process::Started;

/// The second line begins with this, so that `kill $(cat FILE)` cannot take the time for another process.
const STARTED: &str = "started:";

/// A process as a PID file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) pid: i32,
    /// Unknown when the predecessor, or a person, wrote the file.
    pub(super) started: Option<Started>,
}

impl Content {
    /// Reads what `file` holds; `None` when that is no PID file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
        let started = match lines.next() {
            None => None,
            Some(line) => Some(Started(line.strip_prefix(STARTED)?.trim().parse().ok()?)),
        };
        lines.next().is_none().then_some(Self { pid, started })
    }
}

impl fmt::Display for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.pid)?;
        self.started.map_or(Ok(()), |Started(ticks)| writeln!(formatter, "{STARTED}{ticks}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_refused_or_means_what_we_would_write(
            text in "[ 0-9+-]{0,12}\n?(started:[ 0-9a-z]{0,22})?\n{0,2}|\\PC{0,40}",
        ) {
            if let Some(content) = Content::parse(&text) {
                prop_assert!(content.pid > 0);
                prop_assert_eq!(Content::parse(&content.to_string()), Some(content));
            }
        }
    }

    #[test]
    fn goes_there_and_back() {
        let content = Content { pid: 12, started: Some(Started(345)) };
        assert_eq!(content.to_string(), "12\nstarted:345\n");
        assert_eq!(Content::parse(&content.to_string()), Some(content));
    }

    #[test]
    fn a_bare_number_is_enough() {
        for text in ["7", "7\n", " 7 \n"] {
            assert_eq!(Content::parse(text), Some(Content { pid: 7, started: None }), "{text:?}");
        }
    }

    #[test]
    fn anything_else_is_no_pid_file() {
        for text in ["", "\n", "0", "-1", "root:x:0:0", "7\n8\n", "7\nstarted:x\n", "7\nstarted:8\nmore"] {
            assert_eq!(Content::parse(text), None, "{text:?}");
        }
    }
}
