//! The variables of the injected containers. Secrets are only ever referred to.

use k8s_openapi::api::core::v1::{
    EnvFromSource, EnvVar, EnvVarSource, Pod, SecretEnvSource, SecretKeySelector,
};
use podfs_api::names::{PID_PATH, STATE_FOLDER, variables};
use podfs_api::{PodFilesystemSyncSpec, SecretReference};

use crate::command::literal;
use crate::template::Templates;
use crate::{Location, Refusal, select};

/// How files of an encrypted remote are called. It hides names from a passing glance, and keeps them short enough for
/// every store.
const FILE_NAMES: &str = "obfuscate";

/// The variables that stand in the Pod.
pub(crate) fn variables(
    spec: &PodFilesystemSyncSpec,
    location: &Location,
    templates: &mut Templates<'_>,
) -> Result<Vec<EnvVar>, Refusal> {
    let mut all = given(spec, templates)?;
    if spec.automatic_encryption.enabled {
        let secret = spec.automatic_encryption.secret().ok_or(Refusal::NoSecret)?;
        all.push(plain(variables::ENCRYPTED_REMOTE, literal(&format!("remote:{}", location.remote_path))));
        let hidden = variables::ENCRYPTED_FILENAME_ENCRYPTION;
        if !spec.env.keys().any(|given| given.eq_ignore_ascii_case(hidden)) {
            all.push(plain(hidden, FILE_NAMES.to_owned()));
        }
        all.push(password(secret));
    }
    all.push(plain(variables::STATE_DIR, STATE_FOLDER.to_owned()));
    all.push(plain(variables::PID_PATH, PID_PATH.to_owned()));
    all.push(plain(variables::TMPDIR, STATE_FOLDER.to_owned()));
    Ok(all)
}

/// The sidecar's own: it does not sync a volume that no restore of ours has completed. A restore that leaves out a remote
/// which was never synced to completes it where there is nothing. What another program left there is taken away only where
/// the object says that the volume is right.
pub(crate) fn of_sidecar(spec: &PodFilesystemSyncSpec) -> Option<EnvVar> {
    let options = &spec.sync_options;
    let volume_is_right = !options.restore_remote_on_first_run && options.clean_up.force_remote;
    let required = options.allowed_directions.from_remote && !volume_is_right;
    required.then(|| plain(variables::REQUIRE_RECEIPT, "true".to_owned()))
}

/// Secrets whose keys are variables too.
pub(crate) fn secrets(spec: &PodFilesystemSyncSpec, pod: &Pod) -> Result<Vec<EnvFromSource>, Refusal> {
    let own = select::namespace(&pod.metadata);
    spec.env_from_secrets.iter().map(|secret| from_secret(secret, own)).collect()
}

fn given(spec: &PodFilesystemSyncSpec, templates: &mut Templates<'_>) -> Result<Vec<EnvVar>, Refusal> {
    let reserved = reserved(spec);
    let filled_in = |(name, text): (&String, &String)| {
        if !is_name(name) {
            return Err(Refusal::VariableName { name: name.clone() });
        }
        // The program reads keys of a remote in any case: REMOTE_ssh says what REMOTE_SSH does.
        let upper = name.to_ascii_uppercase();
        if reserved.contains(&upper.as_str()) {
            return Err(Refusal::ReservedVariable { name: name.clone() });
        }
        if names_a_program(&upper) {
            return Err(Refusal::NamesAProgram { name: name.clone() });
        }
        Ok(plain(name, templates.fill_in(&format!("env.{name}"), text)?))
    };
    spec.env.iter().map(filled_in).collect()
}

/// Names that would say something else than we do.
fn reserved(spec: &PodFilesystemSyncSpec) -> Vec<&'static str> {
    let mut names =
        vec![variables::STATE_DIR, variables::PID_PATH, variables::TMPDIR, variables::REQUIRE_RECEIPT];
    if spec.automatic_encryption.enabled {
        names.extend([variables::ENCRYPTED_PASSWORD, variables::ENCRYPTED_REMOTE]);
    }
    names
}

/// Whether a program, or rclone in its name, runs what the value says: a path in the volume, where anybody's files may be. The name
/// is in upper case.
fn names_a_program(name: &str) -> bool {
    const EXACTLY: [&str; 5] = [
        variables::RCLONE,
        "PATH",
        "RCLONE_PASSWORD_COMMAND",
        // They may have a `credential_process`.
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ];
    // Options of rclone, of one kind of storage or of the remote itself: SFTP's `ssh`, and WebDAV's way to a token.
    const ENDS: [&str; 2] = ["_SSH", "_BEARER_TOKEN_COMMAND"];
    EXACTLY.contains(&name) || name.starts_with("LD_") || ENDS.iter().any(|end| name.ends_with(end))
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|other| other.is_ascii_alphanumeric() || other == '_')
}

fn plain(name: &str, value: String) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value), value_from: None }
}

fn password(secret: &str) -> EnvVar {
    let key = variables::ENCRYPTED_PASSWORD;
    let selector = SecretKeySelector { name: secret.to_owned(), key: key.to_owned(), optional: None };
    let source = EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: key.to_owned(), value: None, value_from: Some(source) }
}

fn from_secret(secret: &SecretReference, own: &str) -> Result<EnvFromSource, Refusal> {
    match secret.namespace.as_deref().filter(|namespace| !namespace.is_empty() && *namespace != own) {
        Some(namespace) => Err(Refusal::SecretElsewhere {
            name: secret.name.clone(),
            namespace: namespace.to_owned(),
            own: own.to_owned(),
        }),
        None => {
            let source = SecretEnvSource { name: secret.name.clone(), optional: None };
            Ok(EnvFromSource { secret_ref: Some(source), ..EnvFromSource::default() })
        }
    }
}
