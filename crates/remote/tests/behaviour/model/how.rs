//! How a sync or restore is done.

use proptest::prelude::*;

/// What was decided about one of them, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) delete: bool,
    pub(super) overwrite: bool,
    /// The valves are passed over.
    pub(super) force: bool,
    pub(super) require_receipt: bool,
    pub(super) checksum: bool,
    /// Only what file events told of is looked at.
    pub(super) by_events: bool,
    /// Killed at this request.
    pub(super) stopped_at: Option<u8>,
}

impl How {
    pub(super) const WHOLE: Self = Self {
        delete: true,
        overwrite: true,
        force: true,
        require_receipt: false,
        checksum: false,
        by_events: false,
        stopped_at: None,
    };
}

/// Most have ended after twenty requests.
fn request() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![2 => Just(None), 1 => (0_u8..20).prop_map(Some)]
}

pub(super) fn sync() -> impl Strategy<Value = How> {
    let one_in = |times: u32| prop::bool::weighted(1.0 / f64::from(times));
    let choices = (one_in(6), any::<bool>(), one_in(4), one_in(6), one_in(6), any::<bool>(), request());
    choices.prop_map(|(keep, overwrite, valves, require_receipt, checksum, by_events, stopped_at)| How {
        delete: !keep,
        overwrite,
        force: !valves,
        require_receipt,
        checksum,
        by_events,
        stopped_at,
    })
}

pub(super) fn restore() -> impl Strategy<Value = How> {
    let choices = (prop::bool::weighted(0.25), any::<bool>(), request());
    choices.prop_map(|(overwrite, force, stopped_at)| How { overwrite, force, stopped_at, ..How::WHOLE })
}
