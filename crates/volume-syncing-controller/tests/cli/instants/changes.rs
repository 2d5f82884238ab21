//! What happens to the tree from one round to the next: something of each kind.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// Does it. Rounds count from 0, which makes the tree.
pub(super) fn change(root: &Path, round: u64) {
    let at = |name: &str| root.join(name);
    if round == 0 {
        write(root, "stays", b"as it is", 0);
        write(root, "deep/er/stays", b"as it is too", 0);
        write(root, "mode", b"readable now and then", 0);
        write(root, "moves 0", b"the same wherever it is", 0);
        fs::create_dir(at("folders")).unwrap();
        fs::write(at("tied"), "").unwrap();
        fs::hard_link(at("tied"), at("tied too")).unwrap();
    }
    let before = round.saturating_sub(1);
    write(root, "changes", format!("in round {round}").as_bytes(), round);
    write(root, "keeps its size", format!("{:08}", round).as_bytes(), round);
    // More than fits into one block of anything, and in parts that differ.
    let large: Vec<u8> = (0..40_000_u64).flat_map(|word| (word ^ (round << 32)).to_le_bytes()).collect();
    write(root, "deep/large", &large, round);
    write(root, "tied", format!("both {round}").as_bytes(), round);
    write(root, &format!("comes {round}/with a folder"), b"new", round);
    if round == 0 {
        return;
    }
    fs::remove_dir_all(at(&format!("comes {before}"))).unwrap();
    fs::rename(at(&format!("moves {before}")), at(&format!("moves {round}"))).unwrap();
    fs::set_permissions(
        at("mode"),
        Permissions::from_mode(if round.is_multiple_of(2) { 0o644 } else { 0o600 }),
    )
    .unwrap();
    for (name, kind) in [("kind", round), ("other kind", round + 1), ("third kind", round + 2)] {
        become_another_kind(root, name, kind);
    }
    let _ = fs::remove_file(at("link"));
    symlink(format!("somewhere {round}"), at("link")).unwrap();
    let _ = fs::remove_dir(at(&format!("folders/empty {before}")));
    fs::create_dir(at(&format!("folders/empty {round}"))).unwrap();
}

/// A file, a folder and a link by turns.
fn become_another_kind(root: &Path, name: &str, round: u64) {
    let path = root.join(name);
    let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
    match round % 3 {
        0 => write(root, name, format!("a file in {round}").as_bytes(), round),
        1 => write(root, &format!("{name}/inside"), b"of a folder", round),
        _ => symlink("anywhere", path).unwrap(),
    }
}

/// In place, as most programs do. No two rounds have one time.
fn write(root: &Path, name: &str, content: &[u8], round: u64) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    File::open(&path).unwrap().set_modified(UNIX_EPOCH + Duration::new(1_600_000_000 + round, 5)).unwrap();
}
