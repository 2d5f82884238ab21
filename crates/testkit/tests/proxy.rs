//! The proxy in front of servers: it changes nothing unasked, and breaks exactly what a rule names.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A helper of these tests fails the test that it helps.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use podfs_testkit::proxy::{Fault, FaultyProxy, Rule};
use podfs_testkit::servers::{S3Server, as_env, rclone};

/// A server that answers each request on a connection with the next of the given answers, and keeps what it read.
fn scripted(answers: &'static [&'static str]) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let serving = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut from = BufReader::new(&stream);
        answers.iter().map(|answer| read_request(&mut from, &stream, answer)).collect()
    });
    (addr, serving)
}

fn read_request(from: &mut impl BufRead, mut to: &TcpStream, answer: &str) -> String {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") && from.read_line(&mut text).unwrap() > 0 {}
    if text.contains("Expect: 100-continue") {
        to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    if text.contains("chunked") {
        let head = text.len();
        while !text[head..].ends_with("0\r\n\r\n") && from.read_line(&mut text).unwrap() > 0 {}
    } else if let Some(length) = text.split("Content-Length: ").nth(1) {
        let length = length.lines().next().unwrap().parse().unwrap();
        from.take(length).read_to_string(&mut text).unwrap();
    }
    to.write_all(answer.as_bytes()).unwrap();
    text
}

/// A client's connection; a test that hangs on it fails instead.
fn connect(proxy: &FaultyProxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn send(mut stream: &TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

fn receive(mut stream: &TcpStream, length: usize) -> String {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn receive_all(mut stream: &TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const GET: &str = "GET /a?list-type=2 HTTP/1.1\r\nHost: the-proxy\r\n\r\n";
const PUT: &str = "PUT /b HTTP/1.1\r\nHost: the-proxy\r\nContent-Length: 4\r\n\r\nbody";

#[test]
fn one_connection_carries_many_requests_byte_for_byte() {
    const CHUNKED: &str = "PUT /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n0\r\n\r\n";
    const CHUNKED_OK: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let (upstream, serving) = scripted(&[OK, CHUNKED_OK, OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    let stream = connect(&proxy);
    for (request, answer) in [(GET, OK), (PUT, CHUNKED_OK), (CHUNKED, OK)] {
        send(&stream, request);
        assert_eq!(receive(&stream, answer.len()), answer);
    }
    assert_eq!(serving.join().unwrap(), [GET, PUT, CHUNKED]);
    let targets: Vec<String> = proxy.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/a?list-type=2", "/b", "/c"]);
    assert_eq!(proxy.count(|request| request.query("list-type") == Some("2")), 1);
    assert_eq!((proxy.take_requests().len(), proxy.requests().len()), (3, 0));
}

#[test]
fn a_client_that_asks_first_gets_its_go_ahead() {
    const HEAD: &str = "PUT /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    let (upstream, serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    let stream = connect(&proxy);
    send(&stream, HEAD);
    let go_ahead = "HTTP/1.1 100 Continue\r\n\r\n";
    assert_eq!(receive(&stream, go_ahead.len()), go_ahead);
    send(&stream, "body");
    assert_eq!(receive(&stream, OK.len()), OK);
    assert_eq!(serving.join().unwrap(), [format!("{HEAD}body")]);
}

#[test]
fn a_client_that_asks_first_gets_the_servers_no() {
    const NO: &str = "HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultyProxy::start(listener.local_addr().unwrap()).unwrap();
    let stream = connect(&proxy);
    send(&stream, "PUT /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    let (server, _) = listener.accept().unwrap();
    send(&server, NO);
    // The body stays unsent, so the connection cannot be used again.
    assert_eq!(receive_all(&stream), NO);
}

#[test]
fn a_connection_that_the_server_gave_up_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultyProxy::start(listener.local_addr().unwrap()).unwrap();
    let stream = connect(&proxy);
    for _ in 0..3 {
        send(&stream, GET);
        let (server, _) = listener.accept().unwrap();
        read_request(&mut BufReader::new(&server), &server, OK);
        // Before the client sees the answer, so that it cannot send again while the server still holds on.
        drop(server);
        assert_eq!(receive(&stream, OK.len()), OK);
    }
}

#[test]
fn a_made_up_answer_never_reaches_the_server() {
    let (upstream, serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.fail(Rule::new(Fault::SlowDown).method("PUT").nth(1));
    proxy.fail(Rule::new(Fault::Status(500)).path("/a").nth(1));
    let stream = connect(&proxy);
    send(&stream, &PUT.replace("Host: the-proxy", "Connection: close"));
    let answer = receive_all(&stream);
    assert!(answer.starts_with("HTTP/1.1 503 Slow Down\r\n"), "{answer}");
    assert!(answer.contains("<Code>SlowDown</Code>"), "{answer}");
    let other = connect(&proxy);
    send(&other, GET);
    assert_eq!(receive(&other, 12), "HTTP/1.1 500");
    assert_eq!(proxy.faults(), 2);
    let third = connect(&proxy);
    send(&third, PUT);
    assert_eq!(receive(&third, OK.len()), OK);
    assert_eq!(serving.join().unwrap(), [PUT]);
}

#[test]
fn a_reset_is_a_reset() {
    let (upstream, _serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.fail(Rule::new(Fault::Reset));
    let mut stream = connect(&proxy);
    send(&stream, GET);
    let error = stream.read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_truncated_answer_ends_within_its_body() {
    let (upstream, _serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.fail(Rule::new(Fault::Truncate(1)));
    let stream = connect(&proxy);
    send(&stream, GET);
    assert_eq!(receive_all(&stream), &OK[..OK.len() - 1]);
}

#[test]
fn a_dropped_answer_was_carried_out() {
    let (upstream, serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.fail(Rule::new(Fault::DropAnswer));
    let stream = connect(&proxy);
    send(&stream, PUT);
    assert_eq!(receive_all(&stream), "");
    assert_eq!(serving.join().unwrap(), [PUT]);
}

#[test]
fn a_stalled_request_waits_until_the_rules_are_cleared() {
    let (upstream, _serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.fail(Rule::new(Fault::Stall));
    let mut stream = connect(&proxy);
    send(&stream, GET);
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    proxy.clear();
    assert_eq!(receive_all(&stream), "");
    let stream = connect(&proxy);
    send(&stream, GET);
    assert_eq!(receive(&stream, OK.len()), OK);
}

#[test]
fn a_dropped_proxy_cuts_its_clients_off() {
    let (upstream, _serving) = scripted(&[OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.fail(Rule::new(Fault::Stall));
    let stream = connect(&proxy);
    send(&stream, GET);
    drop(proxy);
    assert_eq!((&stream).read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_delay_makes_each_request_take_at_least_that_long() {
    let (upstream, _serving) = scripted(&[OK, OK, OK]);
    let proxy = FaultyProxy::start(upstream).unwrap();
    proxy.delay(Duration::from_millis(20));
    let stream = connect(&proxy);
    let start = Instant::now();
    for _ in 0..3 {
        send(&stream, GET);
        receive(&stream, OK.len());
    }
    assert!(start.elapsed() >= Duration::from_millis(60), "{:?}", start.elapsed());
}

#[test]
fn signed_requests_stay_valid_and_a_client_gets_over_a_fault() {
    let server = S3Server::shared().unwrap();
    let bucket = server.create_bucket("proxy").unwrap();
    let proxy = FaultyProxy::start(server.addr()).unwrap();
    proxy.fail(Rule::new(Fault::SlowDown).method("PUT").nth(1));
    let dir = tempfile::tempdir().unwrap();
    podfs_testkit::tree::many_files(dir.path(), 20, 100).unwrap();
    let output = rclone()
        .unwrap()
        .envs(as_env("RCLONE_CONFIG_R", &server.params_through(&proxy.endpoint())))
        .args(["copy", "--s3-no-check-bucket"])
        .arg(dir.path())
        .arg(format!("r:{bucket}"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(proxy.faults(), 1);
    assert_eq!(proxy.count(|request| request.method == "PUT"), 21, "{:?}", proxy.requests());
}
