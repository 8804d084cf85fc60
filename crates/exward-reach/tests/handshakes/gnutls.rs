//! Another library's servers: those without RFC 5746, and one of each version.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use exward_reach::tls::Hello;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{CONNECTOR, PATIENCE, line, round_trip};

/// A running `gnutls-serv`; killed when it is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Runs a tool of GnuTLS to its end.
fn run(tool: &str, arguments: &[&str]) {
    let output = Command::new(tool).args(arguments).output().unwrap();
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Starts a server with a fresh RSA-2048 key and this priority string on a free port.
fn start(folder: &std::path::Path, priority: &str) -> (Server, SocketAddr) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (key, certificate, template) = (path("key"), path("certificate"), path("template"));
    std::fs::write(
        &template,
        "cn = mail.example.org\ndns_name = mail.example.org\ntls_www_server\n",
    )
    .unwrap();
    run("certtool", &["--generate-privkey", "--bits=2048", "--outfile", &key]);
    let sign = ["--generate-self-signed", "--load-privkey", &key, "--template", &template];
    run("certtool", &[&sign[..], &["--outfile", &certificate]].concat());
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Command::new("gnutls-serv")
        .args(["--echo", "--disable-client-cert", "--x509keyfile", &key])
        .args(["--x509certfile", &certificate, "--priority", priority])
        .arg(format!("--port={}", free.port()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (Server(server), SocketAddr::from((Ipv4Addr::LOCALHOST, free.port())))
}

/// Tries until the server listens.
async fn connect(address: SocketAddr) -> TcpStream {
    let mut wait = tokio::time::interval(Duration::from_millis(20));
    let deadline = Instant::now() + PATIENCE;
    loop {
        wait.tick().await;
        match TcpStream::connect(address).await {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < deadline, "gnutls-serv: {error}"),
        }
    }
}

async fn check(priority: &str, hello: Hello, want: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (_server, address) = start(folder.path(), priority);
    let stream = connect(address).await;
    let deadline = Instant::now() + PATIENCE;
    let mut handshake = CONNECTOR.handshake(stream, None, hello, deadline).await;
    assert_eq!(handshake.facts.failure, None, "{priority}: {}", line(&handshake.facts));
    let old = if hello == Hello::Old { ", old hello" } else { "" };
    let want = format!("{want}, RSA 2048 sha256WithRSAEncryption{old}");
    assert_eq!(line(&handshake.facts), want, "{priority}");
    assert_eq!(handshake.facts.certificate.unwrap().names, ["mail.example.org"], "{priority}");
    round_trip(handshake.stream.as_mut().unwrap()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs gnutls-serv"]
async fn servers_without_rfc_5746_are_reached() {
    let unsafe_tls10 = "NORMAL:-VERS-ALL:+VERS-TLS1.0:%DISABLE_SAFE_RENEGOTIATION";
    let unsafe_tls12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION";
    check(unsafe_tls10, Hello::Full, "TLS 1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA").await;
    check(unsafe_tls10, Hello::Old, "TLS 1.0 TLS_DHE_RSA_WITH_AES_128_CBC_SHA").await;
    check(unsafe_tls12, Hello::Full, "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256").await;
}

#[tokio::test]
#[ignore = "needs gnutls-serv"]
async fn each_version_of_gnutls_is_reached() {
    check(
        "NORMAL:-VERS-ALL:+VERS-TLS1.0",
        Hello::Full,
        "TLS 1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    )
    .await;
    check(
        "NORMAL:-VERS-ALL:+VERS-TLS1.2",
        Hello::Full,
        "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    )
    .await;
    check("NORMAL:-VERS-ALL:+VERS-TLS1.3", Hello::Full, "TLS 1.3 TLS_AES_128_GCM_SHA256").await;
}
