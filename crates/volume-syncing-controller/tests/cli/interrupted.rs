//! Restores of a large file that are interrupted, and what the next one makes of what they left.

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use podfs_sync::local::is_temporary_name;
use podfs_testkit::proxy::{Fault, FaultyProxy, RequestRecord, Rule};
use podfs_testkit::servers::obscure;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::Value;

use crate::place::{Place, assert_done, assert_fails, names_below, run_bounded};
use crate::program::{Running, eventually, run};
use crate::user::in_own_mounts;

/// Four ranges, of which the last is smaller.
const SIZE: usize = (128 << 20) + 12_345;
/// Within the third range, which does not come. Something is noted after 64 MiB.
const STOP: u64 = 80 << 20;

/// How the file lies on the remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Sealed,
    /// By another program: no manifest knows it.
    Foreign,
}

/// A large file on the remote, and a way there that can be broken.
struct Bench {
    place: Place,
    proxy: FaultyProxy,
    form: Form,
    at: String,
}

fn content(start: u32) -> Vec<u8> {
    (0..(SIZE / 4 + 1) as u32)
        .flat_map(|at| (start + at).wrapping_mul(0x9e37_79b9).to_le_bytes())
        .take(SIZE)
        .collect()
}

static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| content(0));

impl Bench {
    /// One that only reads: the object is the same for all of them.
    fn shared(form: Form) -> Self {
        static PATHS: [LazyLock<String>; 3] = [
            LazyLock::new(|| Bench::own(Form::Plain).at),
            LazyLock::new(|| Bench::own(Form::Sealed).at),
            LazyLock::new(|| Bench::own(Form::Foreign).at),
        ];
        Self::at(form, PATHS[form as usize].clone())
    }

    /// One with an object of its own.
    fn own(form: Form) -> Self {
        let bench = Self::at(form, Place::s3("native").path);
        fs::write(bench.place.world.path("data/file"), &*CONTENT).unwrap();
        fs::write(bench.place.world.path("data/small"), "small").unwrap();
        assert_done(&bench.up());
        bench
    }

    fn at(form: Form, at: String) -> Self {
        let (mut place, proxy) = Place::proxied("native");
        place.path = if form == Form::Sealed { "/".to_owned() } else { at.clone() };
        Self { place, proxy, form, at }
    }

    fn set_up(&self, mut command: Command) -> Command {
        if self.form == Form::Sealed {
            let password = obscure("correct horse").unwrap();
            command.env("ENCRYPTED_REMOTE", format!("remote:/{}", self.at));
            command.env("ENCRYPTED_PASSWORD", password);
        }
        command
    }

    fn plain(&self) -> &[&str] {
        if self.form == Form::Foreign { &["--plain"] } else { &[] }
    }

    fn up(&self) -> crate::program::Done {
        run(&mut self.set_up(self.place.up(self.plain())))
    }

    fn down(&self, more: &[&str]) -> Command {
        self.set_up(self.place.down("back", &[self.plain(), more].concat()))
    }

    /// A restore that stops in the middle of the file. What it noted.
    fn interrupt(&self, way: &str) -> Value {
        let fault = if way == "network" { Fault::Reset } else { Fault::Stall };
        self.proxy.fail(Rule::new(fault).when(|request| within(request, STOP)));
        if way == "network" {
            assert_fails(&run_bounded(&mut self.down(&[])), 5, &["file"]);
        } else {
            self.stop_running(way);
        }
        self.proxy.clear();
        self.proxy.take_requests();
        assert_eq!(self.left().len(), 1, "{:?}", self.left());
        let notes: Value = serde_json::from_slice(&fs::read(self.notes()).unwrap()).unwrap();
        assert_eq!(notes["files"].as_array().unwrap().len(), 1, "{notes}");
        notes["files"][0].clone()
    }

    fn stop_running(&self, way: &str) {
        let mut running = Running::start(self.down(&["-v"]).stdout(Stdio::null()));
        eventually("a range stalls", || self.proxy.faults() > 0);
        eventually("something is noted", || self.notes().exists());
        // A kill would leave its temporary file as well.
        eventually("the small file is in its place", || self.place.world.path("back/small").exists());
        if way == "kill" {
            running.signal(Signal::KILL);
            assert_eq!(running.end().0, None);
            return;
        }
        running.signal(Signal::TERM);
        running.wait_for("asked to end");
        running.signal(Signal::TERM);
        let (code, stderr) = running.end();
        assert_eq!(code, Some(6), "{stderr}");
    }

    /// A restore that goes well. The stretches of the file that it asked for.
    fn restore(&self) -> Vec<Range<u64>> {
        let done = run(&mut self.down(&[]));
        assert_done(&done);
        self.assert_restored(&CONTENT);
        self.fetched()
    }

    fn fetched(&self) -> Vec<Range<u64>> {
        self.proxy.take_requests().into_iter().filter_map(|request| request.range).collect()
    }

    fn assert_restored(&self, content: &[u8]) {
        assert!(fs::read(self.place.world.path("back/file")).unwrap() == content);
        self.assert_nothing_is_left();
    }

    fn assert_nothing_is_left(&self) {
        assert!(self.left().is_empty(), "{:?}", self.left());
        let state = names_below(&self.place.world.path("state/downloads"));
        assert!(state.is_empty(), "{state:?}");
    }

    /// The temporary files in the target.
    fn left(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.place.world.path("back")).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| is_temporary_name(path.file_name().unwrap().as_encoded_bytes())).collect()
    }

    fn notes(&self) -> PathBuf {
        let folder = self.place.world.path("state/downloads");
        let mut files = fs::read_dir(&folder).into_iter().flatten().map(|file| file.unwrap().path());
        files.find(|file| file.extension().is_some_and(|end| end == "json")).unwrap_or(folder.join("none"))
    }

    fn change_note(&self, change: impl FnOnce(&mut Value)) {
        let mut notes: Value = serde_json::from_slice(&fs::read(self.notes()).unwrap()).unwrap();
        change(&mut notes["files"][0]);
        fs::write(self.notes(), notes.to_string()).unwrap();
    }
}

/// Whether a request asks for the byte at `start`.
fn within(request: &RequestRecord, start: u64) -> bool {
    request.range.as_ref().is_some_and(|range| range.contains(&start))
}

fn bytes(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// Bytes of the object that hold the file behind its first `done`.
fn behind(form: Form, done: u64) -> u64 {
    let rest = SIZE as u64 - done;
    match form {
        Form::Plain | Form::Foreign => rest,
        // rclone's crypt: a header of 32 bytes, and 16 more for each block of 64 KiB.
        Form::Sealed => 32 + rest + rest.div_ceil(64 << 10) * 16,
    }
}

#[rstest]
fn a_large_file_whose_restore_was_interrupted_goes_on_where_it_stopped(
    #[values("kill", "give up", "network")] way: &str,
    #[values(Form::Plain, Form::Sealed)] form: Form,
) {
    let bench = Bench::shared(form);
    let done = bench.interrupt(way)["done"].as_u64().unwrap();
    // How far the other ranges had come when one was given up is a matter of the machine.
    assert!(way == "network" || done >= 64 << 20, "{done}");
    let fetched = bench.restore();
    assert_eq!(bytes(&fetched), behind(form, done), "{fetched:?}");
}

#[test]
fn it_goes_on_by_its_tag_where_no_manifest_knows_it() {
    let bench = Bench::shared(Form::Foreign);
    let done = bench.interrupt("kill")["done"].as_u64().unwrap();
    assert_eq!(bytes(&bench.restore()), behind(Form::Foreign, done));
}

#[rstest]
fn a_partial_file_that_somebody_altered_is_not_put_in_place(#[values(false, true)] also_its_note: bool) {
    let bench = Bench::shared(Form::Plain);
    let done = bench.interrupt("kill")["done"].as_u64().unwrap();
    let left = File::options().read(true).write(true).open(&bench.left()[0]).unwrap();
    left.write_all_at(b"altered", 1 << 20).unwrap();
    let mut again = SIZE as u64;
    if also_its_note {
        let mut start = vec![0; usize::try_from(done).unwrap()];
        left.read_exact_at(&mut start, 0).unwrap();
        let hash: Vec<u8> = blake3::hash(&start).as_bytes().to_vec();
        bench.change_note(|note| note["hash"] = hash.into());
        // Only the manifest can tell, once all is there.
        again += behind(Form::Plain, done);
    }
    assert_eq!(bytes(&bench.restore()), again);
}

/// What came before is of another object: nothing of it gets in.
#[rstest]
fn an_object_that_changed_meanwhile_begins_anew(#[values(Form::Plain, Form::Sealed)] form: Form) {
    let bench = Bench::own(form);
    bench.interrupt("kill");
    let changed = content(1);
    fs::write(bench.place.world.path("data/file"), &changed).unwrap();
    assert_done(&bench.up());
    bench.proxy.take_requests();
    assert_done(&run(&mut bench.down(&[])));
    assert_eq!(bytes(&bench.fetched()), behind(form, 0));
    bench.assert_restored(&changed);
}

#[test]
fn what_was_left_of_a_file_that_is_no_longer_there_is_removed() {
    let bench = Bench::own(Form::Plain);
    bench.interrupt("kill");
    fs::remove_file(bench.place.world.path("data/file")).unwrap();
    assert_done(&bench.up());
    assert_done(&run(&mut bench.down(&[])));
    assert!(!bench.place.world.path("back/file").exists());
    bench.assert_nothing_is_left();
}

#[rstest]
fn without_a_note_or_the_file_that_it_names_all_is_fetched(#[values("note", "file")] gone: &str) {
    let bench = Bench::shared(Form::Plain);
    bench.interrupt("kill");
    fs::remove_file(if gone == "note" { bench.notes() } else { bench.left().remove(0) }).unwrap();
    assert_eq!(bytes(&bench.restore()), SIZE as u64);
}

/// Whoever has no room left needs it for something else than half a file.
#[test]
fn a_disk_that_fills_keeps_nothing_of_a_large_file() {
    let bench = Bench::shared(Form::Plain);
    for name in ["back", "seen"] {
        fs::create_dir(bench.place.world.path(name)).unwrap();
    }
    let script =
        "mount -t tmpfs -o size=100m none back && { \"$@\"; code=$?; ls -A back > seen/names; exit $code; }";
    let done = run(&mut in_own_mounts(&bench.down(&[]), script));
    assert_fails(&done, 1, &["make room"]);
    let names = fs::read_to_string(bench.place.world.path("seen/names")).unwrap();
    assert!(!names.contains("partial"), "{names}");
    bench.assert_nothing_is_left();
}
