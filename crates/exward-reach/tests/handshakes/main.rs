//! The client of the probes against servers of every age, over loopback.
//!
//! Servers: the lab's acceptors, and for what OpenSSL cannot be (a server without RFC 5746)
//! `gnutls-serv`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod broken;
mod gnutls;
mod matrix;

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use exward_core::tls::TlsFacts;
use exward_lab::tls::Keys;
use exward_reach::tls::{Connector, Handshake, Hello, TlsStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::new().unwrap());
static CONNECTOR: LazyLock<Connector> = LazyLock::new(|| Connector::new().unwrap());

/// More than any of these handshakes takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener on a free port of loopback.
async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Connects and shakes hands.
async fn shake(listener: &TcpListener, hello: Hello, patience: Duration) -> Handshake<TcpStream> {
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let deadline = Instant::now() + patience;
    CONNECTOR.handshake(stream, Some("mail.example.org"), hello, deadline).await
}

/// A line there and the same line back.
async fn round_trip(stream: &mut TlsStream<TcpStream>) -> io::Result<()> {
    stream.write_all(b"hello\n").await?;
    stream.flush().await?;
    let mut answer = [0; 6];
    stream.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"hello\n");
    Ok(())
}

/// Facts as one line: version, suite, key, signature.
fn line(facts: &TlsFacts) -> String {
    let version = facts.version.map_or("no version", |it| it.name());
    let mut line = format!("{version} {}", facts.suite);
    if let Some(it) = &facts.certificate {
        line += &format!(", {} {} {}", it.key, it.key_bits, it.signature);
    }
    if facts.old_hello {
        line += ", old hello";
    }
    line
}
