//! The Pod as templates see it: by its JSON names, and by those of Go's types, which the predecessor's templates use.
//!
//! It is made once and then shared: to look something up copies nothing. Lists and maps are equal to themselves alone, and are
//! printed as [`NO_TEXT`], so that no step of a template costs more for a Pod that is large.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;
use minijinja::Value;
use minijinja::value::{DynObject, Enumerator, Object, ObjectExt as _, ObjectRepr};
use serde_json::Value as Json;

/// What a list or map comes to where a text is needed: Unicode's replacement for an object.
pub(super) const NO_TEXT: char = '\u{fffc}';

/// Longer texts are no part of a path, and would only be used to build larger ones.
const LONGEST_TEXT: usize = 4_096;
/// Longer lists are left out too.
const LONGEST_LIST: usize = 1_000;
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
    shared(json, Kind::Pod)
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

/// Something with fields, or a map.
#[derive(Debug)]
struct Map {
    kind: Kind,
    entries: BTreeMap<String, Value>,
}

/// A list.
#[derive(Debug)]
struct List(Vec<Value>);

fn shared(json: Json, kind: Kind) -> Value {
    match json {
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(name, json)| {
                let value = shared(json, kind_of(&name));
                (name, value)
            });
            Value::from_object(Map { kind, entries: entries.collect() })
        }
        Json::Array(items) if items.len() > LONGEST_LIST => Value::UNDEFINED,
        Json::Array(items) => {
            Value::from_object(List(items.into_iter().map(|item| shared(item, Kind::Fields)).collect()))
        }
        Json::String(text) if text.len() > LONGEST_TEXT => Value::UNDEFINED,
        Json::String(text) => Value::from(text),
        Json::Bool(truth) => Value::from(truth),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::from(number.as_f64()), Value::from),
        Json::Null => Value::from(()),
    }
}

fn kind_of(field: &str) -> Kind {
    if OF_USERS.contains(&field) { Kind::User } else { Kind::Fields }
}

impl Map {
    /// The value under its name in Go: `HostIP` is `hostIP`, and `Name` of a Pod is that of its metadata.
    fn named_in_go(self: &Arc<Self>, name: &str) -> Option<Value> {
        if self.kind == Kind::Pod && name == "ObjectMeta" {
            return self.entries.get("metadata").cloned();
        }
        if INLINED.contains(&name) {
            return Some(Value::from_dyn_object(Arc::clone(self)));
        }
        if let Some((_, value)) = self.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
            return Some(value.clone());
        }
        if self.kind == Kind::Pod && name.starts_with(char::is_uppercase) {
            return self.entries.get("metadata")?.get_attr(name).ok().filter(|value| !value.is_undefined());
        }
        None
    }
}

impl Object for Map {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let found = self.entries.get(name).cloned();
        if found.is_some() || self.kind == Kind::User { found } else { self.named_in_go(name) }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_enumerator(|map| Box::new(map.entries.keys().map(|key| Value::from(key.as_str()))))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        identity(self, other)
    }

    fn render(self: &Arc<Self>, output: &mut fmt::Formatter<'_>) -> fmt::Result {
        output.write_char(NO_TEXT)
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        identity(self, other)
    }

    fn render(self: &Arc<Self>, output: &mut fmt::Formatter<'_>) -> fmt::Result {
        output.write_char(NO_TEXT)
    }
}

/// An order that looks at no content.
fn identity<T: Object + 'static>(one: &Arc<T>, other: &DynObject) -> Option<Ordering> {
    let other: *const T = other.downcast_ref::<T>()?;
    Some(Arc::as_ptr(one).cmp(&other))
}
