//! The schema of a label selector, which Kubernetes' own types do not bring along.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::rules;

/// A LabelSelector that selects by something.
pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "x-kubernetes-validations": [rules::selector()],
        "properties": {
            "matchLabels": {
                "type": "object",
                "description": "Labels that a Pod must have, with exactly these values.",
                "maxProperties": 64,
                "additionalProperties": {"type": "string"},
            },
            "matchExpressions": {
                "type": "array",
                "description": "Conditions on labels. All of them must hold, and all of matchLabels.",
                "maxItems": 64,
                "x-kubernetes-list-type": "atomic",
                "items": {
                    "type": "object",
                    "required": ["key", "operator"],
                    "x-kubernetes-validations": [rules::expression()],
                    "properties": {
                        "key": {"type": "string", "description": "The label's name."},
                        "operator": {
                            "type": "string",
                            "description": "How the label is compared: it has one of the values (In), none of them \
                                            (NotIn), is there (Exists), or is not (DoesNotExist).",
                            "enum": ["In", "NotIn", "Exists", "DoesNotExist"],
                        },
                        "values": {
                            "type": "array",
                            "description": "Values to compare with: at least one for In and NotIn, none for the others.",
                            "maxItems": 64,
                            "x-kubernetes-list-type": "atomic",
                            "items": {"type": "string"},
                        },
                    },
                },
            },
        },
    })
}
