//! A served estate over real sockets: faces answer, faults hurt nobody else, and all is counted.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use exward_lab::behaviour::{BEHAVIOURS, Behaviour, Kind};
use exward_lab::estate::{Estate, Face, Service};
use exward_lab::profile::Profile;
use exward_lab::serve::{LabError, Options, Running, serve};
use exward_lab::truth::write_hosts;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No test waits longer for anything.
const PATIENCE: Duration = Duration::from_secs(20);

const PLAIN: Options = Options { tls: false, connection_life: PATIENCE };

/// A free port: all of 127.0.0.0/8 shares what is free on one of its addresses, as good as always.
fn port() -> u16 {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn estate(profile: &str, servers: usize) -> Arc<Estate> {
    let catalog = exward_read::catalog::built_in().unwrap();
    Arc::new(Estate::new(&catalog, 11, servers, &Profile::parse(profile).unwrap(), port()))
}

async fn connect(face: &Face) -> TcpStream {
    TcpStream::connect(SocketAddr::from((face.address, face.port))).await.unwrap()
}

/// Reads until `end` has come, or the connection has ended.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut got = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&got).contains(end) {
            if stream.read_buf(&mut got).await.unwrap_or(0) == 0 {
                break;
            }
        }
    };
    timeout(PATIENCE, reading).await.unwrap();
    String::from_utf8_lossy(&got).into_owned()
}

#[tokio::test]
async fn a_web_face_answers_on_one_connection_and_counts() {
    let estate = estate("[behaviours]\nhealthy = 1\n[products]\nSE = 1", 3);
    let running = serve(Arc::clone(&estate), PLAIN).await.unwrap();
    let face = &estate.faces[1];
    let mut stream = connect(face).await;
    // Two requests in one write, and the second cut in two.
    stream.write_all(b"GET /owa/ HTTP/1.1\r\nHost: a\r\n\r\nGET /no").await.unwrap();
    let first = read_until(&mut stream, "\r\n\r\n").await;
    let build = face.servers[0].build;
    assert!(first.contains(&format!("X-OWA-Version: {build}\r\n")), "{first}");
    stream.write_all(b"where HTTP/1.1\r\nConnection: close\r\n\r\n").await.unwrap();
    let second = read_until(&mut stream, "\0").await;
    assert!(second.starts_with("HTTP/1.1 404 "), "{second}");
    let counts = running.counters().face(face.address).unwrap();
    assert_eq!((counts.connections, counts.handshakes, counts.requests), (1, 0, 2), "V4");
    assert_eq!(counts.paths, ["GET /owa/", "GET /nowhere"]);
    assert_eq!(running.counters().requests(), 2);
    assert_eq!(running.hosts().count(), 3);
    let mut hosts = Vec::new();
    write_hosts(&estate, &mut hosts).unwrap();
    let hosts = String::from_utf8(hosts).unwrap();
    let listed: Vec<&str> = hosts.lines().skip(1).collect();
    assert_eq!(listed, running.hosts().collect::<Vec<_>>());
    running.stop().await;
    let after = TcpStream::connect(SocketAddr::from((face.address, face.port))).await;
    assert!(after.is_err(), "a stopped face still listens");
}

#[tokio::test]
async fn nonsense_gets_400_and_a_head_without_end_too() {
    let estate = estate("[behaviours]\nhealthy = 1", 1);
    let _running = serve(Arc::clone(&estate), PLAIN).await.unwrap();
    for head in [b"nonsense\r\n\r\n".to_vec(), b"x".repeat(20_000)] {
        let mut stream = connect(&estate.faces[0]).await;
        stream.write_all(&head).await.unwrap();
        let got = read_until(&mut stream, "\r\n\r\n").await;
        assert!(got.starts_with("HTTP/1.1 400 "), "V3: {got}");
    }
}

#[tokio::test]
async fn a_tls_face_speaks_tls_and_nothing_else() {
    let estate = estate("[behaviours]\nhealthy = 1\n[products]\nSE = 1", 1);
    let running = serve(Arc::clone(&estate), Options::default()).await.unwrap();
    let face = &estate.faces[0];
    let mut stream = connect(face).await;
    stream.write_all(&hello()).await.unwrap();
    let mut header = [0; 3];
    timeout(PATIENCE, stream.read_exact(&mut header)).await.unwrap().unwrap();
    assert_eq!(header, [22, 3, 3], "no handshake record of TLS 1.2");
    let mut stream = connect(face).await;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let got = read_until(&mut stream, "HTTP/1.1").await;
    assert!(!got.contains("HTTP/1.1 "), "{got}");
    let counts = running.counters().face(face.address).unwrap();
    assert_eq!((counts.connections, counts.handshakes, counts.requests), (2, 0, 0), "V4");
}

#[tokio::test]
async fn a_huge_name_is_shown_whole() {
    let estate = estate("[behaviours]\nhuge-name = 1\n[products]\nSE = 1", 1);
    let _running = serve(Arc::clone(&estate), Options::default()).await.unwrap();
    let mut stream = connect(&estate.faces[0]).await;
    stream.write_all(&hello()).await.unwrap();
    let mut flight = vec![0; 64 << 10];
    timeout(PATIENCE, stream.read_exact(&mut flight)).await.unwrap().unwrap();
    let huge = flight.windows(10).filter(|it| it == b"huge.huge.").count();
    assert!(huge > 10_000, "the certificate names `huge.` {huge} times");
}

/// A TLS 1.2 hello that offers ECDHE-ECDSA-AES128-GCM-SHA256 with P-256 (RFC 5246 section 7.4.1.2).
fn hello() -> Vec<u8> {
    let extensions: [&[u8]; 3] = [
        &[0, 10, 0, 4, 0, 2, 0, 23], // supported_groups: secp256r1
        &[0, 13, 0, 4, 0, 2, 4, 3],  // signature_algorithms: ecdsa_secp256r1_sha256
        &[0, 11, 0, 2, 1, 0],        // ec_point_formats: uncompressed
    ];
    let extensions = extensions.concat();
    let mut body = vec![3, 3];
    body.extend([7; 32]); // random
    body.extend([0, 0, 2, 0xC0, 0x2B, 1, 0]); // no session, one suite, no compression
    body.extend([0, u8::try_from(extensions.len()).unwrap()]);
    body.extend(extensions);
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length.checked_add(4).unwrap(), 1, 0, 0, length];
    record.extend(body);
    record
}

#[tokio::test]
async fn mail_faces_greet_and_begin_tls() {
    let profile = "mail = 1\n[behaviours]\nhealthy = 1\n[products]\n2010 = 1";
    let estate = estate(profile, 12);
    let running = serve(Arc::clone(&estate), Options::default()).await.unwrap();
    let face = |service| estate.faces.iter().find(|it| it.service == service).unwrap();
    let mut smtp = connect(face(Service::Smtp)).await;
    let greeting = read_until(&mut smtp, "\r\n").await;
    assert!(greeting.contains(" Microsoft ESMTP MAIL Service ready at "), "{greeting}");
    smtp.write_all(b"EHLO scan.lab.test\r\n").await.unwrap();
    let verbs = read_until(&mut smtp, "250 XSHADOW\r\n").await;
    assert!(verbs.contains("250-STARTTLS\r\n") && verbs.contains("250-XEXCH50\r\n"), "{verbs}");
    smtp.write_all(b"STARTTLS\r\n").await.unwrap();
    assert!(read_until(&mut smtp, "\r\n").await.starts_with("220 "));
    smtp.write_all(b"no TLS\r\n").await.unwrap();
    assert!(!read_until(&mut smtp, "250").await.contains("250"), "it went on without TLS");
    let mut imap = connect(face(Service::Imap)).await;
    let greeting = read_until(&mut imap, "\r\n").await;
    assert_eq!(greeting, "* OK The Microsoft Exchange IMAP4 service is ready.\r\n");
    imap.write_all(b"a LOGOUT\r\n").await.unwrap();
    assert!(read_until(&mut imap, "a OK").await.contains("* BYE "));
    let mut pop = connect(face(Service::Pop)).await;
    pop.write_all(b"QUIT\r\n").await.unwrap();
    assert!(read_until(&mut pop, "signing off").await.contains("+OK Microsoft Exchange Server"));
    let counts = running.counters().face(face(Service::Smtp).address).unwrap();
    assert_eq!(counts.paths, ["EHLO scan.lab.test", "STARTTLS"], "V4");
}

/// One face of each behaviour: what is ill or hostile ends its own connection, and shows nothing.
#[tokio::test]
async fn every_behaviour_can_be_met() {
    let all: Vec<String> = BEHAVIOURS.iter().map(|it| format!("{it} = 1\n")).collect();
    let estate = estate(&format!("[behaviours]\n{}", all.concat()), 300);
    let options = Options { connection_life: Duration::from_secs(2), ..PLAIN };
    let running: Running = serve(Arc::clone(&estate), options).await.unwrap();
    let mut meetings = tokio::task::JoinSet::new();
    for behaviour in BEHAVIOURS {
        let face = estate.faces.iter().find(|it| it.behaviour == behaviour).unwrap().clone();
        meetings.spawn(async move {
            let connected = TcpStream::connect(SocketAddr::from((face.address, face.port))).await;
            let Ok(mut stream) = connected else { return (behaviour, String::new()) };
            let request = b"GET /owa/ HTTP/1.1\r\nConnection: close\r\n\r\n";
            let _sent = stream.write_all(request).await;
            (behaviour, read_until(&mut stream, "\0").await)
        });
    }
    let mut met = Vec::new();
    while let Some(meeting) = meetings.join_next().await {
        let (behaviour, got) = meeting.unwrap();
        let is_silent =
            matches!(behaviour, Behaviour::Dead | Behaviour::Resetting | Behaviour::Tarpit);
        assert_eq!(got.is_empty(), is_silent, "{behaviour}: {got:.80}");
        let shows = got.contains("X-OWA-Version") || got.contains("X-FEServer");
        let may = matches!(behaviour.kind(), Kind::Exchange | Kind::NotExchange);
        assert!(may || !shows, "X1: {behaviour}: {got:.80}");
        met.push(behaviour);
    }
    assert_eq!(met.len(), BEHAVIOURS.len());
    drop(running);
}

#[tokio::test]
async fn what_must_not_listen_is_refused() {
    #[track_caller]
    fn check(got: Result<Running, LabError>, want: &str) {
        assert_eq!(got.err().unwrap().to_string(), want);
    }
    let one = estate("[behaviours]\nhealthy = 1", 1);
    let with = |change: fn(&mut Face)| {
        let mut estate = (*one).clone();
        change(&mut estate.faces[0]);
        serve(Arc::new(estate), PLAIN)
    };
    let outside = with(|it| it.address = Ipv4Addr::new(192, 0, 2, 1)).await;
    check(outside, "192.0.2.1 is not a loopback address: the lab listens nowhere else");
    let everywhere = with(|it| it.address = Ipv4Addr::UNSPECIFIED).await;
    check(everywhere, "0.0.0.0 is not a loopback address: the lab listens nowhere else");
    check(with(|it| it.port = 443).await, "port 443 is below 1024: choose a higher one");
    let _first = serve(Arc::clone(&one), PLAIN).await.unwrap();
    let address = SocketAddr::from((one.faces[0].address, one.faces[0].port));
    let second = serve(Arc::clone(&one), PLAIN).await;
    check(second, &format!("cannot listen on {address}; is another lab running on this port?"));
}
