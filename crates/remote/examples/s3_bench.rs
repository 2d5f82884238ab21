//! Development only.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
use std::sync::Arc;

use futures::StreamExt;
use podfs_remote::config::{S3Settings, Section};
use podfs_remote::s3::{S3Options, S3Remote};
use podfs_sync::local::{Committer, LocalRoot, Scan, Scanned, Source, Target};
use podfs_sync::{Entry, Listed, Modified, Remote};

fn main() {
    let mut builder = match std::env::var("WORKERS").ok().and_then(|n| n.parse::<usize>().ok()) {
        Some(0) => tokio::runtime::Builder::new_current_thread(),
        n => {
            let mut b = tokio::runtime::Builder::new_multi_thread();
            b.worker_threads(n.unwrap_or(2));
            b
        }
    };
    let rt = builder.enable_all().build().unwrap();
    if std::env::var("SPAWN").is_ok() {
        rt.block_on(async { tokio::spawn(run()).await.unwrap() });
    } else {
        rt.block_on(run());
    }
}

async fn run() {
    let args: Vec<String> = std::env::args().collect();
    let (what, dir, prefix, n) = (&args[1], &args[2], &args[3], args[4].parse::<usize>().unwrap());
    podfs_remote::install_tls();
    let mut section = Section::new("remote");
    for (k, v) in [
        ("type", "s3"),
        ("provider", "Other"),
        ("access_key_id", "testkey"),
        ("secret_access_key", "testsecret"),
        ("endpoint", &std::env::var("ENDPOINT").unwrap_or("http://127.0.0.1:41306".into())),
        ("disable_checksum", if std::env::var("NOSUM").is_ok() { "true" } else { "false" }),
    ] {
        section.set(k, v);
    }
    let options = S3Options::new(S3Settings::from_section(&section).unwrap(), "some-bucket", prefix.clone());
    let remote = S3Remote::new(options).unwrap();
    let root = Arc::new(LocalRoot::open_or_create(std::path::Path::new(dir)).unwrap());
    let count = std::sync::atomic::AtomicUsize::new(0);
    match what.as_str() {
        "up" => {
            remote.prepare().await.unwrap();
            let scan = Scan::new(&root).filter_map(|item| match item {
                Scanned::File(entry) => Some(entry.path),
                _ => None,
            });
            futures::stream::iter(scan)
                .for_each_concurrent(n, |path| {
                    let (remote, root, count) = (&remote, Arc::clone(&root), &count);
                    async move {
                        let p = path.clone();
                        let source = tokio::task::spawn_blocking(move || Source::open(&root, &p))
                            .await
                            .unwrap()
                            .unwrap();
                        remote.upload(&source, &path).await.unwrap();
                        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                })
                .await;
        }
        "down" => {
            let committer = Committer::start();
            remote
                .list()
                .for_each_concurrent(n, |item| {
                    let (remote, root, count, committer) = (&remote, Arc::clone(&root), &count, &committer);
                    async move {
                        let Listed::File(entry) = item.unwrap() else { panic!() };
                        let e: Entry = entry.clone();
                        let target = tokio::task::spawn_blocking(move || Target::create(&root, &e.path))
                            .await
                            .unwrap()
                            .unwrap();
                        let time = match remote.fetch(&entry, &target).await.unwrap() {
                            Modified::At(t) | Modified::StoredAt(t) => Some(t),
                            _ => None,
                        };
                        if std::env::var("NOCOMMIT").is_err() {
                            committer.commit(target, time).await.unwrap();
                        }
                        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                })
                .await;
        }
        "list" => {
            let mut list = remote.list();
            while let Some(item) = list.next().await {
                item.unwrap();
                count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
        _ => panic!(),
    }
    eprintln!("{} files, {:?} requests", count.into_inner(), remote.requests());
}
