//! Why a Pod is not changed: what is wrong, where, and what to do.

use std::fmt::Write as _;

/// A reason that is told to who creates the Pod. Trying again does not help: something has to be written differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No object selects the Pod.
    #[error("no PodFilesystemSync of namespace {namespace} selects this Pod, although it has the label \
             riotkit.org/volume-syncing-controller; create one whose podSelector fits the Pod's labels, or remove the \
             label{}", unreadable_note(.unreadable))]
    NoneSelects {
        /// The Pod's namespace.
        namespace: String,
        /// Objects there whose selectors cannot be read.
        unreadable: Vec<String>,
    },
    /// More than one object selects the Pod.
    #[error("more than one PodFilesystemSync of namespace {namespace} selects this Pod: {}; change their podSelectors or \
             the Pod's labels so that exactly one does", .names.join(", "))]
    Ambiguous {
        /// The Pod's namespace.
        namespace: String,
        /// All that select it.
        names: Vec<String>,
    },
    /// The object allows no direction.
    #[error(
        "allowedDirections has toRemote and fromRemote both false, so that nothing is left to do; allow one of them"
    )]
    NothingToDo,
    /// `localPath` is no path of a directory.
    #[error(
        "localPath {path:?} {problem}; write the directory as the containers see it, such as /var/www/data"
    )]
    LocalPath {
        /// As it is written.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No volume holds `localPath`.
    #[error("no volume is mounted at localPath {path} or above it, in any container of this Pod; {}", known_mounts(.mounts))]
    NotMounted {
        /// The path.
        path: String,
        /// Where volumes are mounted.
        mounts: Vec<String>,
    },
    /// Two containers see different files at one path.
    #[error(
        "containers {first} and {second} mount different volumes (or parts of one) for {path}, so that it is not clear \
             which is meant; give localPath a directory where they agree, or mount the same volume"
    )]
    DifferentVolumes {
        /// The path.
        path: String,
        /// A container.
        first: String,
        /// Another.
        second: String,
    },
    /// The volume cannot be written.
    #[error(
        "volume {volume} is mounted read-only at {mount_path} in container {container}, so that nothing can be \
             restored there; mount it writable, or set syncOptions.allowedDirections.fromRemote to false"
    )]
    ReadOnly {
        /// The volume.
        volume: String,
        /// Where it is mounted.
        mount_path: String,
        /// By whom.
        container: String,
    },
    /// The directory holds what the cluster itself writes.
    #[error(
        "localPath {path} lies on volume {volume} of the kind {kind}, whose files come from the cluster and may be secret, \
             so that they are never synced; give localPath a directory of a volume that the application writes"
    )]
    MadeByTheKubelet {
        /// The path.
        path: String,
        /// The volume.
        volume: String,
        /// Its kind, as the Pod's manifest calls it.
        kind: &'static str,
    },
    /// A mount depends on variables of its container.
    #[error(
        "container {container} mounts {mount_path} with subPathExpr, which depends on that container's variables; use \
             subPath instead"
    )]
    SubPathExpression {
        /// Where it is mounted.
        mount_path: String,
        /// By whom.
        container: String,
    },
    /// The container that the restore is to stand next to is not there.
    #[error("initContainerPlacement.containerReference names {name}, but this Pod has {}", known_init_containers(.known))]
    NoSuchContainer {
        /// The name.
        name: String,
        /// The init containers that are there.
        known: Vec<String>,
    },
    /// `placement` and `containerReference` do not go together.
    #[error("initContainerPlacement: before and after need containerReference, first and last take none")]
    Placement,
    /// A user or group that is none.
    #[error(
        "{place} is {value:?}, which is not the number of a user or group; write a number from 0 to 2147483647"
    )]
    NotAnId {
        /// The annotation or field.
        place: &'static str,
        /// What it says.
        value: String,
    },
    /// `maxOneSyncPerMinutes` cannot be read.
    #[error("syncOptions.maxOneSyncPerMinutes is {value:?}; write whole minutes from 0 to 10080")]
    Minutes {
        /// What it says.
        value: String,
    },
    /// The schedule cannot be read.
    #[error("syncOptions.schedule: {problem}")]
    Schedule {
        /// What is wrong, with the place.
        problem: String,
    },
    /// A template that cannot be read or filled in.
    #[error("the template in {field} {problem}")]
    Template {
        /// The field.
        field: String,
        /// What is wrong.
        problem: String,
    },
    /// A template came to something that is no place on a remote.
    #[error(
        "remotePath comes to {path:?} for this Pod, which {problem}; check the template and what it takes from the Pod"
    )]
    RemotePath {
        /// What came out.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A variable that cannot be one.
    #[error(
        "env has {name:?}, which cannot be the name of a variable; use letters, digits and _, such as REMOTE_TYPE"
    )]
    VariableName {
        /// The name.
        name: String,
    },
    /// A variable that the operator sets.
    #[error("env sets {name}, which the operator sets itself; remove it from env")]
    ReservedVariable {
        /// The name.
        name: String,
    },
    /// A variable that would make the injected containers run something else.
    #[error(
        "env sets {name}, which names a program that would be run, or a file that says which; the injected containers run \
             what is in their image alone, so remove it from env"
    )]
    NamesAProgram {
        /// The name.
        name: String,
    },
    /// A Secret where Pods cannot read it.
    #[error(
        "envFromSecrets names Secret {name} of namespace {namespace}, but a Pod can only read those of its own, \
             {own}; copy the Secret there, and remove namespace"
    )]
    SecretElsewhere {
        /// The Secret.
        name: String,
        /// Where it is said to be.
        namespace: String,
        /// The Pod's namespace.
        own: String,
    },
    /// Encryption without a Secret for its key.
    #[error("automaticEncryption is on, but names no Secret for the key; set automaticEncryption.secretName")]
    NoSecret,
    /// The Pod has something of our names that we did not put there.
    #[error("this Pod already has a {kind} called {name}, a name that the operator needs; rename it")]
    NameTaken {
        /// `container` or `volume`.
        kind: &'static str,
        /// The name.
        name: &'static str,
    },
    /// Somebody changed the sidecar into a container that must end.
    #[error(
        "another admission webhook took restartPolicy: Always away from init container volume-syncing-sidecar, so that \
             the Pod would never start; update that webhook, or install the operator with the sidecar mode `container`"
    )]
    SidecarStripped,
    /// The injected containers are Linux programs.
    #[error("this Pod is for {system} nodes, and volumes are synced on Linux only; remove the Pod's label")]
    System {
        /// The operating system.
        system: String,
    },
}

impl Refusal {
    /// One word for programs, as the reason of a condition or an Event.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NoneSelects { .. } => "NoMatchingObject",
            Self::Ambiguous { .. } => "Ambiguous",
            Self::Template { .. } | Self::RemotePath { .. } => "BadTemplate",
            Self::SecretElsewhere { .. } | Self::NoSecret => "SecretInvalid",
            Self::NotMounted { .. } | Self::DifferentVolumes { .. } | Self::ReadOnly { .. } => {
                "VolumeUnsuitable"
            }
            Self::SubPathExpression { .. } | Self::MadeByTheKubelet { .. } => "VolumeUnsuitable",
            Self::NameTaken { .. } | Self::SidecarStripped | Self::System { .. } => "PodUnsuitable",
            Self::NoSuchContainer { .. } => "NoSuchContainer",
            _ => "InvalidSpec",
        }
    }
}

fn unreadable_note(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(" (podSelector cannot be read or selects by nothing in: {})", names.join(", "))
}

fn known_mounts(mounts: &[String]) -> String {
    if mounts.is_empty() {
        return "it mounts no volumes; add a volume and mount it there".to_owned();
    }
    let mut text = String::from("volumes are mounted at ");
    // Writing to a String cannot fail.
    let _ = write!(text, "{}; change localPath, or mount a volume there", mounts.join(", "));
    text
}

fn known_init_containers(names: &[String]) -> String {
    if names.is_empty() {
        return "no init containers; use placement first or last".to_owned();
    }
    format!(
        "only these init containers: {}; name one of them, or use placement first or last",
        names.join(", ")
    )
}
