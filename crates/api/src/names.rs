//! Every name that users, Pods and the parts of the operator agree on. What is here never changes its meaning.

/// Field manager and user agent of everything that the operator writes.
pub const CONTROLLER: &str = "volume-syncing-controller";

/// The label without which a Pod is none of our business. The webhook is asked about Pods that carry it.
pub const ENABLED_LABEL: &str = "riotkit.org/volume-syncing-controller";
/// The value of [`ENABLED_LABEL`] that counts.
pub const ENABLED_VALUE: &str = "true";

/// Annotation of a Pod: the user that the injected containers run as. It wins over the object's `permissions`.
pub const USER_ID_ANNOTATION: &str = "riotkit.org/volume-user-id";
/// Annotation of a Pod: the group that the injected containers run as. It wins over the object's `permissions`.
pub const GROUP_ID_ANNOTATION: &str = "riotkit.org/volume-group-id";
/// Annotation of a Pod that was injected: a fingerprint of what was put in, so that a second call knows its own work.
pub const INJECTED_ANNOTATION: &str = "riotkit.org/volume-syncing-injected";

/// The init container that restores the volume.
pub const RESTORE_CONTAINER: &str = "init-volume-restore";
/// The container that syncs the volume.
pub const SIDECAR_CONTAINER: &str = "volume-syncing-sidecar";

/// The volume of the injected containers that holds indexes, locks and scratch files.
pub const STATE_VOLUME: &str = "volume-syncing-state";
/// The volume of the injected containers, in memory, that holds the rendered configuration.
pub const CONFIG_VOLUME: &str = "volume-syncing-config";

/// The volume of the injected containers, empty, that lies where Kubernetes would put a token.
pub const NO_TOKEN_VOLUME: &str = "volume-syncing-no-token";

/// The program in the image of the injected containers.
pub const PROGRAM: &str = "/usr/bin/volume-syncing-controller";
/// The folder of [`CONFIG_PATH`].
pub const CONFIG_FOLDER: &str = "/etc/volume-syncing-controller";
/// Where the injected containers write the configuration that rclone can read.
pub const CONFIG_PATH: &str = "/etc/volume-syncing-controller/rclone.conf";
/// Where [`STATE_VOLUME`] is mounted.
pub const STATE_FOLDER: &str = "/var/lib/podfs";
/// Where the sidecar notes its process, for `interrupt` and the probes.
pub const PID_PATH: &str = "/var/lib/podfs/volume-syncing-controller.pid";

/// Where the API server mounts the token of the Pod's service account, in containers that mount nothing there.
pub const TOKEN_FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Variables of the injected containers that the operator itself sets, or leaves alone. `spec.env` may not.
pub mod variables {
    /// The password of the encryption, obscured as rclone does; also its key in the Secret.
    pub const ENCRYPTED_PASSWORD: &str = "ENCRYPTED_PASSWORD";
    /// The remote and path that is encrypted, such as `remote:/bucket/directory`.
    pub const ENCRYPTED_REMOTE: &str = "ENCRYPTED_REMOTE";
    /// How rclone hides file names.
    pub const ENCRYPTED_FILENAME_ENCRYPTION: &str = "ENCRYPTED_FILENAME_ENCRYPTION";
    /// Where the program keeps indexes and locks.
    pub const STATE_DIR: &str = "PODFS_STATE_DIR";
    /// Where the program notes its process.
    pub const PID_PATH: &str = "PODFS_PID_PATH";
    /// Whether a sync to the remote needs a receipt, that is, a directory that was restored completely from there.
    pub const REQUIRE_RECEIPT: &str = "PODFS_REQUIRE_RECEIPT";
    /// The rclone that is run; the image's own when it is not set.
    pub const RCLONE: &str = "PODFS_RCLONE";
    /// Where programs put what they will not need again.
    pub const TMPDIR: &str = "TMPDIR";
}
