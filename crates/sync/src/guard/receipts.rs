//! The rules that go by the volume's receipt.

use super::rules::Valve;
use crate::head::Head;
use crate::plan::Totals;
use crate::receipt::{BadReceipt, Receipt, Standing, State};
use crate::settings::{Direction, Settings};

/// What was found on the volume: a receipt, none, or one that says nothing to us.
pub(crate) type Found = Result<Option<Receipt>, BadReceipt>;

const HALF: &str = "its restore has not ended well";
const COPY: &str =
    "its receipt was copied here from another volume, and nobody knows whether the files were too";
const OTHER: &str = "its receipt is that of another remote, or of a history that ended";

/// Before anything else of a sync to the remote, which may find without a request that there is nothing to do.
pub(crate) fn check_source(found: &Found, settings: &Settings, local: &str) -> Result<(), Valve> {
    if settings.plain || !settings.require_receipt {
        return Ok(());
    }
    let why = match found {
        Ok(Some(receipt)) if receipt.state == State::Restoring => HALF.to_owned(),
        Ok(Some(receipt)) if receipt.copied => COPY.to_owned(),
        Ok(Some(_)) => return Ok(()),
        Ok(None) => "it has none".to_owned(),
        Err(bad) => bad.to_string(),
    };
    Err(Valve::NoReceipt { local: local.to_owned(), why })
}

/// Before a sync to the remote is planned.
pub(crate) fn before_upload(
    found: &Found,
    head: Option<&Head>,
    settings: &Settings,
    local: &str,
) -> Result<(), Valve> {
    let Ok(Some(receipt)) = found else { return Ok(()) };
    if settings.plain {
        return Ok(());
    }
    let standing = receipt.standing(head);
    if settings.require_receipt && standing == Standing::Other && head.is_some() {
        return Err(Valve::NoReceipt { local: local.to_owned(), why: OTHER.to_owned() });
    }
    if settings.overwrite { Ok(()) } else { moved(receipt, standing, head, local) }
}

/// What the remote may have that this volume does not.
fn moved(receipt: &Receipt, standing: Standing, head: Option<&Head>, local: &str) -> Result<(), Valve> {
    let local = local.to_owned();
    let (here, there) = (receipt.generation.unwrap_or(0), head.map_or(0, |head| head.generation));
    match standing {
        _ if receipt.state == State::Restoring => Err(Valve::HalfRestored { local }),
        Standing::Behind => Err(Valve::RemoteMovedOn { local, here, there }),
        Standing::Ahead => Err(Valve::RemoteWentBack { local, here, there }),
        Standing::Level | Standing::Ours if !receipt.toward.is_empty() => Err(Valve::HalfRestored { local }),
        Standing::Level | Standing::Ours | Standing::Other => Ok(()),
    }
}

/// Before a restore is planned over what lies there already.
pub(crate) fn before_restore_over(
    found: &Found,
    head: Option<&Head>,
    settings: &Settings,
    local: &str,
) -> Result<(), Valve> {
    let local = local.to_owned();
    match found {
        _ if settings.plain || settings.overwrite => Ok(()),
        Err(bad) => Err(Valve::UnreadableReceipt { local, why: bad.to_string() }),
        // A head that is damaged is said as what it is, where anything hangs on it.
        Ok(Some(receipt))
            if receipt.state == State::Complete
                && head.is_none_or(Head::is_known)
                && receipt.standing(head) == Standing::Other =>
        {
            Err(Valve::AnotherHistory { local })
        }
        Ok(_) => Ok(()),
    }
}

/// A remote without a head, and a volume that knows one: either it is another remote, or its head is lost. Where there is
/// nothing, nothing can be overwritten.
pub(crate) fn check_upload(
    found: &Found,
    head: Option<&Head>,
    totals: &Totals,
    has_parts: bool,
    settings: &Settings,
    local: &str,
) -> Result<(), Valve> {
    let required = settings.direction == Direction::ToRemote && settings.require_receipt && !settings.plain;
    let holds_something = totals.destination_files > 0 || has_parts;
    match found {
        Ok(Some(receipt))
            if required && head.is_none() && holds_something && receipt.standing(None) == Standing::Other =>
        {
            Err(Valve::NoReceipt { local: local.to_owned(), why: OTHER.to_owned() })
        }
        _ => Ok(()),
    }
}
