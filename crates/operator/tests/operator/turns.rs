//! Who is waited for keeps nobody else waiting.

use std::time::Duration;

use kube::Client;
use podfs_operator::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::asked::{Asked, unanswered_about_secrets};
use crate::http::post;
use crate::install::Installation;
use crate::objects::{encrypted, object, pod, review};
use crate::replica::{Replica, settings};
use crate::until::until;

/// Less than the webhook has by default.
const IN_TIME: Duration = Duration::from_secs(4);

/// One that is asked in plain HTTP, and knows two objects: one with a key, and one without.
async fn knowing(installation: &Installation, client: Client) -> Replica {
    installation.apply(&encrypted(&installation.name, "sealed", "key"));
    installation.apply(&object(&installation.name, "web"));
    let plain = Settings { tls: None, ..settings(installation, "one") };
    let replica = Replica::start_as(plain, client);
    replica.until_ready().await;
    replica
}

/// One after another, so that one at least comes after all that were asked before.
async fn others_are_answered_in_time(installation: &Installation, replica: &Replica) {
    for number in 0..20 {
        let question = review(&pod(&installation.name, "web", &format!("web-{number}")));
        let answer = timeout(IN_TIME, post(replica.http, "/mutate-pods?timeout=5s", question)).await;
        let (status, said) = answer.expect("another is waited for").unwrap();
        assert!(status == 200 && said.contains("\"patch\":"), "{status}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_whose_keys_are_waited_for_keep_no_others_waiting() {
    let installation = Installation::new("turns", &[]).await;
    let asked = Asked::default();
    let client = unanswered_about_secrets(&installation, &asked).await;
    let replica = knowing(&installation, client).await;
    let mut sealed = JoinSet::new();
    for number in 0..17 {
        let question = review(&pod(&installation.name, "sealed", &format!("sealed-{number}")));
        sealed.spawn(post(replica.http, "/mutate-pods?timeout=30s", question));
    }
    let mut questions = 0;
    until("keys are waited for", || {
        questions += asked.take().len();
        let enough = questions >= 8;
        async move { enough }
    })
    .await;
    others_are_answered_in_time(&installation, &replica).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_that_are_not_sent_keep_no_others_waiting() {
    let installation = Installation::new("unsent", &[]).await;
    let replica = knowing(&installation, installation.own.clone()).await;
    let mut unsent = Vec::new();
    for _ in 0..40 {
        let mut connection = TcpStream::connect(replica.http).await.unwrap();
        let head =
            "POST /mutate-pods HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        // It says so when it begins to read.
        let mut begun = *b"HTTP/1.1 100 Continue\r\n\r\n";
        timeout(IN_TIME, connection.read_exact(&mut begun)).await.expect("another is waited for").unwrap();
        assert!(begun.starts_with(b"HTTP/1.1 100"), "{begun:?}");
        connection.write_all(b"{").await.unwrap();
        unsent.push(connection);
    }
    others_are_answered_in_time(&installation, &replica).await;
    for mut connection in unsent {
        let mut said = String::new();
        timeout(IN_TIME, connection.read_to_string(&mut said)).await.expect("it is given up").unwrap();
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    }
}
