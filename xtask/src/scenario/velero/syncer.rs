//! The part of vcluster's syncer: it writes who a Pod of the host is inside the virtual cluster.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Result;
use podfs_testkit::cluster::node::Inside;

use super::VCLUSTER;

/// How long to wait between two looks at all Pods.
const TICK: Duration = Duration::from_millis(200);
/// Of each Pod: namespace, name, UID, and the UID that it is said to have inside.
const FIELDS: &str = "{range .items[*]}{.metadata.namespace} {.metadata.name} {.metadata.uid} \
    {.metadata.annotations.vcluster\\.loft\\.sh/object-uid}{\"\\n\"}{end}";

/// A thread that annotates every Pod; it ends when this is dropped.
pub(super) struct Syncer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    pub(super) fn start(node: &Inside) -> Self {
        let (stop, node) = (Arc::new(AtomicBool::new(false)), node.clone());
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                // A Pod may go between the look and the word; the next look shows the next Pods.
                if let Err(error) = annotate_all(&node) {
                    eprintln!("syncer: {error:#}");
                }
                thread::sleep(TICK);
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn annotate_all(node: &Inside) -> Result<()> {
    let pods = node.ask(&["get", "pods", "--all-namespaces", &format!("--output=jsonpath={FIELDS}")])?;
    for pod in pods.lines() {
        let words: Vec<&str> = pod.split(' ').collect();
        if let [namespace, name, uid, said] = words[..]
            && uid != said
        {
            annotate(node, namespace, name, uid)?;
        }
    }
    Ok(())
}

fn annotate(node: &Inside, namespace: &str, name: &str, uid: &str) -> Result<()> {
    let annotations: String = [("uid", uid), ("name", name), ("namespace", namespace)]
        .iter()
        .map(|(key, value)| {
            format!(
                "\"vcluster.loft.sh/{key}\": \"{value}\", \"vcluster.loft.sh/object-{key}\": \"{value}\", "
            )
        })
        .collect();
    let patch = format!(
        "{{\"metadata\": {{\"labels\": {{\"vcluster.loft.sh/managed-by\": \"{VCLUSTER}\"}}, \"annotations\": {{{}}}}}}}",
        annotations.trim_end_matches(", ")
    );
    node.ask(&["patch", "pod", "--namespace", namespace, name, "--patch", &patch]).map(drop)
}
