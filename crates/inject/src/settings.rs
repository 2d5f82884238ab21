//! What the one who installed the operator decides, for all Pods.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

/// The user and group of the operator's image, for Pods that say nothing of their own.
pub const DEFAULT_USER: i64 = 65_532;

/// How injected containers are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The image of the injected containers; it has our program and rclone.
    pub image: String,
    /// When the image is pulled; what the cluster thinks best when left out.
    pub image_pull_policy: Option<String>,
    /// What kind of container syncs.
    pub sidecar_mode: SidecarMode,
    /// What the injected containers ask for and may take.
    pub resources: ResourceRequirements,
    /// As whom they run when neither the object nor the Pod says anything.
    pub user: i64,
    /// The group that goes with [`Self::user`].
    pub group: i64,
}

/// What kind of container syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SidecarMode {
    /// An init container that goes on running (`restartPolicy: Always`, Kubernetes 1.29 and later). It ends after the
    /// application, and never keeps a Job from ending.
    Native,
    /// A container like the application's.
    Container,
}

impl Settings {
    /// Native sidecars of this image, with modest resources.
    pub fn new(image: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            image_pull_policy: None,
            sidecar_mode: SidecarMode::Native,
            resources: modest(),
            user: DEFAULT_USER,
            group: DEFAULT_USER,
        }
    }
}

/// Little is asked for, since most of the time nothing is to be done; what a sync may take is bounded.
fn modest() -> ResourceRequirements {
    let amounts = |cpu: &str, memory: &str| {
        let amounts = [("cpu", cpu), ("memory", memory)];
        Some(
            amounts
                .map(|(name, amount)| (name.to_owned(), Quantity(amount.to_owned())))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
        )
    };
    ResourceRequirements {
        requests: amounts("10m", "64Mi"),
        limits: amounts("1", "512Mi"),
        ..ResourceRequirements::default()
    }
}
