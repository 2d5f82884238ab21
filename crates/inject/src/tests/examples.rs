//! The manifests that users are shown, as they come out.

use std::path::Path;

use k8s_openapi::api::core::v1::Pod;
use podfs_api::PodFilesystemSync;
use rstest::rstest;
use serde_json::Value;

use super::build::settings;
use crate::{SidecarMode, inject, select};

fn read(name: &str) -> (Pod, PodFilesystemSync) {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/volume-syncing-controller").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    let of_kind = |kind: &str| documents.iter().find(|document| document["kind"] == kind).unwrap().clone();
    let pod = serde_json::from_value(of_kind("Pod")).unwrap();
    (pod, serde_json::from_value(of_kind("PodFilesystemSync")).unwrap())
}

#[rstest]
fn the_examples_come_out_as_they_are_shown(
    #[values("s3", "encrypted", "fsnotify", "restore-only")] name: &str,
    #[values(SidecarMode::Native, SidecarMode::Container)] sidecar_mode: SidecarMode,
) {
    let (pod, object) = read(&format!("{name}.yaml"));
    assert_eq!(select(&pod, [&object].into_iter()).unwrap(), &object);
    let settings = crate::Settings { sidecar_mode, ..settings() };
    let injected = inject(&pod, &object, &settings).unwrap();
    let snapshot = format!("{name}-{sidecar_mode:?}").to_lowercase();
    insta::assert_snapshot!(snapshot, serde_saphyr::to_string(&injected).unwrap());
}
