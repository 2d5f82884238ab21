//! Encryption whose key the operator makes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// Encryption with a key that the operator makes once and keeps in a Secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [rules::encryption()]))]
pub struct AutomaticEncryption {
    /// Encrypt file names and contents before they leave the Pod.
    #[serde(default)]
    pub enabled: bool,
    /// The Secret in the Pod's namespace that holds the key, as `ENCRYPTED_PASSWORD`. One that exists is used as it is,
    /// else it is made; it is never changed or deleted. Keep a copy somewhere else: whoever loses this Secret loses
    /// the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("maxLength" = 253))]
    pub secret_name: Option<String>,
}

impl AutomaticEncryption {
    /// The Secret, when encryption is on and one is named.
    pub fn secret(&self) -> Option<&str> {
        self.secret_name.as_deref().filter(|name| self.enabled && !name.is_empty())
    }
}
