//! A proxy that counts, delays and breaks HTTP/1.1 requests on their way to a real server.
//!
//! Requests and answers pass byte for byte, so signatures stay valid. The client's address for the server is the
//! proxy's endpoint, and the server sees that in `Host`.

mod connection;
mod faults;
mod record;
mod rule;
mod state;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};

use connection::Connection;
use state::State;

pub use record::RequestRecord;
pub use rule::{Fault, Rule};

/// A running proxy; it and all its connections are gone when dropped.
#[derive(Debug)]
pub struct FaultyProxy {
    addr: SocketAddr,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

impl FaultyProxy {
    /// Starts a proxy in front of a server. Without rules it changes nothing.
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot open the proxy's port")?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let accepting = thread::spawn(move || accept(&listener, upstream, &shared));
        Ok(Self { addr, state, accepting: Some(accepting) })
    }

    /// Where the proxy listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL that clients use in place of the server's.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Every request so far, in the order of arrival, those that met a fault included.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.state.requests()
    }

    /// The requests so far, which are then forgotten: for counting what one step costs.
    pub fn take_requests(&self) -> Vec<RequestRecord> {
        self.state.take_requests()
    }

    /// How many requests so far meet a condition.
    pub fn count(&self, mut wanted: impl FnMut(&RequestRecord) -> bool) -> usize {
        self.state.requests().iter().filter(|request| wanted(request)).count()
    }

    /// Adds a rule. Of several that match a request, the one added first wins.
    pub fn fail(&self, rule: Rule) {
        self.state.add_rule(rule);
    }

    /// How many requests have met a fault: proof that a rule was hit at all.
    pub fn faults(&self) -> usize {
        self.state.faults()
    }

    /// Makes every request take this much longer: half of it on the way in, half on the way back.
    pub fn delay(&self, round_trip: Duration) {
        self.state.set_delay(round_trip);
    }

    /// Forgets all rules and the delay, and lets stalled connections end. Keeps the records.
    pub fn clear(&self) {
        self.state.clear();
    }
}

impl Drop for FaultyProxy {
    fn drop(&mut self) {
        self.state.close();
        // Accepting blocks until someone connects.
        drop(TcpStream::connect(self.addr));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
    }
}

fn accept(listener: &TcpListener, upstream: SocketAddr, state: &Arc<State>) {
    loop {
        let client = match listener.accept() {
            Ok((client, _)) => client,
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
            Err(_) => return,
        };
        let Some(registered) = state.register(&client) else { return };
        let state = Arc::clone(state);
        thread::spawn(move || {
            // A broken connection is what clients of this proxy are tested with: nothing to report.
            drop(Connection::new(&client, upstream, &state).run());
            drop(registered);
        });
    }
}
