//! A small authoritative name server on a loopback address, for tests and the simulated estate.
//!
//! It answers over UDP and TCP on one port, from a [`Zone`] in memory. It never asks anybody else.
//!
//! # Invariants
//! * **N1 loopback.** It listens on a loopback address only; anything else is an error.
//! * **N2 bounded.** No message is longer than [`MESSAGE_BYTES_MAX`], a TCP connection carries one
//!   message at a time and not for ever, and there are at most [`CONNECTIONS_MAX`] of them.
//! * **N3 its zones only.** A name outside the zones is refused, a name inside them exists or does
//!   not; no answer is made up.
//!
//! Sources: RFC 1034 and 1035 (messages, aliases, wildcards), RFC 6891 (length over UDP), RFC 7766
//! (TCP).

mod zone;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Metadata, OpCode, ResponseCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

pub use zone::{ANSWERS_MAX, RECORDS_MAX, Zone, ZoneError};

/// Longest message taken or sent, in bytes. Questions are far shorter; the lab's answers fit.
pub const MESSAGE_BYTES_MAX: usize = 4096;

/// TCP connections served at once; the next one waits. A resolver keeps one or two.
pub const CONNECTIONS_MAX: usize = 16;

/// A TCP connection that says nothing for this long is closed.
const IDLE_MAX: Duration = Duration::from_secs(10);

/// Tries to find a port that is free for UDP and TCP alike, if the caller leaves the choice.
const BIND_TRIES: usize = 16;

/// A name server at work. It stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    queries: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Running {
    /// Where it listens, with the port that was chosen.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Questions answered so far, repeated ones and refusals included.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves `zone` on `listen`, which must be a loopback address (N1). Port 0 lets the system choose.
///
/// # Errors
/// The address is not a loopback address, or the port is taken.
pub async fn serve(zone: Zone, listen: SocketAddr) -> io::Result<Running> {
    if !listen.ip().is_loopback() {
        let text = format!("{listen} is not a loopback address: the lab stays on this machine");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let (udp, tcp) = bind(listen).await?;
    let address = udp.local_addr()?;
    let queries = Arc::new(AtomicU64::new(0));
    let server = Arc::new(Server { zone, queries: Arc::clone(&queries) });
    let task = tokio::spawn(async move {
        tokio::join!(over_udp(&server, &udp), over_tcp(&server, &tcp));
    });
    Ok(Running { address, queries, task })
}

/// Both sockets on one port.
async fn bind(listen: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = BIND_TRIES;
    loop {
        tries = tries.saturating_sub(1);
        let udp = UdpSocket::bind(listen).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) if listen.port() != 0 || tries == 0 => return Err(error),
            Err(_) => {}
        }
    }
}

struct Server {
    zone: Zone,
    queries: Arc<AtomicU64>,
}

impl Server {
    /// The reply to one message, at most `limit` bytes; `None` for what is no question at all.
    fn reply(&self, message: &[u8], limit: impl FnOnce(&Message) -> usize) -> Option<Vec<u8>> {
        let request = Message::from_vec(message).ok()?;
        if request.metadata.message_type != MessageType::Query {
            return None;
        }
        self.queries.fetch_add(1, Ordering::Relaxed);
        let reply = self.answer(&request);
        let bytes = reply.to_vec().ok()?;
        if bytes.len() <= limit(&request).min(MESSAGE_BYTES_MAX) {
            return Some(bytes);
        }
        reply.truncate().to_vec().ok()
    }

    fn answer(&self, request: &Message) -> Message {
        let mut reply = Message::response(request.metadata.id, request.metadata.op_code);
        reply.metadata = Metadata::response_from_request(&request.metadata);
        reply.add_queries(request.queries.iter().cloned());
        if request.edns.is_some() {
            reply.set_edns(Edns::new());
        }
        let code = match (request.metadata.op_code, request.queries.as_slice()) {
            (OpCode::Query, [query]) => {
                let answer = self.zone.answer(query);
                reply.metadata.authoritative = answer.code != ResponseCode::Refused;
                reply.add_answers(answer.records);
                reply.add_authorities(answer.authority);
                answer.code
            }
            (OpCode::Query, _) => ResponseCode::FormErr,
            (_, _) => ResponseCode::NotImp,
        };
        reply.metadata.response_code = code;
        reply
    }
}

async fn over_udp(server: &Server, socket: &UdpSocket) {
    let mut buffer = [0; MESSAGE_BYTES_MAX];
    loop {
        let (length, peer) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // Windows reports here that an earlier reply found nobody.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
            Err(_) => return,
        };
        let message = buffer.get(..length).unwrap_or_default();
        if let Some(reply) = server.reply(message, |it| usize::from(it.max_payload())) {
            // A reply that cannot be sent is a lost packet; the client asks again.
            let _lost = socket.send_to(&reply, peer).await;
        }
    }
}

async fn over_tcp(server: &Arc<Server>, listener: &TcpListener) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // Dropped with this future, and its tasks with it.
    let mut connections = JoinSet::new();
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        while connections.try_join_next().is_some() {}
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(_) => return,
        };
        let server = Arc::clone(server);
        connections.spawn(async move {
            // Any error ends this connection and nothing else.
            let _ended = converse(&server, stream).await;
            drop(seat);
        });
    }
}

/// One message after the other, until the client leaves, dawdles or breaks the rules.
async fn converse(server: &Server, mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; MESSAGE_BYTES_MAX];
    loop {
        let length = usize::from(timeout(IDLE_MAX, stream.read_u16()).await??);
        let Some(message) = buffer.get_mut(..length) else { return Ok(()) };
        timeout(IDLE_MAX, stream.read_exact(message)).await??;
        let Some(reply) = server.reply(message, |_| MESSAGE_BYTES_MAX) else { return Ok(()) };
        let Ok(length) = u16::try_from(reply.len()) else { return Ok(()) };
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend_from_slice(&reply);
        timeout(IDLE_MAX, stream.write_all(&framed)).await??;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::Query;
    use hickory_proto::rr::{Name, RecordType};
    use proptest::prelude::*;

    fn server() -> Server {
        let mut zone = Zone::new(&["example.net"]).unwrap();
        for last in 0..ANSWERS_MAX {
            let address = format!("2001:db8::{last:x}").parse().unwrap();
            zone = zone.address("many.example.net", address).unwrap();
        }
        Server { zone, queries: Arc::default() }
    }

    fn question(name: &str, payload: Option<u16>) -> Vec<u8> {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::AAAA));
        if let Some(payload) = payload {
            let mut edns = Edns::new();
            edns.set_max_payload(payload);
            message.set_edns(edns);
        }
        message.to_vec().unwrap()
    }

    #[track_caller]
    fn check(payload: Option<u16>, want: &str) {
        let payload_of = |it: &Message| usize::from(it.max_payload());
        let question = question("many.example.net.", payload);
        let reply = server().reply(&question, payload_of).unwrap();
        let reply = Message::from_vec(&reply).unwrap();
        let cut = if reply.metadata.truncation { "cut" } else { "whole" };
        assert_eq!(format!("{} {cut}", reply.answers.len()), want, "N2: {payload:?}");
    }

    #[test]
    fn what_does_not_fit_a_packet_is_cut() {
        check(None, "0 cut");
        check(Some(1232), "0 cut");
        check(Some(4096), "64 whole");
        check(Some(u16::MAX), "64 whole");
    }

    proptest! {
        #[test]
        fn replies_are_bounded(
            payload in any::<Option<u16>>(),
            inside in any::<bool>(),
            spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let name = if inside { "many.example.net." } else { "many.example.org." };
            let mut message = question(name, payload);
            let whole = message.clone();
            for (index, byte) in spoiled {
                let at = index.index(message.len());
                message[at] = byte;
            }
            let mut limit = 0;
            let reply = server().reply(&message, |it| {
                limit = usize::from(it.max_payload());
                limit
            });
            if let Some(reply) = &reply {
                prop_assert!(reply.len() <= limit.min(MESSAGE_BYTES_MAX), "N2: {}", reply.len());
            }
            if message == whole {
                let code = Message::from_vec(&reply.unwrap()).unwrap().metadata.response_code;
                let want = if inside { ResponseCode::NoError } else { ResponseCode::Refused };
                prop_assert_eq!(code, want, "N3");
            }
        }
    }

    #[tokio::test]
    async fn only_loopback_is_served() {
        for listen in ["0.0.0.0:0", "192.0.2.1:53", "[::]:0", "[::ffff:127.0.0.1]:0"] {
            let zone = Zone::new(&["example.net"]).unwrap();
            let error = serve(zone, listen.parse().unwrap()).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "N1: {listen}");
        }
    }

    #[tokio::test]
    async fn a_dropped_server_frees_its_port() {
        let zone = Zone::new(&["example.net"]).unwrap();
        let running = serve(zone.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = running.address();
        assert!(serve(zone.clone(), address).await.is_err(), "the port is taken");
        drop(running);
        // The task ends at its next poll; until then the port may still be held.
        let freed = async {
            while serve(zone.clone(), address).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        timeout(IDLE_MAX, freed).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_no_question_gets_no_answer() {
        let zone = Zone::new(&["example.net"]).unwrap();
        let running = serve(zone, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        stream.write_all(&[0xff, 0xff, 0, 0]).await.unwrap();
        let closed = timeout(IDLE_MAX, stream.read_u8()).await.unwrap();
        assert!(closed.is_err(), "N2: a message over the limit must end the connection");
        assert_eq!(running.queries(), 0);
    }
}
