//! `caBundle` of the webhook's configuration. Nothing else in it is ours to write.

use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::CertificateError;

/// The field manager of these writes.
const MANAGER: &str = "podfs-certificates";

/// The configuration whose webhooks lead here.
#[derive(Clone)]
pub(super) struct Configuration {
    api: Api<MutatingWebhookConfiguration>,
    name: String,
}

impl Configuration {
    pub(super) fn new(client: Client, name: &str) -> Self {
        Self { api: Api::all(client), name: name.to_owned() }
    }

    /// Makes every webhook of it trust these authorities. Says whether anything had to be changed.
    pub(super) async fn trust(&self, authorities: &str) -> Result<bool, CertificateError> {
        let found = self.api.get(&self.name).await.map_err(|cause| self.failed("read", cause))?;
        let Some(patch) = patch(&found, authorities) else { return Ok(false) };
        let parameters = PatchParams::apply(MANAGER).force();
        self.api
            .patch(&self.name, &parameters, &Patch::Apply(&patch))
            .await
            .map_err(|cause| self.failed("write caBundle of", cause))?;
        Ok(true)
    }

    fn failed(&self, operation: &'static str, cause: kube::Error) -> CertificateError {
        let object = format!("MutatingWebhookConfiguration {}", self.name);
        CertificateError::Api { operation, object, cause: Box::new(cause) }
    }
}

/// What to apply, where something is not as it should be.
fn patch(found: &MutatingWebhookConfiguration, authorities: &str) -> Option<Value> {
    let wanted = ByteString(authorities.into());
    let webhooks = found.webhooks.as_deref().unwrap_or_default();
    if webhooks.iter().all(|webhook| webhook.client_config.ca_bundle.as_ref() == Some(&wanted)) {
        return None;
    }
    // Applied again, also where it is right: what a manager no longer applies, the server takes away.
    let webhooks: Vec<Value> = webhooks
        .iter()
        .map(|webhook| json!({"name": webhook.name, "clientConfig": {"caBundle": wanted}}))
        .collect();
    Some(json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        // Of what was seen: one that was replaced meanwhile may have other webhooks.
        "metadata": {"name": found.metadata.name, "uid": found.metadata.uid},
        "webhooks": webhooks,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(bundle: &str) -> MutatingWebhookConfiguration {
        let webhook = |name: &str, bundle: &str| {
            json!({
                "name": name, "sideEffects": "None", "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": "https://localhost/", "caBundle": ByteString(bundle.into())},
            })
        };
        serde_json::from_value(json!({
            "metadata": {"name": "podfs", "uid": "1"},
            "webhooks": [webhook("one", "right"), webhook("two", bundle)],
        }))
        .unwrap()
    }

    #[test]
    fn what_is_right_is_left_alone() {
        assert_eq!(patch(&configuration("right"), "right"), None);
    }

    #[test]
    fn all_webhooks_are_put_right_and_nothing_but_the_bundle() {
        let patch = patch(&configuration("wrong"), "right").unwrap();
        let bundle = json!({"caBundle": "cmlnaHQ="});
        let webhooks =
            json!([{"name": "one", "clientConfig": bundle}, {"name": "two", "clientConfig": bundle}]);
        assert_eq!(patch["webhooks"], webhooks);
    }
}
