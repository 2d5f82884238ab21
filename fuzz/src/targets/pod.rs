//! Who a Pod says that it is. The input is lines of `key=value`: annotations, and labels behind `label:`.

use podfs_vcluster::HostPod;
use podfs_vcluster::layout::{Layout, Source, Target as Directory};
use podfs_vcluster::pods::{PodReference, identify};

use super::texts;
use crate::Target;

pub(super) const TARGET: Target = Target { name: "pod", run, samples };

/// Longer than all that an error may repeat: 48 characters of two values, each of them `\u{10ffff}` at the worst.
const LONGEST_ERROR: usize = 1_400;

fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    match identify(&pod(text)) {
        Ok(None) => {}
        Err(error) => assert!(error.to_string().len() < LONGEST_ERROR, "{error}"),
        Ok(Some(identity)) => {
            let directory = Directory::pod(Layout::Pods, &identity.vcluster, &identity.uid);
            assert_eq!(directory.to_string().split('/').count(), 3, "{directory}");
            assert_eq!(Directory::parse(directory.to_string().as_bytes()), Some(directory));
            let source = Source::pod(&identity.host_uid);
            assert_eq!(Source::parse(source.root(), source.name().as_bytes()), Some(source));
        }
    }
}

fn pod(text: &str) -> HostPod {
    let pairs = || text.lines().filter_map(|line| line.split_once('='));
    let field = |wanted: &str| {
        pairs().find(|(key, _)| *key == wanted).map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let reference = PodReference { namespace: field("namespace"), name: field("name"), uid: field("uid") };
    let labels = pairs().filter_map(|(key, value)| Some((key.strip_prefix("label:")?, value)));
    HostPod::new(reference, 0, pairs(), labels)
}

fn samples() -> Vec<Vec<u8>> {
    texts(&["namespace=team\nname=web-0-x-shop-x-blue\nuid=11111111-1111-4111-8111-111111111111\n\
             vcluster.loft.sh/uid=22222222-2222-4222-8222-222222222222\n\
             vcluster.loft.sh/object-uid=22222222-2222-4222-8222-222222222222\nvcluster.loft.sh/name=web-0\n\
             vcluster.loft.sh/object-name=web-0\nvcluster.loft.sh/namespace=shop\n\
             vcluster.loft.sh/object-namespace=shop\nvcluster.loft.sh/managed-by=blue\n\
             label:vcluster.loft.sh/managed-by=blue\n"])
}
