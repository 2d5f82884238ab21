//! The injected containers and their volumes.

use k8s_openapi::api::core::v1::{
    Container, EmptyDirVolumeSource, ExecAction, Pod, Probe, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use podfs_api::PodFilesystemSync;
use podfs_api::names::{
    CONFIG_FOLDER, CONFIG_VOLUME, NO_TOKEN_VOLUME, PROGRAM, RESTORE_CONTAINER, SIDECAR_CONTAINER,
    STATE_FOLDER, STATE_VOLUME, TOKEN_FOLDER,
};
use serde::Serialize;

use crate::identity::Identity;
use crate::settings::{Settings, SidecarMode};
use crate::template::Templates;
use crate::volume::Holding;
use crate::{Location, Refusal, command, environment, path};

/// The rendered configuration is small, and lies in memory.
const CONFIG_SIZE: &str = "1Mi";

/// What a Pod gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Parts {
    pub(crate) restore: Option<Container>,
    pub(crate) sidecar: Option<Container>,
    pub(crate) volumes: Vec<Volume>,
}

impl Parts {
    /// Everything that `object` asks for in this Pod.
    pub(crate) fn of(
        pod: &Pod,
        object: &PodFilesystemSync,
        location: &Location,
        holding: &Holding<'_>,
        templates: &mut Templates<'_>,
        settings: &Settings,
    ) -> Result<Self, Refusal> {
        let spec = &object.spec;
        let directions = &spec.sync_options.allowed_directions;
        let hides_token = may_get_token(pod, holding);
        let identity = Identity::of(pod, &spec.sync_options.permissions, holding.container, settings)?;
        let common = Container {
            command: Some(vec![PROGRAM.to_owned()]),
            env: Some(environment::variables(spec, location, templates)?),
            env_from: Some(environment::secrets(spec, pod)?).filter(|secrets| !secrets.is_empty()),
            image: Some(settings.image.clone()),
            image_pull_policy: settings.image_pull_policy.clone(),
            resources: Some(settings.resources.clone()),
            security_context: Some(identity.security_context(holding.container)),
            // So that `kubectl describe pod` shows why a restore was refused.
            termination_message_policy: Some("FallbackToLogsOnError".to_owned()),
            volume_mounts: Some(mounts(holding, hides_token)),
            ..Container::default()
        };
        let restore = directions.from_remote.then(|| restore(&common, command::restore(spec, location)));
        let sidecar = match directions.to_remote {
            true => Some(sidecar(
                &common,
                command::sync(spec, location)?,
                environment::of_sidecar(spec),
                settings,
            )),
            false => None,
        };
        Ok(Self { restore, sidecar, volumes: volumes(hides_token) })
    }

    /// A short text that differs when anything here does. It stands in the Pod, and only names what stands there too.
    pub(crate) fn fingerprint(&self) -> String {
        // Containers are made of texts, numbers, lists and maps with texts as keys: they are always JSON.
        let json = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&json).to_hex().chars().take(32).collect()
    }
}

fn restore(common: &Container, arguments: Vec<String>) -> Container {
    Container { name: RESTORE_CONTAINER.to_owned(), args: Some(arguments), ..common.clone() }
}

fn sidecar(
    common: &Container,
    arguments: Vec<String>,
    own: Option<k8s_openapi::api::core::v1::EnvVar>,
    settings: &Settings,
) -> Container {
    let env = common.env.iter().flatten().cloned().chain(own).collect();
    Container {
        name: SIDECAR_CONTAINER.to_owned(),
        args: Some(arguments),
        env: Some(env),
        liveness_probe: Some(probe(60, 3)),
        // A native sidecar lets the application start once this succeeds.
        startup_probe: Some(probe(1, 120)),
        restart_policy: (settings.sidecar_mode == SidecarMode::Native).then(|| "Always".to_owned()),
        ..common.clone()
    }
}

/// Whether the process that the PID file names runs.
fn probe(period: i32, failures: i32) -> Probe {
    let command = [PROGRAM, "interrupt", "--dry-run"].map(str::to_owned).to_vec();
    Probe {
        exec: Some(ExecAction { command: Some(command) }),
        failure_threshold: Some(failures),
        period_seconds: Some(period),
        timeout_seconds: Some(10),
        ..Probe::default()
    }
}

/// Whether the API server would mount the token of the application's service account in the injected containers, which
/// never talk to it: it does so in every container that has no mount at that very place.
fn may_get_token(pod: &Pod, holding: &Holding<'_>) -> bool {
    let refused = pod.spec.as_ref().and_then(|spec| spec.automount_service_account_token) == Some(false);
    !refused && holding.mounts.iter().all(|mount| path::normal(&mount.mount_path) != TOKEN_FOLDER)
}

fn mounts(holding: &Holding<'_>, hides_token: bool) -> Vec<VolumeMount> {
    let mount = |name: &str, path: &str| VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        ..VolumeMount::default()
    };
    let ours = [mount(CONFIG_VOLUME, CONFIG_FOLDER), mount(STATE_VOLUME, STATE_FOLDER)];
    let nothing = VolumeMount { read_only: Some(true), ..mount(NO_TOKEN_VOLUME, TOKEN_FOLDER) };
    holding.mounts.iter().cloned().chain(ours).chain(hides_token.then_some(nothing)).collect()
}

fn volumes(hides_token: bool) -> Vec<Volume> {
    let volume =
        |name: &str, source| Volume { name: name.to_owned(), empty_dir: Some(source), ..Volume::default() };
    let in_memory = EmptyDirVolumeSource {
        medium: Some("Memory".to_owned()),
        size_limit: Some(Quantity(CONFIG_SIZE.to_owned())),
        ..EmptyDirVolumeSource::default()
    };
    let empty = EmptyDirVolumeSource::default;
    let ours = [volume(CONFIG_VOLUME, in_memory), volume(STATE_VOLUME, empty())];
    ours.into_iter().chain(hides_token.then(|| volume(NO_TOKEN_VOLUME, empty()))).collect()
}
