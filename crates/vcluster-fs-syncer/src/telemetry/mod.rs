//! What people and machines are told: log, metrics, health.

mod health;
pub(crate) mod logging;
mod metrics;

pub(crate) use health::Health;
pub(crate) use metrics::Metrics;
