//! What can happen, to whom.

use proptest::prelude::*;

use super::damage::{Damage, damage};
use super::edit::{Edit, edit};
use super::how::{How, restore, sync};
use super::stock::{Stock, stock};

/// Whose tree it is. Both sync to the same remote, never at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    First,
    Second,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Edit(Writer, Edit),
    Sync(Writer, How),
    /// A restore into a new volume.
    RestoreFresh,
    /// A restore over a writer's own tree.
    RestoreOver(Writer, How),
    /// Stock rclone changes the remote.
    Rclone(Stock),
    /// What a writer remembers of its last sync is gone.
    IndexLost(Writer),
    /// Or it is another by now.
    IndexDamaged(Writer, Damage),
    /// A writer's clock is set, to so many hours ahead of what is right.
    ClockMoved(Writer, i64),
}

fn writer() -> impl Strategy<Value = Writer> {
    prop_oneof![4 => Just(Writer::First), 1 => Just(Writer::Second)]
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        24 => (writer(), edit()).prop_map(|(writer, edit)| Operation::Edit(writer, edit)),
        12 => (writer(), sync()).prop_map(|(writer, how)| Operation::Sync(writer, how)),
        4 => Just(Operation::RestoreFresh),
        8 => (writer(), restore()).prop_map(|(writer, how)| Operation::RestoreOver(writer, how)),
        4 => stock().prop_map(Operation::Rclone),
        1 => writer().prop_map(Operation::IndexLost),
        2 => (writer(), damage()).prop_map(|(writer, damage)| Operation::IndexDamaged(writer, damage)),
        2 => (writer(), -50_i64..50).prop_map(|(writer, hours)| Operation::ClockMoved(writer, hours)),
    ]
}
