//! One step of a longer run: a line before it, and how long it took after it.

use std::time::Instant;

use anyhow::{Context, Result};

/// Runs a step between two lines that a reader of a long log can find.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {name}");
    let start = Instant::now();
    let result = work();
    let word = if result.is_ok() { "done" } else { "FAILED" };
    println!("<== {name}: {word} in {:.1} s", start.elapsed().as_secs_f64());
    result.with_context(|| format!("the step `{name}` failed"))
}
