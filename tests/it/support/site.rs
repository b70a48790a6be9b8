//! An academy's own site: a real HTTPS server on loopback, with a certificate of a test's own authority.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a path answers: everything behind the status line, as bytes on the wire.
type Pages = Arc<Mutex<HashMap<String, Vec<u8>>>>;

/// A site that serves what the test puts there.
pub(crate) struct Site {
    pub(crate) host: String,
    pub(crate) address: SocketAddr,
    pages: Pages,
    /// How many requests came.
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    /// The authority, in PEM.
    pub(crate) authority: String,
}

impl Site {
    /// Starts one under that host name.
    pub(crate) async fn start(host: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (pages, asked) = (Pages::default(), Arc::<Mutex<Vec<String>>>::default());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let (served, counted) = (pages.clone(), asked.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, served, counted) = (acceptor.clone(), served.clone(), counted.clone());
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await.ok()?;
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        request.push(stream.read_u8().await.ok()?);
                    }
                    let path = String::from_utf8_lossy(&request).split(' ').nth(1)?.to_owned();
                    counted.lock().unwrap().push(path.clone());
                    let answer = served.lock().unwrap().get(&path).cloned();
                    let answer =
                        answer.unwrap_or_else(|| b"404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec());
                    stream.write_all(b"HTTP/1.1 ").await.ok()?;
                    stream.write_all(&answer).await.ok()?;
                    stream.shutdown().await.ok()
                });
            }
        });
        Self { host: host.to_owned(), address, pages, asked, authority: authority.pem() }
    }

    /// Puts a document at a path.
    pub(crate) fn put(&self, path: &str, body: &[u8]) {
        let head = format!("200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
        self.put_raw(path, &[head.as_bytes(), body].concat());
    }

    /// Puts whatever shall follow the protocol's name at a path.
    pub(crate) fn put_raw(&self, path: &str, answer: &[u8]) {
        self.pages.lock().unwrap().insert(path.to_owned(), answer.to_vec());
    }

    /// Writes the authority into a folder, and says how settings name this site's address.
    pub(crate) fn settings(&self, folder: &Path) -> (Vec<String>, std::path::PathBuf) {
        let path = folder.join("authority.pem");
        std::fs::write(&path, &self.authority).unwrap();
        (vec![format!("{}={}", self.host, self.address)], path)
    }
}
