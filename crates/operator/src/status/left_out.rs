//! Events on Pods that take part by their label and were made without us.

use std::collections::{HashMap, HashSet};

use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use kube::{Resource as _, ResourceExt as _};

use super::found::{LEFT_OUT, NOT_SYNCED, is_left_out};
use crate::events::{Notice, may_pass};

/// Who was told, namespace by namespace.
#[derive(Default)]
pub(super) struct LeftOut {
    told: HashMap<String, HashSet<String>>,
}

/// A Pod to tell.
pub(super) struct Untold {
    uid: String,
    regarding: ObjectReference,
}

impl Untold {
    /// If this Pod was left out.
    pub(super) fn of(pod: &Pod) -> Option<Self> {
        is_left_out(pod).then(|| Self { uid: pod.uid().unwrap_or_default(), regarding: pod.object_ref(&()) })
    }
}

/// What became of an Event.
enum Fate {
    /// It need not be sent again: it was taken, or never will be.
    Settled,
    /// This one was not taken now.
    NotTaken,
    /// None is taken now.
    NoneTaken,
}

impl LeftOut {
    /// Tells those that were not told yet, of all that there are in a namespace; `false` when some of them could not be.
    pub(super) async fn tell<F: Future<Output = kube::Result<()>>>(
        &mut self,
        namespace: &str,
        pods: Vec<Untold>,
        send: impl Fn(Notice) -> F,
    ) -> bool {
        let before = self.told.remove(namespace).unwrap_or_default();
        let (mut told, mut are_all, mut is_away) = (HashSet::new(), true, false);
        for Untold { uid, regarding } in pods {
            let fate = if before.contains(&uid) {
                Fate::Settled
            } else if is_away {
                Fate::NoneTaken
            } else {
                fate(&send(notice(regarding)).await)
            };
            match fate {
                Fate::Settled => drop(told.insert(uid)),
                Fate::NotTaken => are_all = false,
                Fate::NoneTaken => (are_all, is_away) = (false, true),
            }
        }
        if !told.is_empty() {
            self.told.insert(namespace.to_owned(), told);
        }
        are_all
    }
}

fn fate(sent: &kube::Result<()>) -> Fate {
    match sent {
        Ok(()) => Fate::Settled,
        Err(error) if may_pass(error) => Fate::NoneTaken,
        // Such as of a Pod whose name leaves no room for an Event's.
        Err(kube::Error::Api(status)) if matches!(status.code, 400 | 404 | 422) => Fate::Settled,
        Err(_) => Fate::NotTaken,
    }
}

fn notice(regarding: ObjectReference) -> Notice {
    let (action, note) = ("Inject".to_owned(), LEFT_OUT.to_owned());
    Notice { regarding, warning: true, reason: NOT_SYNCED, action, note }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use kube::core::Status;

    use super::*;

    fn pods(names: &[&str]) -> Vec<Untold> {
        let untold = |name: &&str| {
            let regarding = ObjectReference { name: Some((*name).to_owned()), ..ObjectReference::default() };
            Untold { uid: format!("uid of {name}"), regarding }
        };
        names.iter().map(untold).collect()
    }

    /// Whether all were told, and who was tried; a Pod's name says how the API server answers.
    async fn told(left_out: &mut LeftOut, names: &[&str]) -> (bool, Vec<String>) {
        let tried = RefCell::new(Vec::new());
        let send = |notice: Notice| {
            let name = notice.regarding.name.unwrap();
            tried.borrow_mut().push(name.clone());
            let answer = match name.parse() {
                Ok(200) => Ok(()),
                Ok(code) => Err(kube::Error::Api(Status::failure("no", "").with_code(code).boxed())),
                Err(_) => Err(kube::Error::Service(name.into())),
            };
            std::future::ready(answer)
        };
        let all = left_out.tell("team", pods(names), send).await;
        (all, tried.into_inner())
    }

    fn named(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[tokio::test]
    async fn a_pod_whose_event_is_not_taken_silences_no_other_and_is_not_told_for_ever() {
        let (mut left_out, all) = (LeftOut::default(), ["400", "403", "404", "422", "200"]);
        assert_eq!(told(&mut left_out, &all).await, (false, named(&all)));
        assert_eq!(told(&mut left_out, &all).await, (false, named(&["403"])));
        assert_eq!(told(&mut left_out, &["422", "200"]).await, (true, named(&[])));
    }

    #[tokio::test]
    async fn while_the_api_server_is_away_or_busy_one_pod_is_tried_and_all_are_later() {
        for away in ["no answer", "429", "500", "503"] {
            let mut left_out = LeftOut::default();
            assert_eq!(told(&mut left_out, &["200", away, "404"]).await, (false, named(&["200", away])));
            assert_eq!(told(&mut left_out, &["200", "404"]).await, (true, named(&["404"])));
        }
    }

    #[test]
    fn the_note_fits_into_an_event() {
        assert!(LEFT_OUT.len() <= 1024, "{}", LEFT_OUT.len());
    }
}
