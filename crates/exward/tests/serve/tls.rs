//! HTTPS, with a certificate made for the test.

use std::io::Write as _;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::http::{Answer, Browser, connect};
use crate::server::{Server, program};

/// A folder with `cert.pem` and `key.pem` for these names, and the certificate.
fn certificate(names: &[&str]) -> (tempfile::TempDir, CertificateDer<'static>) {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    (folder, made.cert.der().clone())
}

fn ask(server: &Server, root: &CertificateDer<'static>, host: &str, path: &str) -> Answer {
    let mut roots = RootCertStore::empty();
    roots.add(root.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("exward.example").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(client, connect(&server.address));
    let browser = Browser { host: host.to_owned(), ..server.browser() };
    stream.write_all(browser.request("GET", path, "", "").as_bytes()).unwrap();
    Answer::read(&mut stream)
}

#[test]
fn pages_come_over_tls_under_the_names_of_the_certificate() {
    let (files, root) = certificate(&["exward.example"]);
    let path = |name: &str| files.path().join(name).display().to_string();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let server = Server::start(&["--cert", &cert, "--key", &key, "--listen", "127.0.0.1:0"]);
    // Somebody who never shakes hands does not keep others out (W2).
    let _silent = connect(&server.address);
    let answer = ask(&server, &root, "exward.example", "/sign-in");
    assert_eq!(answer.status, 200, "{}", answer.head);
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(ask(&server, &root, "evil.example", "/sign-in").status, 421);
    assert_eq!(ask(&server, &root, "exward.example", &server.setup).status, 200);
    // Plain HTTP to the same port gets nothing.
    assert_eq!(server.browser().get("/sign-in").status, 0);
}

#[test]
fn nothing_is_served_in_the_clear_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("exward.db");
    let mut command = program(&["serve", "--listen", "0.0.0.0:0", "--store"]);
    let ran = command.arg(&store).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("--cert") && said.contains("in the clear"), "{said}");
    assert!(!store.exists(), "a store was made");
}

#[test]
fn a_certificate_that_cannot_be_used_is_named() {
    let (files, _) = certificate(&["exward.example"]);
    let (other, _) = certificate(&["exward.example"]);
    let (cert, key) = (files.path().join("cert.pem"), other.path().join("key.pem"));
    for (cert, key, want) in [
        (&cert, &key, "cannot be used together"),
        (&key, &key, "holds no certificate"),
        (&cert, &cert, "holds no private key"),
        (&files.path().join("none.pem"), &key, "cannot read"),
    ] {
        let mut command = program(&["serve", "--listen", "127.0.0.1:0", "--cert"]);
        let ran = command.arg(cert).arg("--key").arg(key).output().unwrap();
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(4), "{said}");
        assert!(said.replace("\n  │   ", " ").contains(want), "{want}: {said}");
    }
}
