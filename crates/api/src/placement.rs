//! Where the restore container stands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Where the restore container stands among the Pod's init containers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::placement()))]
pub struct InitContainerPlacement {
    /// `first` or `last` of all init containers, or right `before` or `after` the one that containerReference names.
    #[serde(default)]
    pub placement: Placement,
    /// The init container that `before` and `after` refer to. The Pod must have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minLength" = 1, "maxLength" = 63))]
    pub container_reference: Option<String>,
}

/// A place among init containers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Placement {
    /// Before all others.
    First,
    /// After all others.
    #[default]
    Last,
    /// Right before the container that is named.
    Before,
    /// Right after the container that is named.
    After,
}
