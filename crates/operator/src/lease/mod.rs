//! A Lease for the work that only one replica does at a time.
//!
//! It only keeps replicas from doing the same twice. What they write is safe without it: each write says what it has seen.

mod decide;

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use decide::{Decision, decide};

/// How long the others wait for a holder that says nothing.
const DURATION: Duration = Duration::from_secs(15);
/// How long a holder goes on that cannot say that it is there.
const DEADLINE: Duration = Duration::from_secs(10);
/// From one look to the next.
const TICK: Duration = Duration::from_secs(2);

/// One replica's part in it.
pub(crate) struct Leadership {
    api: Api<Lease>,
    name: String,
    me: String,
    leads: watch::Sender<bool>,
    /// When we last were the holder for sure.
    held: Option<Instant>,
    /// How the Lease looked, and since when it has.
    seen: Option<(LeaseSpec, Instant)>,
}

impl Leadership {
    /// Of the Lease `name`, under the name of `me`.
    pub(crate) fn new(client: Client, namespace: &str, name: &str, me: &str) -> Self {
        let api = Api::namespaced(client, namespace);
        let (name, me) = (name.to_owned(), me.to_owned());
        Self { api, name, me, leads: watch::Sender::new(false), held: None, seen: None }
    }

    /// Tells whether this replica leads.
    pub(crate) fn subscribe(&self) -> watch::Receiver<bool> {
        self.leads.subscribe()
    }

    /// Takes part until `stop` is done, and then makes way at once.
    pub(crate) async fn take_part(mut self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                () = self.look_in_time() => {}
            }
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(TICK) => {}
            }
        }
        let led = *self.leads.borrow();
        self.leads.send_replace(false);
        if led {
            self.make_way().await;
        }
    }

    /// An API server that does not answer must not keep us from noticing that we lead no more.
    async fn look_in_time(&mut self) {
        let begin = Instant::now();
        match tokio::time::timeout(DEADLINE / 2, self.look()).await {
            Ok(Ok(true)) => self.held = Some(begin),
            Ok(Ok(false)) => self.held = None,
            Ok(Err(error)) => warn!(%error, lease = self.name, "cannot ask for the Lease"),
            Err(_) => warn!(lease = self.name, "the API server does not answer about the Lease"),
        }
        let leads = self.held.is_some_and(|held| held.elapsed() < DEADLINE);
        if self.leads.send_if_modified(|before| std::mem::replace(before, leads) != leads) {
            info!(leads, me = self.me, "this replica {}", if leads { "leads" } else { "does not lead" });
        }
    }

    /// Whether the Lease is ours after this look.
    async fn look(&mut self) -> kube::Result<bool> {
        let Some(lease) = self.api.get_opt(&self.name).await? else {
            let metadata = ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() };
            let lease = Lease { metadata, spec: Some(self.spec(None, 0)) };
            return won(self.api.create(&PostParams::default(), &lease).await);
        };
        let spec = lease.spec.clone().unwrap_or_default();
        let since = match &self.seen {
            Some((seen, since)) if *seen == spec => *since,
            _ => Instant::now(),
        };
        let transitions = spec.lease_transitions.unwrap_or(0);
        let spec = match decide(&spec, &self.me, since.elapsed()) {
            Decision::Renew => self.spec(spec.acquire_time, transitions),
            Decision::Take => self.spec(None, transitions.saturating_add(1)),
            Decision::Wait => {
                self.seen = Some((spec, since));
                return Ok(false);
            }
        };
        // The version that was read goes along, so of two that take it one is refused.
        let lease = Lease { spec: Some(spec), ..lease };
        won(self.api.replace(&self.name, &PostParams::default(), &lease).await)
    }

    fn spec(&self, since: Option<MicroTime>, transitions: i32) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        LeaseSpec {
            holder_identity: Some(self.me.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: Some(since.unwrap_or_else(|| now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        }
    }

    /// Another replica need not wait for us.
    async fn make_way(&self) {
        let released = async {
            let Some(lease) = self.api.get_opt(&self.name).await? else { return Ok(false) };
            let spec = lease.spec.clone().unwrap_or_default();
            if spec.holder_identity.as_deref() != Some(self.me.as_str()) {
                return Ok(false);
            }
            let spec = LeaseSpec { holder_identity: Some(String::new()), ..spec };
            let lease = Lease { spec: Some(spec), ..lease };
            won(self.api.replace(&self.name, &PostParams::default(), &lease).await)
        };
        match tokio::time::timeout(TICK, released).await {
            Ok(Ok(released)) => debug!(released, "the Lease is given back"),
            outcome => debug!(?outcome, "the Lease is not given back; it runs out by itself"),
        }
    }
}

/// Who was beaten to it is told by a conflict.
fn won(written: kube::Result<Lease>) -> kube::Result<bool> {
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}

/// Works while this replica leads, and begins anew when it leads again.
pub(crate) async fn while_leading<F: Future<Output = ()>>(
    mut leads: watch::Receiver<bool>,
    mut work: impl FnMut() -> F,
) {
    loop {
        if leads.wait_for(|leads| *leads).await.is_err() {
            return;
        }
        tokio::select! {
            () = work() => {}
            // Dropped where it waits: what it was about to write says what it has seen.
            _ = leads.wait_for(|leads| !*leads) => {}
        }
    }
}
