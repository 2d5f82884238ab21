//! Who a host Pod is inside its virtual cluster, and whether the Pod may be believed.
//!
//! vcluster copies what a tenant wrote into `uid`, `name` and `namespace` to the host's Pod, and any other annotation
//! too, `managed-by` among them. Its syncer itself writes `object-uid`, `object-name`, `object-namespace` and the
//! label `managed-by`, over whatever was there (`pkg/util/translate/single_namespace.go`, `ApplyAnnotations` and
//! `TranslateLabels`, and `pkg/controllers/resources/pods/translate/translator.go`, v0.14 and later;
//! `HostAnnotations` in `translate.go` and `HostLabelsMap` in `labels.go` beside it in 2026, commit `8e5a73e9`). So
//! these decide where they are, and what contradicts them is refused. A virtual cluster inside a virtual cluster
//! looks like such a contradiction (`uid` is then the innermost Pod's) and is refused too.

use thiserror::Error;

use super::host::HostPod;
use crate::name::{DnsLabel, NameError, PodName, Uid, shorten};

/// The virtual cluster's name: vcluster writes a label, the predecessor read an annotation.
pub(super) const MANAGED_BY: &str = "vcluster.loft.sh/managed-by";
const UID: Key = Key { given: "vcluster.loft.sh/uid", trusted: "vcluster.loft.sh/object-uid" };
const NAME: Key = Key { given: "vcluster.loft.sh/name", trusted: "vcluster.loft.sh/object-name" };
const NAMESPACE: Key =
    Key { given: "vcluster.loft.sh/namespace", trusted: "vcluster.loft.sh/object-namespace" };

/// An annotation that a tenant can write, and its twin that only vcluster's syncer writes.
struct Key {
    given: &'static str,
    trusted: &'static str,
}

/// A Pod of a virtual cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The virtual cluster's name, unique only within a host namespace.
    pub vcluster: DnsLabel,
    /// UID inside the virtual cluster.
    pub uid: Uid,
    /// Name inside the virtual cluster.
    pub name: PodName,
    /// Namespace inside the virtual cluster.
    pub namespace: DnsLabel,
    /// UID on the host.
    pub host_uid: Uid,
    /// Namespace on the host.
    pub host_namespace: DnsLabel,
    /// Name on the host.
    pub host_name: PodName,
}

/// Why a Pod that claims to be of a virtual cluster is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// A value is not what it should be.
    #[error("{field}: {error}")]
    Malformed {
        /// The annotation, label or field.
        field: &'static str,
        /// What is wrong with it.
        error: NameError,
    },
    /// Two values that must agree do not.
    #[error("{given} says {given_value}, but {trusted}, which only vcluster writes, says {trusted_value}")]
    Contradiction {
        /// The key that a tenant can write.
        given: &'static str,
        /// Its value, shortened.
        given_value: String,
        /// The key that decides.
        trusted: &'static str,
        /// Its value, shortened.
        trusted_value: String,
    },
}

/// The annotation of that name, if it is one that matters.
pub(super) fn known(key: &str) -> Option<&'static str> {
    let pairs = [UID, NAME, NAMESPACE].into_iter().flat_map(|key| [key.given, key.trusted]);
    pairs.chain([MANAGED_BY]).find(|known| *known == key)
}

/// Says who a Pod is inside its virtual cluster. `None` is a Pod of the host alone: there is nothing to do for it.
///
/// # Errors
/// When it claims to be of a virtual cluster, and cannot be believed.
pub fn identify(pod: &HostPod) -> Result<Option<Identity>, IdentityError> {
    let label = pod.managed_by_label();
    let annotation = pod.annotation(MANAGED_BY);
    let given = (pod.annotation(UID.given), pod.annotation(NAME.given), pod.annotation(NAMESPACE.given));
    let (Some(vcluster), (Some(uid), Some(name), Some(namespace))) = (label.or(annotation), given) else {
        return Ok(None);
    };
    if let Some(annotation) = annotation {
        agree("the annotation vcluster.loft.sh/managed-by", annotation, "the label of that name", vcluster)?;
    }
    let host = &pod.reference;
    Ok(Some(Identity {
        vcluster: parsed(MANAGED_BY, vcluster, DnsLabel::parse)?,
        uid: parsed(UID.given, decided(pod, &UID, uid)?, Uid::parse)?,
        name: parsed(NAME.given, decided(pod, &NAME, name)?, PodName::parse)?,
        namespace: parsed(NAMESPACE.given, decided(pod, &NAMESPACE, namespace)?, DnsLabel::parse)?,
        host_uid: parsed("the Pod's metadata.uid", &host.uid, Uid::parse)?,
        host_namespace: parsed("the Pod's metadata.namespace", &host.namespace, DnsLabel::parse)?,
        host_name: parsed("the Pod's metadata.name", &host.name, PodName::parse)?,
    }))
}

/// The value of the trusted twin, where there is one, and it must be the same.
fn decided<'pod>(pod: &'pod HostPod, key: &Key, given: &'pod str) -> Result<&'pod str, IdentityError> {
    match pod.annotation(key.trusted) {
        None => Ok(given),
        Some(trusted) => agree(key.given, given, key.trusted, trusted).map(|()| trusted),
    }
}

fn agree(
    given: &'static str,
    given_value: &str,
    trusted: &'static str,
    trusted_value: &str,
) -> Result<(), IdentityError> {
    if given_value == trusted_value {
        return Ok(());
    }
    let (given_value, trusted_value) = (shorten(given_value), shorten(trusted_value));
    Err(IdentityError::Contradiction { given, given_value, trusted, trusted_value })
}

fn parsed<T>(
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, NameError>,
) -> Result<T, IdentityError> {
    parse(text).map_err(|error| IdentityError::Malformed { field, error })
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
