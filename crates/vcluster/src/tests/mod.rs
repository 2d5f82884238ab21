//! Histories of Pods, kubelets, tenants and crashes, against a model of the kernel.

mod histories;
mod properties;
pub(crate) mod table;
