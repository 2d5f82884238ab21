//! The kernel's mount table, in which tenants have a say: they choose names of folders.

use podfs_vcluster::layout::Target as Directory;
use podfs_vcluster::table::{Entry, MountTable, MountedRoot, Observed, Roots, Surroundings};

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "mounts", run, samples };

fn run(data: &[u8]) {
    let table = MountTable::parse(data);
    let text: Vec<u8> = table.entries.iter().flat_map(line).collect();
    assert_eq!(MountTable { unread: table.unread, ..MountTable::parse(&text) }, table, "it reads otherwise");
    if let Some(directory) = Directory::parse(data) {
        assert_eq!(Directory::parse(directory.to_string().as_bytes()), Some(directory));
    }
    let Some(mount) = table.entries.first() else { return };
    let root = |path: &[u8]| MountedRoot { path: path.to_vec(), mount: mount.clone() };
    let roots = Roots { to: root(b"/to"), pods: root(b"/pods"), logs: Some(root(b"/logs")) };
    let observed = Observed::new(&table, &roots, Surroundings::default());
    assert!(observed.targets.len().max(observed.foreign.len()) <= table.entries.len());
}

/// An entry as the kernel writes it.
fn line(entry: &Entry) -> Vec<u8> {
    let (major, minor) = entry.device;
    let mut line = format!("{} {} {major}:{minor} ", entry.id, entry.parent).into_bytes();
    line.extend(escaped(&entry.root));
    line.extend(if entry.deleted { b"//deleted ".as_slice() } else { b" " });
    line.extend(escaped(&entry.path));
    line.extend(if entry.read_only { b" ro".as_slice() } else { b" rw" });
    line.extend(if entry.no_suid { b",nosuid".as_slice() } else { b"" });
    line.extend(if entry.no_dev { b",nodev".as_slice() } else { b"" });
    line.extend(entry.shared.map(|group| format!(" shared:{group}")).unwrap_or_default().bytes());
    line.extend(entry.master.map(|group| format!(" master:{group}")).unwrap_or_default().bytes());
    line.extend(if entry.unbindable { b" unbindable".as_slice() } else { b"" });
    line.extend(b" - ext4 /dev/vda rw\n");
    line
}

fn escaped(path: &[u8]) -> Vec<u8> {
    let escape = |byte: &u8| match byte {
        b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
        byte => vec![*byte],
    };
    path.iter().flat_map(escape).collect()
}

fn samples() -> Vec<Vec<u8>> {
    texts(&[
        "36 35 98:0 /a /to rw,noatime shared:1 - ext4 /dev/vda rw\n\
         37 36 98:0 /pods/5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3//deleted \
         /to/blue/pods/5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3 ro,nosuid,nodev master:2 - ext4 /dev/vda rw\n\
         38 37 0:5 / /to/a\\040b/c rw unbindable shared:3 master:4 - tmpfs tmpfs rw\n",
        "blue/pods/5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3",
        "blue/log/pods/shop_web-0_5ab7aa9c-90b6-46f9-a162-9ea9ca9826f3",
    ])
}
