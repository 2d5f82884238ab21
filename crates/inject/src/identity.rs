//! As whom the injected containers run.

use k8s_openapi::api::core::v1::{Capabilities, Container, Pod, SeccompProfile, SecurityContext};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use podfs_api::names::{GROUP_ID_ANNOTATION, USER_ID_ANNOTATION};
use podfs_api::{Permissions, number, rules};

use crate::{Refusal, Settings};

/// What root needs to give files back to their owners, and to read files of others. All of them are allowed by the Pod
/// Security level `baseline`, which is the strictest that allows root.
const OF_ROOT: [&str; 4] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"];

/// A user and perhaps a group, by numbers: the kubelet can check that a user is not root only by the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    user: i64,
    group: Option<i64>,
}

impl Identity {
    /// The Pod's annotations, else the object's permissions, else whoever `holder`, which has the volume, runs as.
    pub(crate) fn of(
        pod: &Pod,
        permissions: &Permissions,
        holder: &Container,
        settings: &Settings,
    ) -> Result<Self, Refusal> {
        let user = annotated(pod, USER_ID_ANNOTATION)?
            .or(permitted("syncOptions.permissions.uid", permissions.uid.as_ref())?);
        let group = annotated(pod, GROUP_ID_ANNOTATION)?
            .or(permitted("syncOptions.permissions.gid", permissions.gid.as_ref())?);
        let whole = pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref());
        let own = holder.security_context.as_ref();
        let user_of_app =
            own.and_then(|own| own.run_as_user).or_else(|| whole.and_then(|whole| whole.run_as_user));
        let group_of_app =
            own.and_then(|own| own.run_as_group).or_else(|| whole.and_then(|whole| whole.run_as_group));
        let group = group.or(group_of_app);
        Ok(match user.or(user_of_app) {
            Some(user) => Self { user, group },
            None => Self { user: settings.user, group: group.or(Some(settings.group)) },
        })
    }

    /// What the Pod Security level `restricted` asks for, and a read-only root file system. As root, files of others
    /// can be read and given back.
    pub(crate) fn security_context(self, holder: &Container) -> SecurityContext {
        let is_root = self.user == 0;
        let capabilities = Capabilities {
            add: is_root.then(|| OF_ROOT.map(str::to_owned).to_vec()),
            drop: Some(vec!["ALL".to_owned()]),
        };
        SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(capabilities),
            read_only_root_filesystem: Some(true),
            run_as_group: self.group,
            run_as_non_root: (!is_root).then_some(true),
            run_as_user: Some(self.user),
            // The label that the application's files have, where it has one of its own.
            se_linux_options: holder.security_context.as_ref().and_then(|own| own.se_linux_options.clone()),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                ..SeccompProfile::default()
            }),
            ..SecurityContext::default()
        }
    }
}

fn annotated(pod: &Pod, name: &'static str) -> Result<Option<i64>, Refusal> {
    let text = pod.metadata.annotations.as_ref().and_then(|annotations| annotations.get(name));
    text.map(|text| id(name, &IntOrString::String(text.trim().to_owned()))).transpose()
}

fn permitted(place: &'static str, value: Option<&IntOrString>) -> Result<Option<i64>, Refusal> {
    value.map(|value| id(place, value)).transpose()
}

fn id(place: &'static str, value: &IntOrString) -> Result<i64, Refusal> {
    number(value)
        .filter(|id| *id <= rules::LARGEST_ID)
        .ok_or_else(|| Refusal::NotAnId { place, value: written(value) })
}

/// As the user wrote it.
pub(crate) fn written(value: &IntOrString) -> String {
    match value {
        IntOrString::Int(number) => number.to_string(),
        IntOrString::String(text) => text.clone(),
    }
}
