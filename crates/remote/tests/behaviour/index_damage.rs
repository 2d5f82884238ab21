//! An index that is lost, damaged, another one's or of another version: noticed, made anew, never believed.

use std::fs;

use podfs_sync::Sync;

use crate::remembered::{assert_mirrored, bench, index, upload, upload_within, upload_without_a_request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_is_lost_damaged_or_another_ones_costs_time_and_nothing_else() {
    let bench = bench().await;
    let file = index(&bench).file;
    let good = fs::read(&file).unwrap();
    let cut = |length: usize| good.get(..length).unwrap().to_vec();
    let flipped = |every: usize| {
        let mut bytes = good.clone();
        bytes.iter_mut().step_by(every).for_each(|byte| *byte ^= 0x41);
        bytes
    };
    let bad = [
        Vec::new(),
        b"no index at all".to_vec(),
        vec![0; good.len()],
        cut(good.len() / 2),
        cut(4096),
        flipped(1),
        flipped(97),
        flipped(1009),
        flipped(4099),
    ];
    for (case, bad) in bad.into_iter().enumerate() {
        fs::write(&file, bad).unwrap();
        fs::remove_file(bench.source().join("folder/file")).unwrap();
        upload(&bench).await;
        assert_mirrored(&bench).await;
        bench.write("folder/file", &format!("content {case}"));
        upload(&bench).await;
        assert_mirrored(&bench).await;
        upload_without_a_request(&bench).await;
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(upload(&bench).await.copied, 0);
    upload_without_a_request(&bench).await;

    let another = |sync: &mut Sync| sync.index.as_mut().unwrap().belongs_to = "another".to_owned();
    let (outcome, stopped) = upload_within(&bench, 0, another).await;
    assert!(outcome.is_err() && stopped, "it is no index of this remote");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_another_version_is_made_anew() {
    let bench = bench().await;
    let file = index(&bench).file;
    let mut bytes = fs::read(&file).unwrap();
    let format = b"\"format\":2,";
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(format)).collect();
    assert!(!places.is_empty(), "it says which version it is of");
    for at in places {
        bytes[at..at + format.len()].copy_from_slice(b"\"format\":1,");
    }
    fs::write(&file, bytes).unwrap();
    let (outcome, stopped) = upload_within(&bench, 0, |_| {}).await;
    assert!(outcome.is_err() && stopped, "nothing in it is believed");
    assert_eq!(upload(&bench).await.copied, 0);
    assert_mirrored(&bench).await;
    upload_without_a_request(&bench).await;
}

/// Rows that are damaged one by one, wherever that is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_byte_anywhere_in_an_index_never_deletes_or_hides_anything() {
    let bench = bench().await;
    let file = index(&bench).file;
    let good = fs::read(&file).unwrap();
    for at in (0..good.len()).step_by(good.len() / 60) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&file, bytes).unwrap();
        upload(&bench).await;
        assert_mirrored(&bench).await;
        upload_without_a_request(&bench).await;
    }
}
