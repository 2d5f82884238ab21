//! Lines as the kernel writes them, and any others.

use proptest::prelude::*;

use super::*;

fn one(line: &str) -> Entry {
    let table = MountTable::parse(line.as_bytes());
    assert_eq!((table.entries.len(), table.unread), (1, 0), "{line}");
    table.entries.into_iter().next().unwrap()
}

#[test]
fn a_line_of_the_kernel_is_read() {
    let line = "610 41 0:53 /pods/a /srv/to/x ro,nosuid,nodev,relatime shared:7 master:5 - tmpfs tmpfs rw";
    let expected = Entry {
        id: 610,
        parent: 41,
        device: (0, 53),
        root: b"/pods/a".to_vec(),
        deleted: false,
        path: b"/srv/to/x".to_vec(),
        read_only: true,
        no_suid: true,
        no_dev: true,
        shared: Some(7),
        master: Some(5),
        unbindable: false,
    };
    assert_eq!(one(line), expected);
}

#[test]
fn the_options_of_the_file_system_are_not_those_of_the_mount() {
    assert!(!one("1 0 0:1 / / rw - tmpfs tmpfs ro,nosuid").read_only);
}

#[test]
fn optional_fields_may_be_none_many_or_unknown() {
    assert_eq!(one("1 0 0:1 / / rw - tmpfs tmpfs rw").shared, None);
    assert_eq!(one("1 0 0:1 / / rw unbindable new:9 master:3 propagate_from:2 - t t rw").master, Some(3));
}

#[test]
fn a_removed_directory_is_known() {
    let entry = one(r"1 0 0:1 /pods/a\040b//deleted /x rw - t t rw");
    assert_eq!((entry.root.as_slice(), entry.deleted), (b"/pods/a b".as_slice(), true));
    // A file of that name is something else.
    assert!(!one("1 0 0:1 /pods/deleted /x rw - t t rw").deleted);
}

#[test]
fn escapes_are_undone_once() {
    assert_eq!(one(r"1 0 0:1 / /a\040b\011c\012d\134e rw - t t rw").path, b"/a b\tc\nd\\e");
    assert_eq!(one(r"1 0 0:1 / /\134040 rw - t t rw").path, br"/\040");
    assert_eq!(one(r"1 0 0:1 / /\9\777\04 rw - t t rw").path, br"/\9\777\04");
}

#[test]
fn paths_need_not_be_text() {
    let table = MountTable::parse(b"1 0 0:1 /\xff /\xfe\x80 rw - t t rw\n");
    assert_eq!(table.entries.first().map(|entry| entry.path.clone()), Some(b"/\xfe\x80".to_vec()));
}

#[test]
fn a_line_that_ends_too_early_is_counted_and_the_others_are_read() {
    let table = MountTable::parse(b"1 0 0:1 / / rw\n\n2 0 0:1 / / rw - t t rw\nx\n");
    assert_eq!((table.entries.len(), table.unread), (1, 2));
}

#[test]
fn the_table_of_this_machine_is_read_whole() {
    let table = MountTable::parse(&std::fs::read("/proc/thread-self/mountinfo").unwrap());
    assert!(!table.entries.is_empty());
    assert_eq!(table.unread, 0);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_counted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
        let table = MountTable::parse(&bytes);
        prop_assert_eq!(table.entries.len() + table.unread, lines);
    }

    #[test]
    fn almost_a_line_is_read_or_counted(line in "[0-9]{1,21} [0-9]{1,2} [0-9]:[0-9] /[\\\\0-9a/]{0,8}(//deleted)? /[\\\\0-9a ]{0,8} r[ow]( shared:[0-9x]{1,21}){0,2}( -)?") {
        let table = MountTable::parse(line.as_bytes());
        prop_assert_eq!(table.entries.len() + table.unread, 1);
    }

    #[test]
    fn what_the_kernel_escapes_comes_back(path in prop::collection::vec(any::<u8>(), 1..40)) {
        let written: Vec<u8> = path.iter().flat_map(|byte| match byte {
            b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
            other => vec![*other],
        }).collect();
        let line = [b"1 0 0:1 / ".as_slice(), &written, b" rw - t t rw"].concat();
        let table = MountTable::parse(&line);
        prop_assert_eq!(table.entries.first().map(|entry| &entry.path), Some(&path));
    }
}
