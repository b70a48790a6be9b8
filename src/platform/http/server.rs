//! The server: connections in, requests to the endpoint, and an end that finishes what runs.
//!
//! poem's own server cannot limit how long a header takes, nor how many connections there are, nor
//! does it set `TCP_NODELAY`; this one is hyper with those.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Request};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::unread::Explained;
use crate::config::http::Http;
use crate::config::limits;

/// How long accepting pauses after the system refused, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `endpoint` on `listener` until `shutdown` is cancelled; then lets what runs finish, for as
/// long as the settings say, and cuts off the rest.
///
/// # Errors
/// When the listener's own address cannot be read.
pub async fn serve<E>(
    listener: TcpListener,
    endpoint: E,
    settings: &Http,
    shutdown: CancellationToken,
) -> io::Result<()>
where
    E: Endpoint + 'static,
{
    let local = listener.local_addr()?;
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let server = Arc::new(Server {
        endpoint,
        http: builder(settings),
        local,
        header_read_time: settings.header_read_time(),
        finish: shutdown.clone(),
        cut_off: CancellationToken::new(),
    });
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        if let Some((stream, remote, place)) = accepted {
            connections.spawn(server.clone().connection(stream, remote, place));
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(settings.shutdown_time(), connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "cutting off connections that did not finish");
        server.cut_off.cancel();
        connections.wait().await;
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, remote)) => {
            // Answers are written in one piece; waiting for more would only delay them.
            let _ = stream.set_nodelay(true);
            Some((stream, remote, place))
        }
        Err(error) => {
            // A caller that went away is nothing; a full descriptor table needs a pause.
            if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            None
        }
    }
}

fn builder(settings: &Http) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_read_time())
        .max_buf_size(limits::HEADER_BYTES)
        .max_headers(limits::HEADER_FIELDS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits::HTTP2_STREAMS)
        .max_header_list_size(u32::try_from(limits::HEADER_BYTES).unwrap_or(u32::MAX))
        .keep_alive_interval(settings.header_read_time())
        .keep_alive_timeout(settings.header_read_time());
    builder
}

struct Server<E> {
    endpoint: E,
    http: Builder<TokioExecutor>,
    local: SocketAddr,
    header_read_time: Duration,
    finish: CancellationToken,
    cut_off: CancellationToken,
}

impl<E: Endpoint + 'static> Server<E> {
    async fn connection(self: Arc<Self>, stream: TcpStream, remote: SocketAddr, place: OwnedSemaphorePermit) {
        let asked = Arc::new(AtomicBool::new(false));
        let service = service_fn({
            let server = self.clone();
            let asked = asked.clone();
            move |request| {
                asked.store(true, Ordering::Relaxed);
                server.clone().request(request, remote)
            }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(Explained::new(stream)), service));
        // hyper's own limit begins once it knows which HTTP is spoken; until the first request is
        // there, this one covers what comes before.
        let first = pin!(tokio::time::sleep(self.header_read_time));
        let ended = tokio::select! {
            _ = &mut connection => true,
            () = self.finish.cancelled() => false,
            () = first => {
                if asked.load(Ordering::Relaxed) {
                    tokio::select! {
                        _ = &mut connection => true,
                        () = self.finish.cancelled() => false,
                    }
                } else {
                    true
                }
            }
        };
        if !ended {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ = &mut connection => {}
                () = self.cut_off.cancelled() => {}
            }
        }
        drop(place);
    }

    async fn request(
        self: Arc<Self>,
        request: hyper::Request<Incoming>,
        remote: SocketAddr,
    ) -> Result<hyper::Response<HyperBody>, Infallible> {
        let local = LocalAddr(Addr::SocketAddr(self.local));
        let remote = RemoteAddr(Addr::SocketAddr(remote));
        let request = Request::from((request, local, remote, Scheme::HTTP));
        Ok(self.endpoint.get_response(request).await.into())
    }
}

type HyperBody = http_body_util::combinators::BoxBody<bytes::Bytes, io::Error>;
