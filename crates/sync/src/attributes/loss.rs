//! What could not be given back to a restored file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};

use crate::noun::Noun;

/// A kind of attribute that was not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Owner or group.
    Owner,
    /// Permission bits, or the set-user-id and set-group-id bits that must not stand beside another owner.
    Mode,
    /// The modification time.
    Time,
    /// A POSIX ACL.
    Acl,
    /// Another extended attribute.
    Extended,
    /// A symbolic link.
    SymbolicLink,
    /// The tie between two names of one file; each has its own copy now.
    HardLink,
    /// A FIFO, socket or device.
    Special,
}

impl Loss {
    /// For people: `1 owner`, `3 owners`.
    #[must_use]
    pub fn counted(self, count: u64) -> String {
        self.noun().counted(count)
    }

    /// The name of the kind.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        self.noun().plural
    }

    const fn noun(self) -> Noun {
        match self {
            Self::Owner => Noun::new("owner", "owners"),
            Self::Mode => Noun::new("mode", "modes"),
            Self::Time => Noun::new("modification time", "modification times"),
            Self::Acl => Noun::new("ACL", "ACLs"),
            Self::Extended => Noun::new("set of extended attributes", "sets of extended attributes"),
            Self::SymbolicLink => Noun::SYMBOLIC_LINK,
            Self::HardLink => Noun::new("hard link", "hard links"),
            Self::Special => Noun::SPECIAL,
        }
    }
}

/// How often each kind was lost: files, not attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(BTreeMap<Loss, u64>);

impl Losses {
    /// Counts one file that lost this.
    pub fn note(&mut self, loss: Loss) {
        *self.0.entry(loss).or_default() += 1;
    }

    /// Adds what others counted.
    pub fn add(&mut self, other: &Self) {
        for (loss, count) in &other.0 {
            *self.0.entry(*loss).or_default() += count;
        }
    }

    /// Whether nothing was lost.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each kind with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Loss, u64)> + '_ {
        self.0.iter().map(|(loss, count)| (*loss, *count))
    }
}

impl FromIterator<Loss> for Losses {
    fn from_iter<T: IntoIterator<Item = Loss>>(losses: T) -> Self {
        let mut counted = Self::default();
        losses.into_iter().for_each(|loss| counted.note(loss));
        counted
    }
}

impl Serialize for Losses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(loss, count)| (loss.plural(), count)))
    }
}
