//! Random trees with hostile names through the whole engine, encrypted: out with us and back with stock rclone, and the
//! other way round, in every mode.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroUsize;
use std::sync::Arc;

use podfs_sync::observer::Silent;
use podfs_sync::{Direction, FailureKind, Fidelity, Report, Settings, Sync};
use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::crypt::{Place, modes};
use super::trees::{Tree, assert_same, hostile_paths, read, write};

/// Bytes around those of a block, and of the piece that is read at once.
const SIZES: [usize; 9] = [0, 1, 15, 65_535, 65_536, 65_537, 131_072, 262_144, 1_100_000];

/// Names of any bytes, and some of those that are known to be awkward; here and there in directories of such names.
fn tree() -> impl Strategy<Value = Tree> {
    let hostile = prop::sample::select(hostile_paths());
    let random =
        prop::collection::vec(any::<u8>().prop_filter("in a name", |byte| !b"/\0".contains(byte)), 1..100);
    let name = prop_oneof![hostile, random].prop_filter("a name", |name| name != b"." && name != b"..");
    let size = prop_oneof![8 => 0..200usize, 1 => prop::sample::select(SIZES.to_vec())];
    let file = (prop::collection::vec(name, 1..4), size, any::<u8>());
    prop::collection::vec(file, 60..120).prop_map(|files| {
        let mut tree = Tree::new();
        for (at, (segments, size, seed)) in files.into_iter().enumerate() {
            // The number keeps files and directories out of each other's way.
            let path = [format!("{at}").into_bytes(), segments.join(&b"_/"[..])].concat();
            tree.insert(path, (0..size).map(|at| (at % 251) as u8 ^ seed).collect());
        }
        tree
    })
}

fn sync(place: &Place, direction: Direction, local: &str) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let settings = Settings {
            direction,
            delete: true,
            force: true,
            require_receipt: false,
            overwrite: false,
            receipt_file: None,
            unfinished_file: None,
            max_delete: None,
            transfers: NonZeroUsize::new(8),
            plain: false,
            checksum: false,
            fidelity: Fidelity::Possible,
            excluded: Vec::new(),
            scratch: place.path("scratch"),
        };
        let sync = Sync {
            remote: Arc::new(place.remote()),
            local: place.path(local),
            settings,
            observer: Arc::new(Silent),
            stop: CancellationToken::new(),
            scope: podfs_sync::Scope::Everything,
            index: None,
            mounts: None,
            clock: podfs_sync::Clock::default(),
        };
        let planned = sync.plan().await.unwrap();
        sync.execute(planned).await.unwrap()
    })
}

/// Uploads with us what we take of the tree, and gives that part.
fn upload(place: &Place, mut tree: Tree) -> Tree {
    write(&place.path("local"), &tree);
    let report = sync(place, Direction::ToRemote, "local");
    assert!(
        report.failures.iter().all(|failure| failure.kind == FailureKind::UnsupportedName),
        "{:?}",
        report.failures
    );
    let all = tree.len();
    tree.retain(|path, _| place.accepts(path));
    let refused: BTreeSet<&String> = report.failures.iter().map(|failure| &failure.path).collect();
    assert_eq!((tree.len(), refused.len()), (all - report.failures.len(), report.failures.len()));
    tree
}

fn clear(place: &Place, names: &[&str]) {
    for name in names {
        fs::remove_dir_all(place.path(name)).unwrap();
        fs::create_dir(place.path(name)).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn random_trees_go_out_with_us_and_back_with_rclone_and_the_other_way_round(tree in tree()) {
        for mode in modes().into_iter().filter(|mode| !mode.salt) {
            let context = format!("{mode:?}");
            let place = Place::new(mode);
            fs::create_dir(place.path("scratch")).unwrap();
            let carried = upload(&place, tree.clone());
            prop_assert!(carried.len() > 30, "{context}: only {} carried", carried.len());
            let mut restored = place.rclone_opens();
            restored.retain(|path, _| !path.starts_with(b".podfs/"));
            assert_same(&restored, &carried, &format!("{context}: out with us"));
            prop_assert!(sync(&place, Direction::ToRemote, "local").copied == 0, "{context}");

            clear(&place, &["store", "local", "restored"]);
            place.rclone_seals(&carried);
            let report = sync(&place, Direction::FromRemote, "restored");
            prop_assert_eq!(report.failures, vec![], "{}", context);
            assert_same(&read(&place.path("restored")), &carried, &format!("{context}: out with rclone"));
        }
    }
}
