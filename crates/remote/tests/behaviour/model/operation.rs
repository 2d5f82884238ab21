//! What can happen, to whom.

use std::path::PathBuf;

use proptest::prelude::*;

use super::edit::{Edit, edit, place};

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
    /// A sync; killed at a request if one is named.
    Sync {
        writer: Writer,
        delete: bool,
        overwrite: bool,
        stopped_at: Option<u8>,
    },
    /// A restore into a new volume.
    RestoreFresh,
    /// A restore over a writer's own tree; killed at a request if one is named.
    RestoreOver {
        writer: Writer,
        overwrite: bool,
        stopped_at: Option<u8>,
    },
    /// Stock rclone puts a file on the remote, or replaces one.
    Put(PathBuf, u8),
    /// Stock rclone deletes a file of the remote.
    TakeAway(PathBuf),
    /// What a writer remembers of its last sync is gone.
    IndexLost(Writer),
    /// A writer's clock is set, to so many hours ahead of what is right.
    ClockMoved(Writer, i64),
}

fn writer() -> impl Strategy<Value = Writer> {
    prop_oneof![4 => Just(Writer::First), 1 => Just(Writer::Second)]
}

/// Most have ended after twenty requests.
fn request() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![2 => Just(None), 1 => (0_u8..20).prop_map(Some)]
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    let delete = prop_oneof![5 => Just(true), 1 => Just(false)];
    prop_oneof![
        12 => (writer(), edit()).prop_map(|(writer, edit)| Operation::Edit(writer, edit)),
        6 => (writer(), delete, any::<bool>(), request()).prop_map(|(writer, delete, overwrite, stopped_at)| {
            Operation::Sync { writer, delete, overwrite, stopped_at }
        }),
        2 => Just(Operation::RestoreFresh),
        4 => (writer(), prop::bool::weighted(0.25), request()).prop_map(|(writer, overwrite, stopped_at)| {
            Operation::RestoreOver { writer, overwrite, stopped_at }
        }),
        1 => (place(), 0_u8..20).prop_map(|(path, size)| Operation::Put(path, size)),
        1 => place().prop_map(Operation::TakeAway),
        1 => writer().prop_map(Operation::IndexLost),
        1 => (writer(), -50_i64..50).prop_map(|(writer, hours)| Operation::ClockMoved(writer, hours)),
    ]
}
