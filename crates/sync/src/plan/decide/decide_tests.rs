//! Pairs of what both sides know, and the steps that they lead to: tables and properties.

use proptest::prelude::*;

use super::*;
use crate::attributes::Extended;
use crate::entry::Modified;
use crate::local::{LocalFile, LocalWhat};
use crate::manifest::{FileRecord, RemoteFile, SpecialKind, Stored};
use crate::plan::Proof;
use crate::plan::samples::{attributes, local_file, local_folder, record, remote_file, remote_folder};
use crate::timestamp::Timestamp;

const FAITHFUL: Comparison = Comparison {
    direction: Direction::ToRemote,
    delete: true,
    faithful: true,
    store_precision: Duration::from_nanos(1),
    local_precision: Duration::from_nanos(1),
    keep: None,
};
const PLAIN: Comparison = Comparison { faithful: false, ..FAITHFUL };
const RESTORE: Comparison = Comparison { direction: Direction::FromRemote, ..FAITHFUL };
const PLAIN_RESTORE: Comparison = Comparison { faithful: false, ..RESTORE };

fn path(text: &str) -> RelativePath {
    RelativePath::parse(text).unwrap()
}

fn word(local: Option<LocalWhat>, remote: Option<RemoteWhat>, comparison: &Comparison) -> String {
    let pair = Pair::new(Some(path("a")), local, remote);
    match decide(pair, comparison) {
        Decision::Do(steps) => steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Decision::Tidy(_) => "tidy".to_owned(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn here(size: u64, modified: i64) -> Option<LocalWhat> {
    Some(LocalWhat::File(local_file(size, modified)))
}

fn changed(change: fn(&mut LocalFile)) -> Option<LocalWhat> {
    let mut file = local_file(1, 5);
    change(&mut file);
    Some(LocalWhat::File(file))
}

/// As the manifest describes it.
fn there(size: u64, modified: i64) -> Option<RemoteWhat> {
    Some(RemoteWhat::File(remote_file("a", size, Some(record(size, modified)))))
}

/// As the listing alone shows it.
fn listed(size: u64, modified: Modified) -> Option<RemoteWhat> {
    let mut file = remote_file("a", size, None);
    file.entry.modified = modified;
    Some(RemoteWhat::File(file))
}

/// Replaced by somebody else since the manifest was written.
fn replaced(modified: Modified) -> Option<RemoteWhat> {
    let mut file = RemoteFile { described: false, ..remote_file("a", 1, Some(record(1, 5))) };
    file.entry.modified = modified;
    Some(RemoteWhat::File(file))
}

fn at(nanoseconds: i64) -> Modified {
    Modified::At(Timestamp::from_nanoseconds(nanoseconds))
}

fn link(target: &str) -> LocalWhat {
    LocalWhat::SymbolicLink { target: target.into(), attributes: attributes(0o777, 7) }
}

fn remote_link(target: &str) -> Option<RemoteWhat> {
    Some(RemoteWhat::SymbolicLink { target: target.into(), attributes: attributes(0o777, 7) })
}

fn doomed() -> Option<RemoteWhat> {
    Some(RemoteWhat::Doomed(remote_file("a", 1, None).entry))
}

#[test]
fn the_manifest_knows_times_that_the_listing_does_not_tell() {
    for comparison in [&FAITHFUL, &RESTORE] {
        assert_eq!(word(here(1, 5), there(1, 5), comparison), "same");
        assert_eq!(word(here(1, 6), there(1, 5), comparison), "copy a (1 bytes, time-differs)");
        assert!(word(here(1, 5), there(2, 5), comparison).ends_with("bytes, size-differs)"));
        assert_eq!(word(here(1, 5), listed(1, Modified::Ask), comparison), "ask");
        assert_eq!(word(here(1, 5), replaced(Modified::Ask), comparison), "ask");
        assert_eq!(word(here(1, 5), replaced(at(6)), comparison), "copy a (1 bytes, time-differs)");
    }
}

#[test]
fn an_object_that_is_not_what_was_uploaded_is_uploaded_again() {
    let marked = |tag: Option<&str>| {
        let Some(RemoteWhat::File(mut file)) = replaced(at(5)) else { unreachable!() };
        file.entry.tag = tag.map(str::to_owned);
        Some(RemoteWhat::File(file))
    };
    assert_eq!(word(here(1, 5), marked(Some("2")), &FAITHFUL), "copy a (1 bytes, replaced)");
    assert_eq!(word(here(1, 5), marked(None), &FAITHFUL), "attributes a (new)");
    assert_eq!(word(here(1, 5), marked(Some("2")), &RESTORE), "same", "its bytes are the newer ones");
    assert_eq!(word(here(1, 6), marked(Some("2")), &FAITHFUL), "copy a (1 bytes, time-differs)");
}

#[test]
fn what_size_and_time_do_not_prove_is_read_and_then_known() {
    let judged = |proof, hash: Option<[u8; 32]>| {
        let record = FileRecord { hash, ..record(1, 5) };
        let remote = Some(RemoteWhat::File(remote_file("a", 1, Some(record))));
        let pair = Pair { proof, ..Pair::new(Some(path("a")), here(1, 5), remote) };
        match decide(pair, &FAITHFUL) {
            Decision::Do(steps) => steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            other => format!("{other:?}").to_lowercase(),
        }
    };
    let hash = Some([7; 32]);
    assert_eq!(judged(Proof::Times, hash), "same");
    assert_eq!(judged(Proof::Wanted, hash), "read");
    assert_eq!(judged(Proof::Changed, hash), "read");
    assert_eq!(judged(Proof::Doubtful, hash), "read");
    assert_eq!(judged(Proof::Read { same: true, settled: true }, hash), "same");
    assert_eq!(judged(Proof::Read { same: false, settled: true }, hash), "copy a (1 bytes, content-differs)");
    assert_eq!(judged(Proof::Wanted, None), "copy a (1 bytes, may-differ)");
    assert_eq!(judged(Proof::Changed, None), "copy a (1 bytes, may-differ)");
    assert_eq!(judged(Proof::Doubtful, None), "same");
}

#[test]
fn a_file_of_which_only_attributes_differ_is_not_copied() {
    let changes: [fn(&mut LocalFile); 4] = [
        |file| file.attributes.mode = 0o600,
        |file| file.attributes.owner = 9,
        |file| file.attributes.group = 9,
        |file| file.attributes.extended.push(Extended { name: b"user.a".to_vec(), value: Vec::new() }),
    ];
    for comparison in [&FAITHFUL, &RESTORE] {
        for change in changes {
            assert_eq!(word(changed(change), there(1, 5), comparison), "attributes a (differ)");
        }
    }
}

#[test]
fn what_the_manifest_does_not_know_it_learns() {
    assert_eq!(word(here(1, 5), listed(1, at(5)), &FAITHFUL), "attributes a (new)");
    assert_eq!(word(here(1, 5), replaced(at(5)), &FAITHFUL), "attributes a (new)");
    assert_eq!(word(Some(local_folder(0o755)), None, &FAITHFUL), "attributes a (new)");
    assert_eq!(word(Some(link("b")), None, &FAITHFUL), "attributes a (new)");
    assert_eq!(word(Some(LocalWhat::Special(SpecialKind::Fifo)), None, &FAITHFUL), "attributes a (new)");
}

#[test]
fn a_plain_mirror_holds_files_alone() {
    for local in [local_folder(0o755), link("b"), LocalWhat::Special(SpecialKind::Fifo)] {
        assert_eq!(word(Some(local.clone()), None, &PLAIN), "keep");
        assert_eq!(word(Some(local), None, &PLAIN_RESTORE), "keep");
    }
    assert_eq!(word(here(1, 5), listed(1, at(5)), &PLAIN), "same");
    assert_eq!(word(Some(link("b")), listed(1, at(5)), &PLAIN), "delete a (gone)");
}

#[test]
fn folders_and_links_that_are_the_same_are_left_alone() {
    for comparison in [&FAITHFUL, &RESTORE] {
        assert_eq!(word(Some(local_folder(0o755)), Some(remote_folder(0o755)), comparison), "same");
        assert_eq!(
            word(Some(local_folder(0o700)), Some(remote_folder(0o755)), comparison),
            "attributes a (differ)"
        );
        assert_eq!(word(Some(link("b")), remote_link("b"), comparison), "same");
        assert_eq!(word(Some(link("c")), remote_link("b"), comparison), "attributes a (differ)");
    }
}

#[test]
fn what_stands_in_the_way_goes_first() {
    assert_eq!(word(Some(link("b")), there(1, 5), &FAITHFUL), "delete a (in-the-way), attributes a (new)");
    let folder = || Some(local_folder(0o755));
    assert_eq!(word(folder(), there(1, 5), &RESTORE), "delete a (in-the-way), copy a (1 bytes, new)");
    assert_eq!(word(folder(), remote_link("b"), &RESTORE), "delete a (in-the-way), attributes a (new)");
    assert_eq!(
        word(here(1, 5), Some(remote_folder(0o755)), &RESTORE),
        "delete a (in-the-way), attributes a (new)"
    );
    assert_eq!(word(Some(link("b")), there(1, 5), &RESTORE), "copy a (1 bytes, new)");
}

#[test]
fn what_was_deleted_stays_deleted() {
    assert_eq!(word(None, doomed(), &FAITHFUL), "delete a (gone)");
    assert_eq!(word(None, Some(RemoteWhat::Finished), &FAITHFUL), "tidy");
    assert_eq!(word(None, doomed(), &RESTORE), "keep");
    assert_eq!(word(here(1, 5), doomed(), &RESTORE), "delete a (gone)");
    assert_eq!(word(here(1, 5), doomed(), &FAITHFUL), "copy a (1 bytes, new)");
}

#[test]
fn an_object_that_is_gone_is_no_file_whatever_the_manifest_says() {
    let lost = || Some(RemoteWhat::Lost(record(1, 5)));
    assert_eq!(word(here(1, 5), lost(), &FAITHFUL), "copy a (1 bytes, new)");
    assert_eq!(word(None, lost(), &FAITHFUL), "attributes a (gone)");
    assert_eq!(word(None, lost(), &RESTORE), "keep");
}

#[test]
fn names_of_one_file_stay_together_and_others_apart() {
    let tied = |first: &str| Some(Tie { first: path(first) });
    let remote = |first: &str| {
        let record = FileRecord { tie: tied(first), ..record(1, 5) };
        Some(RemoteWhat::File(remote_file("a", 1, Some(record))))
    };
    let local = |first: &str| Some(LocalWhat::File(LocalFile { tie: tied(first), ..local_file(1, 5) }));
    assert_eq!(word(local("b"), remote("b"), &RESTORE), "same");
    assert_eq!(word(here(1, 5), remote("b"), &RESTORE), "tie a (to b)");
    assert_eq!(word(None, remote("b"), &RESTORE), "tie a (to b)");
    assert_eq!(word(local("b"), there(1, 5), &RESTORE), "copy a (1 bytes, tied)");
    assert_eq!(word(here(1, 5), remote("a"), &RESTORE), "same", "it is the first name itself");
    assert_eq!(word(local("b"), there(1, 5), &FAITHFUL), "attributes a (differ)");
}

#[test]
fn what_cannot_be_made_here_is_a_loss() {
    let fifo = || Some(RemoteWhat::Special(SpecialKind::Fifo));
    assert_eq!(word(None, fifo(), &RESTORE), "lost(special)");
    assert_eq!(word(Some(LocalWhat::Special(SpecialKind::Fifo)), fifo(), &RESTORE), "same");
}

fn any_local() -> impl Strategy<Value = Option<LocalWhat>> {
    prop::option::of(prop_oneof![
        (0_u64..3, 0_i64..3).prop_map(|(size, modified)| LocalWhat::File(local_file(size, modified))),
        Just(local_folder(0o755)),
        Just(link("b")),
        Just(LocalWhat::Special(SpecialKind::Socket)),
    ])
}

fn any_remote() -> impl Strategy<Value = Option<RemoteWhat>> {
    let modified = prop_oneof![(0_i64..3).prop_map(at), Just(Modified::Ask), Just(Modified::Unknown)];
    prop_oneof![
        Just(None),
        (0_u64..3, 0_i64..3).prop_map(|(size, modified)| there(size, modified)),
        (0_u64..3, modified.clone()).prop_map(|(size, modified)| listed(size, modified)),
        modified.prop_map(replaced),
        Just(Some(remote_folder(0o755))),
        Just(remote_link("b")),
        Just(Some(RemoteWhat::Special(SpecialKind::Fifo))),
        Just(doomed()),
        Just(Some(RemoteWhat::Finished)),
        Just(Some(RemoteWhat::Lost(record(1, 1)))),
    ]
}

proptest! {
    #[test]
    fn never_deletes_what_the_truth_has_or_may_have(
        local in any_local(), remote in any_remote(), (conflict, unknown, untold) in any::<(bool, bool, bool)>(),
        (delete, faithful, restore) in any::<(bool, bool, bool)>(),
    ) {
        let direction = if restore { Direction::FromRemote } else { Direction::ToRemote };
        let comparison = Comparison { direction, delete, faithful, ..FAITHFUL };
        let truth_has_file = match direction {
            Direction::ToRemote => matches!(local, Some(LocalWhat::File(_))),
            Direction::FromRemote => matches!(remote, Some(RemoteWhat::File(_))),
        };
        let local_is_folder = matches!(local, Some(LocalWhat::Folder(_)));
        let may_have = match direction {
            Direction::ToRemote => (unknown || untold) && local.is_none(),
            Direction::FromRemote => untold && !truth_has_file,
        };
        let pair = Pair { conflict, unknown, untold, ..Pair::new(Some(path("a")), local, remote) };
        let decision = decide(pair, &comparison);
        let Decision::Do(steps) = decision else { return Ok(()) };
        for step in steps {
            match step {
                Step::Delete { .. } => {
                    prop_assert!(delete && !may_have);
                    prop_assert!(!truth_has_file || restore && local_is_folder, "only a folder gives way to a file");
                }
                Step::Attributes { reason, .. } if may_have => prop_assert_ne!(reason.word(), "gone"),
                _ => {}
            }
        }
    }

    #[test]
    fn the_root_is_never_deleted(local in any_local(), remote in any_remote(), restore in any::<bool>()) {
        let direction = if restore { Direction::FromRemote } else { Direction::ToRemote };
        let pair = Pair::new(None, local, remote);
        if let Decision::Do(steps) = decide(pair, &Comparison { direction, ..FAITHFUL }) {
            let deletes = steps.iter().any(|step| matches!(step, Step::Delete { .. }));
            prop_assert!(!deletes);
        }
    }
}

#[test]
fn a_record_of_an_object_that_we_did_not_write_has_no_hash() {
    let pair = Pair::new(Some(path("a")), here(1, 5), listed(1, at(5)));
    let Decision::Do(steps) = decide(pair, &FAITHFUL) else { panic!() };
    let [Step::Attributes { record, .. }] = steps.as_slice() else { panic!() };
    let crate::manifest::What::File(file) = &record.what else { panic!() };
    assert_eq!(file.hash, None);
    assert_eq!(file.stored, Stored { tag: Some("1".to_owned()), modified: at(5), nonce: None });
}
