//! Where connections come in. The only sockets of this crate.
//!
//! # Invariants
//! * **W2 nobody holds the door.** Handshakes run beside the accepting, each with its own end; at most
//!   [`CONNECTIONS_MAX`] connections are open, handshakes included, and further ones wait in the system's queue.
//! * **W3 in the clear only to itself.** Without a certificate nothing but a loopback address is listened on.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::limits::{CONNECTIONS_MAX, HANDSHAKE_MAX};
use super::patient::{Patient, Pulse};
use super::tls::Identity;

/// How long accepting rests after the system had no room for another connection.
const REST: Duration = Duration::from_millis(500);

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ListenError {
    /// W3.
    #[error(
        "{0} can be reached by others, and without a certificate everything would be sent in the clear"
    )]
    InTheClear(SocketAddr),
    /// The system said no.
    #[error("cannot listen on {address}")]
    Bind { address: SocketAddr, source: io::Error },
}

/// Accepts connections, and shakes hands with them.
pub(crate) struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Arc<Semaphore>,
    shaking: JoinSet<Option<(Connection, SocketAddr)>>,
}

impl Door {
    /// Listens (W3).
    ///
    /// # Errors
    /// [`ListenError`].
    pub(crate) async fn open(
        address: SocketAddr,
        identity: Option<&Identity>,
    ) -> Result<Self, ListenError> {
        if identity.is_none() && !address.ip().is_loopback() {
            return Err(ListenError::InTheClear(address));
        }
        let listener = TcpListener::bind(address).await;
        Ok(Self {
            listener: listener.map_err(|source| ListenError::Bind { address, source })?,
            tls: identity.map(|it| TlsAcceptor::from(Arc::clone(&it.config))),
            places: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            shaking: JoinSet::new(),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        // An answer is written whole; waiting for more to send with it only makes it late.
        let _as_it_is = stream.set_nodelay(true);
        let tls = self.tls.clone();
        self.shaking.spawn(async move {
            let stream = match tls {
                None => Stream::Clear(stream),
                Some(tls) => {
                    let shaken = timeout(HANDSHAKE_MAX, tls.accept(stream)).await;
                    Stream::Tls(Box::new(shaken.ok()?.ok()?))
                }
            };
            Some((Connection { stream: Patient::new(stream), _place: place }, peer))
        });
    }
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let places = Arc::clone(&self.places);
            let next = async {
                let place = places.acquire_owned().await.ok();
                (self.listener.accept().await, place)
            };
            tokio::select! {
                Some(shaken) = self.shaking.join_next() => {
                    if let Ok(Some(connection)) = shaken {
                        return connection;
                    }
                }
                (accepted, place) = next => match (accepted, place) {
                    (Ok((stream, peer)), Some(place)) => self.welcome(stream, peer, place),
                    (Err(error), _) if is_of_the_peer(&error) => {}
                    _ => sleep(REST).await,
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address()
    }
}

/// Errors of one connection, which say nothing about the next.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// An open connection; it keeps its place until it is dropped.
pub(crate) struct Connection {
    stream: Patient<Stream>,
    _place: OwnedSemaphorePermit,
}

enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What a request knows of the connection it came by.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    pub(crate) pulse: Pulse,
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self { address: *stream.remote_addr(), pulse: stream.io().stream.pulse() }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
