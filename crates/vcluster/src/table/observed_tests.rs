//! Mount tables, and what in them is ours, left over or foreign.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::layout::SourceRoot;
use crate::table::MountedRoot;

const HOST: &str = "11111111-1111-4111-8111-111111111111";
const VIRTUAL: &str = "22222222-2222-4222-8222-222222222222";
const BASE: &str = "\
1 0 8:1 / / rw shared:1 - ext4 d rw
2 1 8:2 / /var/lib/kubelet rw shared:2 - ext4 d rw
3 1 8:3 / /to rw shared:3 - ext4 d rw
";

/// The table with these lines more, `$T` being the target's path and `$S` the source's root.
fn observe(lines: &str) -> Observed {
    let lines =
        lines.replace("$T", &format!("/to/blue/pods/{VIRTUAL}")).replace("$S", &format!("/pods/{HOST}"));
    let table = MountTable::parse(format!("{BASE}{lines}\n").as_bytes());
    assert_eq!(table.unread, 0);
    let root = |path: &str, id| MountedRoot {
        path: path.as_bytes().to_vec(),
        mount: table.get(id).cloned().unwrap(),
    };
    let roots = Roots {
        to: root("/to", 3),
        pods: root("/var/lib/kubelet/pods", 2),
        logs: Some(root("/var/log/pods", 1)),
    };
    Observed::new(&table, &roots, Surroundings::default())
}

fn target() -> Target {
    Target::parse(format!("blue/pods/{VIRTUAL}").as_bytes()).unwrap()
}

fn stack(observed: &Observed) -> Vec<Mounted> {
    observed.targets.get(&target()).cloned().unwrap_or_default().stack
}

fn ours(id: u64, deleted: bool) -> Mounted {
    let source = Source::parse(SourceRoot::Pods, HOST.as_bytes()).unwrap();
    Mounted::Ours { id, source, deleted, read_only: false, confined: true, complete: true }
}

#[test]
fn what_we_mounted_is_ours() {
    let observed = observe("10 3 8:2 $S $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw");
    assert_eq!(stack(&observed), [ours(10, false)]);
    assert_eq!(observed.foreign, []);
}

#[test]
fn volumes_of_the_pod_belong_to_it() {
    let observed = observe(
        "10 3 8:2 $S $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw\n\
         11 10 0:9 / $T/volumes/secret rw shared:10 master:4 - tmpfs t rw\n\
         12 11 0:9 / $T/volumes/secret/x rw - tmpfs t rw",
    );
    assert_eq!(stack(&observed), [ours(10, false)]);
    assert_eq!(observed.foreign, []);
}

#[test]
fn a_mount_that_lacks_a_volume_of_the_pod_is_not_complete() {
    let observed = observe(&format!(
        "10 3 8:2 $S $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw\n\
         11 2 0:9 / /var/lib/kubelet/pods/{HOST}/volumes/secret rw shared:4 - tmpfs t rw",
    ));
    assert!(matches!(stack(&observed).as_slice(), [Mounted::Ours { complete: false, .. }]));
}

#[test]
fn a_removed_directory_makes_a_leftover() {
    let observed = observe("10 3 8:2 $S//deleted $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw");
    assert_eq!(stack(&observed), [ours(10, true)]);
}

#[rstest]
#[case::another_file_system("10 3 8:9 $S $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::another_directory("10 3 8:2 /etc $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::deeper("10 3 8:2 $S/volumes $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::all_pods("10 3 8:2 /pods $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::a_peer_of_the_source("10 3 8:2 $S $T rw,nosuid,nodev shared:2 master:2 - ext4 d rw")]
#[case::no_receiver("10 3 8:2 $S $T rw,nosuid,nodev shared:9 - ext4 d rw")]
#[case::private("10 3 8:2 $S $T rw,nosuid,nodev - ext4 d rw")]
fn what_someone_else_mounted_is_foreign(#[case] line: &str) {
    assert_eq!(stack(&observe(line)), [Mounted::Foreign]);
}

#[rstest]
#[case::a_vcluster("10 3 8:2 $S /to/blue rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::a_folder("10 3 8:2 $S /to/blue/pods rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::any_name("10 3 8:2 $S /to/blue/pods/x rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
#[case::on_another_mount("10 1 8:2 $S $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw")]
fn a_mount_at_no_place_of_ours_is_foreign(#[case] line: &str) {
    let observed = observe(line);
    assert_eq!(stack(&observed), []);
    assert_eq!(observed.foreign.len(), 1);
}

#[test]
fn a_mount_outside_is_not_looked_at() {
    let observed = observe("10 1 8:2 $S /tomorrow/blue rw,nosuid,nodev shared:9 master:2 - ext4 d rw");
    assert_eq!(observed, observe(""));
}

#[test]
fn a_stack_is_told_from_bottom_to_top() {
    let observed = observe(
        "12 11 8:2 $S $T rw,nosuid,nodev shared:8 master:2 - ext4 d rw\n\
         10 3 8:2 $S $T rw,nosuid,nodev shared:9 master:2 - ext4 d rw\n\
         11 10 0:7 / $T rw - tmpfs t rw",
    );
    assert_eq!(stack(&observed), [ours(10, false), Mounted::Foreign, ours(12, false)]);
}

#[test]
fn something_mounted_inside_a_bare_target_is_foreign() {
    let observed = observe("10 3 0:7 / $T/inside rw - tmpfs t rw");
    assert!(observed.targets.get(&target()).unwrap().foreign_inside);
    assert_eq!(observed.foreign.len(), 1);
}

#[test]
fn logs_come_from_the_log_directory_alone() {
    let line = |root: &str| {
        format!(
            "10 3 8:1 {root}/team_web_{HOST} /to/blue/log/pods/shop_web_{VIRTUAL} ro,nosuid,nodev shared:9 master:1 - ext4 d rw"
        )
    };
    let target = Target::parse(format!("blue/log/pods/shop_web_{VIRTUAL}").as_bytes()).unwrap();
    let stack = |root| observe(&line(root)).targets.get(&target).cloned().unwrap().stack;
    assert!(matches!(stack("/var/log/pods").as_slice(), [Mounted::Ours { read_only: true, .. }]));
    assert_eq!(stack("/var/log/other"), [Mounted::Foreign]);
}

#[test]
fn a_table_with_a_circle_is_read() {
    let observed = observe("10 11 0:7 / /to/a rw - tmpfs t rw\n11 10 0:7 / /to/b rw - tmpfs t rw");
    assert_eq!(observed.foreign.len(), 2);
}

proptest! {
    #[test]
    fn whatever_is_mounted_only_what_we_could_have_made_is_ours(
        lines in prop::collection::vec(
            ("(3|1[0-5]|2)", "8:[29]", "(\\$S|/etc|/pods|\\$S/x|/pods/x)(//deleted|)", "(\\$T|/to/blue|/to|\\$T/x)", "( shared:[29]|)( master:[29]|)"),
            0..6,
        ),
    ) {
        let written: Vec<String> = lines.iter().enumerate().map(|(at, (parent, device, root, path, groups))| {
            format!("{} {parent} {device} {root} {path} rw,nosuid,nodev{groups} - t t rw", 10 + at)
        }).collect();
        let observed = observe(&written.join("\n"));
        for mounted in stack(&observed) {
            let Mounted::Ours { id, .. } = mounted else { continue };
            let line = &written[usize::try_from(id).unwrap() - 10];
            prop_assert!(line.contains(" 8:2 $S $T rw") || line.contains(" 8:2 $S//deleted $T rw"), "{line}");
            prop_assert!(line.contains(" master:") && !line.contains(" shared:2"), "{line}");
        }
    }
}
