//! The chart, rendered by the real helm with the options that change what is deployed.

use std::process::Output;

use podfs_testkit::cluster::{HELM_SERVER_VERSION, output_with_input};
use rstest::rstest;

use crate::api::Cluster;

const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charts/vcluster-fs-syncer");

fn helm(words: &[&str]) -> Output {
    let mut helm = podfs_testkit::cluster::helm(Cluster::shared().agent_kubeconfig()).unwrap();
    helm.args(words).output().unwrap()
}

fn rendered(settings: &[&str]) -> String {
    let settings: Vec<String> = settings.iter().map(|setting| format!("--set={setting}")).collect();
    let mut words = vec!["template", "release", CHART, "--namespace=kube-system", HELM_SERVER_VERSION];
    words.extend(settings.iter().map(String::as_str));
    let output = helm(&words);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_chart_has_no_faults_that_helm_knows() {
    let output = helm(&["lint", "--strict", CHART]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[rstest]
#[case(&[], "value: \"/var/lib/loft\"")]
#[case(&["logs.enabled=true", "layout=kubelet-pods", "readOnly=true"], "value: \"kubelet-pods\"")]
#[case(&["allowVclusters={team-a/blue,team-b/green}"], "value: \"team-a/blue,team-b/green\"")]
#[case(&["serviceAccount.create=false", "serviceAccount.name=own", "rbac.create=false"], "serviceAccountName: own")]
fn what_it_renders_is_accepted_by_a_server(#[case] settings: &[&str], #[case] holds: &str) {
    let manifest = rendered(settings);
    assert!(manifest.contains(holds), "{manifest}");
    let mut kubectl = Cluster::shared().kubectl();
    let output =
        output_with_input(kubectl.args(["apply", "--dry-run=server", "-f", "-"]), &manifest).unwrap();
    assert!(output.status.success(), "{}\n{manifest}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_empty_list_of_vclusters_is_refused_with_what_to_do() {
    let output = helm(&["template", "release", CHART, HELM_SERVER_VERSION, "--set-json=allowVclusters=[]"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("leave it null to allow all"), "{said}");
}

#[test]
fn scraping_is_set_up_for_either_operator() {
    let manifest = rendered(&["metrics.podMonitor.enabled=true", "metrics.vmPodScrape.enabled=true"]);
    assert!(manifest.contains("kind: PodMonitor") && manifest.contains("kind: VMPodScrape"), "{manifest}");
    assert!(!rendered(&[]).contains("PodMonitor"));
}
