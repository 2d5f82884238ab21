//! What is known of one kind of object, namespace by namespace.
//!
//! A watch that starts anew lists everything again. Until that list is complete, the one before holds.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use kube::runtime::watcher::Event;
use tokio::sync::watch;

/// Where an object is: namespace and name.
pub(crate) type Place = (String, String);

type All<T> = HashMap<String, BTreeMap<String, T>>;

/// All that is known. Clones see the same.
#[derive(Debug, Clone)]
pub(crate) struct Store<T> {
    watches: Arc<RwLock<Vec<Watched<T>>>>,
    /// The namespaces in which something changed, since somebody took them.
    changed: watch::Sender<Vec<String>>,
}

/// What one watch tells of.
#[derive(Debug)]
struct Watched<T> {
    known: Option<All<T>>,
    listed: All<T>,
    /// What was deleted and its namespace, as it was then, until somebody takes it.
    gone: VecDeque<(String, T)>,
    /// How many of these there may be.
    most_gone: usize,
}

impl<T: Clone> Store<T> {
    /// Nothing is known yet of so many watches.
    pub(crate) fn new(watches: usize) -> Self {
        Self::with_gone(watches, 0)
    }

    /// The same for who looks at what is gone too. The oldest of more than so many are not kept.
    pub(crate) fn with_gone(watches: usize, most_gone: usize) -> Self {
        let nothing = || Watched { known: None, listed: All::new(), gone: VecDeque::new(), most_gone };
        let watches = std::iter::repeat_with(nothing).take(watches).collect();
        Self { watches: Arc::new(RwLock::new(watches)), changed: watch::Sender::default() }
    }

    /// Whether every watch has listed all that there is.
    pub(crate) fn is_known(&self) -> bool {
        self.read(|watches| watches.iter().all(|watched| watched.known.is_some()))
    }

    /// Those of one namespace, by name.
    pub(crate) fn of(&self, namespace: &str) -> BTreeMap<String, T> {
        self.read(|watches| {
            let mut known = watches.iter().filter_map(|watched| watched.known.as_ref()?.get(namespace));
            known.next().cloned().unwrap_or_default()
        })
    }

    /// Those of one namespace that were deleted since the last call, as they were then.
    pub(crate) fn take_gone(&self, namespace: &str) -> Vec<T> {
        let mut watches = self.watches.write().unwrap_or_else(PoisonError::into_inner);
        watches.iter_mut().flat_map(|watched| watched.take_gone(namespace)).collect()
    }

    /// All namespaces that have any.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let names = |watched: &Watched<T>| {
            watched.known.iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        self.read(|watches| watches.iter().flat_map(names).collect())
    }

    /// Tells when something changed.
    pub(crate) fn changes(&self) -> watch::Receiver<Vec<String>> {
        self.changed.subscribe()
    }

    /// The namespaces in which something changed since the last call.
    pub(crate) fn take_changed(&self) -> Vec<String> {
        let mut taken = Vec::new();
        self.changed.send_if_modified(|changed| {
            taken = std::mem::take(changed);
            false
        });
        taken
    }

    /// Takes in what a watch tells.
    pub(super) fn apply<K>(&self, watch: usize, event: Event<K>, read: impl Fn(K) -> (Place, T)) {
        let changed = {
            let mut watches = self.watches.write().unwrap_or_else(PoisonError::into_inner);
            watches.get_mut(watch).and_then(|watched| watched.apply(event, read))
        };
        // That nothing is there may be what somebody waits for.
        let Some(changed) = changed else { return };
        self.changed.send_modify(|all| {
            all.extend(changed);
            // Nobody may be there to take them.
            all.sort_unstable();
            all.dedup();
        });
    }

    fn read<R>(&self, look: impl FnOnce(&[Watched<T>]) -> R) -> R {
        look(&self.watches.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Watched<T> {
    /// Returns the namespaces in which something changed, unless what is known is as before.
    fn apply<K>(&mut self, event: Event<K>, read: impl Fn(K) -> (Place, T)) -> Option<Vec<String>> {
        match event {
            Event::Init => {
                self.listed.clear();
                None
            }
            Event::InitApply(object) => {
                put(&mut self.listed, read(object));
                None
            }
            Event::InitDone => {
                let before = self.known.replace(std::mem::take(&mut self.listed)).unwrap_or_default();
                let now = self.known.iter().flatten().map(|(name, _)| name);
                Some(before.keys().chain(now).cloned().collect())
            }
            Event::Apply(object) => Some(vec![put(self.known.get_or_insert_default(), read(object))]),
            Event::Delete(object) => {
                let ((namespace, name), last) = read(object);
                if let Some(known) = self.known.as_mut().and_then(|known| known.get_mut(&namespace)) {
                    known.remove(&name);
                }
                self.gone.push_back((namespace.clone(), last));
                if self.gone.len() > self.most_gone {
                    self.gone.pop_front();
                }
                Some(vec![namespace])
            }
        }
    }

    fn take_gone(&mut self, namespace: &str) -> Vec<T> {
        let all = std::mem::take(&mut self.gone).into_iter();
        let (taken, left): (VecDeque<_>, VecDeque<_>) = all.partition(|(of, _)| of == namespace);
        self.gone = left;
        taken.into_iter().map(|(_, last)| last).collect()
    }
}

fn put<T>(all: &mut All<T>, ((namespace, name), value): (Place, T)) -> String {
    all.entry(namespace.clone()).or_default().insert(name, value);
    namespace
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Namespace and name stand for an object.
    fn apply(store: &Store<u8>, watch: usize, event: Event<(&str, &str)>) {
        store.apply(watch, event, |(namespace, name)| ((namespace.to_owned(), name.to_owned()), 1));
    }

    fn names(store: &Store<u8>, namespace: &str) -> Vec<String> {
        store.of(namespace).into_keys().collect()
    }

    #[test]
    fn half_a_list_takes_nothing_away() {
        let store = Store::new(1);
        apply(&store, 0, Event::Init);
        apply(&store, 0, Event::InitApply(("team", "a")));
        assert!(!store.is_known() && names(&store, "team").is_empty());
        apply(&store, 0, Event::InitDone);
        assert!(store.is_known());
        apply(&store, 0, Event::Init);
        assert_eq!(names(&store, "team"), ["a"]);
        apply(&store, 0, Event::InitDone);
        assert!(names(&store, "team").is_empty());
    }

    #[test]
    fn that_a_list_is_complete_is_told_although_nothing_is_there() {
        let store = Store::new(1);
        let changes = store.changes();
        apply(&store, 0, Event::Init);
        assert!(!changes.has_changed().unwrap());
        apply(&store, 0, Event::InitDone);
        assert!(changes.has_changed().unwrap() && store.is_known());
    }

    #[test]
    fn objects_of_another_namespace_are_not_seen() {
        let store = Store::new(2);
        apply(&store, 0, Event::Apply(("team", "a")));
        apply(&store, 1, Event::Apply(("other", "b")));
        assert_eq!((names(&store, "team"), names(&store, "other")), (vec!["a".into()], vec!["b".into()]));
    }

    #[test]
    fn what_was_deleted_is_kept_as_it_was_then_until_it_is_taken() {
        let store = Store::with_gone(1, 2);
        let delete = |namespace: &'static str, name: &'static str, value: u8| {
            store.apply(0, Event::Delete((namespace, name)), |(namespace, name)| {
                ((namespace.to_owned(), name.to_owned()), value)
            });
        };
        apply(&store, 0, Event::Apply(("team", "a")));
        delete("team", "a", 7);
        delete("other", "b", 8);
        assert_eq!((store.take_gone("team"), store.take_gone("team")), (vec![7], vec![]));
        (0..3).for_each(|value| delete("team", "c", value));
        assert_eq!((store.take_gone("team"), store.take_gone("other")), (vec![1, 2], vec![]));
        let forgetful = Store::new(1);
        apply(&forgetful, 0, Event::Delete(("team", "a")));
        assert!(forgetful.take_gone("team").is_empty());
    }

    #[test]
    fn each_change_is_told_once() {
        let store = Store::new(1);
        apply(&store, 0, Event::Apply(("team", "b")));
        apply(&store, 0, Event::Apply(("other", "b")));
        apply(&store, 0, Event::Delete(("team", "b")));
        assert_eq!(store.take_changed(), ["other", "team"]);
        assert!(store.take_changed().is_empty());
        assert!(names(&store, "team").is_empty());
    }
}
