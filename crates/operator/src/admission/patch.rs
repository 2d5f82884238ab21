//! From a Pod as it came and a Pod as it should be to a JSON Patch (RFC 6902). Pure.
//!
//! The Pod that is worked on went through types that know the fields of one version of Kubernetes. Fields that they do not
//! know must survive, so the changes are brought over to the JSON that came ([`graft`]), and the patch is what differs there.

use serde_json::{Map, Value, json};

/// Brings what changed from `before` to `after` over to `original`, of which `before` is what was understood.
///
/// Lists of named things (containers, volumes) are matched by name, so that one which only moved keeps all it came with.
pub(crate) fn graft(original: &Value, before: &Value, after: &Value) -> Value {
    if before == after {
        return original.clone();
    }
    match (original, before, after) {
        (Value::Object(original), Value::Object(before), Value::Object(after)) => {
            graft_map(original, before, after)
        }
        (Value::Array(original), Value::Array(before), Value::Array(after)) => {
            let all = after.iter().map(|element| {
                let same = |list: &[Value]| list.iter().position(|other| is_namesake(other, element));
                match (same(original), same(before)) {
                    (Some(came), Some(known)) => match (original.get(came), before.get(known)) {
                        (Some(came), Some(known)) => graft(came, known, element),
                        _ => element.clone(),
                    },
                    _ => element.clone(),
                }
            });
            Value::Array(all.collect())
        }
        _ => after.clone(),
    }
}

fn graft_map(
    original: &Map<String, Value>,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Value {
    let mut grafted = original.clone();
    // What was understood and is no more was taken away.
    grafted.retain(|key, _| !before.contains_key(key) || after.contains_key(key));
    for (key, value) in after {
        let value = match (original.get(key), before.get(key)) {
            (Some(came), Some(known)) => graft(came, known, value),
            _ => value.clone(),
        };
        grafted.insert(key.clone(), value);
    }
    Value::Object(grafted)
}

fn is_namesake(one: &Value, other: &Value) -> bool {
    let name = |value: &Value| value.get("name").cloned();
    name(one).is_some() && name(one) == name(other)
}

/// The operations that make `after` of `before`. A list that changed is replaced as a whole.
pub(crate) fn difference(before: &Value, after: &Value) -> Vec<Value> {
    let mut operations = Vec::new();
    compare(before, after, "", &mut operations);
    operations
}

fn compare(before: &Value, after: &Value, path: &str, operations: &mut Vec<Value>) {
    if before == after {
        return;
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        operations.push(json!({"op": "replace", "path": path, "value": after}));
        return;
    };
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        operations.push(json!({"op": "remove", "path": pointer(path, key)}));
    }
    for (key, value) in new {
        let path = pointer(path, key);
        match old.get(key) {
            Some(old) => compare(old, value, &path, operations),
            None => operations.push(json!({"op": "add", "path": path, "value": value})),
        }
    }
}

/// As RFC 6901 spells it: annotations have slashes in their names.
fn pointer(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i8>().prop_map(Value::from), "[a-c]".prop_map(Value::from)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]|name|/~", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_patch_makes_what_it_should(before in any_json(), after in any_json()) {
            let operations = Value::from(difference(&before, &after));
            let mut patched = before;
            json_patch::patch(&mut patched, &serde_json::from_value::<json_patch::Patch>(operations).unwrap()).unwrap();
            prop_assert_eq!(patched, after);
        }

        #[test]
        fn what_was_understood_whole_is_grafted_whole(before in any_json(), after in any_json()) {
            prop_assert_eq!(graft(&before, &before, &after), after);
        }

        #[test]
        fn without_a_change_everything_stays(original in any_json(), before in any_json()) {
            prop_assert_eq!(graft(&original, &before, &before), original);
        }
    }

    #[test]
    fn fields_that_nobody_here_knows_survive_beside_containers_that_are_put_before_others() {
        let original =
            json!({"spec": {"newer": 1, "containers": [{"name": "app", "image": "a", "newer": 2}]}});
        let before = json!({"spec": {"containers": [{"name": "app", "image": "a"}]}});
        let after = json!({"spec": {"containers": [{"name": "ours"}, {"name": "app", "image": "b"}]}});
        let grafted = graft(&original, &before, &after);
        let containers = json!([{"name": "ours"}, {"name": "app", "image": "b", "newer": 2}]);
        assert_eq!(grafted, json!({"spec": {"newer": 1, "containers": containers}}));
        assert_eq!(
            difference(&original, &grafted),
            [json!({"op": "replace", "path": "/spec/containers", "value": containers})]
        );
    }
}
