//! Sections of key and value in their order, shown without what may be secret.

use std::fmt;

/// The section of the store itself.
pub const REMOTE: &str = "remote";
/// The section that encrypts on top of it.
pub const ENCRYPTED: &str = "remote_encrypted";

/// Keys whose values help in a message and are never secret. Everything else is redacted, also keys we never heard of.
const SHOWN_KEYS: &[&str] = &["type", "provider", "endpoint", "region"];

/// One `[section]` of an rclone.conf.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    name: String,
    entries: Vec<(String, String)>,
}

impl Section {
    /// An empty section.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Section {
        Section { name: name.into(), entries: Vec::new() }
    }

    /// The name between the brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value of a key. rclone takes an empty value for an unset one, and so does this.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.entries.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The storage kind, such as `s3`.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.get("type")
    }

    /// Keys and values in their order, empty values included.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Sets a key: in its old place, or at the end.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key, value)),
        }
    }

    /// Whether there is no key at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Puts one key first, as people write `type`.
    pub(super) fn move_to_front(&mut self, key: &str) {
        self.entries.sort_by_key(|(name, _)| name != key);
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |key: &str, value: &str| match SHOWN_KEYS.contains(&key) {
            true => super::error::without_credentials(value),
            false => "(redacted)".to_owned(),
        };
        write!(formatter, "[{}] ", self.name)?;
        formatter.debug_map().entries(self.entries().map(|(key, value)| (key, shown(key, value)))).finish()
    }
}

/// A whole rclone.conf.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RcloneConfig {
    sections: Vec<Section>,
}

impl RcloneConfig {
    /// The sections in their order.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// One section by its name.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// Adds a section whose name is new.
    pub(super) fn push(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// One section by its name, made when it is missing.
    pub fn section_mut(&mut self, name: &str) -> &mut Section {
        let index = self.sections.iter().position(|section| section.name == name).unwrap_or_else(|| {
            self.sections.push(Section::new(name));
            self.sections.len() - 1
        });
        // `position` and `push` both give an index that exists.
        #[allow(clippy::indexing_slicing)]
        &mut self.sections[index]
    }
}
