//! `inject`: manifests in, the Pod out, or the reason why not.

use std::io::Read as _;
use std::path::Path;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use podfs_api::PodFilesystemSync;
use podfs_api::names::{ENABLED_LABEL, ENABLED_VALUE};
use podfs_inject::{Settings, SidecarMode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::{Inject, Mode};
use crate::failure::Failure;

/// The patched Pod as YAML.
pub(super) fn inject(command: &Inject) -> Result<String, Failure> {
    let mut pods: Vec<Pod> = of_kind(&command.file, "Pod")?;
    let mut objects: Vec<PodFilesystemSync> = of_kind(&command.sync, "PodFilesystemSync")?;
    if pods.len() != 1 {
        return Err(Failure::configuration(format!(
            "{} holds {} Pods; give a manifest with one (of a Deployment, that is its template with kind: Pod)",
            command.file.display(),
            pods.len()
        )));
    }
    let metadata = pods.iter_mut().map(|pod| &mut pod.metadata);
    for metadata in metadata.chain(objects.iter_mut().map(|object| &mut object.metadata)) {
        fill_in_namespace(metadata, &command.namespace);
    }
    let pod = pods.first().ok_or_else(|| Failure::configuration("there is no Pod"))?;
    refuse_without_label(pod)?;
    let object = podfs_inject::select(pod, objects.iter()).map_err(Failure::configuration)?;
    let name = object.metadata.name.as_deref().unwrap_or_default();
    let injected = podfs_inject::inject(pod, object, &settings(command))
        .map_err(|refusal| Failure::configuration(format!("PodFilesystemSync {name}: {refusal}")))?;
    let yaml = serde_saphyr::to_string(&injected)
        .map_err(|error| Failure::unexpected(format!("cannot write the Pod as YAML: {error}")))?;
    Ok(yaml.trim_end().to_owned())
}

fn settings(command: &Inject) -> Settings {
    let sidecar_mode = match command.sidecar_mode {
        Mode::Native => SidecarMode::Native,
        Mode::Container => SidecarMode::Container,
    };
    Settings { sidecar_mode, ..Settings::new(command.image.clone()) }
}

/// All objects of a kind in a manifest of one or more documents.
fn of_kind<T: DeserializeOwned>(path: &Path, kind: &str) -> Result<Vec<T>, Failure> {
    let text = read(path)
        .map_err(|error| Failure::configuration(format!("cannot read {}: {error}", path.display())))?;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text)
        .map_err(|error| Failure::configuration(format!("{} is no YAML: {error}", path.display())))?;
    let wanted =
        documents.into_iter().filter(|document| document.get("kind").and_then(Value::as_str) == Some(kind));
    let parsed = wanted.map(|document| {
        let name =
            document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("without a name").to_owned();
        serde_json::from_value(document)
            .map_err(|error| Failure::configuration(format!("{kind} {name} in {}: {error}", path.display())))
    });
    parsed.collect()
}

fn read(path: &Path) -> std::io::Result<String> {
    if path != Path::new("-") {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text)?;
    Ok(text)
}

fn fill_in_namespace(metadata: &mut ObjectMeta, namespace: &str) {
    if metadata.namespace.as_deref().unwrap_or_default().is_empty() {
        metadata.namespace = Some(namespace.to_owned());
    }
}

/// The operator is not even asked about other Pods.
fn refuse_without_label(pod: &Pod) -> Result<(), Failure> {
    let label = pod.metadata.labels.as_ref().and_then(|labels| labels.get(ENABLED_LABEL));
    if label.map(String::as_str) == Some(ENABLED_VALUE) {
        return Ok(());
    }
    Err(Failure::configuration(format!(
        "the operator would leave this Pod alone: it has no label {ENABLED_LABEL}: \"{ENABLED_VALUE}\""
    )))
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches as _;
    use rstest::rstest;

    use super::*;
    use crate::cli::{Cli, Command};

    fn command(example: &str, mode: Mode) -> Inject {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../examples/volume-syncing-controller")
            .join(format!("{example}.yaml"));
        let (file, sync) = (file.clone(), file);
        Inject { file, sync, namespace: "default".to_owned(), image: "image".to_owned(), sidecar_mode: mode }
    }

    /// Every command line that is put into a Pod is one that this very program reads, and means what it should.
    #[rstest]
    fn the_injected_command_lines_are_ours(
        #[values("s3", "encrypted", "fsnotify", "restore-only")] example: &str,
        #[values(Mode::Native, Mode::Container)] mode: Mode,
    ) {
        let pod: Pod = serde_saphyr::from_str(&inject(&command(example, mode)).unwrap()).unwrap();
        let spec = pod.spec.unwrap();
        let ours = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let mut seen = Vec::new();
        for container in ours.filter(|container| container.image.as_deref() == Some("image")) {
            let line = container.command.iter().chain(&container.args).flatten();
            let matches = crate::cli::command().try_get_matches_from(line).unwrap();
            match Cli::from_arg_matches(&matches).unwrap().command {
                Command::SyncToRemote(command) => {
                    let order = command.into_order().unwrap();
                    assert!(order.stays() && !order.force);
                    seen.push("sync");
                }
                Command::RemoteToLocalSync(command) => {
                    let order = command.into_order().unwrap();
                    assert!(!order.stays() && !order.force);
                    seen.push("restore");
                }
                other => panic!("{other:?}"),
            }
            for probe in [&container.startup_probe, &container.liveness_probe].into_iter().flatten() {
                let line = probe.exec.as_ref().unwrap().command.iter().flatten();
                assert!(crate::cli::command().try_get_matches_from(line).is_ok());
            }
        }
        seen.sort_unstable();
        let expected: &[&str] = if example == "restore-only" { &["restore"] } else { &["restore", "sync"] };
        assert_eq!(seen, expected);
    }

    /// Flags of objects that the examples do not have.
    #[test]
    fn every_flag_that_an_object_can_lead_to_is_ours() {
        let spec = serde_json::json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
            "metadata": {"name": "app", "namespace": "default"},
            "spec": {
                "podSelector": {"matchLabels": {"job": "report"}}, "localPath": "/input", "remotePath": "/b",
                "debug": true,
                "syncOptions": {
                    "method": "fsnotify", "schedule": "@daily", "restoreRemoteOnFirstRun": false,
                    "cleanUp": {"remote": false, "local": false, "forceRemote": true, "forceLocal": true},
                },
            },
        });
        let object: PodFilesystemSync = serde_json::from_value(spec).unwrap();
        let pods: Vec<Pod> = of_kind(&command("restore-only", Mode::Native).file, "Pod").unwrap();
        let pod = podfs_inject::inject(&pods[0], &object, &Settings::new("image")).unwrap();
        for container in pod.spec.unwrap().init_containers.unwrap() {
            let line = container.command.iter().chain(&container.args).flatten();
            let matches = crate::cli::command().try_get_matches_from(line).unwrap();
            let order = match Cli::from_arg_matches(&matches).unwrap().command {
                Command::SyncToRemote(command) => command.into_order().unwrap(),
                Command::RemoteToLocalSync(command) => {
                    let order = command.into_order().unwrap();
                    assert!(order.only_if_synced);
                    order
                }
                other => panic!("{other:?}"),
            };
            assert!(order.force && !order.delete);
            assert_eq!(order.log_level, tracing::Level::DEBUG);
        }
    }
}
