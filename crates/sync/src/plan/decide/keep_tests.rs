//! What becomes of local changes in a restore: tables of all combinations, and properties.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::attributes::Attributes;
use crate::local::LocalFile;
use crate::manifest::{RemoteFile, Stored};
use crate::plan::samples;
use crate::settings::Direction;

const TERMS: Terms = Terms {
    missing_is_deleted: true,
    ours: false,
    disturbed: false,
    broken: false,
    mixed: false,
    lost: Lost {
        owner: false,
        mode: false,
        time: false,
        acl: false,
        extended: false,
        links: false,
        ties: false,
    },
};

/// One state of a path: what it is, its version, its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    File(u8, u32),
    Folder(u32),
    Link(u8),
}

use State::{File, Folder, Link};

fn path() -> RelativePath {
    RelativePath::parse("a").unwrap()
}

/// Versions of a file have one size and times of their own.
fn attributes(mode: u32, version: u8) -> Attributes {
    samples::attributes(mode, version.into())
}

fn here(state: State) -> LocalWhat {
    match state {
        File(version, mode) => {
            LocalWhat::File(LocalFile { size: 1, attributes: attributes(mode, version), tie: None })
        }
        Folder(mode) => LocalWhat::Folder(attributes(mode, 7)),
        Link(version) => {
            LocalWhat::SymbolicLink { target: vec![b'a' + version], attributes: attributes(0o777, version) }
        }
    }
}

fn record(version: u8, mode: u32) -> FileRecord {
    let stored = Stored { tag: Some(version.to_string()), ..samples::record(1, 0).stored };
    FileRecord { attributes: attributes(mode, version), stored, ..samples::record(1, 0) }
}

fn was(state: State) -> What {
    match here(state) {
        LocalWhat::Folder(attributes) => What::Folder(attributes),
        LocalWhat::SymbolicLink { target, attributes } => What::SymbolicLink { target, attributes },
        _ => match state {
            File(version, mode) => What::File(record(version, mode)),
            _ => unreachable!(),
        },
    }
}

fn there(state: State) -> RemoteWhat {
    match was(state) {
        What::Folder(attributes) => RemoteWhat::Folder(attributes),
        What::SymbolicLink { target, attributes } => RemoteWhat::SymbolicLink { target, attributes },
        What::File(record) => {
            let mut file = samples::remote_file("a", 1, Some(record.clone()));
            file.entry.tag.clone_from(&record.stored.tag);
            RemoteWhat::File(file)
        }
        _ => unreachable!(),
    }
}

fn comparison(terms: Option<Terms>) -> Comparison {
    let nanosecond = Duration::from_nanos(1);
    Comparison {
        direction: Direction::FromRemote,
        delete: true,
        faithful: true,
        store_precision: nanosecond,
        local_precision: nanosecond,
        keep: terms,
    }
}

fn pair(local: Option<State>, base: Option<Option<State>>, remote: Option<State>) -> Pair {
    Pair {
        path: Some(path()),
        local: local.map(here),
        remote: remote.map(there),
        past: base.map(|base| {
            Box::new(Past { base: base.map(was), later: Vec::new(), brought: None, brought_beneath: false })
        }),
        ..Pair::default()
    }
}

fn word(pair: Pair, terms: Terms) -> String {
    match super::super::decide(pair, &comparison(Some(terms))) {
        Decision::Do(steps) => steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Decision::Conflict(_) => "conflict".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

const OLD: Option<State> = Some(File(1, 0o644));
const MINE: Option<State> = Some(File(2, 0o644));
const THEIRS: Option<State> = Some(File(3, 0o644));

#[test]
fn each_side_that_changed_alone_wins_and_two_are_a_conflict() {
    for (local, base, remote, expected) in [
        (OLD, OLD, OLD, "same"),
        (OLD, OLD, THEIRS, "copy a (1 bytes, time-differs)"),
        (OLD, OLD, None, "delete a (gone)"),
        (None, None, THEIRS, "copy a (1 bytes, new)"),
        (MINE, OLD, OLD, "kept"),
        (MINE, None, None, "kept"),
        (None, OLD, OLD, "kept"),
        (None, OLD, None, "keep"),
        (MINE, OLD, MINE, "same"),
        (MINE, OLD, THEIRS, "conflict"),
        (MINE, OLD, None, "conflict"),
        (None, OLD, THEIRS, "conflict"),
        (MINE, None, THEIRS, "conflict"),
        (Some(File(1, 0o600)), OLD, OLD, "kept"),
        (OLD, OLD, Some(File(1, 0o600)), "attributes a (differ)"),
        (Some(File(1, 0o600)), OLD, THEIRS, "conflict"),
        (Some(Folder(0o755)), OLD, OLD, "kept"),
        (Some(Folder(0o755)), OLD, THEIRS, "conflict"),
        (Some(Folder(0o700)), Some(Folder(0o755)), Some(Folder(0o755)), "kept"),
        (Some(Folder(0o755)), Some(Folder(0o755)), Some(Folder(0o700)), "attributes a (differ)"),
        (Some(Folder(0o700)), Some(Folder(0o755)), Some(Folder(0o711)), "conflict"),
        (Some(Link(2)), Some(Link(1)), Some(Link(1)), "kept"),
        (Some(Link(1)), Some(Link(1)), Some(Link(2)), "attributes a (differ)"),
    ] {
        assert_eq!(word(pair(local, Some(base), remote), TERMS), expected, "{local:?} {base:?} {remote:?}");
    }
}

#[test]
fn without_a_base_nothing_that_differs_is_taken_for_unchanged() {
    for (local, remote, expected) in [
        (None, THEIRS, "copy a (1 bytes, new)"),
        (MINE, None, "kept"),
        (MINE, MINE, "same"),
        (MINE, THEIRS, "conflict"),
    ] {
        assert_eq!(word(pair(local, None, remote), TERMS), expected, "{local:?} {remote:?}");
    }
}

#[test]
fn what_may_have_been_left_out_is_not_deleted() {
    let terms = Terms { missing_is_deleted: false, ..TERMS };
    assert_eq!(word(pair(None, Some(OLD), OLD), terms), "copy a (1 bytes, new)");
}

#[test]
fn what_a_broken_restore_brought_is_no_local_change() {
    let mut moved_on = pair(MINE, Some(OLD), THEIRS);
    moved_on.past.as_mut().unwrap().later = vec![was(File(2, 0o644))];
    assert_eq!(word(moved_on.clone(), TERMS), "copy a (1 bytes, time-differs)");
    moved_on.remote = None;
    assert_eq!(word(moved_on, TERMS), "delete a (gone)");
    // The mode of a file that the broken restore had no reason to touch.
    let mut changed = pair(Some(File(1, 0o600)), Some(OLD), OLD);
    changed.past.as_mut().unwrap().later = vec![was(File(1, 0o644))];
    assert_eq!(word(changed, TERMS), "kept");
}

/// A file of the remote that no record describes, of this version.
fn undescribed(version: u8) -> RemoteWhat {
    let RemoteWhat::File(mut file) = there(File(version, 0o644)) else { unreachable!() };
    file.entry.modified = Modified::At(attributes(0, version).modified);
    RemoteWhat::File(RemoteFile { record: None, described: false, ..file })
}

#[test]
fn what_no_record_describes_is_known_by_the_note_of_the_restore_that_brought_it() {
    for (local, remote, expected) in [
        (1, Some(1), "same"),
        (1, Some(3), "copy a (1 bytes, time-differs)"),
        (1, None, "delete a (gone)"),
        (2, Some(1), "kept"),
        (2, Some(3), "conflict"),
        (2, None, "conflict"),
    ] {
        for base in [None, Some(File(7, 0o644))] {
            let mut pair = pair(Some(File(local, 0o644)), Some(base), None);
            pair.remote = remote.map(undescribed);
            pair.past.as_mut().unwrap().brought = Some(record(1, 0));
            let expected = if base.is_none() && (local, remote) == (2, None) { "kept" } else { expected };
            assert_eq!(word(pair, Terms { mixed: true, ..TERMS }), expected, "{local} {base:?} {remote:?}");
        }
    }
}

/// What stands in the way of something of another kind is deleted before that comes.
#[test]
fn what_a_broken_restore_took_away_is_no_local_change() {
    let broken = Terms { broken: true, ..TERMS };
    for (remote, then, otherwise) in [
        (THEIRS, "copy a (1 bytes, new)", "conflict"),
        (Some(Folder(0o755)), "attributes a (new)", "conflict"),
        (OLD, "kept", "kept"),
        (None, "keep", "keep"),
    ] {
        assert_eq!(word(pair(None, Some(OLD), remote), broken), then, "{remote:?}");
        assert_eq!(word(pair(None, Some(OLD), remote), TERMS), otherwise, "{remote:?}");
    }
}

#[test]
fn a_file_that_came_before_its_record_gets_its_attributes() {
    let theirs = Some(File(3, 0o600));
    let mixed = Terms { mixed: true, ..TERMS };
    for base in [Some(OLD), Some(None), None] {
        let came = pair(THEIRS, base, theirs);
        assert_eq!(word(came.clone(), TERMS), "conflict", "{base:?}");
        assert_eq!(word(came, mixed), "attributes a (differ)", "{base:?}");
    }
    assert_eq!(word(pair(Some(File(1, 0o600)), Some(OLD), OLD), mixed), "kept", "its record was there");
    assert_eq!(word(pair(MINE, None, THEIRS), mixed), "conflict");
}

#[test]
fn what_this_volumes_own_sync_left_half_done_is_no_conflict() {
    let ours = Terms { ours: true, ..TERMS };
    let mut half = pair(MINE, Some(OLD), THEIRS);
    let Some(RemoteWhat::File(file)) = &mut half.remote else { unreachable!() };
    (file.described, file.record) = (false, Some(record(1, 0o644)));
    file.entry.modified = crate::entry::Modified::At(attributes(0, 3).modified);
    assert_eq!(word(half.clone(), ours), "kept");
    assert_eq!(word(half, TERMS), "conflict");
}

#[test]
fn what_could_not_be_given_back_is_no_local_change() {
    let changed = |change: fn(&mut Attributes)| {
        let mut pair = pair(OLD, Some(OLD), THEIRS);
        let Some(LocalWhat::File(file)) = &mut pair.local else { unreachable!() };
        change(&mut file.attributes);
        pair
    };
    let acl = |attributes: &mut Attributes| {
        attributes.extended.push(Extended { name: b"system.posix_acl_access".to_vec(), value: Vec::new() });
    };
    let owner = |attributes: &mut Attributes| attributes.owner = 9;
    let taken = "copy a (1 bytes, time-differs)";
    assert_eq!(word(changed(owner), TERMS), "conflict");
    assert_eq!(word(changed(owner), Terms { lost: Lost { owner: true, ..TERMS.lost }, ..TERMS }), taken);
    assert_eq!(
        word(changed(acl), Terms { lost: Lost { extended: true, ..TERMS.lost }, ..TERMS }),
        "conflict"
    );
    assert_eq!(word(changed(acl), Terms { lost: Lost { acl: true, ..TERMS.lost }, ..TERMS }), taken);
    let no_links = Terms { lost: Lost { links: true, ..TERMS.lost }, ..TERMS };
    let link = Some(Link(1));
    assert_eq!(word(pair(None, Some(link), link), no_links), "attributes a (new)", "it is tried again");
}

fn with_time(state: Option<State>, time: u8) -> Option<Attributes> {
    let Some(Folder(mode)) = state else { return None };
    Some(attributes(mode, time))
}

#[test]
fn the_time_of_a_folder_is_nobodys_change() {
    let in_the_end = |here: u8, base: u8, there: u8, terms: Terms| {
        let mut pair = pair(Some(Folder(0o755)), Some(Some(Folder(0o755))), Some(Folder(0o755)));
        pair.local = with_time(Some(Folder(0o755)), here).map(LocalWhat::Folder);
        pair.past.as_mut().unwrap().base = with_time(Some(Folder(0o755)), base).map(What::Folder);
        pair.remote = with_time(Some(Folder(0o755)), there).map(RemoteWhat::Folder);
        let comparison = comparison(Some(terms));
        let wanted = super::super::folder_in_the_end(&pair, &comparison).unwrap();
        (wanted.modified.nanoseconds(), word(pair, terms))
    };
    assert_eq!(in_the_end(1, 1, 2, TERMS), (2, "attributes a (differ)".to_owned()));
    assert_eq!(in_the_end(3, 1, 2, TERMS), (3, "same".to_owned()), "something was changed inside");
    assert_eq!(in_the_end(3, 1, 1, TERMS), (3, "same".to_owned()));
    let disturbed = Terms { disturbed: true, ..TERMS };
    assert_eq!(in_the_end(3, 1, 2, disturbed), (2, "attributes a (differ)".to_owned()));
}

#[test]
fn a_folder_that_was_deleted_here_is_not_made_again() {
    let folder = Some(Folder(0o755));
    let deleted = pair(None, Some(folder), folder);
    assert_eq!(super::super::folder_in_the_end(&deleted, &comparison(Some(TERMS))), None);
    assert_eq!(word(deleted, TERMS), "kept");
}

#[test]
fn a_store_is_asked_before_its_object_counts_as_changed() {
    let mut pair = pair(None, Some(OLD), OLD);
    let Some(RemoteWhat::File(file)) = &mut pair.remote else { unreachable!() };
    let asks = RemoteFile { described: false, ..file.clone() };
    *file = RemoteFile { entry: crate::entry::Entry { tag: None, ..asks.entry.clone() }, ..asks };
    assert_eq!(word(pair, TERMS), "ask");
}

fn any_state() -> impl Strategy<Value = Option<State>> {
    let mode = || prop_oneof![Just(0o644_u32), Just(0o600)];
    prop::option::of(prop_oneof![
        (0_u8..3, mode()).prop_map(|(version, mode)| File(version, mode)),
        mode().prop_map(Folder),
        (0_u8..2).prop_map(Link),
    ])
}

fn decided(pair: Pair, keep: Option<Terms>) -> Decision {
    super::super::decide(pair, &comparison(keep))
}

proptest! {
    #[test]
    fn never_takes_away_or_overwrites_what_is_a_local_change(
        local in any_state(), base in prop::option::of(any_state()), remote in any_state(), ours in any::<bool>(),
        missing_is_deleted in any::<bool>(), disturbed in any::<bool>(), broken in any::<bool>(),
    ) {
        let terms = Terms { missing_is_deleted, ours, disturbed, broken, ..TERMS };
        let changed = local.is_some() && base != Some(local);
        // Where the remote has something new, a broken restore may have taken the old away.
        let by_restore = broken && remote.is_some() && remote != base.flatten();
        let deleted = local.is_none() && missing_is_deleted && base.flatten().is_some() && !by_restore;
        prop_assume!(changed || deleted);
        let done = matches!(decided(pair(local, base, remote), Some(terms)), Decision::Do(_));
        prop_assert!(!done, "{:?} {:?} {:?}", local, base, remote);
    }

    #[test]
    fn never_deletes_unless_base_and_local_agree(
        local in any_state(), base in prop::option::of(any_state()), remote in any_state(), ours in any::<bool>(),
    ) {
        let Decision::Do(steps) = decided(pair(local, base, remote), Some(Terms { ours, ..TERMS })) else { return Ok(()) };
        let deletes = steps.iter().any(|step| matches!(step, Step::Delete { .. }));
        prop_assert!(!deletes || base == Some(local));
    }

    #[test]
    fn where_nothing_was_changed_here_the_remotes_is_taken(local in any_state(), remote in any_state(), ours in any::<bool>()) {
        let unchanged = pair(local, Some(local), remote);
        prop_assume!(local.is_some() || remote.is_none());
        prop_assert_eq!(decided(unchanged.clone(), Some(Terms { ours, ..TERMS })), decided(unchanged, None));
    }

    #[test]
    fn a_conflict_needs_a_change_on_both_sides(local in any_state(), base in any_state(), remote in any_state()) {
        if matches!(decided(pair(local, Some(base), remote), Some(TERMS)), Decision::Conflict(_)) {
            prop_assert!(local != base && remote != base && local != remote);
        }
    }
}
