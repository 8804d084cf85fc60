//! Handshakes that do not come to their end: the facts that came before it stay (T-H1), and the
//! reason is in words.

use std::io;
use std::time::Duration;

use exward_lab::tls::{Acceptor, Digest, KeyKind, Recipe, TlsAge};
use exward_reach::tls::{Handshake, Hello, record};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::TcpStream;

use super::{KEYS, PATIENCE, line, listener, shake};

/// Short, for peers that say nothing.
const IMPATIENCE: Duration = Duration::from_millis(100);

/// How a scripted peer ends the connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    Close,
    Reset,
    Wait,
}

/// The first record of a client: its ClientHello.
async fn client_hello(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await?;
    record.resize(5 + usize::from(u16::from_be_bytes([record[3], record[4]])), 0);
    stream.read_exact(&mut record[5..]).await?;
    Ok(record)
}

/// A peer that reads a hello, answers with these bytes, and ends so.
async fn scripted(answer: &[u8], then: Then, hello: Hello) -> Handshake<TcpStream> {
    let listener = listener().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        client_hello(&mut stream).await.unwrap();
        stream.write_all(answer).await.unwrap();
        match then {
            Then::Close => {}
            Then::Reset => stream.set_zero_linger().unwrap(),
            Then::Wait => return Some(stream),
        }
        None
    };
    let patience = if then == Then::Wait { IMPATIENCE } else { PATIENCE };
    let (_held, handshake) = tokio::join!(server, shake(&listener, hello, patience));
    handshake
}

#[track_caller]
fn check(answer: &[u8], then: Then, failure: &str, old_may_help: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let handshake = runtime.block_on(scripted(answer, then, Hello::Full));
    assert_eq!(handshake.facts.failure.as_deref(), Some(failure), "{answer:02x?} {then:?}");
    assert_eq!(handshake.is_old_hello_worth_it(), old_may_help, "{answer:02x?} {then:?}");
    assert!(handshake.stream.is_none());
    let old = runtime.block_on(scripted(answer, then, Hello::Old));
    assert_eq!(old.facts.failure.as_deref(), Some(failure), "old {answer:02x?} {then:?}");
    assert!(!old.is_old_hello_worth_it(), "it was the old hello");
}

#[test]
fn refusals_have_words_and_may_deserve_an_old_hello() {
    let version = [21, 3, 1, 0, 2, 2, 70];
    let failure = [21, 3, 0, 0, 2, 2, 40];
    let notify = [21, 3, 1, 0, 2, 1, 0];
    check(&version, Then::Close, "the server sent alert protocol_version", true);
    check(&failure, Then::Reset, "the server sent alert handshake_failure", true);
    check(&notify, Then::Close, "the server sent alert close_notify", true);
    check(&[], Then::Close, "closed without a word", true);
    check(&[], Then::Reset, "connection reset during the handshake", true);
    check(&[], Then::Wait, "no end of the handshake within 0.1 s", false);
    check(&[22, 3, 1], Then::Close, "closed during the handshake", true);
    let web = b"HTTP/1.1 400 Bad Request: this port speaks no TLS\r\n\r\n";
    let want = "not TLS: it answered \"HTTP/1.1 400 Bad Request: this port spea\"";
    check(web, Then::Close, want, false);
    check(b"220 mail\r\n", Then::Wait, "not TLS: it answered \"220 mail\"", false);
    check(b"\r\n\0\x01ab", Then::Close, "not TLS: it answered \"..ab\"", false);
}

/// A ServerHello of TLS 1.2 that chooses a suite nobody offered.
#[tokio::test]
async fn what_the_library_refuses_has_its_reason() {
    let body = [&[3, 3], [7; 32].as_slice(), &[0, 0xc0, 0xff, 0]].concat();
    let message = [&[2, 0, 0, u8::try_from(body.len()).unwrap()], body.as_slice()].concat();
    let answer = [&[22, 3, 3, 0, u8::try_from(message.len()).unwrap()], &message[..]].concat();
    let handshake = scripted(&answer, Then::Wait, Hello::Full).await;
    assert_eq!(line(&handshake.facts), "TLS 1.2 0xC0FF", "T-H1");
    assert!(!handshake.is_old_hello_worth_it(), "it answered the full hello");
    assert_eq!(handshake.facts.failure.unwrap(), "we ended it: unknown cipher returned");
}

/// What a real server sends up to its certificate.
async fn first_flight(acceptor: &Acceptor, hello: &[u8]) -> Vec<u8> {
    let (mut near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(1 << 18);
    near.write_all(hello).await.unwrap();
    let mut flight = Vec::new();
    let read = async {
        while record::read(&flight).certificate.is_none() {
            assert_ne!(near.read_buf(&mut flight).await.unwrap(), 0);
        }
    };
    tokio::select! {
        _ = acceptor.accept(far) => panic!("no handshake ends without a second flight"),
        () = read => {}
    }
    flight
}

/// A server that says who it is, then breaks off.
async fn cut(acceptor: &Acceptor, more: &[u8], then: Then) -> Handshake<TcpStream> {
    let listener = listener().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let hello = client_hello(&mut stream).await.unwrap();
        let flight = first_flight(acceptor, &hello).await;
        stream.write_all(&flight).await.unwrap();
        stream.write_all(more).await.unwrap();
        if then == Then::Reset {
            stream.set_zero_linger().unwrap();
        }
        (then == Then::Wait).then_some(stream)
    };
    let patience = if then == Then::Wait { Duration::from_secs(1) } else { PATIENCE };
    tokio::join!(server, shake(&listener, Hello::Full, patience)).1
}

#[tokio::test]
async fn what_came_before_the_end_stays() {
    let recipe = Recipe { suites: "AES128-SHA", ..TlsAge::Tls10.recipe() };
    let acceptor = Acceptor::custom(&recipe, &["mail.example.org".to_owned()], &KEYS).unwrap();
    let rows: [(&[u8], Then, &str); 3] = [
        (&[21, 3, 1, 0, 2, 2, 80], Then::Close, "the server sent alert internal_error"),
        (&[], Then::Reset, "connection reset during the handshake"),
        (&[], Then::Wait, "no end of the handshake within 1 s"),
    ];
    for (more, then, failure) in rows {
        let handshake = cut(&acceptor, more, then).await;
        let facts = &handshake.facts;
        assert_eq!(
            line(facts),
            "TLS 1.0 TLS_RSA_WITH_AES_128_CBC_SHA, RSA 1024 sha1WithRSAEncryption",
            "T-H1: {then:?}"
        );
        assert_eq!(facts.certificate.as_ref().unwrap().names, ["mail.example.org"], "T-H1");
        assert_eq!(facts.failure.as_deref(), Some(failure), "{then:?}");
        assert!(!handshake.is_old_hello_worth_it(), "it answered the full hello");
    }
}

/// More than the library takes (100 KB): version and suite are known all the same.
#[tokio::test]
async fn a_boundless_certificate_is_refused() {
    let recipe = Recipe { key: KeyKind::Rsa2048, digest: Digest::Sha1, ..TlsAge::Tls10.recipe() };
    let names = ["mail.example.org".to_owned(), "x".repeat(200 << 10)];
    let acceptor = Acceptor::custom(&recipe, &names, &KEYS).unwrap();
    let listener = listener().await;
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        acceptor.accept(stream).await.is_err()
    };
    let (refused, handshake) = tokio::join!(server, shake(&listener, Hello::Full, PATIENCE));
    assert!(refused);
    assert_eq!(line(&handshake.facts), "TLS 1.0 TLS_RSA_WITH_AES_128_CBC_SHA");
    assert_eq!(handshake.facts.failure.unwrap(), "we ended it: excessive message size");
}

/// True if a ClientHello says anything that TLS 1.0 without extensions would not.
fn is_modern(hello: &[u8]) -> bool {
    let session_bytes = usize::from(hello[43]);
    let suites = 44 + session_bytes;
    let suite_bytes = usize::from(u16::from_be_bytes([hello[suites], hello[suites + 1]]));
    let compression = suites + 2 + suite_bytes;
    let end = compression + 1 + usize::from(hello[compression]);
    hello[9..11] > [3, 1][..] || end < hello.len()
}

#[tokio::test]
async fn an_intolerant_server_answers_the_old_hello() {
    let names = ["mail.example.org".to_owned()];
    let acceptor = Acceptor::new(TlsAge::Tls10TripleDes, &names, &KEYS).unwrap();
    let listener = listener().await;
    let serve = async |hello| {
        let (mut stream, _) = listener.accept().await.unwrap();
        let first = client_hello(&mut stream).await.unwrap();
        assert_eq!(is_modern(&first), hello == Hello::Full);
        if is_modern(&first) {
            return stream.set_zero_linger().unwrap();
        }
        let (read, write) = stream.into_split();
        let replayed = tokio::io::join(first.as_slice().chain(read), write);
        acceptor.accept(replayed).await.unwrap();
    };
    let (full, ()) = tokio::join!(shake(&listener, Hello::Full, PATIENCE), serve(Hello::Full));
    assert_eq!(full.facts.failure.as_deref(), Some("connection reset during the handshake"));
    assert!(full.is_old_hello_worth_it());
    let (old, ()) = tokio::join!(shake(&listener, Hello::Old, PATIENCE), serve(Hello::Old));
    assert_eq!(
        line(&old.facts),
        "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA, RSA 1024 sha1WithRSAEncryption, old hello"
    );
    assert_eq!(old.facts.failure, None);
}
