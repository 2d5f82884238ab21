//! The watch on real trees.

mod alone;
mod follow;
mod limits;
mod look;
mod random;
mod stress;

use std::path::Path;
use std::time::{Duration, Instant};

use super::{News, Watch};

/// Long enough for a loaded machine; nothing waits this long when all is well.
const DEADLINE: Duration = Duration::from_secs(60);

/// A watch over all of a tree, of which nothing was taken yet.
fn watch(root: &Path) -> Watch {
    let watch = Watch::start(root).unwrap();
    wait_for(&watch, "every folder has its watch", |news| news.complete);
    watch
}

fn wait_for(watch: &Watch, what: &str, mut wanted: impl FnMut(News) -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !wanted(watch.news()) {
        assert!(Instant::now() < deadline, "waited too long until {what}: {:?}", watch.news());
        std::thread::sleep(Duration::from_millis(1));
    }
}
