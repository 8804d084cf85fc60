//! The hostile faces of the lab, over TLS.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use exward_lab::behaviour::Behaviour;
use exward_lab::estate::{Estate, Face};
use exward_lab::profile::Profile;
use exward_lab::serve::{Options, serve};
use exward_reach::probe::Wishes;

use super::{runtime, told, visits_in_time};

const HOSTILE: [Behaviour; 12] = [
    Behaviour::Slow,
    Behaviour::Dead,
    Behaviour::Tarpit,
    Behaviour::Garbage,
    Behaviour::TlsAlert,
    Behaviour::EndlessHeaders,
    Behaviour::EndlessBody,
    Behaviour::HeaderBomb,
    Behaviour::SlowLoris,
    Behaviour::WrongLength,
    Behaviour::ChunkedNonsense,
    Behaviour::Http09,
];

/// A face of SE with this behaviour, at an address of this file's own.
fn face(last: u8, behaviour: Behaviour, port: u16) -> Face {
    let catalog = exward_read::catalog::built_in().unwrap();
    let profile = format!("[behaviours]\n{behaviour} = 1\n[products]\nSE = 1");
    let profile = Profile::parse(&profile).unwrap();
    let mut face = Estate::new(&catalog, 1, 1, &profile, port).faces.remove(0);
    face.address = Ipv4Addr::new(127, 9, 1, last);
    face
}

fn ask(behaviours: &[Behaviour]) -> String {
    let free = TcpListener::bind((Ipv4Addr::new(127, 9, 1, 254), 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    let of = |(last, it): (u8, &Behaviour)| face(last, *it, port);
    let faces: Vec<Face> = (1..).zip(behaviours).map(of).collect();
    let targets = faces.iter().map(Face::target).collect();
    let names: Vec<&str> = behaviours.iter().map(|it| it.name()).collect();
    let runtime = runtime();
    let served = serve(Arc::new(Estate { faces }), Options::default());
    let running = runtime.block_on(served).unwrap();
    let told = told(&names, &visits_in_time(&runtime, targets, Wishes::default()));
    runtime.block_on(running.stop());
    told
}

#[test]
fn hostile_faces_are_told_apart_in_words() {
    insta::assert_snapshot!(ask(&HOSTILE), @r#"
    slow
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
      no-answer: connected, but no answer within 1 s
    dead
      no-answer: connection refused
    tarpit
      tls: no handshake
      no-answer: no TLS: no end of the handshake within 0.6 s
    garbage
      tls: no handshake
      no-answer: no TLS: not TLS: it answered ".D..9....|#.q..f"
    tls-alert
      tls: no handshake
      no-answer: no TLS: the server sent alert handshake_failure
    endless-headers
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
      no-answer: headers without end: more than 64 KiB or 100 of them
    endless-body
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
    header-bomb
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
      no-answer: headers without end: more than 64 KiB or 100 of them
    slow-loris
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
      no-answer: connected, but no answer within 1 s
    wrong-length
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
    chunked-nonsense
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      simulated: exward lab
      http-status: 200
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
    http09
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test; EC 256, ecdsa-with-SHA256, by itself, until 2030-01-01
      no-answer: not HTTP/1.1: invalid HTTP version parsed
    "#);
}

#[test]
fn a_name_of_64_kb_hides_no_version() {
    insta::assert_snapshot!(ask(&[Behaviour::HugeName]), @r"
    huge-name
      server-header: Microsoft-IIS/10.0
      front-end: EX00000A
      owa-header: 15.2.2562.56
      redirect: https://127.9.1.1:PORT/owa/auth/logon.aspx?url=https%3a%2f%2f127.9.1.1%3aPORT%2fowa%2f&reason=0
      simulated: exward lab
      server-header: Microsoft-IIS/10.0
      front-end: EX00000A
      simulated: exward lab
      owa-path: 15.2.2562
      page-title: Outlook
      tls: TLS 1.3 TLS_AES_256_GCM_SHA384
      certificate: mail.juniper00000.lab.test, huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.huge.; EC 256, ecdsa-w
    ");
}

/// The reset meets the probe while it connects, or a moment later.
#[test]
fn a_reset_is_an_answer_too() {
    let told = ask(&[Behaviour::Resetting]);
    let words = ["reset", "closed"];
    assert!(words.iter().any(|it| told.contains(it)) && told.contains("no-answer: "), "{told}");
}
