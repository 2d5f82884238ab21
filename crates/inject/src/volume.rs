//! The volume mounts that hold `localPath`.
//!
//! The injected containers see the directory as the application does: the mount that holds it, and writable mounts
//! below it. What is mounted read-only below it comes with each Pod anyway (ConfigMaps, Secrets) and is left out.

use k8s_openapi::api::core::v1::{Container, PodSpec, Volume, VolumeMount};

use crate::Refusal;
use crate::path;

/// The mounts for the injected containers, and whose they are.
#[derive(Debug, Clone)]
pub(crate) struct Holding<'a> {
    /// The container that the mounts were found in.
    pub(crate) container: &'a Container,
    /// The mount that holds the directory, then those below it.
    pub(crate) mounts: Vec<VolumeMount>,
}

/// One container's mount of the directory.
#[derive(Clone)]
struct Found<'a> {
    container: &'a Container,
    mount: &'a VolumeMount,
    /// Where in which volume the directory is, so that two spellings of one place can be compared.
    place: (&'a str, String),
    writable: bool,
}

/// Looks for the directory, in the containers that run all the time first.
pub(crate) fn find<'a>(spec: &'a PodSpec, local_path: &str, restores: bool) -> Result<Holding<'a>, Refusal> {
    let (running, starting): (Vec<_>, Vec<_>) = containers(spec).partition(|(_, runs)| *runs);
    let mut groups = [running, starting].into_iter();
    let found = groups.find_map(|group| {
        let found: Vec<_> =
            group.into_iter().filter_map(|(container, _)| look(spec, container, local_path)).collect();
        (!found.is_empty()).then_some(found)
    });
    let found = found.ok_or_else(|| not_mounted(spec, local_path))?;
    agree(local_path, found.iter().map(|found| (found.container, &found.place)))?;
    let best = found.iter().find(|found| found.writable).or(found.first());
    let best = best.ok_or_else(|| not_mounted(spec, local_path))?;
    if let Some(kind) = volume_of(spec, best.mount).and_then(made_by_the_kubelet) {
        return Err(Refusal::MadeByTheKubelet {
            path: local_path.to_owned(),
            volume: best.mount.name.clone(),
            kind,
        });
    }
    if restores && !best.writable {
        return Err(Refusal::ReadOnly {
            volume: best.mount.name.clone(),
            mount_path: best.mount.mount_path.clone(),
            container: best.container.name.clone(),
        });
    }
    let mut mounts = vec![copy(best.container, best.mount, best.writable)?];
    mounts.extend(below(spec, &found, local_path)?);
    Ok(Holding { container: best.container, mounts })
}

/// All containers but the debugger's, and whether they go on running beside the application.
fn containers(spec: &PodSpec) -> impl Iterator<Item = (&Container, bool)> {
    let starting = spec.init_containers.iter().flatten();
    let starting =
        starting.map(|container| (container, container.restart_policy.as_deref() == Some("Always")));
    spec.containers.iter().map(|container| (container, true)).chain(starting)
}

fn look<'a>(spec: &PodSpec, container: &'a Container, local_path: &str) -> Option<Found<'a>> {
    let mounts = mounts(container).filter(|(at, _)| path::holds(at, local_path));
    // The longest one lies on top of the others.
    let (at, mount) = mounts.max_by_key(|(at, _)| at.len())?;
    let rest = path::below(&at, local_path)?;
    let place = (mount.name.as_str(), place(mount, rest));
    Some(Found { container, mount, place, writable: is_writable(spec, mount) })
}

/// Writable mounts below the directory, in any of the containers that have it.
fn below(spec: &PodSpec, found: &[Found<'_>], local_path: &str) -> Result<Vec<VolumeMount>, Refusal> {
    let mut places: Vec<(String, &Container, (&str, String))> = Vec::new();
    let mut copies: Vec<VolumeMount> = Vec::new();
    for container in found.iter().map(|found| found.container) {
        let nested = mounts(container).filter(|(at, _)| path::holds(local_path, at) && at != local_path);
        for (at, mount) in nested.filter(|(_, mount)| is_writable(spec, mount)) {
            let here = (mount.name.as_str(), place(mount, ""));
            match places.iter().find(|(known, ..)| *known == at) {
                Some((_, other, there)) => agree(&at, [(*other, there), (container, &here)].into_iter())?,
                None => {
                    copies.push(copy(container, mount, true)?);
                    places.push((at, container, here));
                }
            }
        }
    }
    copies.sort_by(|a, b| a.mount_path.cmp(&b.mount_path));
    Ok(copies)
}

/// The mounts of a container with the normal form of where they are.
fn mounts(container: &Container) -> impl Iterator<Item = (String, &VolumeMount)> {
    container.volume_mounts.iter().flatten().map(|mount| (path::normal(&mount.mount_path), mount))
}

fn place(mount: &VolumeMount, rest: &str) -> String {
    let inside = mount.sub_path.as_deref().or(mount.sub_path_expr.as_deref()).unwrap_or_default();
    path::normal(&format!("{inside}{rest}"))
}

/// Fails when two containers see different files.
fn agree<'a>(
    path: &str,
    mut places: impl Iterator<Item = (&'a Container, &'a (&'a str, String))>,
) -> Result<(), Refusal> {
    let Some((first, place)) = places.next() else { return Ok(()) };
    match places.find(|(_, other)| *other != place) {
        None => Ok(()),
        Some((second, _)) => Err(Refusal::DifferentVolumes {
            path: path.to_owned(),
            first: first.name.clone(),
            second: second.name.clone(),
        }),
    }
}

/// The same mount for another container.
fn copy(container: &Container, mount: &VolumeMount, writable: bool) -> Result<VolumeMount, Refusal> {
    if mount.sub_path_expr.as_deref().is_some_and(|expression| !expression.is_empty()) {
        return Err(Refusal::SubPathExpression {
            mount_path: mount.mount_path.clone(),
            container: container.name.clone(),
        });
    }
    Ok(VolumeMount {
        name: mount.name.clone(),
        mount_path: mount.mount_path.clone(),
        sub_path: mount.sub_path.clone(),
        read_only: (!writable).then_some(true),
        ..VolumeMount::default()
    })
}

fn is_writable(spec: &PodSpec, mount: &VolumeMount) -> bool {
    mount.read_only != Some(true) && volume_of(spec, mount).is_none_or(|volume| !is_read_only(volume))
}

fn volume_of<'a>(spec: &'a PodSpec, mount: &VolumeMount) -> Option<&'a Volume> {
    spec.volumes.iter().flatten().find(|volume| volume.name == mount.name)
}

/// The kind of a volume whose files are the cluster's own: each Pod gets them anyway, and they may be secret.
fn made_by_the_kubelet(volume: &Volume) -> Option<&'static str> {
    let kinds = [
        (volume.secret.is_some(), "secret"),
        (volume.projected.is_some(), "projected"),
        (volume.config_map.is_some(), "configMap"),
        (volume.downward_api.is_some(), "downwardAPI"),
    ];
    kinds.into_iter().find_map(|(is_it, kind)| is_it.then_some(kind))
}

/// Volumes that nobody can write, whatever their mounts say.
fn is_read_only(volume: &Volume) -> bool {
    let claim = volume.persistent_volume_claim.as_ref().and_then(|claim| claim.read_only);
    let driver = volume.csi.as_ref().and_then(|driver| driver.read_only);
    let share = volume.nfs.as_ref().and_then(|share| share.read_only);
    made_by_the_kubelet(volume).is_some()
        || volume.image.is_some()
        || [claim, driver, share].contains(&Some(true))
}

fn not_mounted(spec: &PodSpec, local_path: &str) -> Refusal {
    let mut known: Vec<String> =
        containers(spec).flat_map(|(container, _)| mounts(container)).map(|(at, _)| at).collect();
    known.sort();
    known.dedup();
    // Every Pod has this one, and it is never meant.
    known.retain(|at| !at.starts_with("/var/run/secrets/"));
    Refusal::NotMounted { path: local_path.to_owned(), mounts: known }
}
