//! Secrets that are read as variables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Secret whose keys become variables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// The Secret's name. It must be in the Pod's namespace.
    #[schemars(extend("minLength" = 1, "maxLength" = 253))]
    pub name: String,
    /// The Pod's namespace, if anything: a Pod cannot read Secrets of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 63))]
    pub namespace: Option<String>,
}
