//! What a system call does, and to what. The numbers and arguments are those of Linux's `syscall_64.tbl` and man pages.

use nix::libc::{self, c_long, user_regs_struct};

use super::Counted;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// It changes a file or folder, or sees to it that a change lasts.
    Changes,
    /// It only looks.
    Looks,
    /// It writes to what may be a file or a connection.
    Writes,
    /// It writes to a connection.
    Sends,
}

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    Descriptor(u64),
    /// A folder's descriptor, and the address of a path beneath it.
    Path(u64, u64),
}

/// A call that may count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) doing: Doing,
    pub(super) object: Object,
}

impl Doing {
    /// Whether such a call counts, when its object is a file in the folder or a connection.
    pub(super) fn counts(self, counted: Counted, connection: bool) -> bool {
        match (self, counted) {
            (Self::Writes | Self::Sends, Counted::ChangesAndSends) => true,
            (Self::Changes, _) | (Self::Looks, Counted::All) => !connection,
            (Self::Writes, _) => !connection,
            (Self::Looks | Self::Sends, _) => false,
        }
    }
}

/// Stands for the working directory where a path begins at no descriptor.
const HERE: u64 = libc::AT_FDCWD as u64;

/// The call that a thread is about to make, as far as it may count.
pub(super) fn call(registers: &user_regs_struct) -> Option<Call> {
    let (first, second, third) = (registers.rdi, registers.rsi, registers.rdx);
    let creates = |flags: u64| flags & (libc::O_CREAT | libc::O_TRUNC) as u64 != 0;
    let opens = |flags: u64| if creates(flags) { Doing::Changes } else { Doing::Looks };
    let (descriptor, beneath, path) =
        (Object::Descriptor(first), Object::Path(first, second), Object::Path(HERE, first));
    // A path that is not given means the descriptor itself.
    let either = if second == 0 { descriptor } else { beneath };
    let (name, doing, object) = match c_long::try_from(registers.orig_rax).ok()? {
        libc::SYS_write => ("write", Doing::Writes, descriptor),
        libc::SYS_writev => ("writev", Doing::Writes, descriptor),
        libc::SYS_pwrite64 => ("pwrite", Doing::Changes, descriptor),
        libc::SYS_copy_file_range => ("copy_file_range", Doing::Changes, Object::Descriptor(third)),
        libc::SYS_sendfile => ("sendfile", Doing::Writes, descriptor),
        libc::SYS_sendto => ("sendto", Doing::Sends, descriptor),
        libc::SYS_sendmsg => ("sendmsg", Doing::Sends, descriptor),
        libc::SYS_fsync => ("fsync", Doing::Changes, descriptor),
        libc::SYS_fdatasync => ("fdatasync", Doing::Changes, descriptor),
        libc::SYS_syncfs => ("syncfs", Doing::Changes, descriptor),
        libc::SYS_ftruncate => ("ftruncate", Doing::Changes, descriptor),
        libc::SYS_fallocate => ("fallocate", Doing::Changes, descriptor),
        libc::SYS_fchmod => ("fchmod", Doing::Changes, descriptor),
        libc::SYS_fchown => ("fchown", Doing::Changes, descriptor),
        libc::SYS_fsetxattr => ("fsetxattr", Doing::Changes, descriptor),
        libc::SYS_fremovexattr => ("fremovexattr", Doing::Changes, descriptor),
        libc::SYS_utimensat => ("utimensat", Doing::Changes, either),
        libc::SYS_fchmodat => ("fchmodat", Doing::Changes, beneath),
        libc::SYS_fchownat => ("fchownat", Doing::Changes, beneath),
        libc::SYS_mkdirat => ("mkdirat", Doing::Changes, beneath),
        libc::SYS_unlinkat => ("unlinkat", Doing::Changes, beneath),
        libc::SYS_renameat => ("renameat", Doing::Changes, beneath),
        libc::SYS_renameat2 => ("renameat2", Doing::Changes, beneath),
        libc::SYS_linkat => ("linkat", Doing::Changes, Object::Path(third, registers.r10)),
        libc::SYS_symlinkat => ("symlinkat", Doing::Changes, Object::Path(second, third)),
        libc::SYS_mkdir => ("mkdir", Doing::Changes, path),
        libc::SYS_rmdir => ("rmdir", Doing::Changes, path),
        libc::SYS_unlink => ("unlink", Doing::Changes, path),
        libc::SYS_rename => ("rename", Doing::Changes, path),
        libc::SYS_chmod => ("chmod", Doing::Changes, path),
        libc::SYS_setxattr => ("setxattr", Doing::Changes, path),
        libc::SYS_lsetxattr => ("lsetxattr", Doing::Changes, path),
        libc::SYS_open => ("open", opens(second), path),
        libc::SYS_openat => ("openat", opens(third), beneath),
        // Its flags lie in memory; nobody here makes files with it.
        libc::SYS_openat2 => ("openat2", Doing::Looks, beneath),
        libc::SYS_read => ("read", Doing::Looks, descriptor),
        libc::SYS_pread64 => ("pread", Doing::Looks, descriptor),
        libc::SYS_getdents64 => ("getdents64", Doing::Looks, descriptor),
        libc::SYS_fstat => ("fstat", Doing::Looks, descriptor),
        libc::SYS_newfstatat => ("newfstatat", Doing::Looks, either),
        libc::SYS_statx => ("statx", Doing::Looks, either),
        libc::SYS_readlinkat => ("readlinkat", Doing::Looks, beneath),
        libc::SYS_flistxattr => ("flistxattr", Doing::Looks, descriptor),
        libc::SYS_fgetxattr => ("fgetxattr", Doing::Looks, descriptor),
        libc::SYS_listxattr => ("listxattr", Doing::Looks, path),
        libc::SYS_llistxattr => ("llistxattr", Doing::Looks, path),
        libc::SYS_getxattr => ("getxattr", Doing::Looks, path),
        libc::SYS_lgetxattr => ("lgetxattr", Doing::Looks, path),
        _ => return None,
    };
    Some(Call { name, doing, object })
}
