//! The promises of `docs/semantics.md` are written by hand: each names the tests that hold it, and those must exist.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

const PAGE: &str = "docs/semantics.md";
/// The suite of which the page says that much of it runs over every kind of remote.
const SUITE: &str = "crates/remote/tests/behaviour";

/// A test that a promise names: `` [`module::test`](../path/of/its/file.rs) ``.
#[derive(Debug, PartialEq, Eq)]
struct Named<'page> {
    /// The module of the test: its file's name, or that of the folder whose `mod.rs` or `tests.rs` it is.
    module: &'page str,
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
            let module = module_of(Path::new(test.file))?;
            ensure!(test.module == module, "{} is in module {module}, not {}", test.test, test.module);
        }
    }
    Ok(promises.len())
}

fn named(promise: &str) -> Vec<Named<'_>> {
    let links = promise.split("[`").skip(1);
    links
        .filter_map(|link| {
            let (name, rest) = link.split_once("`](")?;
            let (module, test) = name.rsplit_once("::")?;
            let (file, _) = rest.split_once(')')?;
            Some(Named { module, test, file })
        })
        .collect()
}

fn exists(root: &Path, named: &Named<'_>) -> Result<bool> {
    let file: PathBuf = root.join("docs").join(named.file);
    let code = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(code.contains(&format!("fn {}(", named.test)))
}

/// What a module is called by its file alone. Tests that have a file of their own beside it count as in it.
fn module_of(file: &Path) -> Result<&str> {
    let whole = match file.file_stem().and_then(OsStr::to_str) {
        Some("mod" | "tests") => file.parent().and_then(Path::file_name).and_then(OsStr::to_str),
        stem => stem,
    };
    match whole {
        Some(name) => Ok(name.strip_suffix("_tests").unwrap_or(name)),
        None => bail!("{} is no file of a module", file.display()),
    }
}

#[test]
fn every_promise_names_a_test_that_exists() {
    let root = podfs_testkit::tools::workspace_root().unwrap();
    assert!(check(root).unwrap() > 0, "{PAGE} promises nothing");
}

#[test]
fn a_promise_may_name_many_tests() {
    let promise = "- It holds. [`a::b_c`](../x/y.rs), [`d::e`](../z.rs)";
    let expected = [
        Named { module: "a", test: "b_c", file: "../x/y.rs" },
        Named { module: "d", test: "e", file: "../z.rs" },
    ];
    assert_eq!(named(promise), expected);
    assert_eq!(named("- It is said, with `code` and a [link](cli.md)."), []);
}

#[test]
fn a_module_has_the_name_of_its_file_or_folder() {
    for (file, module) in [
        ("../src/plan/merge.rs", "merge"),
        ("../src/plan/decide/keep_tests.rs", "keep"),
        ("../src/run/long_running/tests.rs", "long_running"),
        ("../tests/cli/soak/mod.rs", "soak"),
    ] {
        assert_eq!(module_of(Path::new(file)).unwrap(), module);
    }
}

#[test]
fn the_page_names_all_modules_that_run_over_every_kind_of_remote() {
    let root = podfs_testkit::tools::workspace_root().unwrap();
    let page = fs::read_to_string(root.join(PAGE)).unwrap();
    let named = page.split("\nThe modules ").nth(1).and_then(|rest| rest.split("\nin [").next()).unwrap();
    let named: BTreeSet<String> = named.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    let files = fs::read_dir(root.join(SUITE)).unwrap().map(|entry| entry.unwrap().path());
    let runs_everywhere = |text: String| {
        ["place", "kind"].iter().any(|which| text.contains(&format!("\non_every_{which}! {{")))
    };
    let listed = |file: &PathBuf| file.is_file() && runs_everywhere(fs::read_to_string(file).unwrap());
    let modules: BTreeSet<String> =
        files.filter(listed).map(|file| module_of(&file).unwrap().to_owned()).collect();
    assert_eq!(named, modules);
}
