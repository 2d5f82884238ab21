//! Which object a Pod belongs to.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use kube_core::{Selector, SelectorExt as _};
use podfs_api::PodFilesystemSync;

use crate::Refusal;

/// The one object of the Pod's namespace that selects it. An object whose selector cannot be read selects nothing, so
/// that it keeps no other one from its work.
pub fn select<'a>(
    pod: &Pod,
    objects: impl Iterator<Item = &'a PodFilesystemSync>,
) -> Result<&'a PodFilesystemSync, Refusal> {
    let namespace = namespace(&pod.metadata);
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let mut unreadable = Vec::new();
    let mut found = Vec::new();
    for object in objects.filter(|object| self::namespace(&object.metadata) == namespace) {
        match fits(&object.spec.pod_selector, &labels) {
            Some(true) => found.push(object),
            Some(false) => {}
            None => unreadable.push(name(object)),
        }
    }
    match found.as_slice() {
        [object] => Ok(object),
        [] => Err(Refusal::NoneSelects { namespace: namespace.to_owned(), unreadable: sorted(unreadable) }),
        several => {
            let names = several.iter().map(|object| name(object)).collect();
            Err(Refusal::Ambiguous { namespace: namespace.to_owned(), names: sorted(names) })
        }
    }
}

/// Whether the selector fits; nothing when it selects by nothing or cannot be read.
fn fits(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> Option<bool> {
    let selector = Selector::try_from(selector.clone()).ok()?;
    (!selector.selects_all()).then(|| selector.matches(labels))
}

/// The namespace; `default` where none is given, as kubectl does.
pub(crate) fn namespace(metadata: &ObjectMeta) -> &str {
    metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty()).unwrap_or("default")
}

fn name(object: &PodFilesystemSync) -> String {
    object.metadata.name.clone().unwrap_or_default()
}

/// Whatever order they were held in, the message is the same.
fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
