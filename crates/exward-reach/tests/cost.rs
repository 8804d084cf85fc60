//! What a handshake costs the client: processor time of its thread, and memory. One test in a program
//! of its own, since it weighs the whole process.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a test fails by panicking, and this one measures"
)]

use std::net::SocketAddr;
use std::sync::mpsc;
use std::time::Duration;

use exward_lab::tls::{Acceptor, Keys, TlsAge};
use exward_reach::tls::{Connector, Handshake, Hello};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// Handshakes measured at a time.
const COUNT: u32 = 500;

/// Serves handshakes on a thread of its own until the program ends; gives its address.
fn serve(age: TlsAge) -> SocketAddr {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let keys = Keys::new().unwrap();
            let acceptor = Acceptor::new(age, &["mail.example.org".to_owned()], &keys).unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            send.send(listener.local_addr().unwrap()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                // Held until the client closes: the cost of memory is measured with both sides.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    tokio::spawn(async move {
                        while let Ok(byte) = stream.read_u8().await {
                            stream.write_u8(byte).await?;
                        }
                        std::io::Result::Ok(())
                    });
                }
            }
        });
    });
    receive.recv().unwrap()
}

async fn shake(connector: &Connector, address: SocketAddr) -> Handshake<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    // Or the first line waits 40 ms for the acknowledgement of the handshake's last message.
    stream.set_nodelay(true).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let handshake = connector.handshake(stream, None, Hello::Full, deadline).await;
    assert_eq!(handshake.facts.failure, None);
    handshake
}

/// Nanoseconds that this thread has run.
fn thread_ns() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

/// Memory of this process, in KiB.
fn resident_kib() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/statm").unwrap();
    stat.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4
}

/// Microseconds of processor time for one handshake.
async fn handshake_us(connector: &Connector, address: SocketAddr) -> u64 {
    let _warm = shake(connector, address).await;
    let start = thread_ns();
    for _ in 0..COUNT {
        let _done = shake(connector, address).await;
    }
    (thread_ns() - start) / 1000 / u64::from(COUNT)
}

/// Memory of one connection after a byte to and fro, both sides together.
async fn connection_kib(connector: &Connector, address: SocketAddr) -> u64 {
    let mut held = Vec::new();
    let mut before = 0;
    for number in 0..=COUNT {
        let mut stream = shake(connector, address).await.stream.unwrap();
        stream.write_u8(7).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), 7);
        held.push(stream);
        if number == 0 {
            before = resident_kib();
        }
    }
    (resident_kib() - before) / u64::from(COUNT)
}

#[tokio::test]
#[ignore = "needs a quiet machine: it measures processor time and memory"]
async fn handshakes_are_cheap() {
    let connector = Connector::new().unwrap();
    let each_kib = connection_kib(&connector, serve(TlsAge::Modern)).await;
    println!("an idle connection: {each_kib} KiB");
    assert!(each_kib < 60, "{each_kib} KiB, both sides");
    for age in [TlsAge::Modern, TlsAge::Server2012R2, TlsAge::Tls10] {
        let each_us = handshake_us(&connector, serve(age)).await;
        println!("{age}: {each_us} µs");
        assert!(each_us < 600, "{age}: {each_us} µs of processor time");
    }
}
