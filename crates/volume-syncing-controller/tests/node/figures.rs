//! The operator where there is much to do. It prints how long things took and how much memory; nothing hangs on those,
//! since machines differ. `cargo xtask bench-operator` runs it in full, with a release build.

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use http::Request;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::PostParams;
use kube::{Api, Client};
use podfs_api::PodFilesystemSync;
use serde_json::{Value, json};

use crate::cluster::{Cluster, on_the_node, until};
use crate::load::{self, Outcome};
use crate::objects::{object, pod};
use crate::operator::{self, NAMESPACE};
use crate::process::Process;

/// Asks for all of it.
const FULL: &str = "PODFS_BENCH_OPERATOR";
/// Who writes many objects does not wait for each.
const AT_ONCE: usize = 32;
/// Objects in a namespace.
const OBJECTS: usize = 10;

/// How much there is.
#[derive(Clone, Copy)]
struct Size {
    namespaces: usize,
    per_second: u32,
    seconds: u32,
}

#[test]
fn many_objects_and_many_pods() {
    on_the_node("figures::many_objects_and_many_pods", |cluster| {
        let size = match env::var_os(FULL) {
            Some(_) => Size { namespaces: 200, per_second: 200, seconds: 30 },
            None => Size { namespaces: 3, per_second: 20, seconds: 1 },
        };
        let _alone = operator::replicas_alone(cluster);
        let runtime = load::runtime();
        runtime.block_on(measure(cluster, size));
        println!("a new replica answered {:.2?} after its start", start_to_ready(cluster));
        memory("a new replica, when it is ready", &[Process::newest()]);
    });
}

async fn measure(cluster: &Cluster<'_>, size: Size) {
    let client = load::client(cluster).await;
    memory("before there is anything", &Process::replicas());
    fill(&client, size).await;
    println!("{} objects in {} namespaces", size.namespaces * OBJECTS, size.namespaces);
    memory("with them", &Process::replicas());

    let asked = ask_directly(cluster, size, review).await;
    tell(&format!("the webhook alone, asked {} times a second over one connection", size.per_second), &asked);
    let floor =
        ask_directly(cluster, size, |_, _, _| Request::get("/health").body(Vec::new()).unwrap()).await;
    tell("the same for what takes no work", &floor);
    tell_own_time(cluster, "so far");

    let (before, cpu) = (seen_by_the_server(&client).await, cpu());
    let made = make_pods(&client, size).await;
    tell(
        &format!("{} Pods a second made by the API server, as who makes them sees it", size.per_second),
        &made,
    );
    println!("the processors' time of all replicas for them: {:.2?}", self::cpu() - cpu);
    println!("the webhook, as the API server sees it: {}", seen_by_the_server(&client).await.since(&before));
    memory("with the Pods too", &Process::replicas());
    tell_own_time(cluster, "with the Pods too");
}

fn namespace(number: usize) -> String {
    format!("many-{number}")
}

fn app(number: usize) -> String {
    format!("app-{number}")
}

/// Makes namespaces and objects, and waits until all of them count.
async fn fill(client: &Client, size: Size) {
    let places = (0..size.namespaces).flat_map(|namespace| (0..OBJECTS).map(move |app| (namespace, app)));
    futures::stream::iter(0..size.namespaces)
        .for_each_concurrent(AT_ONCE, |number| async move {
            let object = json!({"metadata": {"name": namespace(number)}});
            let object: Namespace = serde_json::from_value(object).unwrap();
            Api::all(client.clone()).create(&PostParams::default(), &object).await.unwrap();
        })
        .await;
    futures::stream::iter(places.clone())
        .for_each_concurrent(AT_ONCE, |(place, number)| async move {
            let object = object(&namespace(place), &app(number), "bucket");
            let object: PodFilesystemSync = serde_json::from_value(object).unwrap();
            let objects = Api::namespaced(client.clone(), &namespace(place));
            objects.create(&PostParams::default(), &object).await.unwrap();
        })
        .await;
    // A namespace takes no Pods before it has a service account, and an object counts when it has come by the watch.
    let shown = PostParams { dry_run: true, ..PostParams::default() };
    for (place, number) in places {
        while create(client.clone(), shown.clone(), place, number, 0).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A Pod that the operator sees and that nobody gives to a node.
fn waiting_pod(place: usize, number: usize, copy: usize) -> Value {
    let mut pod = pod(&namespace(place), &app(number));
    pod["metadata"]["name"] = json!(format!("{}-{copy}", app(number)));
    pod["spec"]["schedulerName"] = json!("nobody");
    pod
}

async fn create(
    client: Client,
    parameters: PostParams,
    place: usize,
    number: usize,
    copy: usize,
) -> Result<(), String> {
    let pod: Pod = serde_json::from_value(waiting_pod(place, number, copy)).unwrap();
    let made = Api::<Pod>::namespaced(client, &namespace(place)).create(&parameters, &pod).await;
    let made = made.map_err(|error| error.to_string())?;
    let injected = made.spec.is_some_and(|spec| spec.init_containers.is_some_and(|all| all.len() == 2));
    if injected { Ok(()) } else { Err("it was not injected".to_owned()) }
}

/// Where the n-th of all Pods is: namespace, object, and which of those that are alike.
fn place(n: usize, size: Size) -> (usize, usize, usize) {
    (n % size.namespaces, n / size.namespaces % OBJECTS, n / size.namespaces / OBJECTS)
}

fn number_of_requests(size: Size) -> usize {
    usize::try_from(size.per_second * size.seconds).unwrap()
}

async fn make_pods(client: &Client, size: Size) -> Outcome {
    let requests = (0..number_of_requests(size)).map(|n| {
        let (place, number, copy) = place(n, size);
        create(client.clone(), PostParams::default(), place, number, copy)
    });
    load::send(size.per_second, requests).await
}

/// Sends the webhook requests, one for each Pod.
async fn ask_directly(
    cluster: &Cluster<'_>,
    size: Size,
    request: impl Fn(usize, usize, usize) -> Request<Vec<u8>>,
) -> Outcome {
    let client = operator::client(cluster).await;
    let requests = (0..number_of_requests(size)).map(|n| {
        let (place, number, copy) = place(n, size);
        let (client, request) = (client.clone(), request(place, number, copy));
        async move {
            let answer = client.request_text(request).await.map_err(|error| error.to_string())?;
            if answer == "OK\n" || answer.contains("\"patch\"") { Ok(()) } else { Err(answer) }
        }
    });
    load::send(size.per_second, requests).await
}

/// What the API server would ask.
fn review(place: usize, number: usize, copy: usize) -> Request<Vec<u8>> {
    let review = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": "1", "operation": "CREATE", "namespace": namespace(place), "object": waiting_pod(place, number, copy),
    }});
    Request::post("/mutate-pods").body(review.to_string().into_bytes()).unwrap()
}

/// How long the replicas themselves say that their answers took.
fn tell_own_time(cluster: &Cluster<'_>, when: &str) {
    let logs = operator::pods(cluster)
        .into_iter()
        .map(|(name, _)| cluster.kubectl(&["logs", "--namespace", NAMESPACE, &name]));
    let mut waited: Vec<Duration> = logs
        .flat_map(|log| log.lines().filter_map(microseconds).collect::<Vec<_>>())
        .map(Duration::from_micros)
        .collect();
    waited.sort_unstable();
    tell(
        &format!("{} answers, {when}, as the replicas count", waited.len()),
        &Outcome { waited, errors: Vec::new() },
    );
}

fn microseconds(line: &str) -> Option<u64> {
    serde_json::from_str::<Value>(line).ok()?.get("microseconds")?.as_u64()
}

fn tell(what: &str, outcome: &Outcome) {
    assert_eq!(outcome.errors, Vec::<String>::new());
    let [half, most, worst] = [500, 990, 1000].map(|thousandths| outcome.within(thousandths));
    println!("{what}: half within {half:.2?}, 99 % within {most:.2?}, all within {worst:.2?}");
}

fn memory(when: &str, replicas: &[Process]) {
    let sizes = replicas
        .iter()
        .map(|replica| format!("{} KiB (at most {})", replica.kib("VmRSS"), replica.kib("VmHWM")));
    println!("memory {when}: {}", sizes.collect::<Vec<_>>().join(", "));
}

fn cpu() -> Duration {
    Process::replicas().iter().map(Process::cpu).sum()
}

/// What the API server counts of the webhook: how often it was answered within so many seconds.
struct Seen(Vec<(String, u64)>);

async fn seen_by_the_server(client: &Client) -> Seen {
    let text = client.request_text(Request::get("/metrics").body(Vec::new()).unwrap()).await.unwrap();
    let of_ours = text.lines().filter(|line| {
        line.starts_with("apiserver_admission_webhook_admission_duration_seconds_bucket{")
            && line.contains("name=\"pods.volume-syncing-controller.riotkit.org\"")
    });
    let counted = of_ours.map(|line| {
        let (labels, count) = line.rsplit_once(' ').unwrap();
        let limit = labels.split_once("le=\"").unwrap().1.split('"').next().unwrap();
        (limit.to_owned(), count.parse().unwrap())
    });
    Seen(counted.collect())
}

impl Seen {
    fn since(&self, before: &Self) -> String {
        let count = |all: &[(String, u64)], limit: &str| {
            all.iter().find(|(one, _)| one == limit).map_or(0, |(_, count)| *count)
        };
        let new = |limit: &str| count(&self.0, limit).saturating_sub(count(&before.0, limit));
        let all = new("+Inf");
        let lines = self.0.iter().map(|(limit, _)| format!("{} of {all} within {limit} s", new(limit)));
        lines.take(3).collect::<Vec<_>>().join(", ")
    }
}

/// From the start of a replica's process until it says that it is ready.
fn start_to_ready(cluster: &Cluster<'_>) -> Duration {
    let before = operator::pods(cluster);
    cluster.kubectl(&["delete", "pod", "--namespace", NAMESPACE, &before[0].0, "--wait=false"]);
    let mut address = None;
    until("there is another one", || {
        let new =
            operator::pods(cluster).into_iter().find(|(name, _)| before.iter().all(|(old, _)| old != name));
        address = new.and_then(|(_, address)| address.parse().ok()).map(|ip| SocketAddr::new(ip, 8080));
        address.is_some()
    });
    until("it is ready", || address.is_some_and(operator::is_ready));
    Process::newest().age()
}
