//! Single stories, told step by step.

use super::table::{Entry, Place, Uids, virtual_pod};
use crate::desired::Settings;
use crate::layout::Layout;
use crate::plan::Step;
use crate::{HostPod, Outcome, Target, reconcile};

fn pod() -> HostPod {
    virtual_pod("team", "blue", Uids { host: 1, virtual_: 11 }, 0)
}

fn target() -> Target {
    Target::parse(format!("blue/pods/{}", Uids::text(11)).as_bytes()).unwrap()
}

fn pass(place: &mut Place, pods: &[HostPod]) -> Outcome {
    reconcile(pods, &Settings::default(), place).unwrap()
}

fn place() -> Place {
    let mut place = Place::default();
    place.make_source(1);
    place
}

#[test]
fn a_pod_comes_and_goes() {
    let mut place = place();
    assert_eq!(pass(&mut place, &[pod()]).present().count(), 1);
    assert_eq!(place.stack(&target()).len(), 1);
    assert_eq!(pass(&mut place, &[pod()]).done, []);
    let steps = pass(&mut place, &[]).done;
    assert!(matches!(steps.as_slice(), [Step::Unmount { .. }, Step::RemoveDirectory { .. }]), "{steps:?}");
    assert!(place.entries.is_empty() && place.mounts.is_empty());
}

#[test]
fn a_pod_whose_directory_does_not_exist_yet_waits() {
    let mut place = Place::default();
    let outcome = pass(&mut place, &[pod()]);
    assert_eq!((outcome.waiting.len(), outcome.present().count()), (1, 0));
    assert!(place.entries.is_empty());
    place.make_source(1);
    assert_eq!(pass(&mut place, &[pod()]).present().count(), 1);
}

#[test]
fn a_directory_that_was_made_anew_is_mounted_anew() {
    let mut place = place();
    pass(&mut place, &[pod()]);
    place.sources.clear();
    assert_eq!(pass(&mut place, &[pod()]).waiting.len(), 1);
    assert_eq!(place.mounts, []);
    place.make_source(1);
    assert_eq!(pass(&mut place, &[pod()]).present().count(), 1);
    place.sources.clear();
    place.make_source(1);
    let steps = pass(&mut place, &[pod()]).done;
    assert!(matches!(steps.as_slice(), [Step::Unmount { .. }, Step::Mount { .. }]), "{steps:?}");
}

#[test]
fn a_foreign_mount_stays_and_is_told() {
    let mut place = place();
    place.mount_foreign(&target());
    let outcome = pass(&mut place, &[pod()]);
    assert_eq!(outcome.obstructed, [target()]);
    assert_eq!(outcome.present().count(), 0);
    assert_eq!(pass(&mut place, &[]).done, []);
    assert_eq!(place.stack(&target()).len(), 1);
}

#[test]
fn a_target_with_something_foreign_inside_is_left_alone() {
    let mut place = place();
    place.entries.insert(target(), Entry::Full);
    place.foreign_inside.insert(target());
    let wanted = pass(&mut place, &[pod()]);
    assert_eq!((wanted.obstructed, wanted.done), (vec![target()], vec![]));
    let unwanted = pass(&mut place, &[]);
    assert_eq!((unwanted.obstructed, unwanted.done, unwanted.failed.len()), (vec![target()], vec![], 0));
}

#[test]
fn what_a_tenant_left_in_the_directory_is_not_removed() {
    let mut place = place();
    place.entries.insert(target(), Entry::Full);
    pass(&mut place, &[pod()]);
    assert_eq!(pass(&mut place, &[]).failed.len(), 1);
    assert_eq!(place.entries.get(&target()), Some(&Entry::Full));
}

#[test]
fn one_target_that_fails_holds_up_no_other() {
    let mut place = place();
    place.make_source(2);
    place.failing.insert(target());
    let other = virtual_pod("team", "blue", Uids { host: 2, virtual_: 12 }, 0);
    let outcome = pass(&mut place, &[pod(), other]);
    assert_eq!((outcome.failed.len(), outcome.present().count()), (1, 1));
}

#[test]
fn another_layout_moves_the_mounts() {
    let mut place = place();
    pass(&mut place, &[pod()]);
    let settings = Settings { layout: Layout::KubeletPods, ..Settings::default() };
    reconcile(&[pod()], &settings, &mut place).unwrap();
    let paths: Vec<_> = place.mounts.iter().map(|mount| mount.target.to_string()).collect();
    assert_eq!(paths, [format!("blue/kubelet/pods/{}", Uids::text(11))]);
}

#[test]
fn another_access_is_mounted_anew() {
    let mut place = place();
    pass(&mut place, &[pod()]);
    let settings = Settings { read_only: true, ..Settings::default() };
    let steps = reconcile(&[pod()], &settings, &mut place).unwrap().done;
    assert!(matches!(steps.as_slice(), [Step::Unmount { .. }, Step::Mount { .. }]), "{steps:?}");
    assert_eq!(reconcile(&[pod()], &settings, &mut place).unwrap().done, []);
}
