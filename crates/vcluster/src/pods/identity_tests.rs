//! Who a Pod is, whatever a tenant writes into its annotations.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::pods::PodReference;

const HOST: &str = "11111111-1111-4111-8111-111111111111";
const VIRTUAL: &str = "22222222-2222-4222-8222-222222222222";
const OTHER: &str = "33333333-3333-4333-8333-333333333333";

/// A Pod as vcluster writes it, with some keys changed; an empty value takes a key away.
fn pod(changes: &[(&'static str, &str)], label: &str) -> HostPod {
    let written = [
        (UID.given, VIRTUAL),
        (UID.trusted, VIRTUAL),
        (NAME.given, "web-0"),
        (NAME.trusted, "web-0"),
        (NAMESPACE.given, "shop"),
        (NAMESPACE.trusted, "shop"),
    ];
    let kept = written.into_iter().filter(|(key, _)| changes.iter().all(|(changed, _)| changed != key));
    let annotations: Vec<_> = kept.chain(changes.iter().copied()).collect();
    let reference = PodReference {
        namespace: "team".to_owned(),
        name: "web-0-x-shop-x-blue".to_owned(),
        uid: HOST.to_owned(),
    };
    HostPod::new(reference, 0, annotations, [(MANAGED_BY, label)])
}

#[test]
fn a_pod_as_vcluster_writes_it_is_known() {
    let identity = identify(&pod(&[], "blue")).unwrap().unwrap();
    assert_eq!((identity.vcluster.as_str(), identity.uid.as_str()), ("blue", VIRTUAL));
    assert_eq!((identity.namespace.as_str(), identity.name.as_str()), ("shop", "web-0"));
    assert_eq!((identity.host_namespace.as_str(), identity.host_uid.as_str()), ("team", HOST));
}

#[rstest]
fn a_pod_without_one_of_the_keys_is_a_host_pod(#[values(UID, NAME, NAMESPACE)] key: Key) {
    assert_eq!(identify(&pod(&[(key.given, "")], "blue")), Ok(None));
    assert_eq!(identify(&pod(&[], "")), Ok(None));
}

#[test]
fn an_old_vcluster_without_trusted_keys_is_served() {
    let old = [(UID.trusted, ""), (NAME.trusted, ""), (NAMESPACE.trusted, ""), (MANAGED_BY, "blue")];
    let identity = identify(&pod(&old, "")).unwrap().unwrap();
    assert_eq!((identity.vcluster.as_str(), identity.uid.as_str()), ("blue", VIRTUAL));
}

#[rstest]
#[case::uid(UID.given, OTHER)]
#[case::name(NAME.given, "web-1")]
#[case::namespace(NAMESPACE.given, "kube-system")]
#[case::vcluster(MANAGED_BY, "green")]
fn a_forged_annotation_is_refused(#[case] key: &'static str, #[case] value: &str) {
    let error = identify(&pod(&[(key, value)], "blue")).unwrap_err();
    assert!(matches!(error, IdentityError::Contradiction { .. }), "{error}");
    assert!(error.to_string().contains(value), "{error}");
}

#[rstest]
fn text_that_is_no_name_is_refused(
    #[values(UID, NAME, NAMESPACE)] key: Key,
    #[values("..", "/etc/passwd", "../../etc", "a/b", "\u{0}", "%2e%2e")] value: &str,
) {
    let error = identify(&pod(&[(key.given, value), (key.trusted, value)], "blue")).unwrap_err();
    assert!(matches!(error, IdentityError::Malformed { .. }), "{error}");
}

#[rstest]
fn a_vcluster_that_is_no_name_is_refused(#[values("..", "/", "a/b", "Blue", "a_b")] value: &str) {
    assert!(identify(&pod(&[], value)).is_err());
    assert!(identify(&pod(&[(MANAGED_BY, value)], "")).is_err());
}

#[rstest]
fn a_megabyte_in_an_annotation_makes_a_short_message(
    #[values(UID.given, UID.trusted, NAME.given, NAMESPACE.trusted, MANAGED_BY)] key: &'static str,
) {
    let error = identify(&pod(&[(key, &"x".repeat(1 << 20))], "blue")).unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");
}

#[test]
fn annotations_that_do_not_matter_are_let_go() {
    let large = "x".repeat(1 << 20);
    assert_eq!(pod(&[("example.com/large", &large)], "blue"), pod(&[], "blue"));
}

proptest! {
    #[test]
    fn whatever_a_tenant_writes_the_identity_is_what_vcluster_wrote(
        uid in "\\PC{0,40}", name in "\\PC{0,40}", namespace in "\\PC{0,40}", managed_by in "\\PC{0,40}",
    ) {
        let forged = [
            (UID.given, uid.as_str()),
            (NAME.given, &name),
            (NAMESPACE.given, &namespace),
            (MANAGED_BY, &managed_by),
        ];
        let expected = identify(&pod(&[], "blue")).unwrap();
        if let Ok(Some(identity)) = identify(&pod(&forged, "blue")) {
            prop_assert_eq!(Some(identity), expected);
        }
    }
}
