//! A Pod goes to another node and back, and its files go with it.

use podfs_testkit::cluster::node::OtherNode;
use podfs_testkit::cluster::{NODE_NAME, OTHER_NODE_NAME};
use podfs_testkit::servers::S3Server;
use serde_json::json;

use crate::cluster::{Cluster, on_the_node};
use crate::objects::{object, pod, remote};
use crate::operator;

const NAMESPACE: &str = "elsewhere";
/// The second is encrypted.
const APPS: [&str; 2] = ["plain", "sealed"];

/// Files of many kinds.
const WRITE: &str = "set -e; cd /data; mkdir -p folder/nested empty
    echo of the app > folder/nested/file; echo secret > 'ein Name – mit Umlaut ä, 名'; echo run > script; : > nothing
    ln -s folder/nested/file link; ln -s ../nowhere 'link to nowhere'
    chmod 640 folder/nested/file; chmod 600 'ein Name – mit Umlaut ä, 名'; chmod 750 script folder; chmod 700 empty
    chown :1000 script folder/nested
    touch -h -d '2001-02-03 04:05:06' link; touch -d '2002-03-04 05:06:07' folder/nested/file folder/nested empty";

/// Changes of many kinds, and what the application wrote last gets another name.
const CHANGE: &str = "set -e; cd /data; test \"$(cat last)\" = 'at the end'; mv last 'last of the first life'
    echo of the second life >> folder/nested/file; echo new > empty/file; chmod 600 script; rm nothing link
    mkdir other; mv 'link to nowhere' other; touch -d '2003-04-05 06:07:08' other";

/// What the application wrote last is there, once more.
const LOOK: &str = "test \"$(cat /data/last)\" = 'at the end'";

/// Path and target, kind, mode, owner and group, and time of everything; size and hash of each file. Without the last
/// file, which is written when nobody can look any more.
const LIST: &str = "cd /data; set -- . -mindepth 1 ! -path ./last
    find \"$@\" -exec stat -c '%N %F %a %u:%g %y' {} + | sort
    find \"$@\" -type f -exec stat -c '%n %s' {} + | sort
    find \"$@\" -type f -exec sha256sum {} + | sort";

#[test]
fn a_pod_finds_its_files_as_they_were_on_another_node_plain_and_encrypted() {
    on_the_node(
        "elsewhere::a_pod_finds_its_files_as_they_were_on_another_node_plain_and_encrypted",
        |cluster| {
            let other = OtherNode::join(cluster.node).unwrap();
            operator::import(&other.inside());
            let server = S3Server::start_at(cluster.node.address()).unwrap();
            let bucket = server.create_bucket(NAMESPACE).unwrap();
            cluster.namespace(NAMESPACE, "restricted");
            cluster.apply(&remote(NAMESPACE, &server));
            let [mut plain, mut sealed] = APPS.map(|app| object(NAMESPACE, app, &bucket));
            // Its first life finds nothing of ours there, and the others do.
            plain["spec"]["syncOptions"]["restoreRemoteOnFirstRun"] = json!(false);
            sealed["spec"]["automaticEncryption"] = json!({"enabled": true, "secretName": "sealed-key"});
            [plain, sealed].iter().for_each(|object| cluster.apply(object));

            let left = live(cluster, NODE_NAME, [String::new(), String::new()], WRITE);
            let file = "./folder/nested/file regular file 640 1000:2000 2002-03-04 05:06:07.";
            assert!(left[0].contains(file), "{}", left[0]);
            let left = live(cluster, OTHER_NODE_NAME, left, CHANGE);
            live(cluster, NODE_NAME, left, LOOK);
            let readable =
                |app| server.request("GET", &format!("/{bucket}/{app}/script"), b"").unwrap().status == 200;
            assert_eq!(APPS.map(readable), [true, false]);
        },
    );
}

/// Lets a Pod of each app live on a node. It must find what the one before it left; gives what this one leaves.
fn live(cluster: &Cluster<'_>, node: &str, found: [String; 2], script: &str) -> [String; 2] {
    for app in APPS {
        let mut pod = pod(NAMESPACE, app);
        pod["spec"]["nodeName"] = json!(node);
        // Another than the application's own, so that files can belong to either.
        pod["spec"]["securityContext"]["fsGroup"] = json!(2000);
        cluster.apply(&pod);
    }
    for (app, found) in APPS.iter().zip(found) {
        cluster.wait_ready(NAMESPACE, app);
        assert_eq!(cluster.run(NAMESPACE, app, LIST), found, "{app} on {node}");
        cluster.run(NAMESPACE, app, script);
    }
    let left = APPS.map(|app| cluster.run(NAMESPACE, app, LIST));
    cluster.kubectl(&[&["delete", "pod", "--namespace", NAMESPACE, "--timeout=120s"], &APPS[..]].concat());
    left
}
