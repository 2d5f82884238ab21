//! Pods that were to have ended and have not.
//!
//! The kernel unmounts no volume in which somebody works, wherever it is seen. So a shell of a daemonset in a mapped volume
//! holds up the kubelet, and with it the end of the Pod. A backup may have that patience, for a while; then the mapping goes,
//! and the kubelet's next try comes through.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use podfs_vcluster::HostPod;

/// Those whose mapping stays, and how long until that changes for one of them.
pub(crate) fn staying(
    pods: Vec<HostPod>,
    linger: Duration,
    now: SystemTime,
) -> (Vec<HostPod>, Option<Duration>) {
    let left = |pod: &HostPod| {
        let until = UNIX_EPOCH + Duration::from_secs(u64::try_from(pod.ends?).ok()?) + linger;
        Some(until.duration_since(now).unwrap_or_default())
    };
    let next = pods.iter().filter_map(left).filter(|left| !left.is_zero()).min();
    let staying = pods.into_iter().filter(|pod| left(pod).is_none_or(|left| !left.is_zero()));
    (staying.collect(), next)
}

#[cfg(test)]
mod tests {
    use podfs_vcluster::pods::PodReference;

    use super::*;

    fn pod(name: &str, ends: Option<i64>) -> HostPod {
        let reference = PodReference { namespace: "team".into(), name: name.into(), uid: name.into() };
        HostPod::new(reference, 0, [], []).ending(ends)
    }

    #[test]
    fn a_pod_that_was_to_have_ended_stays_for_a_while() {
        let pods = vec![pod("runs", None), pod("ends", Some(1_000)), pod("hangs", Some(900))];
        let staying = |now| {
            let now = UNIX_EPOCH + Duration::from_secs(now);
            let (pods, next) = staying(pods.clone(), Duration::from_secs(60), now);
            let names: Vec<String> = pods.into_iter().map(|pod| pod.reference.name).collect();
            (names.join(" "), next.map(|next| next.as_secs()))
        };
        assert_eq!(staying(899), ("runs ends hangs".to_owned(), Some(61)));
        assert_eq!(staying(960), ("runs ends".to_owned(), Some(100)));
        assert_eq!(staying(1_060), ("runs".to_owned(), None));
    }

    #[test]
    fn a_clock_that_jumps_moves_only_the_end_of_pods_that_end() {
        let staying = |now| {
            let pods = vec![pod("runs", None), pod("ends", Some(1_000))];
            staying(pods, Duration::from_secs(60), UNIX_EPOCH + Duration::from_secs(now)).0.len()
        };
        assert_eq!(staying(0), 2);
        assert_eq!(staying(1 << 40), 1);
    }
}
