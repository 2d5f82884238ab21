//! A soak: an application that never rests, a sidecar and restores that are killed again and again, and a network that fails
//! now and then.
//!
//! For some seconds here; `cargo xtask soak` does it for an hour. `PODFS_SOAK_SEED` repeats the choices of a run, though not
//! its timing.

mod application;
mod content;
mod dice;
mod figures;
mod sidecar;

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use podfs_testkit::proxy::{Fault, FaultyProxy, Rule};
use podfs_testkit::servers::obscure;
use podfs_testkit::tree::{Compare, assert_same, snapshot};
use rustix::process::Signal;

use self::application::{Application, WHOLE};
use self::content::assert_whole;
use self::dice::Dice;
use self::sidecar::Sidecar;
use crate::place::{Place, assert_done};
use crate::program::{Running, run};

/// It is in each place from the beginning.
const OWN_FILE: &str = "file";
const SECONDS: u64 = 12;
/// Turns of a fifth of a second, on average.
const LONGEST_LIFE: u64 = 40;
const FAULTS: [Fault; 6] = [
    Fault::Status(500),
    Fault::SlowDown,
    Fault::Reset,
    Fault::Truncate(100),
    Fault::DropAnswer,
    Fault::Stall,
];

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn whatever_happens_for_however_long_no_file_is_torn_and_all_is_there_in_the_end() {
    let duration = Duration::from_secs(number("PODFS_SOAK_SECONDS").unwrap_or(SECONDS));
    let mut dice = Dice::new(number("PODFS_SOAK_SEED"));
    eprintln!("a soak of {duration:?}, PODFS_SOAK_SEED={}", dice.seed());
    let (mut place, proxy) = Place::proxied("native");
    // So that some files are uploaded in parts, and go on with the parts that are missing.
    place.set("upload_cutoff", "5Mi");
    place.set("chunk_size", "5Mi");
    let remote = Remote { password: obscure("correct horse").unwrap(), at: place.path.clone(), place };
    let mut application = Application::new(remote.place.world.path("data"));
    application.work(&mut dice, 200);
    let mut sidecar = Sidecar::start(&remote);
    let end = Instant::now() + duration;
    let mut turns_to_live = dice.up_to(LONGEST_LIFE);
    while Instant::now() < end {
        let changes = dice.up_to(12);
        application.work(&mut dice, changes);
        // The pace of the application; nothing is waited for.
        std::thread::sleep(Duration::from_millis(dice.up_to(400)));
        match turns_to_live.checked_sub(1) {
            Some(left) => turns_to_live = left,
            None => {
                sidecar.kill_and_start(&remote);
                turns_to_live = dice.up_to(LONGEST_LIFE);
            }
        }
        if dice.one_in(15) {
            fail(&proxy, &mut dice);
        }
        if dice.one_in(40) {
            assert_nothing_is_torn(&remote, &mut sidecar, &mut dice);
        }
        sidecar.assert_runs();
    }
    proxy.clear();
    let figures = sidecar.end(&remote);
    all_is_there(&remote, &mut dice);
    eprintln!("{figures}, {} changes", application.changes());
}

/// An encrypted remote, as that is the longest way.
struct Remote {
    place: Place,
    at: String,
    password: String,
}

impl Remote {
    fn sealed(&self, mut command: std::process::Command) -> std::process::Command {
        command.env("ENCRYPTED_REMOTE", format!("remote:/{}", self.at));
        command.env("ENCRYPTED_PASSWORD", &self.password);
        command.env("PODFS_TIMEOUT", "2");
        command
    }

    fn up(&self, more: &[&str]) -> std::process::Command {
        self.sealed(self.place.up(more))
    }

    fn down(&self, target: &str) -> std::process::Command {
        self.sealed(self.place.down(target, &[]))
    }
}

fn fail(proxy: &FaultyProxy, dice: &mut Dice) {
    // Those of before that met nobody, and stalled connections, are over.
    proxy.clear();
    let fault = FAULTS[usize::try_from(dice.below(FAULTS.len() as u64)).unwrap()];
    proxy.fail(Rule::new(fault).times(usize::try_from(1 + dice.up_to(6)).unwrap()));
}

/// Restores of what is on the remote just now: one that is killed, and another over what that left. It may meet faults and a
/// sync, and then not bring everything.
fn assert_nothing_is_torn(remote: &Remote, sidecar: &mut Sidecar, dice: &mut Dice) {
    let peek = remote.place.world.path("peek");
    let _ = fs::remove_dir_all(&peek);
    let assert_whole = || {
        if peek.exists() {
            assert_whole(&peek, |name| name.starts_with(WHOLE) && name != OWN_FILE);
        }
    };
    sidecar.figures.killed_looks += u64::from(kill_a_restore(remote, "peek", dice));
    assert_whole();
    let done = run(&mut remote.down("peek"));
    assert!(matches!(done.code, Some(0 | 1 | 5)), "{:?}: {}{}", done.code, done.stdout, done.stderr);
    assert_whole();
    sidecar.figures.looks += 1;
    sidecar.figures.whole_looks += u64::from(done.code == Some(0));
}

/// Whether it had not ended before.
fn kill_a_restore(remote: &Remote, target: &str, dice: &mut Dice) -> bool {
    let running = Running::start(remote.down(target).stdout(Stdio::null()));
    // However far it comes until then.
    std::thread::sleep(Duration::from_millis(dice.up_to(500)));
    running.signal(Signal::KILL);
    running.end().0.is_none()
}

fn all_is_there(remote: &Remote, dice: &mut Dice) {
    assert_done(&run(&mut remote.up(&[])));
    let again = run(&mut remote.up(&["--list-every", "0s"]));
    assert_done(&again);
    assert!(again.stdout.starts_with("copied 0 files (0 B), deleted 0,"), "{}", again.stdout);
    for _ in 0..3 {
        kill_a_restore(remote, "back", dice);
    }
    assert_done(&run(&mut remote.down("back")));
    let [data, back] = ["data", "back"].map(|name| snapshot(&remote.place.world.path(name)).unwrap());
    assert_same(&data, &back, Compare::ALL).unwrap();
    assert_whole(&remote.place.world.path("back"), |name| name != OWN_FILE);
}
