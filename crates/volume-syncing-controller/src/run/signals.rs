//! SIGTERM and SIGINT as the two things they mean: the first asks to finish, the second to give up.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What has been asked of this process. Clones see the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    /// Cancelled: start nothing new, let what runs end.
    pub(super) finish: CancellationToken,
    /// Cancelled: give the rest up at once.
    pub(super) stop: CancellationToken,
}

impl Signals {
    /// Listens from now on; before this, a signal kills the process as if nobody cared.
    pub(super) fn listen() -> io::Result<Self> {
        let signals = Self::default();
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let noted = signals.clone();
        tokio::spawn(async move {
            loop {
                let received = tokio::select! {
                    received = terminate.recv() => received,
                    received = interrupt.recv() => received,
                };
                match received {
                    Some(()) => noted.note(),
                    None => return,
                }
            }
        });
        Ok(signals)
    }

    /// One signal more.
    pub(super) fn note(&self) {
        if !self.finish.is_cancelled() {
            tracing::warn!(
                "asked to end: what runs now ends first; a second signal gives up the rest at once"
            );
            self.finish.cancel();
        } else if !self.stop.is_cancelled() {
            tracing::warn!("asked again: giving up the rest");
            self.stop.cancel();
        }
    }

    /// Whether somebody asked this process to end.
    pub(super) fn is_finishing(&self) -> bool {
        self.finish.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_finishes_and_the_second_gives_up() {
        let signals = Signals::default();
        let seen = || (signals.finish.is_cancelled(), signals.stop.is_cancelled());
        assert_eq!(seen(), (false, false));
        signals.note();
        assert_eq!(seen(), (true, false));
        signals.note();
        assert_eq!(seen(), (true, true));
        signals.note();
        assert_eq!(seen(), (true, true));
    }
}
