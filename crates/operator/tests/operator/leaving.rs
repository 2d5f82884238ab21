//! A replica on its way out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use podfs_operator::Settings;

use crate::http::get;
use crate::install::Installation;
use crate::replica::{Replica, settings};
use crate::until::until;

/// A connection that the client would keep, as API servers do.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        Self(BufReader::new(stream))
    }

    /// The head of an answer, in lower case.
    fn ask(&mut self, path: &str) -> String {
        write!(self.0.get_mut(), "GET {path} HTTP/1.1\r\nHost: replica\r\n\r\n").unwrap();
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.0.read_line(&mut head).unwrap() > 0, "closed after {head:?}");
        }
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        self.0.read_exact(&mut vec![0; length.parse().unwrap()]).unwrap();
        head
    }

    fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_ends_still_answers_and_lets_go_of_each_connection_with_its_answer() {
    let installation = Installation::new("leaving", &[]).await;
    let patient = Settings { tls: None, drain: Duration::from_secs(90), ..settings(&installation, "one") };
    let replica = Replica::start_with(&installation, patient);
    replica.until_ready().await;
    let mut kept = Kept::to(replica.http);
    assert!(!kept.ask("/health").contains("connection: close"));
    replica.ask_to_end();
    until("others are to be asked", || async { get(replica.http, "/ready").await.unwrap().0 == 503 }).await;
    let head = kept.ask("/health");
    assert!(head.starts_with("http/1.1 200") && head.contains("connection: close"), "{head}");
    assert!(kept.is_closed());
}
