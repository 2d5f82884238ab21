//! Velero inside a virtual cluster: its node-agent finds the Pods where vcluster-fs-syncer shows them, backs a volume up to S3
//! and restores it into a new Pod, byte for byte.
//!
//! There is no vcluster: a thread does its syncer's part and writes the metadata by which Pods are known. It says of each
//! Pod of the cluster that it is its own virtual one, so that one API server stands for both. All of them are in one namespace,
//! as all Pods of a vcluster are on its host: Velero's node-agent wants to see every Pod of the node that it knows of.

mod images;
mod syncer;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use podfs_testkit::cluster::node::{BUSYBOX_IMAGE, Inside};
use podfs_testkit::cluster::output_of;
use podfs_testkit::servers::S3Server;
use podfs_testkit::tools::{VELERO, workspace_root};

use self::syncer::Syncer;
use super::cluster::wait;
use crate::image;
use crate::step::step;

/// What the virtual cluster is called.
const VCLUSTER: &str = "blue";
/// The namespace of all Pods.
const NAMESPACE: &str = "team";
/// Makes files once; what is there already stays.
const MAKE_FILES: &str = "cd /data; test -e made || { mkdir -p one/two; \
    for i in 1 2 3 4 5 6 7 8 9; do dd if=/dev/urandom of=one/two/$i bs=1000 count=$((i * 177)); done; \
    echo text > 'a name with spaces'; ln -s one/two/1 link; touch made; }; sleep 100000";

/// Plays it, on the node that this process runs on.
pub(super) fn play(node: &Inside) -> Result<()> {
    let folder = tempfile::tempdir_in(node.folder())?;
    let s3 = S3Server::start_at(node.address())?;
    let bucket = s3.create_bucket("velero")?;
    step("images", || {
        node.import(&image::archive(image::Program::VclusterFsSyncer)?)?;
        images::give(node, folder.path())
    })?;
    make_namespace(node)?;
    step("vcluster-fs-syncer, by helm from its chart", || install_agent(node))?;
    let _syncer = Syncer::start(node);
    step("a Pod with a volume", || start_application(node))?;
    let before = step("what is in the volume", || checksums(node))?;
    step("Velero", || install_velero(node, &s3, &bucket, folder.path()))?;
    step("backup", || back_up(node))?;
    step("the Pod goes, and with it the volume", || {
        node.ask(&["delete", "pod", "--namespace", NAMESPACE, "app", "--timeout=300s"]).map(drop)
    })?;
    step("restore", || restore(node))?;
    let after = step("what is in the new volume", || checksums(node))?;
    ensure!(before == after, "the volume is not what it was\nbefore:\n{before}\nafter:\n{after}");
    println!("identical after backup and restore:\n{after}");
    Ok(())
}

fn install_agent(node: &Inside) -> Result<()> {
    let chart = workspace_root()?.join("charts/vcluster-fs-syncer");
    let mut helm = node.helm()?;
    helm.args(["install", "vcluster-fs-syncer"]).arg(chart);
    helm.args(["--namespace", NAMESPACE, "--wait", "--timeout=300s"]);
    output_of(&mut helm).map(drop)
}

fn make_namespace(node: &Inside) -> Result<()> {
    node.ask(&["create", "namespace", NAMESPACE])?;
    wait("the namespace has a service account", || {
        node.ask(&["get", "serviceaccount", "default", "--namespace", NAMESPACE]).map(Some)
    })
    .map(drop)
}

fn start_application(node: &Inside) -> Result<()> {
    node.apply(
        &format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: app, namespace: {NAMESPACE}, labels: {{app: shop}}}}, spec: {{\
               terminationGracePeriodSeconds: 1, volumes: [{{name: data, emptyDir: {{}}}}], containers: [{{\
                 name: app, image: '{BUSYBOX_IMAGE}', imagePullPolicy: Never, command: [sh, -c, {MAKE_FILES:?}],\
                 readinessProbe: {{exec: {{command: [test, -e, /data/made]}}, periodSeconds: 1}},\
                 volumeMounts: [{{name: data, mountPath: /data}}]}}]}}}}"
        ),
    )
}

/// Of all files in the application's volume, when it is ready.
fn checksums(node: &Inside) -> Result<String> {
    node.ask(&["wait", "--namespace", NAMESPACE, "--for=condition=Ready", "pod/app", "--timeout=300s"])?;
    // What Velero leaves there to say that it is done is not the application's.
    let script = "cd /data; find . -type f ! -path './.velero/*' | sort | tr '\\n' '\\0' | xargs -0 sha256sum; \
        find . -type l | sort | xargs ls -l | sed 's/.* //'";
    let sums = node.ask(&["exec", "--namespace", NAMESPACE, "app", "--", "sh", "-c", script])?;
    ensure!(sums.lines().count() > 10, "too little was found: {sums}");
    Ok(sums)
}

fn install_velero(node: &Inside, s3: &S3Server, bucket: &str, folder: &Path) -> Result<()> {
    let secret = folder.join("credentials");
    fs::write(
        &secret,
        format!(
            "[default]\naws_access_key_id={}\naws_secret_access_key={}\n",
            s3.access_key(),
            s3.secret_key()
        ),
    )
    .context("cannot write Velero's credentials")?;
    let mut install = VELERO.command()?;
    install.env("KUBECONFIG", node.kubeconfig()).env("HOME", folder).current_dir(folder);
    install.args([
        "install",
        "--namespace",
        NAMESPACE,
        "--provider=aws",
        "--use-volume-snapshots=false",
        "--use-node-agent",
    ]);
    install.arg(format!("--bucket={bucket}")).arg(format!("--secret-file={}", secret.display()));
    install.arg(format!("--image={}", images::VELERO)).arg(format!("--plugins={}", images::AWS_PLUGIN));
    install.arg(format!(
        "--backup-location-config=region=us-east-1,s3ForcePathStyle=true,s3Url={}",
        s3.endpoint()
    ));
    // The one setting by which its node-agent looks for Pods below our mounts.
    install.arg(format!("--kubelet-root-dir=/var/lib/loft/{VCLUSTER}"));
    output_of(&mut install)?;
    let rolled_out = |what: &str| {
        node.ask(&["rollout", "status", "--namespace", NAMESPACE, what, "--timeout=300s"]).map(drop)
    };
    rolled_out("deployment/velero")?;
    rolled_out("daemonset/node-agent")?;
    wait("Velero reaches the bucket", || {
        let phase = field(node, "backupstoragelocation/default", "{.status.phase}")?;
        Ok((phase == "Available").then_some(()))
    })
}

fn back_up(node: &Inside) -> Result<()> {
    node.apply(
        &format!(
            "{{apiVersion: velero.io/v1, kind: Backup, metadata: {{name: backup, namespace: {NAMESPACE}}}, spec: {{\
               includedNamespaces: [{NAMESPACE}], labelSelector: {{matchLabels: {{app: shop}}}},\
               defaultVolumesToFsBackup: true}}}}"
        ),
    )?;
    ended_well(node, "backup/backup", "podvolumebackups")?;
    let volumes = field(node, "podvolumebackups", "{.items[*].spec.volume}: {.items[*].status.progress}")?;
    ensure!(volumes.starts_with("data:"), "Velero backed these volumes up: {volumes}");
    println!("Velero backed up {volumes}");
    Ok(())
}

fn restore(node: &Inside) -> Result<()> {
    node.apply(&format!(
        "{{apiVersion: velero.io/v1, kind: Restore, metadata: {{name: restore, namespace: {NAMESPACE}}},\
               spec: {{backupName: backup}}}}"
    ))?;
    ended_well(node, "restore/restore", "podvolumerestores")
}

/// Waits until Velero is done with something, and looks how it went.
fn ended_well(node: &Inside, what: &str, parts: &str) -> Result<()> {
    let phase = wait(&format!("{what} has ended"), || {
        let phase = field(node, what, "{.status.phase}")?;
        Ok((phase == "Completed" || phase.contains("Failed")).then_some(phase))
    });
    if phase.as_deref().is_ok_and(|phase| phase == "Completed") {
        return Ok(());
    }
    let details = ["get", "--namespace", NAMESPACE, "--output=yaml"];
    let [whole, each] = [what, parts].map(|name| node.ask(&[&details[..], &[name]].concat()));
    bail!("{what} ended as {phase:?}:\n{}\n{}", whole.unwrap_or_default(), each.unwrap_or_default());
}

fn field(node: &Inside, what: &str, path: &str) -> Result<String> {
    node.ask(&["get", "--namespace", NAMESPACE, what, &format!("--output=jsonpath={path}")])
}
