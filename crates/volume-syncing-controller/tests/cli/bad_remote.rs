//! Remotes that cannot be used: one clear line, the same exit code by both ways, and nothing changed.

use std::fs;
use std::net::TcpListener;

use podfs_testkit::servers::{Params, RcloneServer, obscure};
use podfs_testkit::tree::{Compare, assert_same, snapshot};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails, bucket_exists, run_bounded};
use crate::program::{World, run};

fn params(pairs: &[(&str, &str)]) -> Params {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs both directions; each must fail with `code`, say `parts` and leave the data as it was.
fn neither_direction_works(place: &Place, code: i32, parts: &[&str]) {
    let before = snapshot(&place.world.path("data")).unwrap();
    let timeout = ["--timeout", "1"];
    assert_fails(&run_bounded(&mut place.up(&timeout)), code, parts);
    assert_fails(&run_bounded(&mut place.down("back", &timeout)), code, parts);
    assert_same(&before, &snapshot(&place.world.path("data")).unwrap(), Compare::ALL).unwrap();
    assert!(!place.world.path("back").exists(), "a failed restore made its target");
}

#[test]
fn an_unknown_kind_of_storage_is_named() {
    neither_direction_works(&Place::new(params(&[("type", "nosuch")]), "x"), 2, &["nosuch"]);
}

#[test]
fn a_kind_of_storage_that_is_not_said_names_the_variable() {
    neither_direction_works(&Place::new(Params::new(), "x"), 2, &["REMOTE_TYPE", "-p type="]);
}

#[rstest]
#[case("[remote]\ntype = s3\nthis is no key\n", 3)]
#[case("[remote\ntype = s3\n", 1)]
#[case("# mine\ntype = s3\n", 2)]
fn a_configuration_that_does_not_parse_is_told_with_file_and_line(#[case] text: &str, #[case] line: usize) {
    let world = World::new();
    fs::write(world.path("own.conf"), text).unwrap();
    let arguments = ["-s", "data", "--no-template", "-c", "own.conf"];
    assert_fails(&run(&mut world.bare_sync(&arguments)), 2, &["own.conf", &format!("line {line}")]);
    assert_eq!(fs::read_to_string(world.path("own.conf")).unwrap(), text);
}

#[test]
fn a_configuration_without_our_section_is_told() {
    let world = World::new();
    fs::write(world.path("own.conf"), "[other]\ntype = local\n").unwrap();
    let arguments = ["-s", "data", "--no-template", "-c", "own.conf"];
    assert_fails(&run(&mut world.bare_sync(&arguments)), 2, &["own.conf", "[remote]", "--no-template"]);
}

#[test]
fn a_configuration_that_is_not_there_is_told() {
    let world = World::new();
    let arguments = ["-s", "data", "--no-template", "-c", "own.conf"];
    assert_fails(&run(&mut world.bare_sync(&arguments)), 2, &["own.conf", "-c"]);
}

#[rstest]
fn wrong_credentials_are_told(#[values("native", "rclone")] engine: &'static str) {
    let mut place = Place::s3(engine);
    assert_done(&run(&mut place.up(&[])));
    let before = place.objects();
    fs::write(place.world.path("data/new"), "new").unwrap();
    place.set("secret_access_key", "not-the-secret");
    neither_direction_works(&place, 5, &["denied", "credentials"]);
    assert_eq!(place.objects(), before);
}

#[rstest]
fn an_s3_endpoint_that_is_not_there_is_told_soon(#[values("native", "rclone")] engine: &'static str) {
    let mut place = Place::s3(engine);
    place.set("endpoint", &format!("http://127.0.0.1:{}", closed_port()));
    neither_direction_works(&place, 5, &["check the endpoint"]);
}

#[test]
fn a_server_of_another_kind_that_is_not_there_is_told_soon() {
    let port = closed_port().to_string();
    let pass = obscure("password").unwrap();
    let keys = [("type", "sftp"), ("host", "127.0.0.1"), ("port", &port), ("user", "u"), ("pass", &pass)];
    neither_direction_works(&Place::new(params(&keys), "x"), 5, &["check the endpoint"]);
}

/// rclone itself lists what is left of a union, and a restore would delete the rest.
#[test]
fn a_restore_from_half_a_union_deletes_nothing() {
    let [near, far] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    fs::write(near.path().join("near"), "near").unwrap();
    fs::write(far.path().join("far"), "far").unwrap();
    let mut server = RcloneServer::webdav(far.path()).unwrap();
    let place = Place::new(Params::new(), "/");
    let keys = server.params().unwrap();
    let served: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    let union =
        format!("[remote]\ntype = union\nupstreams = {} served:\n[served]\n{served}", near.path().display());
    fs::write(place.world.path("own.conf"), union).unwrap();
    let restore =
        || run_bounded(&mut place.down("back", &["--no-template", "-c", "own.conf", "--timeout", "1"]));
    assert_done(&restore());
    let whole = snapshot(&place.world.path("back")).unwrap();
    assert_eq!(whole.len(), 2);
    server.process().kill().unwrap();
    assert_fails(&restore(), 5, &["served:", "an upstream of remote:"]);
    assert_same(&whole, &snapshot(&place.world.path("back")).unwrap(), Compare::ALL).unwrap();
}

#[rstest]
fn a_restore_from_a_bucket_that_is_not_there_is_told(#[values("native", "rclone")] engine: &'static str) {
    let mut place = Place::s3(engine);
    place.path = "no-such-bucket/tree".to_owned();
    let done = run(&mut place.down("back", &[]));
    assert_fails(&done, 5, &["no-such-bucket", "bucket"]);
    assert!(!place.world.path("back").exists() && !bucket_exists("no-such-bucket"));
}

#[rstest]
fn a_bucket_that_is_not_there_is_made_for_an_upload(#[values("native", "rclone")] engine: &'static str) {
    let mut place = Place::s3(engine);
    let bucket = format!("made-by-{engine}");
    place.path = format!("{bucket}/tree");
    assert!(!bucket_exists(&bucket));
    assert_done(&run(&mut place.up(&[])));
    assert_eq!(place.object("file").unwrap(), b"content");
}

/// Against a server that does not make buckets by itself when an object comes.
#[rstest]
fn a_bucket_is_not_made_when_that_is_forbidden(#[values("native", "rclone")] engine: &'static str) {
    let store = tempfile::tempdir().unwrap();
    let server = RcloneServer::s3(store.path()).unwrap();
    let mut place = Place::new(server.params().unwrap(), "bucket/tree");
    place.engine = engine;
    place.set("no_check_bucket", "true");
    assert_fails(&run(&mut place.up(&[])), 5, &["bucket"]);
    assert!(store.path().read_dir().unwrap().next().is_none());
    place.set("no_check_bucket", "false");
    assert_done(&run(&mut place.up(&[])));
    assert_eq!(fs::read(store.path().join("bucket/tree/file")).unwrap(), b"content");
}

#[rstest]
fn a_bucket_must_be_named(#[values("native", "rclone")] engine: &'static str, #[values("/", "")] path: &str) {
    let mut place = Place::s3(engine);
    place.path = path.to_owned();
    neither_direction_works(&place, 2, &["bucket"]);
}
