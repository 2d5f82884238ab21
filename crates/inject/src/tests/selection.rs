//! Which object a Pod belongs to.

use serde_json::json;

use super::build::{named, pod};
use crate::select;

#[test]
fn the_one_object_of_the_namespace_that_fits_is_chosen() {
    let here = named("here", json!({}));
    let elsewhere = named("elsewhere", json!({"metadata": {"namespace": "other"}}));
    let others = named("others", json!({"spec": {"podSelector": {"matchLabels": {"app": "another"}}}}));
    assert_eq!(select(&pod(json!({})), [&elsewhere, &others, &here].into_iter()).unwrap(), &here);
}

#[test]
fn expressions_count_beside_labels() {
    let expression = |operator: &str, values: &[&str]| {
        let expression = json!({"key": "tier", "operator": operator, "values": values});
        named("x", json!({"spec": {"podSelector": {"matchExpressions": [expression]}}}))
    };
    let pod = pod(json!({"metadata": {"labels": {"tier": "web"}}}));
    let fits = |object| select(&pod, [&object].into_iter()).is_ok();
    assert!(fits(expression("In", &["web", "db"])) && !fits(expression("In", &["db"])));
    assert!(fits(expression("NotIn", &["db"])) && !fits(expression("NotIn", &["web"])));
    assert!(fits(expression("Exists", &[])) && !fits(expression("DoesNotExist", &[])));
}

#[test]
fn none_is_refused_with_what_to_do() {
    let elsewhere = named("elsewhere", json!({"metadata": {"namespace": "other"}}));
    let told = select(&pod(json!({})), [&elsewhere].into_iter()).unwrap_err().to_string();
    assert!(told.starts_with("no PodFilesystemSync of namespace shop selects this Pod"), "{told}");
    assert!(told.ends_with("or remove the label"), "{told}");
}

#[test]
fn two_are_refused_with_both_names() {
    let (b, a) = (named("b", json!({})), named("a", json!({})));
    let told = select(&pod(json!({})), [&b, &a].into_iter()).unwrap_err().to_string();
    assert!(
        told.starts_with("more than one PodFilesystemSync of namespace shop selects this Pod: a, b;"),
        "{told}"
    );
}

#[test]
fn an_object_whose_selector_cannot_be_read_stalls_no_other() {
    let bad = json!({"matchLabels": null, "matchExpressions": [{"key": "app", "operator": "Near"}]});
    let unreadable = named("unreadable", json!({"spec": {"podSelector": bad}}));
    let everything = named("everything", json!({"spec": {"podSelector": {"matchLabels": null}}}));
    let good = named("good", json!({}));
    assert_eq!(select(&pod(json!({})), [&unreadable, &everything, &good].into_iter()).unwrap(), &good);
    let told = select(&pod(json!({})), [&unreadable, &everything].into_iter()).unwrap_err().to_string();
    assert!(told.ends_with("selects by nothing in: everything, unreadable)"), "{told}");
}

#[test]
fn without_a_namespace_it_is_the_default_one() {
    let mut pod = pod(json!({}));
    pod.metadata.namespace = None;
    let object = named("x", json!({"metadata": {"namespace": "default"}}));
    assert!(select(&pod, [&object].into_iter()).is_ok());
}
