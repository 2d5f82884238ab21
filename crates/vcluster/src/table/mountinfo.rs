//! The kernel's mount table, as `/proc/self/mountinfo` has it (`proc_pid_mountinfo(5)`).
//!
//! ```text
//! 36 35 98:0 /a /mnt rw,noatime master:1 - ext4 /dev/vda rw
//! ```
//!
//! Paths are bytes. A space, tab, newline or backslash in them is written as `\` and three octal digits. The path of a
//! directory that was removed while it is mounted ends in `//deleted`, which no path of anything else can.

/// What the kernel puts after the root of a mount whose directory was removed.
const DELETED: &[u8] = b"//deleted";

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, unique while it is mounted.
    pub id: u64,
    /// The mount on which it is mounted.
    pub parent: u64,
    /// Number of the file system (`major:minor`).
    pub device: (u32, u32),
    /// Which directory of the file system is its root.
    pub root: Vec<u8>,
    /// Whether that directory was removed.
    pub deleted: bool,
    /// Where it is mounted, below the root of this process.
    pub path: Vec<u8>,
    /// `ro`
    pub read_only: bool,
    /// `nosuid`
    pub no_suid: bool,
    /// `nodev`
    pub no_dev: bool,
    /// The peer group in which it shares mounts and unmounts.
    pub shared: Option<u64>,
    /// The peer group from which it receives them.
    pub master: Option<u64>,
    /// Whether it refuses to be copied.
    pub unbindable: bool,
}

/// All mounts that this process can see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MountTable {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// Lines that could not be read. The kernel writes none.
    pub unread: usize,
}

impl MountTable {
    /// Reads the text of the file, whatever is in it.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut table = Self::default();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match entry(line) {
                Some(entry) => table.entries.push(entry),
                None => table.unread += 1,
            }
        }
        table
    }

    /// The mount of that number.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }
}

fn entry(line: &[u8]) -> Option<Entry> {
    let mut fields = line.split(|byte| *byte == b' ');
    let id = number(fields.next()?)?;
    let parent = number(fields.next()?)?;
    let device = device(fields.next()?)?;
    let (root, deleted) = without_deleted(fields.next()?);
    let path = unescape(fields.next()?);
    let options = fields.next()?;
    let has = |option: &[u8]| options.split(|byte| *byte == b',').any(|known| known == option);
    let mut entry = Entry {
        id,
        parent,
        device,
        root: unescape(root),
        deleted,
        path,
        read_only: has(b"ro"),
        no_suid: has(b"nosuid"),
        no_dev: has(b"nodev"),
        shared: None,
        master: None,
        unbindable: false,
    };
    for field in fields {
        if field == b"-" {
            return Some(entry);
        }
        if let Some(group) = field.strip_prefix(b"shared:") {
            entry.shared = Some(number(group)?);
        } else if let Some(group) = field.strip_prefix(b"master:") {
            entry.master = Some(number(group)?);
        } else if field == b"unbindable" {
            entry.unbindable = true;
        }
    }
    None
}

fn without_deleted(root: &[u8]) -> (&[u8], bool) {
    root.strip_suffix(DELETED).map_or((root, false), |root| (root, true))
}

fn device(field: &[u8]) -> Option<(u32, u32)> {
    let (major, minor) = std::str::from_utf8(field).ok()?.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn number(field: &[u8]) -> Option<u64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// Undoes the kernel's escapes. A backslash that begins none stands for itself.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'\\').then(|| octal(after)).flatten();
        bytes.push(escaped.map_or(*first, |(byte, _)| byte));
        rest = escaped.map_or(after, |(_, after)| after);
    }
    bytes
}

fn octal(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(3)?;
    let byte = digits.iter().try_fold(0_u32, |sum, digit| {
        matches!(digit, b'0'..=b'7').then(|| sum * 8 + u32::from(digit - b'0'))
    })?;
    Some((u8::try_from(byte).ok()?, rest))
}

#[cfg(test)]
#[path = "mountinfo_tests.rs"]
mod tests;
