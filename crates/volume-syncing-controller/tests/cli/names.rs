//! Names that are easy to get wrong, to a real S3 server and back.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use podfs_testkit::tree::{Compare, assert_same, make_file, odd_names, snapshot};
use rstest::rstest;

use crate::place::{Place, assert_done};
use crate::program::run;

#[rstest]
fn odd_names_go_there_and_come_back(#[values("native", "rclone")] engine: &'static str) {
    let mut place = Place::s3(engine);
    // As rclone lists this provider's buckets by default, names that XML cannot hold get lost.
    place.set("list_url_encode", "true");
    let data = place.world.path("data");
    // This server takes a backslash for a slash, whoever sends it.
    let names = odd_names().into_iter().filter(|name| !name.contains(&b'\\'));
    for (number, name) in (1_600_000_000_123_456_789_u64..).zip(names) {
        make_file(&data, &name, &name, number).unwrap();
        let below = [b"folder/", &name[..], b"/", &name[..]].concat();
        make_file(&data, &below, b"below", number).unwrap();
    }
    assert_done(&run(&mut place.up(&[])));
    assert_done(&run(&mut place.down("back", &[])));
    let back = snapshot(&place.world.path("back")).unwrap();
    assert_same(&snapshot(&data).unwrap(), &back, Compare::MIRROR).unwrap();
    let again = run(&mut place.up(&[]));
    assert!(again.stdout.starts_with("copied 0 files (0 B), deleted 0"), "{}", again.stdout);
    let again = run(&mut place.down("back", &[]));
    assert!(again.stdout.starts_with("copied 0 files (0 B), deleted 0"), "{}", again.stdout);
}

/// A file so deep that its whole path cannot be given to the system at once, but S3's 1,024 bytes are the limit here.
fn deep_file(place: &Place, levels: usize) -> String {
    let path = format!("{}/file", vec!["d".repeat(200); levels].join("/"));
    let at = place.world.path("data").join(&path);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::write(at, "deep").unwrap();
    path
}

#[rstest]
fn a_path_that_is_too_long_for_a_store_is_reported_and_the_rest_is_synced(
    #[values("native", "rclone")] engine: &'static str,
) {
    let place = Place::s3(engine);
    let long = deep_file(&place, 6);
    let fits = deep_file(&place, 4);
    assert!(long.len() > 1024 && fits.len() < 1000);
    let done = run(&mut place.up(&[]));
    assert_eq!(done.code, Some(3), "{}{}", done.stdout, done.stderr);
    assert!(done.stdout.contains("copied 2 files"), "{}", done.stdout);
    assert!(done.stdout.contains(", unsupported names 1;"), "{}", done.stdout);
    assert!(done.stdout.contains(&long[..50]), "{}", done.stdout);
    let objects = place.objects();
    assert_eq!(objects.keys().collect::<Vec<_>>(), [&fits, "file"]);
    let head = place.object(".podfs/head").unwrap();
    assert!(String::from_utf8(head).unwrap().contains("flushed"));

    fs::remove_file(place.world.path("data/file")).unwrap();
    let done = run(&mut place.up(&["--output", "json"]));
    let value: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let result = &value["result"];
    assert_eq!((done.code, &value["exit"], &result["unsupported_names"]), (Some(3), &3.into(), &1.into()));
    assert_eq!((&result["failed"], &result["deleted"]), (&0.into(), &1.into()), "{value}");
    assert_eq!(result["failures"][0]["kind"], "unsupported-name", "{value}");
}

#[test]
fn names_are_never_taken_for_flags_or_lines_of_a_list() {
    let place = Place::s3("rclone");
    let data = place.world.path("data");
    for name in [&b"--dry-run"[..], b"# comment", b"; also", b"a\nb", b"{x}", b"\xff"] {
        fs::write(data.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    assert_done(&run(&mut place.up(&[])));
    fs::remove_file(data.join("a\nb")).unwrap();
    fs::write(data.join("a"), "a").unwrap();
    let done = run(&mut place.up(&[]));
    assert!(done.stdout.starts_with("copied 1 file (1 B), deleted 1,"), "{}", done.stdout);
    assert_done(&run(&mut place.down("back", &[])));
    let same = Command::new("diff").arg("-r").args([data, place.world.path("back")]).status().unwrap();
    assert!(same.success());
}
