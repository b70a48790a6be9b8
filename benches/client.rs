//! A plain HTTP/1.1 client that costs little, and the servers it is pointed at.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bytes::Bytes;
use poem::listener::{Acceptor, Listener};
use poem::web::Data;
use poem::{Endpoint, EndpointExt, Response, Route, get, handler};
use stipple::config::http::Http;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream, buffer: vec![0; 256 * 1024] })
    }

    /// Asks for what is at a path.
    pub(crate) fn get(&mut self, path: &str) -> Result<&[u8]> {
        self.ask(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())
    }

    /// Sends a request as it is and reads the whole answer, which must be a 200 that says its length; answers its body.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request)?;
        let (mut filled, mut ends) = (0, None);
        loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..])?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            filled += read;
            if ends.is_none() {
                ends = head(&self.buffer[..filled])?;
            }
            match ends {
                Some((begin, end)) if filled >= end => return Ok(&self.buffer[begin..end]),
                _ => {}
            }
        }
    }
}

/// Where the body begins and ends, once the head is there.
fn head(answer: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&answer[..end])?;
    let mut lines = text.split("\r\n");
    let status = lines.next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") {
        return Err(format!("the server answered {status}").into());
    }
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .ok_or("the answer does not say its length")?;
    Ok(Some((end + 4, end + 4 + length.1.trim().parse::<usize>()?)))
}

/// Answers per second over so many connections, each of its own thread, for about that long.
pub(crate) fn throughput(address: SocketAddr, path: &str, connections: usize, time: Duration) -> Result<f64> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes();
    throughput_of(address, &[request], connections, time)
}

/// The same for requests that are sent in turns.
pub(crate) fn throughput_of(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    time: Duration,
) -> Result<f64> {
    let one = || -> Result<f64> {
        let mut connection = Connection::open(address)?;
        let mut turns = requests.iter().cycle();
        let mut next = || turns.next().ok_or("there is nothing to ask");
        connection.ask(next()?)?;
        let started = Instant::now();
        let mut answers = 0_u32;
        while started.elapsed() < time {
            connection.ask(next()?)?;
            answers += 1;
        }
        Ok(f64::from(answers) / started.elapsed().as_secs_f64())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| "a client stopped")?).sum()
    })
}

/// Serves through the server of `stipple serve`.
pub(crate) fn serve(runtime: &Runtime, endpoint: impl Endpoint + 'static) -> Result<SocketAddr> {
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    runtime.spawn(async move {
        stipple::platform::http::serve(listener, endpoint, &Http::for_tests(), CancellationToken::new()).await
    });
    Ok(address)
}

/// Serves through poem's own server.
pub(crate) fn serve_by_poem(runtime: &Runtime, endpoint: impl Endpoint + 'static) -> Result<SocketAddr> {
    let listener = poem::listener::TcpListener::bind("127.0.0.1:0");
    let acceptor = runtime.block_on(listener.into_acceptor())?;
    let address = acceptor.local_addr().first().and_then(|address| address.as_socket_addr().copied());
    runtime.spawn(poem::Server::new_with_acceptor(acceptor).run(endpoint));
    address.ok_or_else(|| "the listener has no address".into())
}

/// A poem handler that does nothing but answer these bytes, where listings are.
pub(crate) fn bare(body: Bytes) -> impl Endpoint + 'static {
    Route::new()
        .at("/v1/practitioners", get(kept_bytes))
        .at("/v1/practitioners/:number", get(kept_bytes))
        .data(body)
}

#[handler]
fn kept_bytes(Data(body): Data<&Bytes>) -> Response {
    Response::builder().content_type("application/json").body(body.clone())
}
