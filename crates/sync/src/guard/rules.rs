//! The rules. Each says what it refuses, why, and which flag passes over it.

use thiserror::Error;

use super::facts::TargetFacts;
use crate::plan::Totals;
use crate::settings::{DeleteLimit, Direction, Settings};

/// A valve that closed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Valve {
    /// An empty source would clear the remote.
    #[error(
        "refused: the local directory {local} is empty or missing, and syncing it would clear the remote; \
         check the path and the mount, use --no-delete, or pass --force-even-if-remote-would-be-cleared"
    )]
    SourceEmpty {
        /// The local directory.
        local: String,
    },
    /// An empty remote would clear the local directory.
    #[error(
        "refused: the remote is empty while the local directory {local} has files; check the remote path, or pass \
         --force-delete-local-dir"
    )]
    RemoteEmpty {
        /// The local directory.
        local: String,
    },
    /// The target is one of the system's folders.
    #[error(
        "refused: {local} is the system directory {folder}, where a restore must not delete; choose another \
         directory, use --no-delete, or pass --force-delete-local-dir"
    )]
    SystemFolder {
        /// The local directory.
        local: String,
        /// The system folder that it is.
        folder: &'static str,
    },
    /// The target is root's.
    #[error(
        "refused: {local} has files and is owned by root; restore into an empty directory, or pass \
         --force-delete-local-dir"
    )]
    OwnedByRoot {
        /// The local directory.
        local: String,
    },
    /// The target is another user's.
    #[error(
        "refused: {local} has files and is owned by uid {owner}, while this process runs as uid {process}; run as \
         the owner, or pass --force-delete-local-dir"
    )]
    OwnedByAnother {
        /// The local directory.
        local: String,
        /// Its owner.
        owner: u32,
        /// The user of this process.
        process: u32,
    },
    /// A source without a valid receipt, where one is asked for.
    #[error(
        "refused: {local} does not show that it was restored completely from this remote ({why}), and --require-receipt \
         is set; run remote-to-local-sync to its end first, or leave out --require-receipt"
    )]
    NoReceipt {
        /// The local directory.
        local: String,
        /// What is wrong with its receipt.
        why: String,
    },
    /// A source that was restored by half.
    #[error(
        "refused: the restore of {local} has not ended well, so that files may be missing there which the remote has; \
         run remote-to-local-sync to its end first, or pass --overwrite-remote"
    )]
    HalfRestored {
        /// The local directory.
        local: String,
    },
    /// Somebody else wrote to the remote.
    #[error(
        "refused: somebody else has written to the remote since {local} was last restored or synced (generation {there} \
         there, {here} here), and a sync would overwrite that; both stay as they are: run remote-to-local-sync, which \
         keeps local changes, or pass --overwrite-remote"
    )]
    RemoteMovedOn {
        /// The local directory.
        local: String,
        /// The generation that it holds; 0 where the remote had none.
        here: u64,
        /// The generation of the remote.
        there: u64,
    },
    /// The remote is older than it was.
    #[error(
        "refused: the remote went back from generation {here}, which {local} holds, to {there}, as one does that was \
         itself restored from a backup; find out which of them is right, then run remote-to-local-sync, which keeps \
         local changes, or pass --overwrite-remote"
    )]
    RemoteWentBack {
        /// The local directory.
        local: String,
        /// The generation that it holds.
        here: u64,
        /// The generation of the remote.
        there: u64,
    },
    /// The target was restored from elsewhere.
    #[error(
        "refused: {local} has files and was restored from another remote, or from a history of this one that ended; \
         check the remote path, restore into an empty directory, or pass --overwrite-local"
    )]
    AnotherHistory {
        /// The local directory.
        local: String,
    },
    /// The target has a receipt that says nothing to us.
    #[error(
        "refused: {local} has files, and its receipt cannot be used ({why}), so that changes which are not on the \
         remote yet cannot be told; use the version that wrote it, or pass --overwrite-local"
    )]
    UnreadableReceipt {
        /// The local directory.
        local: String,
        /// What is wrong with it.
        why: String,
    },
    /// The plan deletes more than the user allows.
    #[error(
        "refused: the plan deletes {deletes} of {present} files, and --max-delete allows {allowed}; look at it with \
         --dry-run, and raise --max-delete if it is right"
    )]
    TooManyDeletes {
        /// Deletes in the plan.
        deletes: u64,
        /// Files at the side that would lose them.
        present: u64,
        /// The most that may go.
        allowed: u64,
    },
}

/// The rules on a restore's target, before anything is listed.
pub(crate) fn before_restore(facts: &TargetFacts, settings: &Settings, local: &str) -> Result<(), Valve> {
    if settings.force {
        return Ok(());
    }
    let local = local.to_owned();
    if let Some(folder) = facts.system_folder
        && settings.delete
    {
        return Err(Valve::SystemFolder { local, folder });
    }
    if facts.empty || facts.receipt {
        return Ok(());
    }
    if facts.owner == 0 {
        return Err(Valve::OwnedByRoot { local });
    }
    if facts.owner != facts.process {
        return Err(Valve::OwnedByAnother { local, owner: facts.owner, process: facts.process });
    }
    Ok(())
}

/// The rules on what is to be done.
pub(crate) fn check_plan(totals: &Totals, settings: &Settings, local: &str) -> Result<(), Valve> {
    if !settings.force && totals.source_files == 0 {
        let local = local.to_owned();
        match settings.direction {
            Direction::ToRemote if settings.delete => return Err(Valve::SourceEmpty { local }),
            Direction::FromRemote if totals.destination_files > 0 => {
                return Err(Valve::RemoteEmpty { local });
            }
            _ => {}
        }
    }
    settings.max_delete.map_or(Ok(()), |limit| check_deletes(totals, limit))
}

fn check_deletes(totals: &Totals, limit: DeleteLimit) -> Result<(), Valve> {
    let present = totals.destination_files;
    let allowed = limit.allowed(present);
    if totals.deletes <= allowed {
        return Ok(());
    }
    Err(Valve::TooManyDeletes { deletes: totals.deletes, present, allowed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(direction: Direction) -> Settings {
        Settings {
            direction,
            delete: true,
            force: false,
            require_receipt: false,
            overwrite: false,
            receipt_file: None,
            unfinished_file: None,
            max_delete: None,
            transfers: None,
            plain: false,
            checksum: false,
            fidelity: crate::settings::Fidelity::Possible,
            excluded: Vec::new(),
            scratch: "/tmp".into(),
        }
    }

    fn facts() -> TargetFacts {
        TargetFacts { system_folder: None, empty: false, owner: 7, process: 7, receipt: false }
    }

    fn restore(facts: &TargetFacts, change: impl Fn(&mut Settings)) -> Result<(), Valve> {
        let mut settings = settings(Direction::FromRemote);
        change(&mut settings);
        before_restore(facts, &settings, "/data")
    }

    #[test]
    fn the_owner_counts_only_where_files_are_not_ours() {
        let root = TargetFacts { owner: 0, process: 0, ..facts() };
        let other = TargetFacts { owner: 8, ..facts() };
        assert_eq!(restore(&facts(), |_| {}), Ok(()));
        assert!(matches!(restore(&root, |_| {}), Err(Valve::OwnedByRoot { .. })));
        assert!(matches!(restore(&other, |_| {}), Err(Valve::OwnedByAnother { owner: 8, process: 7, .. })));
        for fine in [
            TargetFacts { empty: true, ..root.clone() },
            TargetFacts { receipt: true, ..root.clone() },
            TargetFacts { receipt: true, ..other.clone() },
        ] {
            assert_eq!(restore(&fine, |_| {}), Ok(()), "{fine:?}");
        }
        assert_eq!(restore(&root, |settings| settings.force = true), Ok(()));
        // Copying without deleting can still overwrite what is another's.
        assert!(restore(&other, |settings| settings.delete = false).is_err());
    }

    #[test]
    fn a_system_folder_is_refused_even_when_empty_or_ours() {
        let system = TargetFacts { system_folder: Some("/home"), empty: true, receipt: true, ..facts() };
        assert!(matches!(restore(&system, |_| {}), Err(Valve::SystemFolder { .. })));
        assert_eq!(restore(&system, |settings| settings.delete = false), Ok(()));
        assert_eq!(restore(&system, |settings| settings.force = true), Ok(()));
    }

    #[test]
    fn emptiness_closes_the_valve_of_its_direction() {
        let cleared = Totals { destination_files: 3, deletes: 3, ..Totals::default() };
        let nothing = Totals::default();
        let check = |totals, direction, change: fn(&mut Settings)| {
            let mut settings = settings(direction);
            change(&mut settings);
            check_plan(&totals, &settings, "/data")
        };
        assert!(matches!(check(cleared, Direction::ToRemote, |_| {}), Err(Valve::SourceEmpty { .. })));
        assert!(matches!(check(nothing, Direction::ToRemote, |_| {}), Err(Valve::SourceEmpty { .. })));
        assert_eq!(check(cleared, Direction::ToRemote, |settings| settings.delete = false), Ok(()));
        assert_eq!(check(cleared, Direction::ToRemote, |settings| settings.force = true), Ok(()));
        assert!(matches!(check(cleared, Direction::FromRemote, |_| {}), Err(Valve::RemoteEmpty { .. })));
        assert!(check(cleared, Direction::FromRemote, |settings| settings.delete = false).is_err());
        assert_eq!(check(nothing, Direction::FromRemote, |_| {}), Ok(()));
        assert_eq!(check(cleared, Direction::FromRemote, |settings| settings.force = true), Ok(()));
    }

    #[test]
    fn a_delete_limit_holds_also_with_force() {
        let totals = Totals { source_files: 1, destination_files: 10, deletes: 3, ..Totals::default() };
        let check = |limit: &str| {
            let max_delete = Some(limit.parse().unwrap());
            let settings = Settings { max_delete, force: true, ..settings(Direction::ToRemote) };
            check_plan(&totals, &settings, "/data").is_ok()
        };
        assert!(check("3") && check("30%") && check("100%"));
        assert!(!check("2") && !check("29%") && !check("0"));
    }
}
