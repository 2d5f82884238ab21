//! File systems on which others change files without an event here, and stamp them by another clock.

use std::os::fd::BorrowedFd;

use rustix::fs::{FsWord, fstatfs};

/// Kinds that are shared with other machines or served by a program, from Linux's `include/uapi/linux/magic.h` and
/// their own sources.
const SHARED: [(FsWord, &str); 14] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x6573_5546, "FUSE or virtiofs"),
    (0x0102_1997, "9p"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
];

/// The name of the kind of file system that a file or folder lies on, where that is such a one.
pub(crate) fn shared(file: BorrowedFd<'_>) -> Option<&'static str> {
    fstatfs(file).ok().and_then(|stat| shared_kind(stat.f_type))
}

fn shared_kind(magic: FsWord) -> Option<&'static str> {
    SHARED.iter().find(|(known, _)| *known == magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_file_systems_are_known_and_local_ones_are_not_suspected() {
        assert_eq!(shared_kind(0x6969), Some("NFS"));
        assert_eq!(shared_kind(0xfe53_4d42), Some("SMB"));
        let local = [("ext4", 0xef53), ("xfs", 0x5846_5342), ("btrfs", 0x9123_683e), ("tmpfs", 0x0102_1994)];
        for (name, magic) in local.into_iter().chain([("overlay", 0x794c_7630), ("zfs", 0x2fc1_2fc1)]) {
            assert_eq!(shared_kind(magic), None, "{name}");
        }
    }
}
