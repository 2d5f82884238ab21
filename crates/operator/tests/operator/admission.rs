//! What the webhooks answer.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use podfs_api::names::{RESTORE_CONTAINER, SIDECAR_CONTAINER};
use podfs_operator::{Settings, SidecarChoice};
use serde_json::json;

use crate::asked::{Asked, deaf_client};
use crate::http::post;
use crate::install::Installation;
use crate::objects::{encrypted, object, pod, review};
use crate::replica::{Replica, settings};
use crate::until::until;

/// An installation whose webhook answers, and who answers.
async fn answering(name: &str) -> (Installation, Replica) {
    let installation = Installation::new(name, &[]).await;
    let replica = Replica::start(&installation, "one");
    replica.until_asked(&installation).await;
    (installation, replica)
}

async fn stored(installation: &Installation, name: &str) -> Pod {
    Api::namespaced(installation.admin.clone(), &installation.name).get(name).await.unwrap()
}

fn names(pod: &Pod) -> [Vec<String>; 2] {
    let spec = pod.spec.as_ref().unwrap();
    let lists = [spec.init_containers.clone().unwrap_or_default(), spec.containers.clone()];
    lists.map(|list| list.into_iter().map(|container| container.name).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_labelled_pod_gets_its_containers_from_the_real_webhook() {
    let (installation, replica) = answering("inject").await;
    let name = &installation.name;
    installation.apply(&object(name, "web"));
    replica.until_knows(&installation, "web").await;
    installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap();
    let with = stored(&installation, "web-0").await;
    assert_eq!(names(&with), [vec![RESTORE_CONTAINER, SIDECAR_CONTAINER], vec!["app"]]);
    let images = with.spec.unwrap().init_containers.unwrap().into_iter().map(|container| container.image);
    assert!(
        images.eq([Some("registry.invalid/podfs:1".to_owned()), Some("registry.invalid/podfs:1".to_owned())])
    );

    let mut without = pod(name, "web", "web-1");
    without["metadata"]["labels"] = json!({"app": "web"});
    installation.try_create(&without, &[]).unwrap();
    assert_eq!(names(&stored(&installation, "web-1").await), [vec![], vec!["app".to_owned()]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_is_a_container_where_that_is_asked_for() {
    let installation = Installation::new("container", &[]).await;
    let settings = Settings { sidecar: SidecarChoice::Container, ..settings(&installation, "one") };
    let replica = Replica::start_with(&installation, settings);
    replica.until_asked(&installation).await;
    installation.apply(&object(&installation.name, "web"));
    replica.until_knows(&installation, "web").await;
    installation.try_create(&pod(&installation.name, "web", "web-0"), &[]).unwrap();
    let [init, containers] = names(&stored(&installation, "web-0").await);
    assert!(
        init == [RESTORE_CONTAINER] && containers.contains(&SIDECAR_CONTAINER.to_owned()),
        "{containers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_no_object_of_its_namespace_selects_is_refused_and_so_is_one_that_two_select() {
    let (installation, replica) = answering("select").await;
    let name = &installation.name;
    // In another namespace.
    installation.apply(&object("default", "elsewhere"));
    let said = installation.try_create(&pod(name, "elsewhere", "web-0"), &[]).unwrap_err();
    assert!(said.contains("no PodFilesystemSync") && said.contains(name), "{said}");
    let mut other = object(name, "web-too");
    other["spec"]["podSelector"] = json!({"matchLabels": {"app": "web"}});
    installation.apply(&object(name, "web"));
    installation.apply(&other);
    replica.until_knows(&installation, "web").await;
    let said = installation.try_create(&pod(name, "web", "web-0"), &[]).unwrap_err();
    assert!(said.contains("web-too"), "{said}");
    for (one, other) in [("web", "web-too"), ("web-too", "web")] {
        installation.until_told(one, "PodRefused", other).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_a_pod_cannot_fill_in_is_told_by_an_event_and_on_a_dry_run_by_none() {
    let (installation, replica) = answering("template").await;
    let name = &installation.name;
    let mut failing = object(name, "web");
    failing["spec"]["remotePath"] = json!("/bucket/{{ pod.metadata.annotations.place }}");
    installation.apply(&failing);
    replica.until_knows(&installation, "web").await;
    let try_it = |pod_name: &str, words: &[&str]| {
        let said = installation.try_create(&pod(name, "web", pod_name), words).unwrap_err();
        assert!(said.contains("annotations.place"), "{said}");
    };
    try_it("shown", &["--dry-run=server"]);
    try_it("web-0", &[]);
    installation.until_told("web", "PodRefused", "Pod web-0 is refused: the template in remotePath").await;
    let said = installation.said("web").await;
    assert!(!said.iter().any(|(_, note)| note.contains("shown")), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_of_the_operator_itself_never_wait_for_it() {
    let (installation, replica) = answering("itself").await;
    let mut own = pod(&installation.name, "none", "own");
    own["metadata"]["labels"]["app.kubernetes.io/name"] = json!("volume-syncing-controller");
    replica.end().await;
    installation.try_create(&own, &[]).unwrap();
    let refused = installation.try_create(&pod(&installation.name, "none", "other"), &[]);
    assert!(refused.unwrap_err().contains("failed calling webhook"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_makes_no_sense_is_told_what_is_wrong() {
    let installation = Installation::new("nonsense", &[]).await;
    let plain = Settings { tls: None, ..settings(&installation, "one") };
    let replica = Replica::start_with(&installation, plain);
    for (path, most) in [("/mutate-pods", 20_000), ("/inform", 60_000)] {
        let (status, said) = post(replica.http, path, "{\"kind\": 7".to_owned()).await.unwrap();
        assert_eq!(status, 400);
        assert!(said.contains("not an AdmissionReview"), "{said}");
        let (_, said) = post(replica.http, path, format!("[{}0]", "0,".repeat(most))).await.unwrap();
        assert!(said.contains(&format!("no more than {most}")), "{said}");
        let (status, _) = post(replica.http, path, " ".repeat(3 * 1024 * 1024 + 1)).await.unwrap();
        assert_eq!(status, 413);
    }
    let mut malformed = pod(&installation.name, "web", "web-0");
    malformed["spec"]["containers"] = json!(7);
    until("it knows the objects", || async {
        let (_, said) = post(replica.http, "/mutate-pods", review(&malformed)).await.unwrap();
        said.contains("this Pod cannot be read") && said.contains("\"allowed\":false")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_schema_can_refuse_is_refused_when_the_object_is_written() {
    let (installation, _replica) = answering("schedule").await;
    let mut impossible = object(&installation.name, "web");
    impossible["spec"]["syncOptions"] = json!({"schedule": "61 * * * *"});
    let said = installation.try_create(&impossible, &[]).unwrap_err();
    assert!(said.contains("schedule") && said.contains("61"), "{said}");
    let mut unread = object(&installation.name, "web");
    unread["spec"]["remotePath"] = json!("/bucket/{{ pod.metadata.name");
    let said = installation.try_create(&unread, &[]).unwrap_err();
    assert!(said.contains("the template in remotePath cannot be read"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_made_a_moment_before_its_pod_counts() {
    let installation = Installation::new("moment", &[]).await;
    let plain = Settings { tls: None, ..settings(&installation, "one") };
    let replica = Replica::start_as(plain, deaf_client(&installation).await);
    replica.until_ready().await;
    let ask =
        async || post(replica.http, "/mutate-pods", review(&pod(&installation.name, "web", "web-0"))).await;
    let (_, refused) = ask().await.unwrap();
    assert!(refused.contains("no PodFilesystemSync of namespace"), "{refused}");
    installation.apply(&object(&installation.name, "web"));
    let (_, answered) = ask().await.unwrap();
    assert!(answered.contains("\"allowed\":true") && answered.contains("\"patch\":"), "{answered}");
}

/// What replicas do all the time: they keep the Lease.
fn is_about_the_lease(asked: &str) -> bool {
    asked.contains("/leases")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_asks_the_api_server_nothing_unless_the_pod_needs_a_key() {
    let installation = Installation::new("asks", &[]).await;
    let (asked, name) = (Asked::default(), &installation.name);
    // Whoever leads asks for keys too, to tell of them: so another one leads before the one that is watched begins.
    let leader = Replica::start(&installation, "leader");
    leader.until_ready().await;
    let client = asked.client(&installation).await;
    let replica = Replica::start_as(settings(&installation, "one"), client);
    replica.until_asked(&installation).await;
    installation.apply(&object(name, "web"));
    installation.apply(&encrypted(name, "sealed", "key"));
    replica.until_condition(&installation, "web", "True", "NoMatchingPod").await;
    replica.until_condition(&installation, "sealed", "True", "NoMatchingPod").await;
    replica.until_knows(&installation, "web").await;

    let ask = async |app: &'static str| {
        asked.take();
        for number in 0..20 {
            let shown = pod(name, app, &format!("{app}-{number}"));
            installation.try_create(&shown, &["--dry-run=server"]).unwrap();
        }
        asked.take().into_iter().filter(|asked| !is_about_the_lease(asked)).collect::<Vec<_>>()
    };
    assert_eq!(ask("web").await, Vec::<String>::new());
    let key = format!("GET /api/v1/namespaces/{name}/secrets/key");
    let sealed = ask("sealed").await;
    // Once for each answer: the API server asks again where others change the Pod after us.
    assert!([20, 40].contains(&sealed.len()) && sealed.iter().all(|asked| *asked == key), "{sealed:?}");
}
