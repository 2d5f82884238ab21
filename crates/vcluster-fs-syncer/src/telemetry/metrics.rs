//! Numbers for Prometheus.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use podfs_vcluster::plan::Step;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::agent::Pass;

/// Up to a second for what is in our hands, and up to minutes for a kubelet that is slow to make a directory.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// All numbers. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    registry: Arc<Registry>,
    wanted: Gauge,
    present: Gauge,
    waiting: Gauge,
    failed: Gauge,
    refused: Gauge,
    foreign: Gauge,
    last_pass: Gauge,
    made: Counter,
    reaped: Counter,
    pass_time: Histogram,
    /// From the event that told of a Pod to its mount.
    pub(crate) mount_latency: Histogram,
    /// Tries to ask the API server for Pods that failed.
    pub(crate) watch_errors: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vcluster_fs_syncer");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Which agent this is", build);
        Self {
            wanted: gauge(&mut registry, "mounts_wanted", "Mounts that there should be"),
            present: gauge(&mut registry, "mounts_present", "Wanted mounts that are there"),
            waiting: gauge(
                &mut registry,
                "mounts_waiting",
                "Wanted mounts whose directory the kubelet has not made yet",
            ),
            failed: gauge(
                &mut registry,
                "mounts_failed",
                "Targets on which something failed in the last pass",
            ),
            refused: gauge(&mut registry, "pods_refused", "Pods that do not get what they ask for"),
            foreign: gauge(
                &mut registry,
                "foreign_mounts",
                "Mounts below toPath that belong to nobody's target",
            ),
            last_pass: {
                let gauge = Gauge::default();
                let help = "When the last pass ended that saw all mounts";
                registry.register_with_unit("last_pass_timestamp", help, Unit::Seconds, gauge.clone());
                gauge
            },
            made: counter(&mut registry, "mounts_made", "Mounts that were made"),
            reaped: counter(&mut registry, "mounts_reaped", "Mounts that were taken away"),
            watch_errors: counter(
                &mut registry,
                "watch_errors",
                "Times that the API server could not be asked for Pods",
            ),
            pass_time: histogram(&mut registry, "pass_duration", "How long a pass over all mounts took"),
            mount_latency: histogram(
                &mut registry,
                "pod_mount_duration",
                "Time from the event that told of a Pod to its mount, the wait for the kubelet included",
            ),
            registry: Arc::new(registry),
        }
    }
}

impl Metrics {
    /// Counts a pass.
    pub(crate) fn count(&self, pass: &Pass) {
        let outcome = &pass.mounts;
        let failed: std::collections::BTreeSet<_> =
            outcome.failed.iter().map(|(step, _)| step.target()).collect();
        set(&self.wanted, outcome.wanted.len());
        set(&self.present, outcome.present().count());
        set(&self.waiting, outcome.waiting.len());
        set(&self.failed, failed.len() + outcome.obstructed.len());
        set(&self.refused, outcome.refused.len());
        set(&self.foreign, outcome.foreign.len());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_pass.set(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        self.pass_time.observe(pass.took.as_secs_f64());
        for step in &outcome.done {
            match step {
                Step::Mount { .. } => self.made.inc(),
                Step::Unmount { .. } => self.reaped.inc(),
                Step::MakeDirectory { .. } | Step::RemoveDirectory { .. } => 0,
            };
        }
    }

    /// As OpenMetrics text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn set(gauge: &Gauge, number: usize) {
    gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn histogram(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = Histogram::new(BUCKETS);
    registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
    histogram
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// What promlint asks of names, of help texts and of types.
    #[test]
    fn the_names_are_as_prometheus_wants_them() {
        let text = Metrics::default().text();
        let mut types = BTreeMap::new();
        for line in text.lines() {
            let mut words = line.splitn(4, ' ');
            match (words.next(), words.next(), words.next(), words.next()) {
                (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                    types.insert(name.to_owned(), kind.to_owned());
                }
                (Some("#"), Some("HELP"), Some(name), Some(help)) => assert!(!help.is_empty(), "{name}"),
                _ => {}
            }
        }
        assert_eq!(text.matches("# HELP").count(), types.len(), "{text}");
        for (name, kind) in &types {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert!(name.starts_with("vcluster_fs_syncer_"), "{name}");
            for reserved in ["_total", "_count", "_sum", "_bucket", "_info"] {
                assert!(!name.ends_with(reserved), "{name}");
            }
            for unit in ["millisecond", "_ms", "minute", "kilobyte", kind.as_str()] {
                assert!(!name.contains(unit), "{name}");
            }
            if kind == "histogram" {
                assert!(name.ends_with("_seconds"), "{name}");
            }
            let sample = if kind == "counter" { format!("\n{name}_total ") } else { format!("\n{name}") };
            assert!(text.contains(&sample), "{name}: {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
