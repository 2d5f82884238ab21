//! Who gets what, when Pods ask for the same thing.
//!
//! A name of a virtual cluster is one directory, so it has one holder: of two virtual clusters with one name in two host
//! namespaces, the one that has mounts there now keeps it, or else that of the oldest Pod. Mounts count first because a
//! daemonset of the holder may be looking at the directory: it must not come to see the other's Pods when the holder's
//! oldest Pod ends. Within a virtual cluster a target goes to the older Pod, by creation, then by UID.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Desired, DesiredMount, Options, Refusal, Refused, Settings, log_link};
use crate::layout::{Source, Target};
use crate::name::{DnsLabel, Uid};
use crate::pods::{HostPod, Identity, identify};
use crate::table::Observed;

/// A Pod that asks for mounts.
struct Claim<'pods> {
    pod: &'pods HostPod,
    identity: Identity,
}

impl Claim<'_> {
    /// What orders Pods, the oldest first.
    fn age(&self) -> (i64, &Uid) {
        (self.pod.created, &self.identity.host_uid)
    }

    fn target(&self, settings: &Settings) -> Target {
        Target::pod(settings.layout, &self.identity.vcluster, &self.identity.uid)
    }

    fn refused(&self, reason: Refusal) -> Refused {
        Refused { pod: self.pod.reference.clone(), reason }
    }
}

/// Says what there should be, for all Pods of this node. What is there now only decides who keeps a name.
#[must_use]
pub fn desired(pods: &[HostPod], settings: &Settings, observed: &Observed) -> Desired {
    let mut desired = Desired::default();
    let claims = claims(pods, settings, &mut desired);
    let holders = holders(&claims, settings, observed);
    for claim in &claims {
        if let Err(reason) = admit(claim, settings, &holders, &mut desired) {
            desired.refused.push(claim.refused(reason));
        }
    }
    desired
}

/// The Pods that may ask, the oldest first.
fn claims<'pods>(pods: &'pods [HostPod], settings: &Settings, desired: &mut Desired) -> Vec<Claim<'pods>> {
    let mut claims = Vec::new();
    for pod in pods {
        let judged = match identify(pod) {
            Ok(None) => continue,
            Ok(Some(identity)) => granted(settings, identity),
            Err(error) => Err(error.into()),
        };
        match judged {
            Ok(identity) => claims.push(Claim { pod, identity }),
            Err(reason) => desired.refused.push(Refused { pod: pod.reference.clone(), reason }),
        }
    }
    claims.sort_by(|one, other| one.age().cmp(&other.age()));
    claims.dedup_by(|one, other| one.identity.host_uid == other.identity.host_uid);
    claims
}

fn granted(settings: &Settings, identity: Identity) -> Result<Identity, Refusal> {
    if settings.grants.allow(&identity.vcluster, &identity.host_namespace) {
        return Ok(identity);
    }
    Err(Refusal::NotGranted { namespace: identity.host_namespace, vcluster: identity.vcluster })
}

/// The host namespace that has each name. With explicit grants there is nothing to decide.
fn holders(claims: &[Claim<'_>], settings: &Settings, observed: &Observed) -> BTreeMap<DnsLabel, DnsLabel> {
    let mut holders = BTreeMap::new();
    if settings.grants != super::Grants::All {
        return holders;
    }
    let (mounted, others): (Vec<&Claim<'_>>, Vec<_>) = claims.iter().partition(|claim| {
        let source = Source::pod(&claim.identity.host_uid);
        observed.shows(&claim.identity.vcluster, &source)
    });
    for claim in mounted.into_iter().chain(others) {
        let identity = &claim.identity;
        holders.entry(identity.vcluster.clone()).or_insert_with(|| identity.host_namespace.clone());
    }
    holders
}

fn admit(
    claim: &Claim<'_>,
    settings: &Settings,
    holders: &BTreeMap<DnsLabel, DnsLabel>,
    desired: &mut Desired,
) -> Result<(), Refusal> {
    let identity = &claim.identity;
    if let Some(holder) = holders.get(&identity.vcluster).filter(|holder| **holder != identity.host_namespace)
    {
        return Err(Refusal::NameTaken { vcluster: identity.vcluster.clone(), holder: holder.clone() });
    }
    let options = Options { read_only: settings.read_only };
    let wanted = |source, options| DesiredMount { source, options, pod: claim.pod.reference.clone() };
    take(desired, claim.target(settings), wanted(Source::pod(&identity.host_uid), options))?;
    if !settings.logs {
        return Ok(());
    }
    let source = Source::log(&identity.host_namespace, &identity.host_name, &identity.host_uid);
    let target = Target::log(&identity.vcluster, &identity.namespace, &identity.name, &identity.uid);
    let (Some(source), Some(target)) = (source, target) else {
        return Err(Refusal::LogNameTooLong);
    };
    take(desired, target, wanted(source, Options { read_only: true }))?;
    link(claim, desired)
}

/// The links to the Pod's logs. One that cannot be made keeps no other from being made.
fn link(claim: &Claim<'_>, desired: &mut Desired) -> Result<(), Refusal> {
    let (links, errors): (Vec<_>, Vec<_>) = claim
        .pod
        .containers
        .iter()
        .map(|container| log_link(&claim.identity, container))
        .partition(Result::is_ok);
    desired.links.extend(links.into_iter().flatten());
    match errors.into_iter().find_map(Result::err) {
        Some(reason) => Err(Refusal::LogLink { reason }),
        None => Ok(()),
    }
}

fn take(desired: &mut Desired, target: Target, mount: DesiredMount) -> Result<(), Refusal> {
    match desired.mounts.entry(target) {
        Entry::Vacant(free) => {
            free.insert(mount);
            Ok(())
        }
        Entry::Occupied(taken) => {
            let (target, holder) = (taken.key().clone(), Box::new(taken.get().pod.clone()));
            Err(Refusal::TargetTaken { target, holder })
        }
    }
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
