//! A reference model: random sequences of everything that can happen to trees and a remote, against what
//! `docs/semantics.md` promises.
//!
//! The model is small on purpose. Local trees are their own model: a sync changes nothing in them. Of the remote it knows
//! what a restore may bring ([`remote::Expected`]), and of each tree what it had when both last agreed ([`volume::Volume`]). [`world`] does each operation for real and asks the model; when the two
//! differ, proptest looks for the shortest sequence and keeps its seed beside [`sequences`].

mod damage;
mod edit;
mod how;
mod operation;
mod remote;
mod restores;
mod sequences;
mod stock;
mod syncs;
mod volume;
mod world;
