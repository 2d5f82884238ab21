//! PID files that are made, taken over from the dead, and left to others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Barrier;

use super::*;
use crate::exit::Exit;

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    (folder, path)
}

fn ended() -> Content {
    let me = process::myself().unwrap();
    let other_start = me.started.map(|started| process::Started(started.0 + 1));
    Content { started: other_start, ..me }
}

#[test]
fn it_names_this_process_and_goes_away() {
    let (_folder, path) = place();
    let taken = PidFile::take(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().next(), Some(std::process::id().to_string().as_str()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    drop(taken);
    assert!(!path.exists());
}

#[test]
fn a_living_process_keeps_it() {
    let (_folder, path) = place();
    let _taken = PidFile::take(&path).unwrap();
    let failure = PidFile::take(&path).unwrap_err();
    assert_eq!(failure.exit, Exit::Configuration);
    assert!(failure.to_string().contains("--pid-path"), "{failure}");
}

#[test]
fn what_a_dead_process_left_is_taken_over() {
    for stale in [ended().to_string(), String::new()] {
        let (_folder, path) = place();
        fs::write(&path, &stale).unwrap();
        let taken = PidFile::take(&path).unwrap();
        assert_eq!(look(&path).unwrap(), Some(taken.content), "{stale:?}");
    }
}

#[test]
fn a_file_that_is_no_pid_file_is_left_alone() {
    let (_folder, path) = place();
    fs::write(&path, "root:x:0:0").unwrap();
    assert!(PidFile::take(&path).unwrap_err().to_string().contains("no PID file"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "root:x:0:0");
}

#[test]
fn a_symbolic_link_is_not_followed() {
    let (folder, path) = place();
    let victim = folder.path().join("victim");
    fs::write(&victim, "").unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    assert!(PidFile::take(&path).is_err());
    assert_eq!(fs::read(&victim).unwrap(), b"");
}

#[test]
fn a_file_that_is_no_longer_ours_stays() {
    let (_folder, path) = place();
    let taken = PidFile::take(&path).unwrap();
    fs::write(&path, "1\nstarted:1\n").unwrap();
    drop(taken);
    assert_eq!(fs::read_to_string(&path).unwrap(), "1\nstarted:1\n");
}

#[test]
fn a_missing_directory_is_said_with_the_flag() {
    let failure = PidFile::take(Path::new("/nonexistent/pid")).unwrap_err();
    assert_eq!(failure.exit, Exit::Configuration);
    assert!(failure.to_string().contains("--pid-path"), "{failure}");
}

#[test]
fn of_many_that_see_a_stale_file_one_wins() {
    for _ in 0..50 {
        let (_folder, path) = place();
        fs::write(&path, ended().to_string()).unwrap();
        let barrier = Barrier::new(4);
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        PidFile::take(&path)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    }
}
