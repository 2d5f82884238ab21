//! Who gets a target or a directory that several claim.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Grants;
use super::*;
use crate::layout::Layout;
use crate::pods::PodReference;
use crate::tests::table::{Uids, virtual_pod};

fn label(text: &str) -> DnsLabel {
    DnsLabel::parse(text).unwrap()
}

fn decide(pods: &[HostPod], settings: &Settings) -> Desired {
    desired(pods, settings, &Observed::default())
}

/// Host UIDs by the target's path.
fn sources(desired: &Desired) -> Vec<(String, String)> {
    desired.mounts.iter().map(|(target, mount)| (target.to_string(), mount.source.to_string())).collect()
}

fn reasons(desired: &Desired) -> Vec<(PodReference, &Refusal)> {
    desired.refused.iter().map(|refused| (refused.pod.clone(), &refused.reason)).collect()
}

#[test]
fn each_pod_of_a_vcluster_has_its_mount() {
    let one = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 0);
    let other = virtual_pod("team", "green", Uids { host: 2, virtual_: 12 }, 0);
    let desired = decide(&[one, other], &Settings::default());
    let path = |vcluster, uid| format!("{vcluster}/pods/{}", Uids::text(uid));
    assert_eq!(sources(&desired), [(path("blue", 11), Uids::text(1)), (path("green", 12), Uids::text(2))]);
    assert_eq!(desired.refused, []);
}

#[test]
fn of_two_claims_on_one_target_the_older_keeps_it() {
    let old = virtual_pod("team", "blue", Uids { host: 2, virtual_: 11 }, 100);
    let new = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 101);
    for pods in [[old.clone(), new.clone()], [new.clone(), old.clone()]] {
        let desired = decide(&pods, &Settings::default());
        assert_eq!(desired.mounts.values().next().unwrap().pod, old.reference);
        let taken = Refusal::TargetTaken {
            target: Target::pod(Layout::Pods, &label("blue"), &Uid::parse(&Uids::text(11)).unwrap()),
            holder: Box::new(old.reference.clone()),
        };
        assert_eq!(reasons(&desired), [(new.reference.clone(), &taken)]);
    }
}

#[test]
fn claims_of_one_second_are_decided_by_the_host_uid() {
    let low = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 100);
    let high = virtual_pod("team", "blue", Uids { host: 2, virtual_: 11 }, 100);
    let desired = decide(&[high, low.clone()], &Settings::default());
    assert_eq!(desired.mounts.values().next().unwrap().pod, low.reference);
}

#[test]
fn of_two_vclusters_of_one_name_only_the_first_has_the_directory() {
    let first = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 100);
    let second = virtual_pod("rival", "blue", Uids { host: 2, virtual_: 12 }, 101);
    let desired = decide(&[second.clone(), first], &Settings::default());
    assert_eq!(sources(&desired).len(), 1);
    let taken = Refusal::NameTaken { vcluster: label("blue"), holder: label("team") };
    assert_eq!(reasons(&desired), [(second.reference, &taken)]);
}

#[test]
fn a_vcluster_that_has_its_directory_keeps_it_when_its_oldest_pod_ends() {
    let mut place = crate::tests::table::Place::default();
    let oldest = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 100);
    let rival = virtual_pod("rival", "blue", Uids { host: 2, virtual_: 12 }, 101);
    let daemonset = virtual_pod("team", "blue", Uids { host: 3, virtual_: 13 }, 102);
    place.sources.extend([1, 2, 3]);
    let all = [oldest, rival.clone(), daemonset.clone()];
    crate::reconcile(&all, &Settings::default(), &mut place).unwrap();
    let left = [rival, daemonset.clone()];
    let outcome = crate::reconcile(&left, &Settings::default(), &mut place).unwrap();
    let holders: Vec<_> = outcome.wanted.values().map(|mount| &mount.pod).collect();
    assert_eq!(holders, [&daemonset.reference]);
}

#[test]
fn only_granted_vclusters_have_mappings() {
    let granted = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 0);
    let other_name = virtual_pod("team", "green", Uids { host: 2, virtual_: 12 }, 0);
    let other_namespace = virtual_pod("rival", "blue", Uids { host: 3, virtual_: 13 }, 0);
    let grants = Grants::Only(BTreeMap::from([(label("blue"), BTreeSet::from([label("team")]))]));
    let settings = Settings { grants, ..Settings::default() };
    let desired = decide(&[granted, other_name, other_namespace], &settings);
    assert_eq!(sources(&desired).len(), 1);
    assert!(desired.refused.iter().all(|refused| matches!(refused.reason, Refusal::NotGranted { .. })));
    assert_eq!(desired.refused.len(), 2);
}

#[test]
fn a_vcluster_that_is_granted_several_namespaces_has_pods_of_all() {
    let one = virtual_pod("team-a", "blue", Uids { host: 1, virtual_: 11 }, 0);
    let other = virtual_pod("team-b", "blue", Uids { host: 2, virtual_: 12 }, 0);
    let namespaces = BTreeSet::from([label("team-a"), label("team-b")]);
    let settings = Settings {
        grants: Grants::Only(BTreeMap::from([(label("blue"), namespaces)])),
        ..Settings::default()
    };
    assert_eq!(sources(&decide(&[one, other], &settings)).len(), 2);
}

#[test]
fn a_tenant_is_shown_no_logs_but_its_own() {
    let blue = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 0);
    let green = virtual_pod("rival", "green", Uids { host: 2, virtual_: 12 }, 0);
    let desired = decide(&[blue, green], &Settings { logs: true, ..Settings::default() });
    assert_eq!(desired.mounts.len(), 4);
    for (target, mount) in &desired.mounts {
        let own = if target.vcluster() == &label("blue") { 1 } else { 2 };
        assert!(mount.source.name().ends_with(&Uids::text(own)), "{target} shows {}", mount.source);
        let is_log = target.source_root() == crate::layout::SourceRoot::Logs;
        assert_eq!(mount.options.read_only, is_log, "{target}");
    }
}

#[test]
fn a_pod_that_is_listed_twice_is_one() {
    let pod = virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 0);
    let desired = decide(&[pod.clone(), pod], &Settings::default());
    assert_eq!((desired.mounts.len(), desired.refused.len()), (1, 0));
}
