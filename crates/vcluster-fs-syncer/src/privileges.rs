//! Gives up what a privileged container has and this program does not need.
//!
//! Kubernetes allows `mountPropagation: Bidirectional` in privileged containers alone, and those get every capability whatever
//! `capabilities.drop` says. So the program drops them by itself, before it talks to anybody.

use rustix::io::Result;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, remove_capability_from_bounding_set, set_capabilities,
    set_no_new_privs,
};

/// What stays: mounting, and directories of Pods whatever their mode.
const KEPT: CapabilitySet =
    CapabilitySet::SYS_ADMIN.union(CapabilitySet::DAC_OVERRIDE).union(CapabilitySet::DAC_READ_SEARCH);

/// Drops the rest for this thread and those that it starts. Call it before there are others.
///
/// # Errors
/// When the kernel refuses.
pub(crate) fn drop_all_but_needed() -> Result<()> {
    set_no_new_privs(true)?;
    let held = capabilities(None)?;
    for capability in held.permitted.difference(KEPT).iter() {
        // Without CAP_SETPCAP this is refused, and with no_new_privs it does not matter.
        let _ = remove_capability_from_bounding_set(capability);
    }
    let kept = held.permitted.intersection(KEPT);
    set_capabilities(
        None,
        CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_but_what_mounting_needs() {
        let left = std::thread::spawn(|| {
            drop_all_but_needed().unwrap();
            capabilities(None).unwrap()
        });
        let left = left.join().unwrap();
        assert!(KEPT.contains(left.permitted), "{left:?}");
        assert!(KEPT.contains(left.effective), "{left:?}");
    }
}
