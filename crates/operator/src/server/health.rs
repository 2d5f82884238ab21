//! Whether requests can be answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::certificate::Served;

/// Shared between those who work and those who ask.
#[derive(Debug, Clone)]
pub(crate) struct Health {
    /// Where TLS is spoken, what with.
    served: Option<Served>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    objects_known: AtomicBool,
    cluster_known: AtomicBool,
    ending: AtomicBool,
}

impl Health {
    /// Nothing is known yet.
    pub(crate) fn new(served: Option<Served>) -> Self {
        Self { served, state: Arc::default() }
    }

    /// All objects are known.
    pub(crate) fn objects_are_known(&self) {
        self.state.objects_known.store(true, Ordering::Relaxed);
    }

    /// It is known what the cluster can do.
    pub(crate) fn cluster_is_known(&self) {
        self.state.cluster_known.store(true, Ordering::Relaxed);
    }

    /// Others should be asked from now on.
    pub(crate) fn ending(&self) {
        self.state.ending.store(true, Ordering::Relaxed);
    }

    /// Whether others should be asked.
    pub(crate) fn is_ending(&self) -> bool {
        self.state.ending.load(Ordering::Relaxed)
    }

    /// Whether requests should come here.
    pub(crate) fn is_ready(&self) -> Result<(), &'static str> {
        if self.is_ending() {
            return Err("this replica is about to end");
        }
        if !self.served.as_ref().is_none_or(Served::is_there) {
            return Err("there is no certificate to serve yet");
        }
        if !self.state.cluster_known.load(Ordering::Relaxed) {
            return Err("the cluster's version is not known yet");
        }
        if !self.state.objects_known.load(Ordering::Relaxed) {
            return Err("the PodFilesystemSync objects are not known yet");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_who_knows_all_objects_and_has_a_certificate() {
        let health = Health::new(Some(Served::default()));
        assert!(health.is_ready().unwrap_err().contains("certificate"));
        let health = Health::new(None);
        assert!(health.is_ready().unwrap_err().contains("version"));
        health.cluster_is_known();
        assert!(health.is_ready().unwrap_err().contains("PodFilesystemSync"));
        health.objects_are_known();
        assert_eq!(health.is_ready(), Ok(()));
    }

    #[test]
    fn who_is_about_to_end_is_not_ready() {
        let health = Health::new(None);
        health.cluster_is_known();
        health.objects_are_known();
        assert_eq!(health.is_ready(), Ok(()));
        health.ending();
        assert!(health.is_ready().unwrap_err().contains("end"));
    }
}
