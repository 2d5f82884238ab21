//! The Pod as templates see it: by its JSON names, and by those of Go's types, which the predecessor's templates use.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use minijinja::Value;
use minijinja::value::{Enumerator, Object};
use serde_json::Value as Json;

/// Longer texts are no part of a path, and would only be used to build larger ones.
const LONGEST_TEXT: usize = 4_096;
/// Fields whose keys are the user's own: they are found as they are written and in no other way.
const OF_USERS: [&str; 9] = [
    "annotations",
    "labels",
    "nodeSelector",
    "limits",
    "requests",
    "matchLabels",
    "overhead",
    "volumeAttributes",
    "options",
];
/// Go's types that are parts of others and have no name in JSON.
const INLINED: [&str; 6] = [
    "TypeMeta",
    "VolumeSource",
    "ProbeHandler",
    "LocalObjectReference",
    "ObjectFieldSelector",
    "LabelSelector",
];

/// The Pod as a value.
pub(super) fn value(pod: &Pod) -> Value {
    // A Pod is made of texts, numbers, lists and maps with texts as keys: it is always JSON.
    let json = serde_json::to_value(pod).unwrap_or_default();
    node(json, Kind::Pod)
}

/// How names are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The Pod itself, whose metadata has a name of its own in Go.
    Pod,
    /// A type with fields.
    Fields,
    /// A map of the user's.
    User,
}

#[derive(Debug)]
struct Map {
    kind: Kind,
    entries: serde_json::Map<String, Json>,
}

fn node(json: Json, kind: Kind) -> Value {
    match json {
        Json::Object(entries) => Value::from_object(Map { kind, entries }),
        Json::Array(items) => items.into_iter().map(|item| node(item, Kind::Fields)).collect(),
        Json::String(text) if text.len() > LONGEST_TEXT => Value::UNDEFINED,
        Json::String(text) => Value::from(text),
        Json::Bool(truth) => Value::from(truth),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::from(number.as_f64()), Value::from),
        Json::Null => Value::from(()),
    }
}

impl Map {
    /// The value under its name in JSON.
    fn named(&self, name: &str) -> Option<Value> {
        let json = self.entries.get(name)?;
        let kind = if OF_USERS.contains(&name) { Kind::User } else { Kind::Fields };
        Some(node(json.clone(), kind))
    }

    /// The value under its name in Go: `HostIP` is `hostIP`, and `Name` of a Pod is that of its metadata.
    fn named_in_go(self: &Arc<Self>, name: &str) -> Option<Value> {
        if self.kind == Kind::Pod && name == "ObjectMeta" {
            return self.named("metadata");
        }
        if INLINED.contains(&name) {
            return Some(Value::from_dyn_object(Arc::clone(self)));
        }
        if let Some(found) = self.entries.keys().find(|key| key.eq_ignore_ascii_case(name)) {
            return self.named(found);
        }
        if self.kind == Kind::Pod && name.starts_with(char::is_uppercase) {
            return self.named("metadata")?.get_attr(name).ok().filter(|value| !value.is_undefined());
        }
        None
    }
}

impl Object for Map {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let found = self.named(name);
        if found.is_some() || self.kind == Kind::User { found } else { self.named_in_go(name) }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries.keys().map(|key| Value::from(key.as_str())).collect())
    }
}
