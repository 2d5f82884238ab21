//! Stock rclone and we read what the other wrote.

use std::process::{Command, Output};

use podfs_sync::{Modified, Timestamp};
use podfs_testkit::servers::{as_env, rclone};

use crate::fixture::{Place, listed, random};

fn command(place: &Place) -> Command {
    let mut command = rclone().unwrap();
    command.envs(as_env("RCLONE_CONFIG_STORE", &place.server.params()));
    command
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[tokio::test]
async fn rclone_finds_nothing_wrong_with_what_we_wrote() {
    let place = Place::new();
    let remote = place.remote(&[("upload_cutoff", "8Mi"), ("test_path", "mirror")]);
    let contents =
        [(&b"a b/small.txt"[..], random(5)), (b"middle", random(1_000_000)), (b"large", random(12 << 20))];
    for (name, content) in &contents {
        place.upload(&remote, name, content).await;
    }
    let target = format!("store:{}/mirror", place.bucket);
    let check = run(command(&place).args(["check", "-v"]).arg(place.folder.path()).arg(&target));
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(said.contains("3 matching files") && !said.contains("could not be checked"), "{said}");
    let sync = run(command(&place).args(["sync", "-v"]).arg(place.folder.path()).arg(&target));
    let said = String::from_utf8_lossy(&sync.stderr);
    assert!(said.contains("nothing to transfer") || said.contains("0 B / 0 B"), "{said}");
}

#[tokio::test]
async fn we_read_what_rclone_wrote() {
    let place = Place::new();
    for (name, content) in [(&b"a\tb"[..], &b"one"[..]), (b"gro\xdf", b""), (b"x/ y", b"three")] {
        place.write(name, content);
    }
    let target = format!("store:{}/made", place.bucket);
    run(command(&place).arg("sync").arg(place.folder.path()).arg(&target));
    let remote = place.remote(&[("test_path", "made")]);
    let entries = listed(&remote).await;
    let names: Vec<&[u8]> = entries.keys().map(Vec::as_slice).collect();
    assert_eq!(names, [&b"a\tb"[..], b"gro\xdf", b"x/ y"]);
    let time = Modified::At(Timestamp::from_nanoseconds(1_600_000_000_123_456_789));
    let fetched = place.fetch(&remote, &entries[&b"x/ y"[..]]).await.unwrap();
    assert_eq!(fetched, (b"three".to_vec(), time));
}
