//! A network that misbehaves: what passes is ridden out, what stays is given up in bounded time, and nothing torn is
//! ever left.

use std::fs;

use podfs_testkit::proxy::{Fault, Rule};
use rstest::rstest;

use crate::place::{Place, assert_done, assert_fails, names_below, run_bounded};
use crate::program::{Done, run};

fn gave_up(done: &Done) {
    assert!(matches!(done.code, Some(1 | 5)), "{:?}: {}{}", done.code, done.stdout, done.stderr);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
}

#[rstest]
fn a_fault_that_passes_is_not_even_seen(
    #[values("native", "rclone")] engine: &'static str,
    #[values(Fault::Status(500), Fault::SlowDown, Fault::Reset)] fault: Fault,
) {
    let (place, proxy) = Place::proxied(engine);
    proxy.fail(Rule::new(fault).method("PUT").path("/tree/file").nth(1));
    assert_done(&run(&mut place.up(&[])));
    proxy.fail(Rule::new(fault).method("GET").path("/tree/file").nth(1));
    assert_done(&run(&mut place.down("back", &[])));
    assert_eq!(proxy.faults(), 2);
    assert_eq!(fs::read(place.world.path("back/file")).unwrap(), b"content");
}

#[rstest]
fn a_fault_that_stays_is_given_up_and_deletes_nothing(
    #[values("native", "rclone")] engine: &'static str,
    #[values(Fault::Status(500), Fault::SlowDown, Fault::Reset, Fault::Stall)] fault: Fault,
) {
    let (place, proxy) = Place::proxied(engine);
    fs::write(place.world.path("data/gone"), "still needed").unwrap();
    assert_done(&run(&mut place.up(&[])));
    let before = place.objects();
    fs::remove_file(place.world.path("data/gone")).unwrap();
    fs::write(place.world.path("data/file"), "changed content").unwrap();
    proxy.fail(Rule::new(fault).method("PUT").path("/tree/file"));
    gave_up(&run_bounded(&mut place.up(&["--timeout", "1"])));
    assert!(proxy.faults() > 0);
    proxy.clear();
    assert_eq!(place.objects(), before);
    assert_done(&run(&mut place.up(&[])));
    assert_eq!(place.object("file").unwrap(), b"changed content");
}

#[rstest]
fn a_server_that_always_fails_is_given_up_before_anything_is_made(
    #[values("native", "rclone")] engine: &'static str,
    #[values(Fault::Status(500), Fault::SlowDown, Fault::Reset, Fault::Stall)] fault: Fault,
) {
    let (place, proxy) = Place::proxied(engine);
    proxy.fail(Rule::new(fault));
    assert_fails(&run_bounded(&mut place.down("back", &["--timeout", "1"])), 5, &[]);
    assert!(proxy.faults() > 0 && !place.world.path("back").exists());
}

#[rstest]
fn a_download_that_is_cut_off_puts_nothing_torn_in_place(#[values("native", "rclone")] engine: &'static str) {
    let (place, proxy) = Place::proxied(engine);
    assert_done(&run(&mut place.up(&[])));
    assert_done(&run(&mut place.down("back", &[])));
    let changed = "changed ".repeat(10_000);
    fs::write(place.world.path("data/file"), &changed).unwrap();
    assert_done(&run(&mut place.up(&[])));

    proxy.fail(Rule::new(Fault::Truncate(1000)).method("GET").path("/tree/file"));
    gave_up(&run_bounded(&mut place.down("back", &["--timeout", "1", "-n"])));
    assert!(proxy.faults() > 0);
    assert_eq!(names_below(&place.world.path("back")), ["file"]);
    assert_eq!(fs::read(place.world.path("back/file")).unwrap(), b"content");

    proxy.clear();
    proxy.fail(Rule::new(Fault::Truncate(1000)).method("GET").path("/tree/file").nth(1));
    assert_done(&run(&mut place.down("back", &["-n"])));
    assert_eq!(fs::read_to_string(place.world.path("back/file")).unwrap(), changed);
}

#[rstest]
fn an_upload_whose_answer_is_lost_ends_well(#[values("native", "rclone")] engine: &'static str) {
    let (place, proxy) = Place::proxied(engine);
    proxy.fail(Rule::new(Fault::DropAnswer).method("PUT").path("/tree/file").nth(1));
    assert_done(&run(&mut place.up(&[])));
    assert_eq!((proxy.faults(), place.object("file").unwrap().as_slice()), (1, &b"content"[..]));
}
