//! Objects that are in each other's way whatever Pod comes: neither can have the Pods that both select. Pure.

use std::collections::BTreeSet;

use kube::ResourceExt as _;
use kube::core::{Expression, Selector};
use podfs_api::PodFilesystemSync;

/// The first other object of the same namespace that certainly selects all Pods of this one, or the other way round.
pub(super) fn overlapping<'a>(
    object: &PodFilesystemSync,
    objects: &[&'a PodFilesystemSync],
) -> Option<&'a PodFilesystemSync> {
    let own = requirements(object)?;
    let others = objects.iter().filter(|other| other.name_any() != object.name_any());
    others
        .copied()
        .find(|other| requirements(other).is_some_and(|other| own.is_subset(&other) || other.is_subset(&own)))
}

/// All that a Pod's labels must fulfil. Nothing where the object selects no Pod at all.
fn requirements(object: &PodFilesystemSync) -> Option<BTreeSet<Expression>> {
    let selector = Selector::try_from(object.spec.pod_selector.clone()).ok()?;
    let all: BTreeSet<Expression> = selector.into_iter().map(in_one_form).collect();
    (!all.is_empty()).then_some(all)
}

/// `In` with one value is what `matchLabels` says.
fn in_one_form(expression: Expression) -> Expression {
    match expression {
        Expression::In(key, mut values) if values.len() == 1 => match values.pop_first() {
            Some(value) => Expression::Equal(key, value),
            None => Expression::In(key, values),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn object(name: &str, selector: Value) -> PodFilesystemSync {
        serde_json::from_value(json!({
            "apiVersion": "riotkit.org/v1alpha1", "kind": "PodFilesystemSync", "metadata": {"name": name},
            "spec": {"podSelector": selector, "localPath": "/data", "remotePath": "/bucket"},
        }))
        .unwrap()
    }

    #[rstest]
    #[case(json!({"matchLabels": {"app": "web"}}), true)]
    #[case(json!({"matchLabels": {"app": "web", "tier": "db"}}), true)]
    #[case(json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}), true)]
    #[case(json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}), true)]
    #[case(json!({"matchLabels": {"app": "other"}}), false)]
    // Some Pods may be selected by both, but need not be there.
    #[case(json!({"matchLabels": {"tier": "db"}}), false)]
    // These select nothing.
    #[case(json!({}), false)]
    #[case(json!({"matchExpressions": [{"key": "app", "operator": "?"}]}), false)]
    fn what_all_pods_of_one_have_in_common_with_the_other_is_certain(
        #[case] selector: Value,
        #[case] overlaps: bool,
    ) {
        let (one, other) = (object("one", json!({"matchLabels": {"app": "web"}})), object("other", selector));
        let objects = [&one, &other];
        let name = |object| overlapping(object, &objects).map(kube::ResourceExt::name_any);
        assert_eq!(name(&one), overlaps.then(|| "other".to_owned()));
        assert_eq!(name(&other), overlaps.then(|| "one".to_owned()));
    }
}
