//! What the model knows of the remote: what a restore may bring.

use std::collections::{BTreeMap, BTreeSet};

use podfs_testkit::tree::{Compare, FileState, Kind, Snapshot, differences};

/// A tree, and its root folder itself.
pub(super) type Tree = (Snapshot, FileState);

/// Files by their contents and links by what they say. Folders are left out: they hold what they hold.
pub(super) type Contents = BTreeMap<Vec<u8>, Content>;

/// What a path may be; `None` is nothing at all.
type Choices = BTreeSet<Option<Content>>;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Content {
    /// A file, by its hash.
    File(String),
    /// A symbolic link, by what it says.
    Link(Vec<u8>),
}

/// What a restore may bring. A path that is not in it must not be there.
#[derive(Debug, Default)]
pub(super) struct Expected {
    choices: BTreeMap<Vec<u8>, Choices>,
    /// The whole of it with all attributes, while a sync that went well was the last to change anything.
    exact: Option<Tree>,
    /// Links of the manifest in whose place another program put a file, or above them: they are there again when it is gone.
    hidden: BTreeMap<Vec<u8>, Choices>,
    /// Whether a file may be where another has its folder, as some stores let them: nobody can restore both.
    clash: bool,
    /// What a killed sync must have left under whatever name.
    kept: BTreeSet<Content>,
}

pub(super) fn contents(tree: &Snapshot) -> Contents {
    let content = |state: &FileState| match state.kind {
        Kind::File => Some(Content::File(state.sha256.clone())),
        Kind::Symlink => Some(Content::Link(state.target.clone())),
        Kind::Dir | Kind::Other => None,
    };
    tree.iter().filter_map(|(path, state)| Some((path.clone(), content(state)?))).collect()
}

impl Content {
    pub(super) fn is_link(&self) -> bool {
        matches!(self, Self::Link(_))
    }
}

fn is_link(choice: &Option<Content>) -> bool {
    choice.as_ref().is_some_and(Content::is_link)
}

pub(super) fn is_beneath(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
}

impl Expected {
    /// A sync with deletes went well: the remote is that tree.
    pub(super) fn synced(&mut self, tree: Tree) {
        self.choices = contents(&tree.0).into_iter().map(|(path, now)| (path, [Some(now)].into())).collect();
        self.exact = Some(tree);
        self.hidden.clear();
        self.clash = false;
        self.kept.clear();
    }

    /// A sync of that tree was killed: each path is old or new, and what has another name by now is under one of the two.
    pub(super) fn old_or_new(&mut self, tree: &Snapshot) {
        let new = contents(tree);
        self.kept = self.kept_in(&new);
        for (path, choices) in &mut self.choices {
            choices.insert(new.get(path).cloned());
        }
        for (path, content) in new {
            self.choices.entry(path).or_insert_with(|| [None].into()).insert(Some(content));
        }
        self.exact = None;
    }

    /// The files that the remote has for certain, and the tree under whatever name. Not those whose old names have to make room
    /// for other files first.
    fn kept_in(&self, new: &Contents) -> BTreeSet<Content> {
        let files: Vec<_> = new.iter().filter(|(_, content)| !content.is_link()).collect();
        let makes_room = |path: &[u8]| {
            files.iter().any(|(file, _)| *file == path || is_beneath(file, path) || is_beneath(path, file))
        };
        let certain = self.choices.iter().filter(|(path, choices)| choices.len() == 1 && !makes_room(path));
        let contents = certain.flat_map(|(_, choices)| choices.iter().flatten());
        contents.filter(|content| files.iter().any(|(_, file)| file == content)).cloned().collect()
    }

    /// A sync without deletes: all is there that was there, and what the tree has. Where a file of one is where the other
    /// has a folder or a link, and when not everything went well, either.
    pub(super) fn added(&mut self, tree: &Snapshot, well: bool) {
        let new = contents(tree);
        let clash = new.iter().any(|(path, content)| self.clashes(path, content));
        // A link that became a folder changed; it was not taken away.
        let folders = tree.iter().filter(|(_, state)| state.kind == Kind::Dir);
        for (path, _) in folders {
            if let Some(choices) = self.choices.get_mut(path)
                && choices.iter().any(is_link)
            {
                choices.insert(None);
            }
        }
        for (path, content) in new {
            let choices = self.choices.entry(path).or_insert_with(|| [None].into());
            if well && !clash {
                choices.clear();
            }
            choices.insert(Some(content));
        }
        self.exact = None;
        self.clash |= clash;
        self.kept.clear();
    }

    /// Whether a restore may say that it could not bring everything.
    pub(super) fn may_be_partial(&self) -> bool {
        self.clash
    }

    /// Whether this would stand in the way of something, or something in its way.
    fn clashes(&self, path: &[u8], content: &Content) -> bool {
        self.choices.iter().any(|(other, choices)| {
            let mut known = choices.iter().flatten();
            match other == path {
                true => known.any(|known| known.is_link() != content.is_link()),
                false => (is_beneath(other, path) || is_beneath(path, other)) && known.next().is_some(),
            }
        })
    }

    /// Another program made these files of those.
    pub(super) fn meddled(&mut self, before: &Contents, after: &Contents) {
        for path in before.keys().filter(|path| !after.contains_key(*path)) {
            self.taken_away(path);
        }
        for (path, content) in after.iter().filter(|(path, content)| before.get(*path) != Some(content)) {
            self.put(path, content.clone());
        }
        self.exact = None;
        self.kept.clear();
    }

    fn put(&mut self, path: &[u8], content: Content) {
        let mut clash = false;
        for (other, choices) in &mut self.choices {
            if other == path || is_beneath(other, path) {
                let (links, others): (Choices, Choices) =
                    std::mem::take(choices).into_iter().partition(is_link);
                *choices = others;
                if !links.is_empty() {
                    choices.insert(None);
                    self.hidden.entry(other.clone()).or_default().extend(links);
                }
            }
            let meets = is_beneath(other, path) || is_beneath(path, other);
            if meets && choices.iter().any(Option::is_some) {
                choices.insert(None);
                clash = true;
            }
        }
        let own = if clash { [None, Some(content)].into() } else { [Some(content)].into() };
        self.choices.insert(path.to_vec(), own);
        self.clash |= clash;
    }

    fn taken_away(&mut self, path: &[u8]) {
        let choices = self.choices.entry(path.to_vec()).or_default();
        choices.retain(is_link);
        choices.insert(None);
        for (other, links) in &self.hidden {
            if other == path || is_beneath(other, path) {
                self.choices.entry(other.clone()).or_default().extend(links.iter().cloned());
            }
        }
    }

    /// Whether a restore brings no file and no link, as far as one can know.
    pub(super) fn may_be_empty(&self) -> bool {
        self.choices.values().all(|choices| choices.contains(&None))
    }

    /// Whether it surely brings none.
    pub(super) fn is_empty(&self) -> bool {
        self.choices.values().flatten().all(Option::is_none)
    }

    /// Fails unless a restore may bring that. From then on it must be so: only a sync or somebody else changes it.
    pub(super) fn check(&mut self, restored: &Tree) -> Result<(), String> {
        let found = contents(&restored.0);
        let nothing = Choices::from([None]);
        for path in self.choices.keys().chain(found.keys()) {
            let (choices, found) = (self.choices.get(path).unwrap_or(&nothing), found.get(path));
            if !choices.contains(&found.cloned()) {
                return Err(format!("\"{}\" is {found:?}, none of {choices:?}", path.escape_ascii()));
            }
        }
        if let Some(lost) = self.kept.iter().find(|kept| !found.values().any(|found| found == *kept)) {
            return Err(format!("{lost:?} has another name by now, and is under neither"));
        }
        if let Some((tree, root)) = &self.exact {
            let mut lines = differences(tree, &restored.0, Compare::ALL);
            lines.extend((*root != restored.1).then(|| format!("the root {root:?} became {:?}", restored.1)));
            if !lines.is_empty() {
                return Err(lines.join("\n"));
            }
        }
        self.choices = found.into_iter().map(|(path, content)| (path, [Some(content)].into())).collect();
        Ok(())
    }

    /// Fails unless each path of a tree over which a restore was killed is as it was, or as the restore would have made it.
    pub(super) fn check_half(&self, before: &Contents, after: &Contents) -> Result<(), String> {
        let nothing = Choices::from([None]);
        for path in before.keys().chain(after.keys()) {
            let (before, after) = (before.get(path), after.get(path));
            if before != after && !self.choices.get(path).unwrap_or(&nothing).contains(&after.cloned()) {
                return Err(format!("\"{}\" is {after:?}, was {before:?}", path.escape_ascii()));
            }
        }
        Ok(())
    }
}
