//! One run as one JSON document on one line:
//!
//! ```json
//! {"plan": {"totals": {…}, "steps": [{"action": "copy", "path": "a", "size": 3, "reason": "new"}, …],
//!           "failures": [{"path": "b", "error": "…", "kind": "unreadable"}, …],
//!           "skipped": {"symbolic links": 1}},
//!  "result": {"copied": 1, …},
//!  "error": "…",
//!  "exit": 0}
//! ```
//!
//! `plan` is missing when no plan came about, `result` after a dry run and when nothing was begun, `error` when all
//! went well. `failures` of the plan are
//! what is known not to work before anything was tried. Steps are written as they come, never all in memory.

use std::collections::BTreeMap;
use std::io::{self, Write};

use podfs_sync::plan::{Step, Totals};
use podfs_sync::{Failure, Report};

use super::steps::JsonStep;
use super::summary::Skipped;
use crate::exit::Exit;

/// A document that is being written.
pub(super) struct Document<W: Write> {
    out: W,
    members: usize,
}

impl<W: Write> Document<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, members: 0 }
    }

    /// The plan. Its totals first, so that a reader of a stream knows what is coming.
    pub(super) fn plan(
        &mut self,
        totals: &Totals,
        steps: impl Iterator<Item = io::Result<Step>>,
        failures: &[Failure],
        skipped: &Skipped,
    ) -> io::Result<()> {
        self.member("plan")?;
        self.out.write_all(b"{\"totals\":")?;
        serde_json::to_writer(&mut self.out, totals)?;
        self.out.write_all(b",\"steps\":[")?;
        for (index, step) in steps.enumerate() {
            if index > 0 {
                self.out.write_all(b",")?;
            }
            serde_json::to_writer(&mut self.out, &JsonStep::from(&step?))?;
        }
        self.out.write_all(b"],\"failures\":")?;
        serde_json::to_writer(&mut self.out, failures)?;
        self.out.write_all(b",\"skipped\":")?;
        let skipped: BTreeMap<_, _> = skipped.iter().map(|(kind, count)| (kind.plural(), count)).collect();
        serde_json::to_writer(&mut self.out, &skipped)?;
        self.out.write_all(b"}")?;
        self.out.flush()
    }

    /// What was really done.
    pub(super) fn result(&mut self, report: &Report) -> io::Result<()> {
        self.member("result")?;
        serde_json::to_writer(&mut self.out, report)?;
        Ok(())
    }

    /// The end of the document and of its line.
    pub(super) fn end(&mut self, exit: Exit, error: Option<&str>) -> io::Result<()> {
        if let Some(error) = error {
            self.member("error")?;
            serde_json::to_writer(&mut self.out, error)?;
        }
        self.member("exit")?;
        writeln!(self.out, "{}}}", exit.number())?;
        self.out.flush()
    }

    fn member(&mut self, name: &str) -> io::Result<()> {
        let before = if self.members == 0 { '{' } else { ',' };
        self.members += 1;
        write!(self.out, "{before}\"{name}\":")
    }
}

#[cfg(test)]
mod tests {
    use podfs_sync::RelativePath;
    use podfs_sync::local::SkippedKind;
    use podfs_sync::plan::{DeleteReason, Victim};
    use serde_json::{Value, json};

    use super::*;

    fn document(write: impl FnOnce(&mut Document<&mut Vec<u8>>)) -> Value {
        let mut bytes = Vec::new();
        write(&mut Document::new(&mut bytes));
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
        serde_json::from_slice(&bytes).unwrap()
    }

    fn delete(path: &str) -> io::Result<Step> {
        Ok(Step::Delete {
            path: RelativePath::parse(path).unwrap(),
            victim: Victim::File,
            reason: DeleteReason::Gone,
        })
    }

    #[test]
    fn a_whole_run() {
        let totals = Totals { deletes: 2, ..Totals::default() };
        let skipped = [(SkippedKind::SymbolicLink, 1)].into();
        let value = document(|document| {
            document.plan(&totals, [delete("a"), delete("b\n")].into_iter(), &[], &skipped).unwrap();
            document.result(&Report { deleted: 2, ..Report::default() }).unwrap();
            document.end(Exit::Done, None).unwrap();
        });
        assert_eq!(value["plan"]["totals"]["deletes"], 2);
        assert_eq!(value["plan"]["steps"][1], json!({"action": "delete", "path": "b\n", "reason": "gone"}));
        assert_eq!((&value["result"]["deleted"], &value["exit"]), (&json!(2), &json!(0)));
        assert_eq!(value["plan"]["skipped"], json!({"symbolic links": 1}));
        assert!(value.get("error").is_none());
    }

    #[test]
    fn nothing_but_an_error() {
        let value = document(|document| document.end(Exit::Refused, Some("no \"way\"")).unwrap());
        assert_eq!(value, json!({"error": "no \"way\"", "exit": 4}));
    }
}
