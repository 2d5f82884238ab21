//! Encrypted remotes on which something is not what it was: told by the file's name, and nothing partial is left.

use std::sync::Arc;

use podfs_remote::crypt::{Keys, NameCipher, NameScheme, Password};
use podfs_sync::verify::{Fault, verify};
use podfs_sync::{RelativePath, Remote, Verdict};
use rstest::rstest;

use crate::bench::{Bench, put_object};
use crate::place::{PASSWORD, Place};

/// Bytes of a sealed block, and of what comes before the first.
const BLOCK: usize = 16 + 64 * 1024;
const HEADER: usize = 32;

/// What happened to an object of four blocks.
#[derive(Debug, Clone, Copy)]
enum Damage {
    CutInABlock,
    CutInATag,
    CutInTheHeader,
    FlippedBit,
    SwappedBlocks,
    BlockOfAnother,
    Foreign,
}

impl Damage {
    fn reason(self) -> &'static str {
        match self {
            Self::CutInATag | Self::CutInTheHeader => "is truncated",
            Self::CutInABlock | Self::FlippedBit | Self::SwappedBlocks | Self::BlockOfAnother => {
                "does not open"
            }
            Self::Foreign => "is not encrypted by rclone crypt",
        }
    }

    fn of(self, sealed: &[u8], other: &[u8]) -> Vec<u8> {
        let mut damaged = sealed.to_vec();
        match self {
            Self::CutInABlock => damaged.truncate(100_000),
            Self::CutInATag => damaged.truncate(HEADER + BLOCK + 5),
            Self::CutInTheHeader => damaged.truncate(20),
            Self::FlippedBit => damaged[HEADER + 2 * BLOCK + 500] ^= 4,
            Self::SwappedBlocks => {
                let (one, two) = damaged[HEADER..].split_at_mut(BLOCK);
                one.swap_with_slice(&mut two[..BLOCK]);
            }
            Self::BlockOfAnother => {
                damaged[HEADER..HEADER + BLOCK].copy_from_slice(&other[HEADER..HEADER + BLOCK]);
            }
            Self::Foreign => damaged = b"nothing of ours".repeat(50),
        }
        damaged
    }
}

/// Where a file lies below the encryption.
fn sealed_path(place: Place, path: &str) -> RelativePath {
    let encryption = place.native_encryption().unwrap();
    let keys = Keys::derive(&Password::new(PASSWORD), &Password::default());
    let names = NameCipher::new(&keys, &NameScheme { encryption, ..NameScheme::default() });
    RelativePath::parse(names.seal_path(path.as_bytes()).unwrap()).unwrap()
}

async fn sealed(remote: &Arc<dyn Remote>, path: &RelativePath) -> Vec<u8> {
    remote.read_small(path, 1 << 20).await.unwrap().unwrap().content
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_object_is_told_by_its_name_and_nothing_of_it_is_restored(
    #[values(Place::LocalCrypt, Place::S3Crypt, Place::S3CryptObfuscate)] place: Place,
    #[values(
        Damage::CutInABlock,
        Damage::CutInATag,
        Damage::CutInTheHeader,
        Damage::FlippedBit,
        Damage::SwappedBlocks,
        Damage::BlockOfAnother,
        Damage::Foreign
    )]
    damage: Damage,
    #[values(true, false)] plain: bool,
) {
    let bench = Bench::new(place).await.unwrap();
    let content = "many words".repeat(25_000);
    for (path, content) in [("a", "before"), ("in/victim", &content), ("in/other", &content), ("z", "behind")]
    {
        bench.write(path, content);
    }
    assert_eq!(bench.upload_with(|settings| settings.plain = plain).await.unwrap().copied, 4);
    let below = bench.opened.sealed.clone().unwrap();
    let [victim, other] = ["in/victim", "in/other"].map(|path| sealed_path(place, path));
    let [whole, another] = [sealed(&below, &victim).await, sealed(&below, &other).await];
    let damaged = damage.of(&whole, &another);
    put_object(&*below, &victim, &damaged).await;

    std::fs::create_dir_all(bench.target().join("in")).unwrap();
    std::fs::write(bench.target().join("in/victim"), "old").unwrap();
    let report = bench.restore_with(|settings| settings.plain = plain).await.unwrap();
    assert_ne!(report.verdict(), Verdict::Done);
    let [failure] = report.failures.as_slice() else { panic!("{:?}", report.failures) };
    assert_eq!(failure.path, "in/victim");
    assert!(failure.error.contains(&format!("in/victim (stored as {victim})")), "{}", failure.error);
    assert!(failure.error.contains(damage.reason()), "{}", failure.error);
    assert_eq!(report.copied, 3);
    let source = bench.source_tree();
    let restored = podfs_testkit::tree::snapshot(&bench.target()).unwrap();
    assert_eq!(restored.keys().collect::<Vec<_>>(), source.keys().collect::<Vec<_>>());
    assert_eq!(std::fs::read(bench.target().join("in/victim")).unwrap(), b"old");
    for path in ["a", "in/other", "z"] {
        let [ours, theirs] = [bench.source(), bench.target()].map(|folder| std::fs::read(folder.join(path)));
        assert_eq!(ours.unwrap(), theirs.unwrap(), "{path}");
    }
    // By its size or its mark the object is not what was uploaded: the next sync mends it.
    if damaged.len() == whole.len() && plain && place != Place::LocalCrypt {
        return;
    }
    assert_eq!(bench.upload_with(|settings| settings.plain = plain).await.unwrap().copied, 1);
    assert_eq!(bench.restore_with(|settings| settings.plain = plain).await.unwrap().verdict(), Verdict::Done);
    bench.assert_restored();
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_someone_else_is_reported_and_left_alone(
    #[values(Place::LocalCrypt, Place::S3Crypt, Place::S3CryptObfuscate)] place: Place,
) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("file", "content");
    bench.upload().await;
    let below = bench.opened.sealed.clone().unwrap();
    let foreign = RelativePath::parse("not ours.txt").unwrap();
    put_object(&*below, &foreign, b"plain text of someone else, long enough to be a file").await;
    let report = bench.restore().await;
    assert_eq!((report.copied, report.unsupported_names), (1, 1), "{:?}", report.failures);
    assert!(report.failures[0].path.contains("not ours.txt"), "{:?}", report.failures);
    bench.write("file", "changed");
    bench.upload().await;
    assert!(below.stat(&foreign).await.unwrap().is_some());
}

/// The format cannot show it: what is left is a whole file. The manifest knows that it is not the one that was uploaded.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_was_cut_off_between_two_blocks_is_told_and_mended(
    #[values(Place::LocalCrypt, Place::S3Crypt)] place: Place,
) {
    let bench = Bench::new(place).await.unwrap();
    bench.write("victim", &"many words".repeat(25_000));
    bench.write("other", "content");
    bench.upload().await;
    let (below, path) = (bench.opened.sealed.clone().unwrap(), sealed_path(place, "victim"));
    let cut = sealed(&below, &path).await[..HEADER + 2 * BLOCK].to_vec();
    put_object(&*below, &path, &cut).await;

    let report = bench.restore().await;
    let [failure] = report.failures.as_slice() else { panic!("{:?}", report.failures) };
    assert_eq!((failure.path.as_str(), report.copied), ("victim", 1));
    assert!(failure.error.contains("131072 bytes are left of the 250000"), "{}", failure.error);
    assert_eq!(std::fs::read_dir(bench.target()).unwrap().count(), 1, "nothing of it was restored");

    let faults = async |read_data| {
        let one = std::num::NonZeroUsize::new(1);
        let scratch = tempfile::tempdir().unwrap();
        let found = verify(&bench.opened.remote, scratch.path(), one, read_data).await.unwrap();
        found.findings.into_iter().map(|finding| (finding.path, finding.fault)).collect::<Vec<_>>()
    };
    assert_eq!(faults(false).await, [("victim".to_owned(), Fault::Replaced)]);
    assert_eq!(faults(true).await, [("victim".to_owned(), Fault::Damaged)]);
    assert_eq!(bench.upload().await.copied, 1);
    assert_eq!(faults(true).await, []);
    assert_eq!(bench.restore().await.failures, []);
    bench.assert_restored();
}

/// More than comes in one stream, and than goes out in one request: parts and ranges that end within blocks.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_comes_back_and_damage_far_behind_is_found(
    #[values((Place::LocalCrypt, 800_001), (Place::S3Crypt, 9_000_001))] of: (Place, usize),
) {
    let (place, words) = of;
    let bench = Bench::new(place).await.unwrap();
    let mut state = 1_u64;
    let content: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_le_bytes()
    })
    .take(words)
    .flatten()
    .collect();
    std::fs::write(bench.source().join("large"), &content).unwrap();
    assert_eq!(bench.upload().await.copied, 1);
    assert_eq!(bench.restore().await.failures, []);
    assert!(std::fs::read(bench.target().join("large")).unwrap() == content);

    let (below, path) = (bench.opened.sealed.clone().unwrap(), sealed_path(place, "large"));
    let mut damaged = below.read_small(&path, 100 << 20).await.unwrap().unwrap().content;
    let behind = words * 8 / BLOCK - 2;
    damaged[HEADER + behind * BLOCK + 3] ^= 1;
    put_object(&*below, &path, &damaged).await;
    std::fs::write(bench.target().join("large"), "old").unwrap();
    let report = bench.restore_with(|settings| settings.overwrite = true).await.unwrap();
    let [failure] = report.failures.as_slice() else { panic!("{:?}", report.failures) };
    assert!(failure.error.contains(&format!("block {behind} ")), "{}", failure.error);
    assert_eq!(std::fs::read(bench.target().join("large")).unwrap(), b"old");
    assert_eq!(podfs_testkit::tree::snapshot(&bench.target()).unwrap().len(), 1);
}
