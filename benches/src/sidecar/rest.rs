//! What a sidecar costs while nothing happens: memory and processors beside a big tree, and memory for each folder that it
//! watches.

use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::process::Sidecar;
use super::tree;
use crate::contestant::Contestant;
use crate::goals::Goal;
use crate::input::Input;
use crate::lab::Lab;
use crate::options::Options;
use crate::place::Place;
use crate::report::{Part, columns, text};
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::turn::Turn;

/// How long it is looked at.
const REST: Duration = Duration::from_secs(10);
/// Folders of the same folder.
const TOGETHER: usize = 1_000;

/// A sidecar at rest.
#[derive(Debug)]
struct Rest {
    tree: String,
    /// Folders that should be watched.
    folders: u64,
    watches: u64,
    rss: u64,
    /// What it used while it was looked at.
    cpu: Duration,
}

/// Looks at three sidecars, one after the other: of the big tree, of a folder alone, and of as many as the tree has files.
pub(super) fn run(lab: &Lab, options: &Options, stage: &mut Stage<'_>, input: &Input) -> Result<Part> {
    let turn = stage.turn(Scenario::AtRest, Contestant::Ours)?;
    let big = look(&turn, &input.dir, tree(input), input.folders as u64 + 1)?;
    let one = look_at_folders(lab, 0)?;
    let many = look_at_folders(lab, options.sizes.tree_files)?;
    Ok(part(input, &big, &one, &many))
}

/// A new tree of empty folders beside one file, at a remote of its own.
fn look_at_folders(lab: &Lab, folders: usize) -> Result<Rest> {
    let dir = lab.new_folder()?;
    fs::write(dir.path().join("file"), "not empty").context("cannot write a file")?;
    for index in 0..folders {
        let name = format!("{:05}/{index:06}", index / TOGETHER);
        fs::create_dir_all(dir.path().join(name)).context("cannot make a folder")?;
    }
    let place = Rc::new(Place::new(lab, Scenario::AtRest, false)?);
    let turn = Turn {
        lab,
        scenario: Scenario::AtRest,
        contestant: Contestant::Ours,
        place,
        changed: None,
        down: None,
    };
    let name = if folders == 0 { "one folder".to_owned() } else { format!("{folders} empty folders") };
    look(&turn, dir.path(), name, (1 + folders.div_ceil(TOGETHER) + folders) as u64)
}

fn look(turn: &Turn<'_>, dir: &Path, tree: String, folders: u64) -> Result<Rest> {
    let mut sidecar = Sidecar::start(turn, dir)?;
    sidecar.wait_for_rest()?;
    let before = sidecar.usage()?;
    thread::sleep(REST);
    let after = sidecar.usage()?;
    let rest = Rest { tree, folders, watches: after.watches, rss: after.rss, cpu: after.cpu - before.cpu };
    eprintln!("at-rest: {rest:?}");
    Ok(rest)
}

fn part(input: &Input, big: &Rest, one: &Rest, many: &Rest) -> Part {
    let each = bytes_a_folder(one, many);
    let heads = ["tree", "watched folders", "RSS MiB", "CPU s in 10 s", "bytes a folder"].map(str::to_owned);
    let row = |rest: &Rest, each: Option<f64>| {
        let mib = rest.rss as f64 / f64::from(1 << 20);
        let cpu = rest.cpu.as_secs_f64();
        [rest.tree.clone(), rest.watches.to_string(), text(Some(mib), 1), text(Some(cpu), 2), text(each, 0)]
            .into()
    };
    Part {
        scenario: Scenario::AtRest,
        subject: tree(input),
        table: columns(&[heads.into(), row(big, None), row(one, None), row(many, each)]),
        remarks: vec![],
        goals: vec![Goal::new("bytes of memory a watched folder", 1024.0, each)],
        failures: [big, one, many].into_iter().filter_map(unwatched).collect(),
    }
}

/// What a watched folder adds.
fn bytes_a_folder(one: &Rest, many: &Rest) -> Option<f64> {
    let more = many.watches.checked_sub(one.watches).filter(|more| *more > 0)?;
    Some(many.rss.saturating_sub(one.rss) as f64 / more as f64)
}

/// The kernel allows only so many watches.
fn unwatched(rest: &Rest) -> Option<String> {
    let Rest { tree, folders, watches, .. } = rest;
    (watches < folders).then(|| {
        format!("{tree}: only {watches} of {folders} folders are watched; raise fs.inotify.max_user_watches")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(folders: u64, watches: u64, rss: u64) -> Rest {
        Rest { tree: format!("{folders} folders"), folders, watches, rss, cpu: Duration::ZERO }
    }

    #[test]
    fn a_folder_costs_what_many_of_them_add() {
        let (one, many) = (rest(1, 1, 10_000), rest(101, 101, 40_000));
        assert_eq!(bytes_a_folder(&one, &many), Some(300.0));
        assert_eq!(bytes_a_folder(&one, &one), None);
    }

    #[test]
    fn folders_that_nobody_watches_are_a_failure() {
        assert_eq!(unwatched(&rest(5, 5, 0)), None);
        assert!(unwatched(&rest(5, 4, 0)).unwrap().contains("only 4 of 5 folders"));
    }
}
