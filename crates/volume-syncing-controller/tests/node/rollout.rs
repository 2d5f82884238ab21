//! The operator's replicas are replaced while Pods are made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;

use crate::cluster::{on_the_node, replicas, until};
use crate::load;
use crate::objects::{object, pod};
use crate::operator::{replicas_alone, restart};

#[test]
fn while_replicas_are_replaced_no_pod_is_refused() {
    let _replicas = replicas();
    on_the_node("rollout::while_replicas_are_replaced_no_pod_is_refused", |cluster| {
        cluster.namespace("rollout", "restricted");
        cluster.apply(&object("rollout", "web", "bucket"));
        let runtime = load::runtime();
        let pods: Api<Pod> = Api::namespaced(runtime.block_on(load::client(cluster)), "rollout");
        let shown: Pod = serde_json::from_value(pod("rollout", "web")).unwrap();
        let ask = move || {
            let (pods, shown) = (pods.clone(), shown.clone());
            let for_show = PostParams { dry_run: true, ..PostParams::default() };
            async move { pods.create(&for_show, &shown).await.map(drop).map_err(|error| error.to_string()) }
        };
        until("a Pod is let in", || runtime.block_on(ask()).is_ok());

        let goes_on = Arc::new(AtomicBool::new(true));
        let told = goes_on.clone();
        let requests = std::iter::from_fn(move || told.load(Ordering::Relaxed).then(&ask));
        let sending = runtime.spawn(load::send(20, requests));
        let alone = replicas_alone(cluster);
        restart(cluster);
        drop(alone);
        goes_on.store(false, Ordering::Relaxed);
        let outcome = runtime.block_on(sending).unwrap();
        assert_eq!(outcome.errors, Vec::<String>::new());
        assert!(outcome.waited.len() >= 100, "{} requests are not much of a load", outcome.waited.len());
    });
}
