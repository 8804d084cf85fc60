//! Peers whose every byte is written down.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use exward_reach::probe::Wishes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{runtime, told, visits_in_time};

/// Most bytes that an endless peer sends in one connection.
const ENDLESS_BYTES_MAX: usize = 256 << 20;

/// Most bytes of an endless answer that may leave its peer: the buffers of both sockets (some 6 MiB), and room. Who takes more
/// reads on although nothing can come of it.
const TAKEN_BYTES_MAX: usize = 16 << 20;

/// One thing that a peer does.
#[derive(Clone)]
pub(crate) enum Step {
    /// Waits for a line, or for the head of a request.
    Hear,
    /// Says this.
    Say(Vec<u8>),
    /// Says this for ever.
    Endless(&'static [u8]),
    /// Says this again every tenth of a second, for ever.
    Drip(&'static [u8]),
    /// Says nothing any more.
    Hold,
    /// Resets the connection.
    Reset,
}

/// Says this once.
pub(crate) fn say(bytes: impl AsRef<[u8]>) -> Step {
    Step::Say(bytes.as_ref().to_vec())
}

/// A peer; closes at the end of its steps.
pub(crate) struct Peer {
    /// What it does, in a few words.
    pub(crate) name: &'static str,
    /// `http`, `smtp`.
    pub(crate) scheme: &'static str,
    /// What it does on each connection.
    pub(crate) steps: Vec<Step>,
}

/// Lets all of them listen, asks all in one run, and gives what the visits said. `net` is theirs alone:
/// `127.9.net.*`.
pub(crate) fn ask(net: u8, wishes: Wishes, peers: Vec<Peer>) -> String {
    let runtime = runtime();
    let most = Arc::new(AtomicUsize::new(0));
    let (names, schemes): (Vec<_>, Vec<_>) = peers.iter().map(|it| (it.name, it.scheme)).unzip();
    let mut targets = Vec::new();
    for ((last, peer), scheme) in (1_u8..).zip(peers).zip(schemes) {
        let at = SocketAddrV4::new(Ipv4Addr::new(127, 9, net, last), 0);
        let listener = runtime.block_on(TcpListener::bind(at)).unwrap();
        targets.push(format!("{scheme}://{}", listener.local_addr().unwrap()));
        let most = Arc::clone(&most);
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (steps, most) = (peer.steps.clone(), Arc::clone(&most));
                tokio::spawn(async move { play(stream, steps, &most).await });
            }
        });
    }
    let visits = visits_in_time(&runtime, targets, wishes);
    let most = most.load(Ordering::Relaxed);
    assert!(most <= TAKEN_BYTES_MAX, "{most} bytes of an endless answer were taken");
    told(&names, &visits)
}

/// `None` once the other side has gone.
async fn play(mut stream: TcpStream, steps: Vec<Step>, most: &AtomicUsize) -> Option<()> {
    let mut heard = [0; 4096];
    for step in steps {
        match step {
            Step::Hear => {
                let _read = stream.read(&mut heard).await.ok()?;
            }
            Step::Say(bytes) => stream.write_all(&bytes).await.ok()?,
            Step::Endless(chunk) => {
                let block = chunk.repeat((16 << 10) / chunk.len());
                let mut sent = 0;
                while sent < ENDLESS_BYTES_MAX {
                    stream.write_all(&block).await.ok()?;
                    sent += block.len();
                    most.fetch_max(sent, Ordering::Relaxed);
                }
            }
            Step::Drip(chunk) => {
                let mut clock = tokio::time::interval(Duration::from_millis(100));
                loop {
                    clock.tick().await;
                    stream.write_all(chunk).await.ok()?;
                }
            }
            Step::Hold => while stream.read(&mut heard).await.ok()? > 0 {},
            Step::Reset => stream.set_zero_linger().ok()?,
        }
    }
    Some(())
}
