//! Every row of the handshake matrix: the handshake ends well, a line goes there and back, and the
//! facts are right.

use exward_core::tls::TlsVersion::{self, Ssl3, Tls10, Tls11, Tls12, Tls13};
use exward_lab::tls::KeyKind::{self, P256, Rsa1024, Rsa2048};
use exward_lab::tls::{Acceptor, Digest, Recipe, TLS_AGES, TlsAge};
use exward_reach::tls::{Handshake, Hello};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{KEYS, PATIENCE, line, listener, round_trip, shake};

fn recipe(version: TlsVersion, suites: &'static str, key: KeyKind, digest: Digest) -> Recipe {
    Recipe { oldest: version, newest: version, suites, key, digest, years: [2008, 2035] }
}

/// Shakes hands with this acceptor and sends a line to and fro.
async fn meet(acceptor: &Acceptor, hello: Hello) -> Handshake<TcpStream> {
    let listener = listener().await;
    let server = async {
        let (stream, _) = listener.accept().await?;
        let mut stream = acceptor.accept(stream).await?;
        let mut received = [0; 6];
        stream.read_exact(&mut received).await?;
        stream.write_all(&received).await?;
        stream.flush().await
    };
    let client = async {
        let mut handshake = shake(&listener, hello, PATIENCE).await;
        assert_eq!(handshake.facts.failure, None, "{}", line(&handshake.facts));
        round_trip(handshake.stream.as_mut().unwrap()).await.unwrap();
        handshake
    };
    let (served, handshake) = tokio::join!(server, client);
    served.unwrap();
    assert!(!handshake.is_old_hello_worth_it());
    handshake
}

/// One row; a server of TLS 1.0 or older must also answer the old hello.
#[track_caller]
fn check(recipe: Recipe, want: &str) {
    let names = ["mail.example.org".to_owned(), "other.example.org".to_owned()];
    let acceptor = Acceptor::custom(&recipe, &names, &KEYS).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let full = runtime.block_on(meet(&acceptor, Hello::Full)).facts;
    assert_eq!(line(&full), want, "{recipe:?}");
    let certificate = full.certificate.unwrap();
    assert_eq!(certificate.names, names, "{recipe:?}");
    assert_eq!((certificate.issuer.as_str(), certificate.self_signed), (names[0].as_str(), true));
    let days = [certificate.not_before, certificate.not_after].map(|it| it.unwrap().to_string());
    assert_eq!(days, ["2008-01-01T00:00:00Z", "2035-01-01T00:00:00Z"], "{recipe:?}");
    if recipe.newest <= Tls10 && !recipe.suites.starts_with("ECDHE") {
        let old = runtime.block_on(meet(&acceptor, Hello::Old)).facts;
        assert_eq!(line(&old), format!("{want}, old hello"), "{recipe:?}");
    }
}

#[test]
fn ssl3_and_tls10_servers_are_reached() {
    let aes = "TLS_RSA_WITH_AES_128_CBC_SHA, RSA 1024 sha1WithRSAEncryption";
    let triple = "TLS_RSA_WITH_3DES_EDE_CBC_SHA, RSA 1024 sha1WithRSAEncryption";
    let rc4_sha = "TLS_RSA_WITH_RC4_128_SHA, RSA 1024 sha1WithRSAEncryption";
    let rc4_md5 = "TLS_RSA_WITH_RC4_128_MD5, RSA 1024 sha1WithRSAEncryption";
    for (version, name) in [(Ssl3, "SSL 3.0"), (Tls10, "TLS 1.0")] {
        let sha1 = |suites| recipe(version, suites, Rsa1024, Digest::Sha1);
        check(sha1("AES128-SHA"), &format!("{name} {aes}"));
        check(sha1("DES-CBC3-SHA"), &format!("{name} {triple}"));
        check(sha1("RC4-SHA"), &format!("{name} {rc4_sha}"));
        check(sha1("RC4-MD5"), &format!("{name} {rc4_md5}"));
    }
    check(
        recipe(Tls10, "ECDHE-RSA-AES128-SHA", Rsa1024, Digest::Sha1),
        "TLS 1.0 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, RSA 1024 sha1WithRSAEncryption",
    );
    check(
        recipe(Tls10, "DHE-RSA-AES256-SHA", Rsa1024, Digest::Md5),
        "TLS 1.0 TLS_DHE_RSA_WITH_AES_256_CBC_SHA, RSA 1024 md5WithRSAEncryption",
    );
}

#[test]
fn tls11_and_newer_servers_are_reached() {
    check(
        recipe(Tls11, "AES256-SHA", Rsa2048, Digest::Sha1),
        "TLS 1.1 TLS_RSA_WITH_AES_256_CBC_SHA, RSA 2048 sha1WithRSAEncryption",
    );
    check(
        Recipe { years: [2008, 2035], ..TlsAge::Server2012R2.recipe() },
        "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, RSA 2048 sha256WithRSAEncryption",
    );
    check(
        recipe(Tls12, "AES256-GCM-SHA384", Rsa2048, Digest::Sha256),
        "TLS 1.2 TLS_RSA_WITH_AES_256_GCM_SHA384, RSA 2048 sha256WithRSAEncryption",
    );
    check(
        recipe(Tls12, "DHE-RSA-AES256-GCM-SHA384", Rsa2048, Digest::Sha256),
        "TLS 1.2 TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, RSA 2048 sha256WithRSAEncryption",
    );
    check(
        recipe(Tls12, "ECDHE-RSA-AES128-GCM-SHA256", Rsa1024, Digest::Sha1),
        "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, RSA 1024 sha1WithRSAEncryption",
    );
    check(
        recipe(Tls12, "ECDHE-RSA-AES128-GCM-SHA256", Rsa2048, Digest::Sha256),
        "TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, RSA 2048 sha256WithRSAEncryption",
    );
    check(
        recipe(Tls12, "ECDHE-ECDSA-AES128-SHA", P256, Digest::Sha1),
        "TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, EC 256 ecdsa-with-SHA1",
    );
    check(
        recipe(Tls13, "ALL", Rsa2048, Digest::Sha256),
        "TLS 1.3 TLS_AES_256_GCM_SHA384, RSA 2048 sha256WithRSAEncryption",
    );
    check(
        recipe(Tls13, "ALL", P256, Digest::Sha256),
        "TLS 1.3 TLS_AES_256_GCM_SHA384, EC 256 ecdsa-with-SHA256",
    );
}

#[tokio::test]
async fn every_age_of_the_lab_is_reached_at_its_version() {
    for age in TLS_AGES {
        let acceptor = Acceptor::new(age, &["mail.example.org".to_owned()], &KEYS).unwrap();
        let facts = meet(&acceptor, Hello::Full).await.facts;
        assert_eq!(facts.version, Some(age.version()), "{age}");
    }
}

#[tokio::test]
async fn many_and_long_names_are_cut() {
    let mut names = vec!["mail.example.org".to_owned(), "x".repeat(64 << 10)];
    names.extend((0..200).map(|it| format!("{it}.example.org")));
    let acceptor = Acceptor::new(TlsAge::Modern, &names, &KEYS).unwrap();
    let certificate = meet(&acceptor, Hello::Full).await.facts.certificate.unwrap();
    let lengths: Vec<usize> = certificate.names.iter().map(String::len).collect();
    assert_eq!((lengths.len(), lengths[0], lengths[1]), (64, 16, 255), "T-C1");
    assert_eq!(certificate.names[63], "61.example.org", "T-C1");
}

/// One connector serves many connections at once, from any thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_are_reached() {
    let acceptor = Acceptor::new(TlsAge::Ssl3, &["mail.example.org".to_owned()], &KEYS).unwrap();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let acceptor = acceptor.clone();
        all.spawn(async move { meet(&acceptor, Hello::Full).await.facts });
    }
    for facts in all.join_all().await {
        assert_eq!(
            line(&facts),
            "SSL 3.0 TLS_RSA_WITH_RC4_128_SHA, RSA 1024 sha1WithRSAEncryption"
        );
    }
}
