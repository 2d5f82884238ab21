//! The `PodFilesystemSync` objects.
//!
//! A stored object that cannot be read (an older schema let it in) is known as such, and stalls none of the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::ListParams;
use kube::core::DeserializeGuard;
use kube::{Api, Client, ResourceExt as _};
use podfs_api::PodFilesystemSync;

use super::Store;
use super::store::Place;

/// All that there are.
pub(crate) type Objects = Store<Known>;

/// An object, or what is wrong with it.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// As it is stored.
    Object(Arc<PodFilesystemSync>),
    /// It cannot be read.
    Malformed(Arc<str>),
}

impl Known {
    /// The object, if it can be read.
    pub(crate) fn object(&self) -> Option<&Arc<PodFilesystemSync>> {
        match self {
            Self::Object(object) => Some(object),
            Self::Malformed(_) => None,
        }
    }
}

/// As it is kept.
pub(crate) fn read_object(guard: DeserializeGuard<PodFilesystemSync>) -> (Place, Known) {
    let place = (guard.namespace().unwrap_or_default(), guard.name_any());
    let known = match guard.0 {
        Ok(mut object) => {
            // Half of an object's memory, and of no use here.
            object.metadata.managed_fields = None;
            Known::Object(Arc::new(object))
        }
        Err(invalid) => Known::Malformed(invalid.error.into()),
    };
    (place, known)
}

/// Those of a namespace as the API server has them now, by name.
pub(crate) async fn list_objects(client: &Client, namespace: &str) -> kube::Result<BTreeMap<String, Known>> {
    let api: Api<DeserializeGuard<PodFilesystemSync>> = Api::namespaced(client.clone(), namespace);
    let listed = api.list(&ListParams::default()).await?.items;
    Ok(listed.into_iter().map(read_object).map(|((_, name), known)| (name, known)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(local_path: Value) -> Known {
        let guard = serde_json::from_value(json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync",
            "metadata": {"namespace": "team", "name": "sync"},
            "spec": {"podSelector": {"matchLabels": {"app": "a"}}, "localPath": local_path, "remotePath": "/bucket"},
        }));
        let (place, known) = read_object(guard.unwrap());
        assert_eq!(place, ("team".to_owned(), "sync".to_owned()));
        known
    }

    #[test]
    fn a_malformed_object_is_known_as_such() {
        assert!(matches!(read(json!(7)), Known::Malformed(error) if error.contains("string")));
        assert!(read(json!("/data")).object().is_some());
    }
}
