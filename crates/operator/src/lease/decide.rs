//! Whose turn it is. Pure.
//!
//! As in Kubernetes' own controllers, nobody compares clocks of two machines: a Lease has run out when its holder has not
//! changed it for as long as it says, as seen by the one who waits.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::LeaseSpec;

/// What to do about the Lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is ours: say that we are still there.
    Renew,
    /// Nobody holds it any more.
    Take,
    /// Somebody else does.
    Wait,
}

/// Decides what `me` does about a Lease that has looked like this for a while.
pub(super) fn decide(spec: &LeaseSpec, me: &str, unchanged_for: Duration) -> Decision {
    let holder = spec.holder_identity.as_deref().unwrap_or_default();
    if holder == me {
        return Decision::Renew;
    }
    let seconds = u64::try_from(spec.lease_duration_seconds.unwrap_or(0)).unwrap_or(0);
    if holder.is_empty() || unchanged_for > Duration::from_secs(seconds) {
        return Decision::Take;
    }
    Decision::Wait
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("me", 0, Decision::Renew)]
    #[case("me", 60, Decision::Renew)]
    #[case("", 0, Decision::Take)]
    #[case("other", 0, Decision::Wait)]
    #[case("other", 15, Decision::Wait)]
    #[case("other", 16, Decision::Take)]
    fn a_lease_is_taken_only_when_nobody_holds_it(
        #[case] holder: &str,
        #[case] unchanged_for: u64,
        #[case] decision: Decision,
    ) {
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        };
        assert_eq!(decide(&spec, "me", Duration::from_secs(unchanged_for)), decision);
    }

    #[test]
    fn a_lease_that_says_nothing_is_free() {
        assert_eq!(decide(&LeaseSpec::default(), "me", Duration::ZERO), Decision::Take);
    }
}
