//! Which namespaces are looked at.

use k8s_openapi::NamespaceResourceScope;
use kube::{Api, Client, Resource};

/// All namespaces, or some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    namespaces: Vec<String>,
}

impl Scope {
    /// These alone; all when there are none.
    #[must_use]
    pub fn new(mut namespaces: Vec<String>) -> Self {
        namespaces.sort_unstable();
        namespaces.dedup();
        Self { namespaces }
    }

    /// Whether a namespace is one of them.
    pub(crate) fn has(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|name| name == namespace)
    }

    /// How many watches it takes to see all of them.
    pub(crate) fn watches(&self) -> usize {
        self.namespaces.len().max(1)
    }

    /// What those watches ask.
    pub(crate) fn apis<K>(&self, client: &Client) -> Vec<Api<K>>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>,
    {
        if self.namespaces.is_empty() {
            return vec![Api::all(client.clone())];
        }
        self.namespaces.iter().map(|name| Api::namespaced(client.clone(), name)).collect()
    }
}
