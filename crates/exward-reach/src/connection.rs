//! One connection to one address: TCP, then TLS, with at most one reconnect for an old-style hello.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::limits::Patience;
use crate::tls::{Connector, Hello};
use crate::visit::{Failure, Front, NO_ROUTE};

/// What a conversation needs of a connection.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A plain connection to an address that was judged before. How long it may take is for the caller to say.
pub(crate) async fn dial(at: SocketAddr) -> io::Result<impl Stream + use<>> {
    let stream = TcpStream::connect(at).await?;
    // Messages are small and wait for their answer; a failure only costs time.
    let _slower = stream.set_nodelay(true);
    Ok(stream)
}

/// Opens connections.
pub(crate) struct Opener {
    connector: Connector,
    pub(crate) patience: Patience,
}

impl Opener {
    pub(crate) const fn new(connector: Connector, patience: Patience) -> Self {
        Self { connector, patience }
    }

    /// A plain connection; the reason why there is none goes to the front.
    pub(crate) async fn plain(&self, at: SocketAddr, front: &mut Front) -> Option<TcpStream> {
        let why = match timeout(self.patience.connect, TcpStream::connect(at)).await {
            Ok(Ok(stream)) => {
                // Questions are small and wait for their answer; a failure only costs time.
                let _slower = stream.set_nodelay(true);
                return Some(stream);
            }
            Ok(Err(error)) => refused(&error),
            Err(_) => Failure::passing(format!(
                "no connection within {} s",
                self.patience.connect.as_secs_f32()
            )),
        };
        front.failures.push(why);
        None
    }

    /// A connection with TLS. What the handshake told goes to the front, whether or not it came to its end.
    pub(crate) async fn tls(
        &self,
        at: SocketAddr,
        name: Option<&str>,
        front: &mut Front,
    ) -> Option<Box<dyn Stream>> {
        let stream = self.plain(at, front).await?;
        // What one connection has learnt the next one need not.
        let needs_old = front.tls.as_ref().is_some_and(|facts| facts.old_hello);
        let hello = if needs_old { Hello::Old } else { Hello::Full };
        let first = self.connector.handshake(stream, name, hello, self.deadline()).await;
        let handshake = if first.is_old_hello_worth_it() {
            match self.plain(at, front).await {
                None => first,
                Some(stream) => {
                    let deadline = self.deadline();
                    let second = self.connector.handshake(stream, None, Hello::Old, deadline).await;
                    if second.facts.version.is_some() { second } else { first }
                }
            }
        } else {
            first
        };
        self.take(handshake.facts, front);
        handshake.stream.map(|stream| Box::new(stream) as Box<dyn Stream>)
    }

    /// TLS on a connection that began without it (STARTTLS). No second hello: the greeting is spent.
    pub(crate) async fn upgrade(
        &self,
        stream: TcpStream,
        name: Option<&str>,
        front: &mut Front,
    ) -> Option<Box<dyn Stream>> {
        let handshake = self.connector.handshake(stream, name, Hello::Full, self.deadline()).await;
        self.take(handshake.facts, front);
        handshake.stream.map(|stream| Box::new(stream) as Box<dyn Stream>)
    }

    fn take(&self, facts: exward_core::tls::TlsFacts, front: &mut Front) {
        if let Some(why) = &facts.failure {
            front.failures.push(Failure::passing(format!("no TLS: {why}")));
        }
        front.tls = Some(facts);
    }

    fn deadline(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.patience.tls).unwrap_or(now)
    }
}

/// Why a connection was not made. A refusal is an answer; the rest may pass.
fn refused(error: &io::Error) -> Failure {
    let kind = error.kind();
    if kind == io::ErrorKind::ConnectionRefused {
        Failure::lasting("connection refused")
    } else if kind == io::ErrorKind::NetworkUnreachable {
        Failure::lasting(NO_ROUTE)
    } else if kind == io::ErrorKind::HostUnreachable {
        Failure::passing("no route: host unreachable")
    } else {
        Failure::passing(format!("no connection: {error}"))
    }
}
