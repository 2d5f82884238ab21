//! Why a Pod is not changed: what is wrong, where, and what to do.

/// A reason that is told to who creates the Pod. Trying again does not help; something has to be written differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No object selects the Pod.
    #[error(
        "no PodFilesystemSync of namespace {namespace} selects this Pod, although it has the label \
         riotkit.org/volume-syncing-controller; create one whose podSelector fits the Pod's labels, or remove the label"
    )]
    NoneSelects {
        /// The Pod's namespace.
        namespace: String,
    },
}
