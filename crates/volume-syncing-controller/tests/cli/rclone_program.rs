//! The rclone that other kinds of storage need: missing or too old is said with what to do.

use podfs_testkit::servers::RcloneServer;
use podfs_testkit::tools::OLD_RCLONE;
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails};
use crate::program::run;

fn sftp() -> (Place, RcloneServer, tempfile::TempDir) {
    let store = tempfile::tempdir().unwrap();
    let server = RcloneServer::sftp(store.path()).unwrap();
    (Place::new(server.params().unwrap(), "/tree"), server, store)
}

#[test]
fn a_missing_rclone_is_told_with_how_to_get_one() {
    let (place, _server, store) = sftp();
    for path in ["/nonexistent", "no-such-program"] {
        let done = run(place.up(&[]).env("PODFS_RCLONE", path));
        assert_fails(&done, 2, &[path, "not there", "rclone.org/downloads", "or newer"]);
    }
    assert!(store.path().read_dir().unwrap().next().is_none());
}

#[test]
fn an_rclone_that_is_too_old_is_told_with_its_version() {
    let (place, _server, store) = sftp();
    let old = OLD_RCLONE.path().unwrap();
    let done = run(place.up(&[]).env("PODFS_RCLONE", &old));
    assert_fails(&done, 2, &["1.65.2", "or newer", "rclone.org/downloads"]);
    assert!(store.path().read_dir().unwrap().next().is_none());
}

#[test]
fn what_needs_no_rclone_asks_for_none() {
    let place = Place::s3("auto");
    assert_done(&run(place.up(&[]).env("PODFS_RCLONE", "/nonexistent")));
    assert_done(&run(place.down("back", &[]).env("PODFS_RCLONE", "/nonexistent")));
}

#[test]
fn a_key_that_only_rclone_knows_leads_through_rclone_and_v_says_so() {
    let mut place = Place::s3("auto");
    place.set("leave_parts_on_error", "true");
    let done = run(&mut place.up(&["-v"]));
    assert_done(&done);
    assert!(
        done.stderr.contains("rclone") && done.stderr.contains("leave_parts_on_error"),
        "{}",
        done.stderr
    );
    assert_fails(&run(place.up(&[]).env("PODFS_ENGINE", "native")), 2, &["PODFS_ENGINE=native"]);
}

#[rstest]
#[case::sftp(RcloneServer::sftp)]
#[case::webdav(RcloneServer::webdav)]
#[case::ftp(RcloneServer::ftp)]
fn other_kinds_of_storage_go_there_and_back(
    #[case] start: fn(&std::path::Path) -> anyhow::Result<RcloneServer>,
) {
    let store = tempfile::tempdir().unwrap();
    let server = start(store.path()).unwrap();
    let place = Place::new(server.params().unwrap(), "/deep/tree");
    podfs_testkit::tree::plain_tree(&place.world.path("data")).unwrap();
    assert_done(&run(&mut place.up(&[])));
    assert_done(&run(&mut place.down("back", &[])));
    let [data, back] =
        ["data", "back"].map(|name| podfs_testkit::tree::snapshot(&place.world.path(name)).unwrap());
    podfs_testkit::tree::assert_same(&data, &back, podfs_testkit::tree::Compare::CONTENT).unwrap();
}
