//! Both ways to a bucket leave the same objects, which stock rclone takes for its own, and each restores what the
//! other or stock rclone wrote.

use std::fs;

use podfs_testkit::tree::{Compare, Kind, assert_same, plain_tree, sample_tree, snapshot};
use rstest::rstest;

use crate::place::{Objects, Place, assert_done, objects};
use crate::program::{Done, run};

/// A bucket and a tree with something of everything.
fn place() -> Place {
    let place = Place::s3("native");
    plain_tree(&place.world.path("data")).unwrap();
    place
}

impl Place {
    fn through(&mut self, engine: &'static str, directory: &str) -> &Self {
        let (above, _) = self.path.rsplit_once('/').unwrap();
        (self.engine, self.path) = (engine, format!("{above}/{directory}"));
        self
    }

    fn check(&self, more: &[&str]) {
        let remote = format!("remote:{}", self.path);
        assert_done(&self.rclone(&[&["check", "data", &remote], more].concat()));
    }

    fn restores(&self, directory: &str) {
        assert_done(&run(&mut self.down(directory, &[])));
        let [data, back] = ["data", directory].map(|name| snapshot(&self.world.path(name)).unwrap());
        assert_same(&data, &back, Compare::MIRROR).unwrap();
    }
}

#[test]
fn both_engines_leave_what_stock_rclone_leaves() {
    let mut place = place();
    let mut seen: Vec<Objects> = Vec::new();
    for engine in ["native", "rclone"] {
        assert_done(&run(&mut place.through(engine, engine).up(&[])));
        place.check(&["--exclude", "/.podfs/**"]);
        seen.push(place.objects());
    }
    place.through("native", "stock");
    assert_done(&place.rclone(&["sync", "data", &format!("remote:{}", place.path)]));
    let tree = snapshot(&place.world.path("data")).unwrap();
    assert_eq!(seen[0].len(), tree.values().filter(|file| file.kind == Kind::File).count());
    assert!(seen[0].values().all(|(_, mtime)| mtime.is_some()), "{:?}", seen[0]);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], place.objects());
}

#[rstest]
fn a_plain_mirror_holds_nothing_of_ours(#[values("native", "rclone")] engine: &'static str) {
    let mut place = place();
    place.through(engine, "plain");
    assert_done(&run(&mut place.up(&["--plain"])));
    place.check(&[]);
    let listed = place.rclone(&["lsf", "-R", &format!("remote:{}", place.path)]);
    assert!(listed.code == Some(0) && !listed.stdout.contains(".podfs"), "{}", listed.stdout);
}

#[rstest]
#[case("native", "rclone")]
#[case("rclone", "native")]
fn each_engine_restores_what_the_other_wrote(#[case] writer: &'static str, #[case] reader: &'static str) {
    let mut place = place();
    assert_done(&run(&mut place.through(writer, "tree").up(&[])));
    place.through(reader, "tree").restores("back");
    // And takes it for its own: nothing to do.
    let done = run(&mut place.up(&[]));
    assert!(done.stdout.starts_with("copied 0 files (0 B), deleted 0,"), "{}", done.stdout);
}

#[rstest]
fn what_stock_rclone_wrote_restores(#[values("native", "rclone")] engine: &'static str) {
    let mut place = place();
    // The first run leaves the configuration for stock rclone.
    assert_done(&run(&mut place.through(engine, "stock").up(&["--dry-run"])));
    assert_done(&place.rclone(&["sync", "data", &format!("remote:{}", place.path)]));
    place.restores("back");
}

#[test]
fn both_engines_plan_the_same() {
    let mut place = place();
    let mut plans = Vec::new();
    for engine in ["native", "rclone"] {
        assert_done(&run(&mut place.through(engine, engine).up(&[])));
    }
    fs::write(place.world.path("data/file"), "changed").unwrap();
    fs::write(place.world.path("data/new"), "new").unwrap();
    for engine in ["native", "rclone"] {
        let done = run(&mut place.through(engine, engine).up(&["--dry-run"]));
        assert_done(&done);
        plans.push(done.stdout);
    }
    assert!(plans[0].contains("copy file") && plans[0].contains("copy new"), "{}", plans[0]);
    assert_eq!(plans[0], plans[1]);
    assert!(!objects(&place.path).contains_key("new"));
}

/// What a person or a script sees of a run, but for its time and requests: the exit code, and the summary with the
/// names of what failed.
type Seen = (i32, Vec<String>);

fn seen(done: &Done) -> Seen {
    let until = |line: &str, end: &str| line.split(end).next().unwrap().to_owned();
    let lines = done.stdout.lines().enumerate();
    let lines = lines.map(|(number, line)| until(line, if number == 0 { "; " } else { ": " }));
    (done.code.unwrap(), lines.collect())
}

/// One story told to one engine.
fn story(engine: &'static str) -> (Place, Vec<Seen>) {
    let mut place = Place::s3(engine);
    // As rclone lists this provider's buckets by default, names that XML cannot hold get lost.
    place.set("list_url_encode", "true");
    let data = place.world.path("data");
    sample_tree(&data).unwrap();
    // This server takes a backslash for a slash, whoever sends it.
    fs::remove_file(data.join("odd/back\\slash")).unwrap();
    let mut all = Vec::new();
    let mut tell = |code: i32, done: &Done| {
        assert_eq!(done.code, Some(code), "run {}: {}{}", all.len(), done.stdout, done.stderr);
        all.push(seen(done));
    };
    // A path of more than 1,024 bytes is left out.
    tell(3, &run(&mut place.up(&[])));
    fs::remove_dir_all(data.join("deep-folder-of-thirty-two-bytes-")).unwrap();
    tell(0, &run(&mut place.up(&[])));
    tell(0, &run(&mut place.up(&[])));
    tell(0, &run(&mut place.down("back", &[])));
    tell(0, &run(&mut place.down("back", &[])));
    let [tree, back] = [&data, &place.world.path("back")].map(|tree| snapshot(tree).unwrap());
    assert_same(&tree, &back, Compare::MIRROR).unwrap();
    // Refusals.
    fs::remove_file(data.join("odd/new\nline")).unwrap();
    tell(4, &run(&mut place.up(&["--max-delete", "0"])));
    tell(4, &run(&mut place.up(&["-s", "missing"])));
    tell(2, &run(&mut place.up(&["-s", "data/file"])));
    tell(0, &run(&mut place.up(&["--dry-run"])));
    let path = place.path.clone();
    place.path.push_str("-empty");
    tell(4, &run(&mut place.down("back", &[])));
    place.path = "no-such-bucket/tree".to_owned();
    tell(5, &run(&mut place.down("fresh", &[])));
    place.path = path;
    let secret = place.params.iter().find(|(key, _)| key == "secret_access_key").unwrap().1.clone();
    place.set("secret_access_key", "not-the-secret");
    tell(5, &run(&mut place.up(&[])));
    place.set("secret_access_key", &secret);
    tell(0, &run(&mut place.up(&[])));
    (place, all)
}

#[test]
fn both_engines_give_the_same_verdicts_on_a_hostile_tree() {
    let (native, seen_natively) = story("native");
    let (rclone, seen_through_rclone) = story("rclone");
    assert_eq!(seen_natively, seen_through_rclone);
    // And each takes what the other left for its own.
    for (mut place, other) in [(native, "rclone"), (rclone, "native")] {
        place.engine = other;
        let done = run(&mut place.up(&[]));
        assert!(done.stdout.starts_with("copied 0 files (0 B), deleted 0,"), "{}", done.stdout);
    }
}
