//! What a test run did, gathered from the lines that cargo and the test programs print.

use std::collections::VecDeque;
use std::fmt::Write;

/// Of what each failed test printed: enough for the message of an assertion.
const KEPT_LINES: usize = 20;

/// The results so far, one for each test program.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    current: String,
    programs: Vec<Program>,
    /// What tests said of themselves when this machine lacked what they need.
    not_run: Vec<String>,
    /// The tests that failed, each with the end of what it printed before the way there.
    failures: Vec<Failure>,
    /// Whether the lines that come are what a failed test printed.
    in_failure: bool,
}

#[derive(Debug)]
struct Failure {
    name: String,
    printed: VecDeque<String>,
}

#[derive(Debug)]
struct Program {
    name: String,
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Summary {
    /// Takes note of one line of output.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(name) = failed_test(line) {
            let name = format!("{}: {name}", self.current);
            self.failures.push(Failure { name, printed: VecDeque::new() });
            self.in_failure = true;
        } else if line == "failures:" || line == "stack backtrace:" {
            self.in_failure = false;
        } else if self.in_failure {
            self.keep(line);
        } else if let Some(name) = line.strip_prefix("Running ") {
            self.current = program_name(name);
        } else if let Some(name) = line.strip_prefix("Doc-tests ") {
            self.current = format!("{name} (documentation)");
        } else if let Some(test) = line.strip_prefix("NOT RUN: ") {
            self.not_run.push(test.to_owned());
        } else if let Some(result) = line.strip_prefix("test result: ") {
            self.programs.push(Program {
                name: std::mem::take(&mut self.current),
                passed: count(result, "passed"),
                failed: count(result, "failed"),
                ignored: count(result, "ignored"),
            });
        }
    }

    fn keep(&mut self, line: &str) {
        let Some(failure) = self.failures.last_mut() else { return };
        if line.is_empty() {
            return;
        }
        if failure.printed.len() == KEPT_LINES {
            failure.printed.pop_front();
        }
        failure.printed.push_back(line.to_owned());
    }

    /// A plain list: the tools, the test programs that had tests, and a last line with the totals.
    pub(crate) fn report(&self, tools: &[String]) -> String {
        let mut text = String::from("\nWhat ran\n");
        for tool in tools {
            let _ = writeln!(text, "  tool {tool}");
        }
        for Program { name, passed, failed, ignored } in self.programs.iter().filter(|it| !it.is_empty()) {
            let _ = writeln!(text, "  tests of {name}: {passed} passed, {failed} failed, {ignored} ignored");
        }
        for test in &self.not_run {
            let _ = writeln!(text, "  NOT RUN: {test}");
        }
        for Failure { name, printed } in &self.failures {
            let _ = writeln!(text, "  FAILED: {name}");
            for line in printed {
                let _ = writeln!(text, "    {line}");
            }
        }
        let total = |of: fn(&Program) -> usize| self.programs.iter().map(of).sum::<usize>();
        let (passed, failed, ignored) =
            (total(|it| it.passed), total(|it| it.failed), total(|it| it.ignored));
        let _ = writeln!(text, "total: {passed} passed, {failed} failed, {ignored} skipped");
        text
    }
}

impl Program {
    fn is_empty(&self) -> bool {
        self.passed + self.failed + self.ignored == 0
    }
}

/// The test whose output the lines after `---- errors::a_wrong_key stdout ----` are.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// `unittests src/lib.rs (target/debug/deps/podfs_sync-0123abcd)` as `podfs_sync src/lib.rs`.
fn program_name(line: &str) -> String {
    let (source, file) = line.split_once(" (").unwrap_or((line, ""));
    let source = source.trim_start_matches("unittests ");
    let program = file.trim_end_matches(')').rsplit('/').next().unwrap_or_default();
    let program = program.rsplit_once('-').map_or(program, |(name, _hash)| name);
    format!("{program} {source}")
}

/// The number before a word: 3 in `ok. 3 passed; 0 failed`.
fn count(result: &str, word: &str) -> usize {
    let words: Vec<&str> = result.split([' ', ';']).filter(|part| !part.is_empty()).collect();
    let number = words.windows(2).find_map(|pair| match pair {
        [number, name] if *name == word => number.parse().ok(),
        _ => None,
    });
    number.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_lists_what_had_tests_and_the_totals() {
        let mut summary = Summary::default();
        for line in [
            "     Running unittests src/lib.rs (target/debug/deps/podfs_sync-0123abcd)\n",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s\n",
            "NOT RUN: a_pod_runs: no root\n",
            "     Running tests/proxy.rs (target/debug/deps/proxy-0123abcd)\n",
            "test it_forwards ... FAILED\n",
            "\n",
            "failures:\n",
            "\n",
            "---- it_forwards stdout ----\n",
            "\n",
            "panicked at tests/proxy.rs:1:1:\n",
            "refused\n",
            "stack backtrace:\n",
            "   0: somewhere\n",
            "\n",
            "\n",
            "failures:\n",
            "    it_forwards\n",
            "\n",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n",
            "   Doc-tests podfs_sync\n",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n",
        ] {
            summary.read(line);
        }
        let expected = "\nWhat ran\n  tool weed 1\n  \
            tests of podfs_sync src/lib.rs: 12 passed, 0 failed, 1 ignored\n  \
            tests of proxy tests/proxy.rs: 2 passed, 1 failed, 0 ignored\n  NOT RUN: a_pod_runs: no root\n  \
            FAILED: proxy tests/proxy.rs: it_forwards\n    panicked at tests/proxy.rs:1:1:\n    refused\n\
            total: 14 passed, 1 failed, 1 skipped\n";
        assert_eq!(summary.report(&["weed 1".to_owned()]), expected);
    }
}
