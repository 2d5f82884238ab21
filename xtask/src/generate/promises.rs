//! The promises of `docs/semantics.md` are written by hand: each names the tests that hold it, and those must exist.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

const PAGE: &str = "docs/semantics.md";

/// A test that a promise names: `` [`module::test`](../path/of/its/file.rs) ``.
#[derive(Debug, PartialEq, Eq)]
struct Named<'page> {
    test: &'page str,
    /// From the folder of the page.
    file: &'page str,
}

/// Checks each line that begins with `- `.
fn check(root: &Path) -> Result<usize> {
    let page = fs::read_to_string(root.join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let promises: Vec<&str> = page.lines().filter(|line| line.starts_with("- ")).collect();
    for promise in &promises {
        let tests = named(promise);
        ensure!(!tests.is_empty(), "this promise names no test: {promise}");
        for test in tests {
            ensure!(exists(root, &test)?, "there is no test {} in {}: {promise}", test.test, test.file);
        }
    }
    Ok(promises.len())
}

fn named(promise: &str) -> Vec<Named<'_>> {
    let links = promise.split("[`").skip(1);
    links
        .filter_map(|link| {
            let (name, rest) = link.split_once("`](")?;
            let (_module, test) = name.rsplit_once("::")?;
            let (file, _) = rest.split_once(')')?;
            Some(Named { test, file })
        })
        .collect()
}

fn exists(root: &Path, named: &Named<'_>) -> Result<bool> {
    let file: PathBuf = root.join("docs").join(named.file);
    let code = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(code.contains(&format!("fn {}(", named.test)))
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let root = podfs_testkit::tools::workspace_root().unwrap();
    assert!(check(root).unwrap() > 0, "{PAGE} promises nothing");
}

#[test]
fn a_promise_may_name_many_tests() {
    let promise = "- It holds. [`a::b_c`](../x/y.rs), [`d::e`](../z.rs)";
    let expected = [Named { test: "b_c", file: "../x/y.rs" }, Named { test: "e", file: "../z.rs" }];
    assert_eq!(named(promise), expected);
    assert_eq!(named("- It is said, with `code` and a [link](cli.md)."), []);
}
