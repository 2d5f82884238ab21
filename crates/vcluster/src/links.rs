//! The links to logs that there should be, and those that are there, to the steps in between.
//!
//! Links hold nothing, so there is less to think about than with mounts: what is ours and not wanted goes, what is wanted
//! and missing comes. Whatever else lies in the folder is left alone.

use std::collections::BTreeSet;

use crate::desired::LogLink;
use crate::mount::MountError;

/// What the agent does to links.
pub trait Links {
    /// Looks at the links of ours that are there.
    ///
    /// # Errors
    /// When a folder cannot be read.
    fn observe_links(&mut self) -> Result<BTreeSet<LogLink>, MountError>;

    /// Makes a link, and the folder for it.
    ///
    /// # Errors
    /// When something has its name.
    fn make_link(&mut self, link: &LogLink) -> Result<(), MountError>;

    /// Removes a link.
    ///
    /// # Errors
    /// When the kernel refuses.
    fn remove_link(&mut self, link: &LogLink) -> Result<(), MountError>;
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkStep {
    /// Removes a link of ours.
    Remove(LogLink),
    /// Makes a link.
    Make(LogLink),
}

/// What a pass over the links came to.
#[derive(Debug, Default)]
pub struct LinkOutcome {
    /// What was done.
    pub done: Vec<LinkStep>,
    /// What failed. It is tried again in the next pass.
    pub failed: Vec<(LinkStep, MountError)>,
}

/// Says what to do. A link that leads elsewhere now is made anew.
#[must_use]
pub fn plan_links(wanted: &BTreeSet<LogLink>, observed: &BTreeSet<LogLink>) -> Vec<LinkStep> {
    let removed = observed.difference(wanted).cloned().map(LinkStep::Remove);
    removed.chain(wanted.difference(observed).cloned().map(LinkStep::Make)).collect()
}

/// Leads from the links that are there to those that there should be.
///
/// # Errors
/// When it cannot be seen what is there: then nothing is done.
pub fn reconcile_links(
    wanted: &BTreeSet<LogLink>,
    links: &mut impl Links,
) -> Result<LinkOutcome, MountError> {
    let mut outcome = LinkOutcome::default();
    for step in plan_links(wanted, &links.observe_links()?) {
        let answer = match &step {
            LinkStep::Remove(link) => links.remove_link(link),
            LinkStep::Make(link) => links.make_link(link),
        };
        match answer {
            Ok(()) => outcome.done.push(step),
            Err(error) => outcome.failed.push((step, error)),
        }
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::DnsLabel;

    fn link(name: &str, to: &str) -> LogLink {
        let vcluster = DnsLabel::parse("blue").unwrap();
        LogLink { vcluster, name: name.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn what_is_gone_goes_what_is_new_comes_and_what_moved_is_made_anew() {
        let observed = [link("gone", "1"), link("kept", "2"), link("moved", "3")].into();
        let wanted = [link("kept", "2"), link("moved", "4"), link("new", "5")].into();
        let expected = [
            LinkStep::Remove(link("gone", "1")),
            LinkStep::Remove(link("moved", "3")),
            LinkStep::Make(link("moved", "4")),
            LinkStep::Make(link("new", "5")),
        ];
        assert_eq!(plan_links(&wanted, &observed), expected);
        assert_eq!(plan_links(&wanted, &wanted), []);
    }
}
