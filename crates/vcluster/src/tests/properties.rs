//! Random histories.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::table::{Entry, Mount, Place, Uids, altered_pod};
use crate::desired::Settings;
use crate::{HostPod, Outcome, Target, reconcile};

const NAMESPACES: [&str; 2] = ["team", "rival"];
const VCLUSTERS: [&str; 2] = ["blue", "green"];
const FORGERIES: [(&str, &str); 5] = [
    ("vcluster.loft.sh/uid", "0000000b-0000-4000-8000-00000000ffff"),
    ("vcluster.loft.sh/uid", "../../../../etc"),
    ("vcluster.loft.sh/namespace", "kube-system"),
    ("vcluster.loft.sh/managed-by", "green-or-blue"),
    ("vcluster.loft.sh/object-uid", "/etc"),
];

#[derive(Debug, Clone)]
enum Event {
    Create(Pod),
    Delete(u32),
    MakeSource(u32),
    RemoveSource(u32),
    MountForeign(Target),
    UnmountForeign(Target),
    Plant(Target, Entry),
    Clear(Target),
    Fail(Target),
    Recover,
    /// A pass; the agent is killed after so many steps. What came before it since the last one went unseen.
    Pass(Option<usize>),
}

/// A Pod of the history; `forged` says how it lies.
#[derive(Debug, Clone, Copy)]
struct Pod {
    namespace: usize,
    vcluster: usize,
    host: u32,
    virtual_: u32,
    created: i64,
    forged: Option<usize>,
}

impl Pod {
    fn host_pod(self) -> HostPod {
        let uids = Uids { host: self.host, virtual_: self.virtual_ };
        let changes: Vec<_> = self.forged.map(|at| FORGERIES[at]).into_iter().collect();
        altered_pod(NAMESPACES[self.namespace], VCLUSTERS[self.vcluster], uids, self.created, &changes)
    }

    fn target(self) -> Target {
        target(self.vcluster, self.virtual_)
    }
}

fn target(vcluster: usize, virtual_: u32) -> Target {
    let path = format!("{}/pods/{}", VCLUSTERS[vcluster], Uids::text(virtual_));
    Target::parse(path.as_bytes()).unwrap()
}

fn pods() -> impl Strategy<Value = Pod> {
    let forged = prop::option::weighted(0.2, 0..FORGERIES.len());
    (0..2_usize, 0..2_usize, 1..7_u32, 11..14_u32, 0..4_i64, forged).prop_map(
        |(namespace, vcluster, host, virtual_, created, forged)| Pod {
            namespace,
            vcluster,
            host,
            virtual_,
            created,
            forged,
        },
    )
}

fn events() -> impl Strategy<Value = Event> {
    let targets = || (0..2_usize, 11..14_u32).prop_map(|(vcluster, virtual_)| target(vcluster, virtual_));
    let entries = prop_oneof![Just(Entry::Empty), Just(Entry::Full), Just(Entry::Link)];
    prop_oneof![
        6 => pods().prop_map(Event::Create),
        3 => (1..7_u32).prop_map(Event::Delete),
        5 => (1..7_u32).prop_map(Event::MakeSource),
        2 => (1..7_u32).prop_map(Event::RemoveSource),
        1 => targets().prop_map(Event::MountForeign),
        1 => targets().prop_map(Event::UnmountForeign),
        1 => (targets(), entries).prop_map(|(target, entry)| Event::Plant(target, entry)),
        1 => targets().prop_map(Event::Clear),
        1 => targets().prop_map(Event::Fail),
        1 => Just(Event::Recover),
        8 => prop::option::of(0..6_usize).prop_map(Event::Pass),
    ]
}

/// The world of one history.
#[derive(Default)]
struct World {
    pods: BTreeMap<u32, Pod>,
    place: Place,
}

impl World {
    fn apply(&mut self, event: Event) {
        match event {
            Event::Create(pod) => {
                self.pods.insert(pod.host, pod);
            }
            Event::Delete(host) => {
                self.pods.remove(&host);
            }
            Event::MakeSource(host) => self.place.make_source(host),
            Event::RemoveSource(host) => {
                self.place.sources.remove(&host);
            }
            Event::MountForeign(target) => self.place.mount_foreign(&target),
            Event::UnmountForeign(target) => self.unmount_foreign(&target),
            Event::Plant(target, entry) => {
                self.place.entries.entry(target).or_insert(entry);
            }
            Event::Clear(target) => self.clear(&target),
            Event::Fail(target) => {
                self.place.failing.insert(target);
            }
            Event::Recover => self.place.failing.clear(),
            Event::Pass(lives) => {
                self.place.lives = lives;
                self.pass();
                self.place.lives = None;
            }
        }
    }

    fn unmount_foreign(&mut self, target: &Target) {
        let foreign = |mount: &Mount| mount.target == *target && mount.ours.is_none();
        self.place.mounts.retain(|mount| !foreign(mount));
    }

    fn clear(&mut self, target: &Target) {
        if self.place.stack(target).is_empty() {
            self.place.entries.remove(target);
        } else {
            self.place.entries.insert(target.clone(), Entry::Empty);
        }
    }

    /// A pass, and what must hold after any, however it ended.
    fn pass(&mut self) -> Outcome {
        let before = self.place.clone();
        let pods: Vec<HostPod> = self.pods.values().map(|pod| pod.host_pod()).collect();
        let outcome = reconcile(&pods, &Settings::default(), &mut self.place).unwrap();
        let foreign = |place: &Place| -> Vec<Mount> {
            place.mounts.iter().filter(|mount| mount.ours.is_none()).cloned().collect()
        };
        assert_eq!(foreign(&before), foreign(&self.place), "foreign mounts were touched");
        self.good_mounts_stay(&before, &outcome);
        for wanted in outcome.wanted.values() {
            let host = wanted.source.name();
            let pod = self.pods.values().find(|pod| Uids::text(pod.host) == host).unwrap();
            assert_eq!(pod.forged, None, "a Pod that lies was believed");
        }
        outcome
    }

    fn good_mounts_stay(&self, before: &Place, outcome: &Outcome) {
        for (target, wanted) in &outcome.wanted {
            let stack = before.stack(target);
            let [mount] = stack.as_slice() else { continue };
            let Some((source, making)) = &mount.ours else { continue };
            let host = self.pods.values().find(|pod| Uids::text(pod.host) == source.name());
            let alive =
                host.is_some_and(|pod| before.sources.contains(&pod.host)) && *source == wanted.source;
            if alive && !before.was_made_anew(source, *making) {
                assert_eq!(self.place.stack(target), [*mount], "a good mount was mounted again");
            }
        }
    }

    /// Takes away all that is in the way, and lets the agent settle.
    fn settle(&mut self) {
        self.place.failing.clear();
        self.place.mounts.retain(|mount| mount.ours.is_some());
        let targets: Vec<Target> = self.place.entries.keys().cloned().collect();
        for target in targets {
            self.clear(&target);
        }
        for host in self.pods.keys() {
            self.place.make_source(*host);
        }
        self.pass();
        let outcome = self.pass();
        assert_eq!((outcome.done, outcome.waiting, outcome.obstructed), (vec![], vec![], vec![]));
        assert!(outcome.failed.is_empty());
    }

    /// Each mount is that of the oldest honest Pod of the namespace that has the name, and there is no other.
    fn check_settled(&self) {
        let honest: Vec<&Pod> = self.pods.values().filter(|pod| pod.forged.is_none()).collect();
        let mut expected = BTreeSet::new();
        for (vcluster, name) in VCLUSTERS.iter().enumerate() {
            let claims: Vec<&&Pod> = honest.iter().filter(|pod| pod.vcluster == vcluster).collect();
            let shown = self.place.mounts.iter().filter(|mount| mount.target.vcluster().as_str() == *name);
            let owners: BTreeSet<usize> = shown.map(|mount| self.owner(mount).namespace).collect();
            assert_eq!(owners.len(), usize::from(!claims.is_empty()), "{name} is one virtual cluster");
            let claims = claims.into_iter().filter(|pod| owners.contains(&pod.namespace));
            let mut oldest: BTreeMap<Target, (i64, u32)> = BTreeMap::new();
            for pod in claims {
                let age = oldest.entry(pod.target()).or_insert((pod.created, pod.host));
                *age = (*age).min((pod.created, pod.host));
            }
            expected.extend(oldest.into_iter().map(|(target, (_, host))| (target, Uids::text(host))));
        }
        let mounts = self.place.mounts.iter();
        let shown: Vec<_> = mounts
            .map(|mount| (mount.target.clone(), mount.ours.as_ref().unwrap().0.name().to_owned()))
            .collect();
        assert_eq!(shown.len(), expected.len(), "one mount on each target");
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>(), expected);
        let mounted = self.place.mounts.iter().filter_map(|mount| mount.ours.as_ref());
        for (source, making) in mounted {
            assert!(!self.place.was_made_anew(source, *making), "a removed directory is shown");
        }
        assert_eq!(self.place.entries.len(), self.place.mounts.len(), "no directory is left over");
    }

    fn owner(&self, mount: &Mount) -> &Pod {
        let name = mount.ours.as_ref().unwrap().0.name();
        self.pods.values().find(|pod| Uids::text(pod.host) == name).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_history_ends_with_each_pod_at_its_place(history in prop::collection::vec(events(), 0..60)) {
        let mut world = World::default();
        for event in history {
            world.apply(event);
        }
        world.settle();
        world.check_settled();
    }
}
