//! The CustomResourceDefinition, as the API server takes it.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube_core::CustomResourceExt as _;

use crate::PodFilesystemSync;

/// The definition of `PodFilesystemSync`.
pub fn definition() -> CustomResourceDefinition {
    let mut definition = PodFilesystemSync::crd();
    for version in &mut definition.spec.versions {
        let schema = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut());
        if let Some(schema) = schema {
            finish(schema);
        }
    }
    definition
}

/// What may be left out need not take `null` too: a rule of the server would see that as a value. And prose is one
/// line, however the comment in the source was broken.
fn finish(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    schema.description = schema.description.take().map(|text| joined(&text));
    schema.properties.iter_mut().flat_map(|properties| properties.values_mut()).for_each(finish);
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        finish(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        finish(values);
    }
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_explained_in_one_line() {
        let definition = definition();
        let schema = definition.spec.versions[0].schema.clone().unwrap().open_api_v3_schema.unwrap();
        let properties = schema.properties.unwrap();
        for name in ["spec", "status"] {
            explained(name, &properties[name]);
        }
    }

    fn explained(path: &str, schema: &JSONSchemaProps) {
        let text = schema.description.clone().unwrap_or_default();
        assert!(!text.is_empty() && !text.contains('\n'), "{path}: {text:?}");
        assert_eq!(schema.nullable, None, "{path}");
        for (name, property) in schema.properties.iter().flatten() {
            explained(&format!("{path}.{name}"), property);
        }
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
            for (name, property) in items.properties.iter().flatten() {
                explained(&format!("{path}[].{name}"), property);
            }
        }
    }

    #[test]
    fn what_may_be_left_out_is_filled_in_by_the_server() {
        let definition = serde_json::to_value(definition()).unwrap();
        let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
        let options = definition.pointer(&format!("{spec}/properties/syncOptions/default")).unwrap();
        let expected = serde_json::json!({
            "method": "scheduler",
            "permissions": {},
            "cleanUp": {"remote": true, "local": true, "forceRemote": false, "forceLocal": false},
            "allowedDirections": {"toRemote": true, "fromRemote": true},
            "restoreRemoteOnFirstRun": true,
        });
        assert_eq!(options, &expected);
        let required = definition.pointer(&format!("{spec}/required")).unwrap();
        assert_eq!(required, &serde_json::json!(["localPath", "podSelector", "remotePath"]));
    }
}
