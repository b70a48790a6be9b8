//! The one way out: what it does not ask, what it does not follow, and how much it takes in.

use std::net::IpAddr;

use stipple::platform::fetch::{Fetch, FetchError, KnownHost, Reach, authorities, is_public};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::site::Site;

#[test]
fn only_addresses_of_the_public_internet_are_public() {
    for public in ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
    {
        assert!(is_public(public.parse::<IpAddr>().unwrap()), "{public}");
    }
    for private in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::7f00:1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "100::1",
    ] {
        assert!(!is_public(private.parse::<IpAddr>().unwrap()), "{private}");
    }
}

async fn guarded(address: &str) -> FetchError {
    Fetch::new(Reach::Strangers, &[], &[]).unwrap().get(address, 100).await.unwrap_err()
}

#[tokio::test]
async fn what_a_stranger_chose_is_asked_over_https_by_name_at_public_addresses() {
    for address in [
        "http://leeds.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "ftp://leeds.example/",
        "file:///etc/passwd",
        "https://user:word@leeds.example/",
        "leeds.example",
        "",
    ] {
        let error = guarded(address).await;
        assert!(matches!(error, FetchError::Refused(..)), "{address}: {error}");
    }
    // A listener that must never hear of it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = guarded(&format!("https://localhost:{port}/")).await;
    assert!(error.to_string().contains("not public"), "{error}");
    assert!(futures_util::FutureExt::now_or_never(listener.accept()).is_none());
}

#[tokio::test]
async fn a_site_is_believed_by_its_certificate_and_taken_in_to_the_limit() {
    let site = Site::start("leeds.example").await;
    let folder = tempfile::tempdir().unwrap();
    let (_, pem) = site.settings(folder.path());
    let known = [KnownHost { host: site.host.clone(), at: site.address }];
    let ours = Fetch::new(Reach::Strangers, &known, &authorities(&pem).unwrap()).unwrap();
    site.put("/a", &[7; 100]);
    assert_eq!(ours.get("https://leeds.example/a", 100).await.unwrap(), [7; 100]);
    let error = ours.get("https://leeds.example/a", 99).await.unwrap_err();
    assert_eq!(error, FetchError::TooLarge("https://leeds.example/a".to_owned(), 99));
    // A length that is not said, and goes on: cut off at the limit.
    site.put_raw("/b", &[b"200 OK\r\n\r\n".as_slice(), &[7; 5_000]].concat());
    let error = ours.get("https://leeds.example/b", 1_000).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge(..)), "{error}");
    // Without the authority the certificate is nobody's.
    let others = Fetch::new(Reach::Strangers, &known, &[]).unwrap();
    let error = others.get("https://leeds.example/a", 100).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    // Nor is it that of another name at the same address.
    let posing = [KnownHost { host: "york.example".to_owned(), at: site.address }];
    let posing = Fetch::new(Reach::Strangers, &posing, &authorities(&pem).unwrap()).unwrap();
    assert!(posing.get("https://york.example/a", 100).await.unwrap_err().to_string().contains("certificate"));
}

#[tokio::test]
async fn an_address_a_person_typed_may_be_anywhere() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 16];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await.unwrap();
    });
    let chosen = Fetch::new(Reach::Chosen, &[], &[]).unwrap();
    assert_eq!(chosen.get(&format!("http://{address}/"), 10).await.unwrap(), b"hi");
}
