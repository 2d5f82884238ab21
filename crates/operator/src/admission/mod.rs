//! What the API server asks, and what it is answered. Nothing is asked of the API server in turn, unless a Pod needs a key, or
//! would be refused for want of an object.

mod patch;
pub(crate) mod review;
mod told;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use podfs_api::PodFilesystemSync;
use podfs_api::names::{CONTROLLER, ENABLED_LABEL, ENABLED_VALUE};
use podfs_inject::{Refusal, inject, select};
use serde::Deserialize as _;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use tracing::{debug, info, warn};

use crate::encryption::{Key, ensure_key};
use crate::scope::Scope;
use crate::watched::{Known, Objects, list_objects};
use patch::{difference, graft};
use review::{Answer, Request};
pub(crate) use told::Told;

/// The label by which the chart finds the operator's own Pods.
const NAME_LABEL: &str = "app.kubernetes.io/name";

/// Answers from what is known.
pub(crate) struct Admission {
    pub(crate) client: Client,
    /// The namespace of the operator itself.
    pub(crate) own_namespace: String,
    /// The namespaces whose objects are known.
    pub(crate) scope: Scope,
    pub(crate) objects: Objects,
    /// How containers are made, once it is known what the cluster can do.
    pub(crate) injecting: Arc<OnceLock<podfs_inject::Settings>>,
    pub(crate) told: Told,
}

impl Admission {
    /// About a Pod that is to be made, from what is known. Nothing where the API server has to be asked.
    pub(crate) fn answer_at_once(&self, request: &Request) -> Option<Answer> {
        if !self.concerns(request) {
            return Some(Answer::Pass);
        }
        let begin = Instant::now();
        let answer = self.decide_at_once(request).unwrap_or_else(Some)?;
        log(request, &answer, begin);
        Some(answer)
    }

    /// About a Pod of which the API server has to be asked. It is not waited for after `deadline`.
    pub(crate) async fn answer(&self, request: &Request, deadline: Instant) -> Answer {
        let begin = Instant::now();
        let in_time = timeout_at(deadline, self.decide(request)).await;
        let answer = in_time.unwrap_or_else(|_| Err(too_slow())).unwrap_or_else(|answer| answer);
        log(request, &answer, begin);
        answer
    }

    fn concerns(&self, request: &Request) -> bool {
        let own = request.namespace == self.own_namespace && request.label(NAME_LABEL) == Some(CONTROLLER);
        let ours = self.scope.has(&request.namespace) && !own;
        ours && request.operation == "CREATE" && request.label(ENABLED_LABEL) == Some(ENABLED_VALUE)
    }

    /// Nothing where a key is needed, or no object is known that may just have been made.
    fn decide_at_once(&self, request: &Request) -> Result<Option<Answer>, Answer> {
        let (settings, pod) = (self.settings()?, pod(request)?);
        let known = self.objects.of(&request.namespace);
        let chosen = one_of(&known, &pod);
        if is_none(&chosen) {
            return Ok(None);
        }
        let object = self.chosen(request, &known, chosen)?;
        let answer = self.injected(request, &pod, object, settings)?;
        Ok(object.spec.automatic_encryption.secret().is_none().then_some(answer))
    }

    async fn decide(&self, request: &Request) -> Result<Answer, Answer> {
        let (settings, pod) = (self.settings()?, pod(request)?);
        let known = self.known_for(&pod, &request.namespace).await;
        let object = self.chosen(request, &known, one_of(&known, &pod))?;
        let answer = self.injected(request, &pod, object, settings)?;
        if let Some(secret) = object.spec.automatic_encryption.secret() {
            self.see_to_key(request, object, secret).await?;
        }
        Ok(answer)
    }

    fn settings(&self) -> Result<&podfs_inject::Settings, Answer> {
        let settings = self.injecting.get().filter(|_| self.objects.is_known());
        settings.ok_or_else(|| {
            refuse(503, "the operator does not know the PodFilesystemSync objects yet; try again".to_owned())
        })
    }

    /// The object that selects a Pod, or that it is refused.
    fn chosen<'a>(
        &self,
        request: &Request,
        known: &BTreeMap<String, Known>,
        chosen: Result<&'a PodFilesystemSync, Refusal>,
    ) -> Result<&'a PodFilesystemSync, Answer> {
        chosen.map_err(|refusal| {
            self.told.refused_by_all(request, known, &refusal);
            refuse(403, format!("{refusal}{}", malformed_ones(known)))
        })
    }

    /// The answer by which a Pod gets its containers.
    fn injected(
        &self,
        request: &Request,
        pod: &Pod,
        object: &PodFilesystemSync,
        settings: &podfs_inject::Settings,
    ) -> Result<Answer, Answer> {
        let injected = inject(pod, object, settings).map_err(|refusal| {
            self.told.refused(request, object, refusal.reason(), &refusal.to_string());
            refuse(403, refusal.to_string())
        })?;
        let json = |pod: &Pod| {
            serde_json::to_value(pod)
                .map_err(|error| refuse(500, format!("this Pod cannot be written: {error}")))
        };
        Ok(changes(&request.object, &json(pod)?, &json(&injected)?))
    }

    async fn see_to_key(
        &self,
        request: &Request,
        object: &PodFilesystemSync,
        secret: &str,
    ) -> Result<(), Answer> {
        let key = ensure_key(&self.client, object, secret, request.is_dry_run()).await;
        let key = key.map_err(|error| {
            self.told.refused(request, object, error.reason(), &error.to_string());
            refuse(if error.may_pass() { 500 } else { 403 }, error.to_string())
        })?;
        if key == Key::Made {
            self.told.key_made(object, secret);
        }
        Ok(())
    }

    /// The objects of a namespace. The watch may not have told yet of one that was made a moment before its Pod, so they are
    /// listed before a Pod is refused for want of one.
    async fn known_for(&self, pod: &Pod, namespace: &str) -> BTreeMap<String, Known> {
        let known = self.objects.of(namespace);
        if !is_none(&one_of(&known, pod)) {
            return known;
        }
        list_objects(&self.client, namespace).await.unwrap_or_else(|error| {
            warn!(%error, namespace, "cannot list the PodFilesystemSync objects; what is known holds");
            known
        })
    }

    /// About an object that is to be stored.
    pub(crate) fn inform(&self, request: &Request) -> Answer {
        if request.is_going() {
            return Answer::Pass;
        }
        match check(&request.object) {
            Ok(()) => Answer::Pass,
            Err(problem) => refuse(422, problem),
        }
    }
}

fn pod(request: &Request) -> Result<Pod, Answer> {
    let mut pod = Pod::deserialize(&request.object)
        .map_err(|error| refuse(400, format!("this Pod cannot be read: {error}")))?;
    // It is not set before the Pod is stored, and the choice depends on it.
    pod.metadata.namespace = Some(request.namespace.clone());
    Ok(pod)
}

/// The one object that selects the Pod.
fn one_of<'a>(known: &'a BTreeMap<String, Known>, pod: &Pod) -> Result<&'a PodFilesystemSync, Refusal> {
    select(pod, known.values().filter_map(Known::object).map(Arc::as_ref))
}

const fn is_none(chosen: &Result<&PodFilesystemSync, Refusal>) -> bool {
    matches!(chosen, Err(Refusal::NoneSelects { .. }))
}

/// What a schema cannot say.
fn check(object: &Value) -> Result<(), String> {
    let object = PodFilesystemSync::deserialize(object)
        .map_err(|error| format!("this PodFilesystemSync cannot be read: {error}"))?;
    podfs_inject::check(&object).map_err(|refusal| format!("spec: {refusal}"))
}

/// For who cannot wait any longer.
pub(crate) fn too_slow() -> Answer {
    let message = "the API server has not told the operator in time what it has to know of this Pod's key or object; try again";
    refuse(504, message.to_owned())
}

fn log(request: &Request, answer: &Answer, begin: Instant) {
    let (namespace, name) = (&request.namespace, request.name());
    match answer {
        Answer::Refuse { message, .. } => info!(namespace, name, message, "a Pod is refused"),
        Answer::Patch(_) => {
            let microseconds = u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX);
            let dry_run = request.is_dry_run();
            info!(namespace, name, dry_run, microseconds, "a Pod gets its containers");
        }
        Answer::Pass => debug!(namespace, name, "a Pod has its containers already"),
    }
}

fn refuse(code: u16, message: String) -> Answer {
    Answer::Refuse { code, message }
}

fn changes(original: &Value, before: &Value, after: &Value) -> Answer {
    let operations = difference(original, &graft(original, before, after));
    if operations.is_empty() { Answer::Pass } else { Answer::Patch(operations) }
}

/// They may be those that were meant.
fn malformed_ones(known: &BTreeMap<String, Known>) -> String {
    let malformed = known.iter().filter(|(_, known)| known.object().is_none());
    let names: Vec<&str> = malformed.map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        " (PodFilesystemSync {} cannot be read and was left out; `kubectl describe` tells why)",
        names.join(", ")
    )
}
