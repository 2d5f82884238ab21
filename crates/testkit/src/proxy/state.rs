//! What all connections of a proxy share: records, rules, the delay, and the way to end them all.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Fault, RequestRecord, Rule};

#[derive(Debug, Default)]
pub(super) struct State {
    inner: Mutex<Inner>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    requests: Vec<RequestRecord>,
    rules: Vec<Rule>,
    faults: usize,
    delay: Duration,
    /// Open connections, to clients and to the server.
    streams: Vec<(u64, TcpStream)>,
    next_id: u64,
    /// Counts the calls of `clear`, so that a stalled request notices one.
    cleared: u64,
    closed: bool,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A test's own condition may panic in here; what it leaves is still whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn requests(&self) -> Vec<RequestRecord> {
        self.lock().requests.clone()
    }

    pub(super) fn take_requests(&self) -> Vec<RequestRecord> {
        std::mem::take(&mut self.lock().requests)
    }

    pub(super) fn faults(&self) -> usize {
        self.lock().faults
    }

    pub(super) fn add_rule(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    pub(super) fn set_delay(&self, round_trip: Duration) {
        self.lock().delay = round_trip;
    }

    /// How long each way takes longer.
    pub(super) fn half_delay(&self) -> Duration {
        self.lock().delay / 2
    }

    /// Notes a request and tells what is to happen to it.
    pub(super) fn judge(&self, request: RequestRecord) -> Option<Fault> {
        let mut inner = self.lock();
        let fault = inner.rules.iter_mut().find_map(|rule| rule.judge(&request));
        inner.faults += usize::from(fault.is_some());
        inner.requests.push(request);
        fault
    }

    /// Waits until the rules are cleared or the proxy is closed.
    pub(super) fn stall(&self) {
        let inner = self.lock();
        let cleared = inner.cleared;
        let waiting = |inner: &mut Inner| !inner.closed && inner.cleared == cleared;
        drop(self.released.wait_while(inner, waiting));
    }

    pub(super) fn clear(&self) {
        let mut inner = self.lock();
        inner.rules.clear();
        inner.delay = Duration::ZERO;
        inner.cleared += 1;
        self.released.notify_all();
    }

    /// Remembers a connection, so that it can be cut off; `None` when the proxy is closed.
    pub(super) fn register(self: &Arc<Self>, stream: &TcpStream) -> Option<Registered> {
        let stream = stream.try_clone().ok()?;
        let mut inner = self.lock();
        if inner.closed {
            return None;
        }
        inner.next_id += 1;
        let id = inner.next_id;
        inner.streams.push((id, stream));
        Some(Registered { state: Arc::clone(self), id })
    }

    /// Cuts every connection off and refuses new ones.
    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        for (_, stream) in inner.streams.drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
        self.released.notify_all();
    }
}

/// A connection's entry, which goes when the connection does. Its copy of the socket must go too, or the socket
/// would stay open.
#[derive(Debug)]
pub(super) struct Registered {
    state: Arc<State>,
    id: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.state.lock().streams.retain(|(id, _)| *id != self.id);
    }
}
