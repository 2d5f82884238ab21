//! The Secret with the key of an encryption. It is made once, and never changed or deleted: whoever loses it loses the data.
//! So one that was there and is gone is never made anew: that would hide the loss until somebody needs the data.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client, ResourceExt as _};
use podfs_api::PodFilesystemSync;
use podfs_api::names::CONTROLLER;
use podfs_api::names::variables::ENCRYPTED_PASSWORD;
use podfs_remote::crypt::{Password, obscure, random_password};
use thiserror::Error;
use tracing::info;
use zeroize::Zeroizing;

/// Said in the Secret itself, where somebody who deletes it may see it.
const WARNING: &str =
    "Keep a copy of this Secret somewhere else. What is encrypted with this key cannot be read without it.";
const WARNING_ANNOTATION: &str = "riotkit.org/keep-a-copy";

/// The type of the condition about the key. It stays in the status from the first key on: it is what tells that there was one.
pub(crate) const ENCRYPTION_KEY: &str = "EncryptionKey";

/// That there is a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// It was there.
    Kept,
    /// It was made now.
    Made,
    /// It will be made when this is not for show.
    WouldBeMade,
}

/// Why there is no key that can be used.
#[derive(Debug, Error)]
pub(crate) enum KeyError {
    /// There is such a Secret, and it does not hold what it should.
    #[error(
        "Secret {namespace}/{name} {problem}, and is left as it is; put the password that the data was encrypted with \
         into its key ENCRYPTED_PASSWORD, as `rclone obscure` prints it, or name another Secret in \
         spec.automaticEncryption.secretName"
    )]
    Malformed {
        /// Where it is.
        namespace: String,
        /// What it is called.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There was one, and it is gone.
    #[error(
        "Secret {namespace}/{name} is not there, although {object} had a key or was synced before, and no other key is made: \
         what was encrypted could not be read with it. Restore the Secret from your copy (kubectl apply -f); or, to start over \
         with a new key, delete {object} and create it anew, with a remotePath where nothing lies yet"
    )]
    Missing {
        /// Where it was.
        namespace: String,
        /// What it was called.
        name: String,
        /// The object that had it.
        object: String,
    },
    /// The API server did not tell or take it.
    #[error(
        "cannot {operation} Secret {namespace}/{name}: {cause}; when this is forbidden, the operator was installed without \
         the right to it (rbac.encryptionSecrets)"
    )]
    Api {
        /// What was tried.
        operation: &'static str,
        /// Where it is.
        namespace: String,
        /// What it is called.
        name: String,
        /// What the client said.
        cause: Box<kube::Error>,
    },
    /// No password could be made.
    #[error("the system gives no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl KeyError {
    /// In one word, for conditions and Events.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "EncryptionSecretInvalid",
            Self::Missing { .. } => "EncryptionSecretMissing",
            Self::Api { .. } | Self::Randomness(_) => "EncryptionSecretUnknown",
        }
    }

    /// Whether another try could end otherwise, without anybody's help.
    pub(crate) const fn may_pass(&self) -> bool {
        matches!(self, Self::Api { .. } | Self::Randomness(_))
    }

    /// Whether nothing was learned of the key: the API server was away or busy. That it refuses to tell, such as for want of
    /// rights, is something to say.
    pub(crate) fn tells_nothing(&self) -> bool {
        match self {
            Self::Malformed { .. } | Self::Missing { .. } => false,
            Self::Api { cause, .. } => match cause.as_ref() {
                kube::Error::Api(status) => !matches!(status.code, 400 | 403 | 404 | 422),
                _ => true,
            },
            Self::Randomness(_) => true,
        }
    }
}

/// Whether something may be encrypted with a key that this object had.
pub(crate) fn had_key(object: &PodFilesystemSync) -> bool {
    let Some(status) = &object.status else { return false };
    status.conditions.iter().any(|condition| condition.type_ == ENCRYPTION_KEY)
        || status.locations.iter().any(|location| location.synchronized_to_remote)
}

/// Sees to it that an object's Secret is there and can be used. For show, nothing is made.
pub(crate) async fn ensure_key(
    client: &Client,
    object: &PodFilesystemSync,
    name: &str,
    dry_run: bool,
) -> Result<Key, KeyError> {
    let namespace = &object.namespace().unwrap_or_default();
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let failed = |operation, cause| KeyError::Api {
        operation,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        cause: Box::new(cause),
    };
    let malformed =
        |problem| KeyError::Malformed { namespace: namespace.to_owned(), name: name.to_owned(), problem };
    if let Some(secret) = secrets.get_opt(name).await.map_err(|cause| failed("read", cause))? {
        return check(&secret).map(|()| Key::Kept).map_err(malformed);
    }
    if had_key(object) {
        let object = object.name_any();
        return Err(KeyError::Missing { namespace: namespace.to_owned(), name: name.to_owned(), object });
    }
    if dry_run {
        return Ok(Key::WouldBeMade);
    }
    match secrets.create(&PostParams::default(), &fresh(namespace, name)?).await {
        Ok(_) => {
            info!(namespace, name, "a key was made; keep a copy of this Secret somewhere else");
            Ok(Key::Made)
        }
        // Another replica was faster, and its key is the one that counts.
        Err(kube::Error::Api(status)) if status.code == 409 => {
            let secret = secrets.get(name).await.map_err(|cause| failed("read", cause))?;
            check(&secret).map(|()| Key::Kept).map_err(malformed)
        }
        Err(cause) => Err(failed("make", cause)),
    }
}

/// What is wrong with it.
fn check(secret: &Secret) -> Result<(), &'static str> {
    let value = secret.data.as_ref().and_then(|data| data.get(ENCRYPTED_PASSWORD));
    let value = value.ok_or("has no key ENCRYPTED_PASSWORD")?;
    let text = std::str::from_utf8(&value.0).map_err(|_| "has no text as its key ENCRYPTED_PASSWORD")?;
    let password = Password::reveal(text)
        .map_err(|_| "has an ENCRYPTED_PASSWORD that `rclone obscure` did not print")?;
    if password.is_empty() { Err("has an empty password as its key ENCRYPTED_PASSWORD") } else { Ok(()) }
}

fn fresh(namespace: &str, name: &str) -> Result<Secret, KeyError> {
    let password = Zeroizing::new(obscure(&random_password()?)?);
    let map = |key: &str, value: &str| Some(BTreeMap::from([(key.to_owned(), value.to_owned())]));
    Ok(Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: map("app.kubernetes.io/managed-by", CONTROLLER),
            annotations: map(WARNING_ANNOTATION, WARNING),
            // No owner: it must outlive whatever asked for it.
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([(
            ENCRYPTED_PASSWORD.to_owned(),
            ByteString(password.as_bytes().to_vec()),
        )])),
        // Nobody changes it by mistake.
        immutable: Some(true),
        ..Secret::default()
    })
}

#[cfg(test)]
#[path = "encryption_tests.rs"]
mod tests;
