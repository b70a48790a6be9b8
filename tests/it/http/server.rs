//! The server, over real sockets.

use std::net::SocketAddr;
use std::time::Duration;

use stipple::config::http::Http;
use stipple::platform::http::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::service;

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    ended: JoinHandle<std::io::Result<()>>,
}

#[expect(clippy::disallowed_methods, reason = "the test is the app here")]
async fn start(settings: Http) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let until = stop.clone();
    let ended =
        tokio::spawn(async move { serve(listener, service(settings.clone()), &settings, until).await });
    Running { address, stop, ended }
}

impl Running {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        read_all(&mut stream).await
    }
}

async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ =
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut bytes)).await.expect("an end");
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn answers_over_a_socket_have_a_length() {
    let server = start(Http::for_tests()).await;
    let got = server.ask("GET /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(got.starts_with("HTTP/1.1 200 OK"), "{got}");
    assert!(got.contains("content-length: "), "{got}");
    let head = server.ask("HEAD /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let length =
        |text: &str| text.lines().find(|line| line.starts_with("content-length")).unwrap().to_owned();
    assert_eq!(length(&got), length(&head));
    assert!(head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn a_chunked_body_too_large_is_413_over_a_socket() {
    let server = start(Http::for_tests()).await;
    let mut stream = server.connect().await;
    let head = "POST /things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    for _ in 0..8 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut start = vec![0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(String::from_utf8(start).unwrap(), "HTTP/1.1 413");
}

#[tokio::test]
async fn a_caller_who_never_finishes_a_header_is_cut_off() {
    let server = start(Http { header_read_ms: 300, ..Http::for_tests() }).await;
    for sent in ["", "P", "GET /things HTTP/1.1\r\nhost: x\r\nslow: "] {
        let mut stream = server.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        let got = read_all(&mut stream).await;
        assert!(!got.starts_with("HTTP/1.1 200"), "{got}");
    }
    // A caller in time is served as before.
    let got = server.ask("GET /page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(got.ends_with("a page"), "{got}");
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_a_problem_too() {
    let server = start(Http::for_tests()).await;
    let large = format!("GET /things HTTP/1.1\r\nhost: x\r\nlarge: {}\r\n\r\n", "x".repeat(40 * 1024));
    for (sent, status, code) in [
        ("GARBAGE\r\n\r\n", "400 Bad Request", "bad-request"),
        ("GET /things HTTP/1.1\r\nho st: x\r\n\r\n", "400 Bad Request", "bad-request"),
        ("GET /things HTTP/9.9\r\nhost: x\r\n\r\n", "400 Bad Request", "bad-request"),
        (&large, "431 Request Header Fields Too Large", "headers-too-large"),
    ] {
        let mut stream = server.connect().await;
        let _ = stream.write_all(sent.as_bytes()).await;
        let mut answer = Vec::new();
        // The rest of a large head may still be on its way when the connection is closed.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
        assert!(head.contains("content-type: application/problem+json"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["code"], code);
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn connections_have_a_limit_and_the_next_waits() {
    let server = start(Http { max_connections: 1, ..Http::for_tests() }).await;
    let mut first = server.connect().await;
    first.write_all(b"GET /page HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut seen = [0; 15];
    first.read_exact(&mut seen).await.unwrap();
    let mut second = server.connect().await;
    second.write_all(b"GET /page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(150), second.read_exact(&mut seen)).await;
    assert!(waiting.is_err(), "the second was served beside the first");
    drop(first);
    assert!(read_all(&mut second).await.ends_with("a page"));
}

#[tokio::test]
async fn a_shutdown_lets_what_runs_finish() {
    let server = start(Http::for_tests()).await;
    let mut busy = server.connect().await;
    let ask =
        "POST /verify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    busy.write_all(ask.as_bytes()).await.unwrap();
    let mut idle = server.connect().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    let got = read_all(&mut busy).await;
    assert!(got.starts_with("HTTP/1.1 200 OK"), "{got}");
    assert_eq!(read_all(&mut idle).await, "");
    server.ended.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_ever() {
    let server = start(Http { shutdown_ms: 200, ..Http::for_tests() }).await;
    let mut slow = server.connect().await;
    slow.write_all(b"GET /things/4 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), server.ended).await;
    ended.expect("the server ends").unwrap().unwrap();
}
