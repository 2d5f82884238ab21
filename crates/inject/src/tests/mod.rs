//! Whole Pods: the examples as snapshots, every refusal, being called again, and random Pods.

mod again;
mod build;
mod everyday;
mod examples;
mod injected;
mod properties;
mod refusals;
mod schedules;
mod selection;
