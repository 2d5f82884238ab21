//! What a program costs: time on the clock, time on the processors, and memory at its peak.
//!
//! A program is started by a small process of our own, since the kernel counts the memory of whoever starts a program
//! as that program's at first: a driver that holds a thousand records would be seen in every figure.

mod helper;
mod usage;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

pub(crate) use helper::{carry_out, order};
pub(crate) use usage::Usage;

/// The first argument that makes this program the small process.
const ORDER: &str = "__measure";
/// How much of a failed program's output is worth a look.
const LAST_LINES: usize = 5;

/// What one run cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// From the start to the end, on the clock.
    pub(crate) wall: Duration,
    /// Processors and memory, with those of the processes that it started and waited for.
    pub(crate) usage: Usage,
}

/// Runs a program to its end. Its output goes into `log`; a failure tells the last of it.
pub(crate) fn measure(command: &Command, log: &Path, timeout: Duration) -> Result<Cost> {
    let mut helper = Command::new(std::env::current_exe()?);
    helper.arg(ORDER).arg(log).arg(timeout.as_secs().to_string());
    helper.arg(command.get_program()).args(command.get_args());
    helper.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = helper.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    let name = Path::new(command.get_program()).file_name().unwrap_or(OsStr::new("program")).display();
    let answer = String::from_utf8(output.stdout).context("the helper's answer is no text")?;
    let (cost, end) = parse(&answer).with_context(|| format!("cannot measure {name}"))?;
    if end != "success" {
        bail!("{name} ended with {end}; the last of its output:\n{}", last_lines(log));
    }
    Ok(cost)
}

/// Reads what the helper prints: three numbers and how the program ended.
fn parse(answer: &str) -> Result<(Cost, &str)> {
    let mut words = answer.trim().splitn(4, ' ');
    let mut number = || -> Result<u64> {
        let word = words.next().with_context(|| format!("the helper said {answer:?}"))?;
        word.parse().with_context(|| format!("the helper said {answer:?}"))
    };
    let wall = Duration::from_nanos(number()?);
    let usage = Usage { cpu: Duration::from_micros(number()?), peak_rss: number()? };
    Ok((Cost { wall, usage }, words.next().unwrap_or_default()))
}

fn last_lines(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_three_numbers_and_an_end() {
        let (cost, end) = parse("1500000000 20000 4096 exit status: 1\n").unwrap();
        assert_eq!(cost.wall, Duration::from_millis(1500));
        assert_eq!((cost.usage.cpu, cost.usage.peak_rss), (Duration::from_millis(20), 4096));
        assert_eq!(end, "exit status: 1");
        assert!(parse("").is_err());
    }

    #[test]
    fn only_the_last_lines_of_a_log_are_told() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "1\n2\n3\n4\n5\n6\n7\n").unwrap();
        assert_eq!(last_lines(file.path()), "3\n4\n5\n6\n7");
        assert_eq!(last_lines(Path::new("/nowhere/at/all")), "");
    }
}
