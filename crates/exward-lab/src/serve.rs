//! The sockets: every face listens on its address and answers as [`crate::answer`] and
//! [`crate::mail`] say.
//!
//! # Invariants
//! * **V1 loopback only.** A face elsewhere than in 127.0.0.0/8 is refused before anything listens.
//! * **V2 all or nothing.** When [`serve`] returns, every face listens; if one cannot, none does.
//! * **V3 bounded.** A connection lives [`Options::connection_life`] at most, a face holds
//!   [`CONNECTIONS_PER_FACE_MAX`] of them, a head has [`crate::request::HEAD_BYTES_MAX`] bytes.
//! * **V4 counted.** What reaches a face is counted, so that a client's manners can be tested.

mod counters;
mod http;
mod mail;
mod play;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::behaviour::Behaviour;
use crate::estate::{Estate, Face, Service};
use crate::fault;
use crate::fleet::Live;
use crate::script::Then;
use crate::tls::{Acceptor, Keys, LabTlsError};

pub use counters::{Counters, FaceCounts, PATHS_PER_FACE_MAX};

/// Most connections of one face at a time. A polite client has one, a browser six.
pub const CONNECTIONS_PER_FACE_MAX: usize = 64;

/// Lowest port that needs no special right.
const PORT_MIN: u16 = 1024;

/// Length of the huge name in a certificate.
const HUGE_NAME_BYTES: usize = 64 << 10;

/// Pause after a failed accept, which is mostly for want of open files: they come back.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How an estate is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// False: web faces speak plain HTTP, and mail faces refuse TLS.
    pub tls: bool,
    /// Longest life of a connection, whatever happens on it.
    pub connection_life: Duration,
}

impl Default for Options {
    /// TLS, and a minute for each connection.
    fn default() -> Self {
        Self { tls: true, connection_life: Duration::from_secs(60) }
    }
}

/// Why an estate cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// Not loopback (V1).
    #[error("{address} is not a loopback address: the lab listens nowhere else")]
    NotLoopback {
        /// The address.
        address: Ipv4Addr,
    },
    /// A port that needs special rights, or none at all.
    #[error("port {port} is below {PORT_MIN}: choose a higher one")]
    LowPort {
        /// The port.
        port: u16,
    },
    /// A face cannot listen.
    #[error("cannot listen on {address}; is another lab running on this port?")]
    Listen {
        /// Where.
        address: SocketAddrV4,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The process may not open so many files.
    #[error(
        "{faces} faces need more open files than this process may have; raise the limit, as with \
         `ulimit -n {}`, or serve fewer", faces.saturating_mul(2)
    )]
    OpenFiles {
        /// Faces that should listen.
        faces: usize,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The machine gave no threads or timers.
    #[error("the lab could not be started")]
    Start {
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// TLS of a face cannot be set up.
    #[error("cannot set up the TLS of the faces")]
    Tls(#[from] LabTlsError),
}

/// An estate that is being served. Dropping it ends all its connections.
pub struct Running {
    estate: Arc<Estate>,
    counters: Arc<Counters>,
    tasks: JoinSet<()>,
}

impl Running {
    /// The targets of all faces, in the order of the estate; dead ones too.
    pub fn hosts(&self) -> impl Iterator<Item = String> {
        self.estate.faces.iter().map(Face::target)
    }

    /// What has reached the faces so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Stops listening and ends every connection.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Lets every face listen, and answers until [`Running`] is stopped or dropped.
///
/// Making the certificates takes some 0.1 ms a face, and one second for old servers' keys.
///
/// # Errors
/// If a face is not on loopback, cannot listen, or its TLS cannot be made; then none listens (V2).
pub async fn serve(estate: Arc<Estate>, options: Options) -> Result<Running, LabError> {
    serve_live(estate, None, options).await
}

/// The same for faces that show what their servers have become since.
///
/// # Errors
/// As [`serve()`].
pub async fn serve_live(
    estate: Arc<Estate>,
    live: Option<Live>,
    options: Options,
) -> Result<Running, LabError> {
    for face in &estate.faces {
        if !face.address.is_loopback() {
            return Err(LabError::NotLoopback { address: face.address });
        }
        if face.port < PORT_MIN {
            return Err(LabError::LowPort { port: face.port });
        }
    }
    let keys = if options.tls { Some(Keys::new()?) } else { None };
    let mut ready = Vec::new();
    for (index, face) in estate.faces.iter().enumerate() {
        if face.behaviour != Behaviour::Dead {
            let acceptor = keys.as_ref().map(|keys| acceptor(face, keys)).transpose()?;
            ready.push((index, listen(face, estate.faces.len()).await?, acceptor));
        }
    }
    let counters = Arc::new(Counters::new(&estate));
    let mut tasks = JoinSet::new();
    for (index, listener, acceptor) in ready {
        let site = Site {
            estate: Arc::clone(&estate),
            counters: Arc::clone(&counters),
            index,
            acceptor,
            live: live.clone(),
            life: options.connection_life,
        };
        tasks.spawn(attend(listener, Arc::new(site)));
    }
    Ok(Running { estate, counters, tasks })
}

fn acceptor(face: &Face, keys: &Keys) -> Result<Acceptor, LabTlsError> {
    let mut names = vec![face.name.clone()];
    if face.behaviour == Behaviour::HugeName {
        let label = "huge.";
        let count = HUGE_NAME_BYTES.checked_div(label.len()).unwrap_or(0);
        names.push(format!("{}lab.test", label.repeat(count)));
    }
    Acceptor::new(face.tls, &names, keys)
}

async fn listen(face: &Face, faces: usize) -> Result<TcpListener, LabError> {
    /// `EMFILE`, "too many open files".
    const EMFILE: i32 = 24;
    let address = SocketAddrV4::new(face.address, face.port);
    TcpListener::bind(address).await.map_err(|source| match source.raw_os_error() {
        Some(EMFILE) => LabError::OpenFiles { faces, source },
        _ => LabError::Listen { address, source },
    })
}

/// Everything that the tasks of one face share.
struct Site {
    estate: Arc<Estate>,
    counters: Arc<Counters>,
    index: usize,
    acceptor: Option<Acceptor>,
    live: Option<Live>,
    life: Duration,
}

/// Takes connections of one face for ever. Its connections end with it.
async fn attend(listener: TcpListener, site: Arc<Site>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            // A connection too many is dropped at once.
            Ok(_) if connections.len() >= CONNECTIONS_PER_FACE_MAX => {}
            Ok((stream, _)) => {
                site.counters.connection(site.index);
                let site = Arc::clone(&site);
                connections.spawn(async move {
                    // A client that goes away, or out of time, ends its own connection alone.
                    let _ended = timeout(site.life, site.connection(stream)).await;
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

impl Site {
    async fn connection(&self, stream: TcpStream) -> io::Result<()> {
        let Some(face) = self.estate.faces.get(self.index) else { return Ok(()) };
        let now = self.live.as_ref().map(|it| it.as_it_is(face));
        let face = match &now {
            None => face,
            Some(Some(face)) => face,
            // A server that is down does not answer.
            Some(None) => return stream.set_zero_linger(),
        };
        // Answers are one write each: waiting for more would only delay them.
        stream.set_nodelay(true)?;
        if let Some(script) = fault::before_tls(face.behaviour) {
            if script.then == Then::Reset {
                return stream.set_zero_linger();
            }
            return play::instead_of_tls(stream, &script).await;
        }
        match (face.service, &self.acceptor) {
            (Service::Https, Some(acceptor)) => {
                let stream = acceptor.accept(stream).await?;
                self.counters.handshake(self.index);
                http::converse(stream, face, self).await
            }
            (Service::Https, None) => http::converse(stream, face, self).await,
            (Service::Smtp | Service::Imap | Service::Pop, _) => {
                mail::converse(stream, face, self).await
            }
        }
    }
}
