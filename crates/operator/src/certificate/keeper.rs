//! Keeps the certificates: what one replica does, the one that leads.

use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use super::bundle::Configuration;
use super::generation::Generation;
use super::plan::{Step, plan};
use super::secret::CertificateSecret;
use super::stored::Stored;
use super::{CertificateError, Validity};

/// From one look to the next, while nothing happens and nothing is due.
const TICK: Duration = Duration::from_secs(60);
/// From one failure to the next try.
const RETRY: Duration = Duration::from_secs(1);

/// What it takes.
pub(crate) struct Keeper {
    /// The API server.
    pub(crate) client: Client,
    /// Where the Secret is.
    pub(crate) namespace: String,
    /// The Secret.
    pub(crate) secret: String,
    /// The configuration whose webhooks are to trust it.
    pub(crate) configuration: String,
    /// Whom the certificate names.
    pub(crate) names: Vec<String>,
    /// How long it is valid.
    pub(crate) validity: Validity,
}

/// What one look left.
struct Look {
    /// What the API server trusts now.
    trusted: String,
    /// Whether it had to be told.
    told: bool,
    /// When to look again, whatever happens.
    again: Duration,
}

impl Keeper {
    /// Keeps them for as long as it is polled. `changed` tells of the Secret.
    pub(crate) async fn keep(&self, mut changed: watch::Receiver<u64>) {
        let configurations: Api<PartialObjectMeta<MutatingWebhookConfiguration>> =
            Api::all(self.client.clone());
        let config = watcher::Config::default().fields(&format!("metadata.name={}", self.configuration));
        let mut configurations = std::pin::pin!(watcher(configurations, config).default_backoff());
        let secret = CertificateSecret::new(self.client.clone(), &self.namespace, &self.secret);
        let configuration = Configuration::new(self.client.clone(), &self.configuration);
        let mut known = Known::default();
        // Kept, so that nobody is refused when the Secret is deleted.
        let mut last = None;
        loop {
            let again = match self.look(&secret, &configuration, &mut last, &known).await {
                Ok(look) => {
                    known.saw(&look);
                    look.again
                }
                Err(error) => {
                    warn!(%error, "cannot keep the webhook's certificate; it is tried again");
                    RETRY
                }
            };
            tokio::select! {
                () = tokio::time::sleep(again) => {}
                heard = changed.changed() => if heard.is_err() { return },
                Some(event) = configurations.next() => if let Err(error) = event {
                    warn!(%error, "cannot watch the webhook's configuration");
                },
            }
        }
    }

    /// Looks once, and does what is next.
    async fn look(
        &self,
        secret: &CertificateSecret,
        configuration: &Configuration,
        last: &mut Option<Stored>,
        known: &Known,
    ) -> Result<Look, CertificateError> {
        let found = secret.read().await?;
        let usable = found.stored.clone().or_else(|| last.clone());
        let is_known = usable.as_ref().is_some_and(|stored| known.long_enough(stored, self.validity.overlap));
        let step = plan(usable.as_ref(), &self.names, &self.validity, is_known, SystemTime::now());
        let stored = self.step(step, usable)?;
        if found.stored.as_ref() != Some(&stored) {
            if !secret.write(found, &stored).await? {
                // Somebody else did it: look at what they did.
                return Ok(Look { trusted: String::new(), told: false, again: Duration::ZERO });
            }
            info!(?step, ends = ?stored.current.ends, "the webhook's certificates are stored");
        }
        let trusted = stored.authorities();
        let told = configuration.trust(&trusted).await?;
        if told {
            info!("caBundle of the webhook's configuration is written");
        }
        let again = if stored.next.is_some() { self.validity.overlap } else { TICK };
        *last = Some(stored);
        Ok(Look { trusted, told, again: again.min(TICK).min(self.validity.lifetime / 10) })
    }

    fn step(&self, step: Step, stored: Option<Stored>) -> Result<Stored, CertificateError> {
        let make = || Generation::make(&self.names, &self.validity, SystemTime::now());
        Ok(match (step, stored) {
            (Step::Keep, Some(stored)) => stored,
            (Step::Introduce, Some(stored)) => Stored { next: Some(make()?), ..stored },
            (Step::Promote, Some(Stored { current, next: Some(next), .. })) => {
                Stored { current: next, next: None, previous: Some(current.authority) }
            }
            (_, Some(Stored { current, .. })) => {
                Stored { current: make()?, next: None, previous: Some(current.authority) }
            }
            (_, None) => Stored::first(make()?),
        })
    }
}

/// Since when the API server has trusted the same authorities, as far as this replica knows.
#[derive(Default)]
struct Known {
    authorities: String,
    since: Option<Instant>,
}

impl Known {
    fn saw(&mut self, look: &Look) {
        if look.told || self.since.is_none() || self.authorities != look.trusted {
            *self = Self { authorities: look.trusted.clone(), since: Some(Instant::now()) };
        }
    }

    fn long_enough(&self, stored: &Stored, overlap: Duration) -> bool {
        self.authorities == stored.authorities() && self.since.is_some_and(|since| since.elapsed() >= overlap)
    }
}
