//! Facts of a certificate, as it stands there; nothing is verified.
//!
//! # Invariants
//! * **T-C1 bounded.** At most [`NAMES_MAX`] names of at most [`NAME_CHARS_MAX`] characters.
//! * **T-C2 no trace.** A damaged certificate leaves nothing in the library's queue of errors: the
//!   queue belongs to the thread, and the next connection on it would be taken for broken.
//!
//! Control characters in names stay: every output escapes foreign text.

use exward_core::tls::Certificate;
use jiff::Timestamp;
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::x509::{X509, X509NameRef, X509Ref};

/// Names kept of one certificate. Exchange's have a handful; a shared one of a hoster has hundreds.
pub(super) const NAMES_MAX: usize = 64;

/// Characters kept of one name: no host name is longer (RFC 1035 §2.3.4).
pub(super) const NAME_CHARS_MAX: usize = 255;

/// Facts of a certificate in DER; `None` if it is none.
pub(super) fn of_der(der: &[u8]) -> Option<Certificate> {
    X509::from_der(der).ok().map(|it| facts(&it))
}

/// Facts of a certificate. What cannot be read is empty.
pub(super) fn facts(certificate: &X509Ref) -> Certificate {
    let (subject, issuer) = (certificate.subject_name(), certificate.issuer_name());
    let key = certificate.public_key().ok();
    let facts = Certificate {
        names: names(certificate),
        issuer: first_of(issuer, Nid::COMMONNAME)
            .or_else(|| first_of(issuer, Nid::ORGANIZATIONNAME))
            .unwrap_or_default(),
        self_signed: subject.try_cmp(issuer).is_ok_and(std::cmp::Ordering::is_eq),
        not_before: moment(certificate.not_before()),
        not_after: moment(certificate.not_after()),
        key: key.as_ref().map_or("", |it| key_name(it.id())).to_owned(),
        key_bits: key.as_ref().map_or(0, |it| it.bits()),
        signature: shortened(&certificate.signature_algorithm().object().to_string()),
    };
    drop(ErrorStack::get()); // T-C2: reading an extension does not say that it failed
    facts
}

/// Common names, then DNS names, each once.
fn names(certificate: &X509Ref) -> Vec<String> {
    let common = entries(certificate.subject_name(), Nid::COMMONNAME);
    let others = certificate.subject_alt_names();
    let others = others.iter().flatten().filter_map(|it| it.dnsname()).map(shortened);
    let mut names: Vec<String> = Vec::new();
    for name in common.chain(others) {
        if names.len() >= NAMES_MAX {
            break;
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn entries(name: &X509NameRef, kind: Nid) -> impl Iterator<Item = String> {
    name.entries_by_nid(kind).filter_map(|it| it.data().to_string().ok()).map(|it| shortened(&it))
}

fn first_of(name: &X509NameRef, kind: Nid) -> Option<String> {
    entries(name, kind).find(|it| !it.is_empty())
}

fn shortened(text: &str) -> String {
    text.chars().take(NAME_CHARS_MAX).collect()
}

/// The library has no number for a time, but it can count from another one. The end of the year 9999,
/// which stands for "never", is two days beyond the last moment that can be held here, and becomes it.
fn moment(time: &Asn1TimeRef) -> Option<Timestamp> {
    const DAY_SECONDS: i64 = 86_400;
    let since = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    let seconds = i64::from(since.days).checked_mul(DAY_SECONDS)?;
    let seconds = seconds.checked_add(i64::from(since.secs))?;
    Timestamp::from_second(seconds.min(Timestamp::MAX.as_second())).ok()
}

fn key_name(kind: Id) -> &'static str {
    match kind {
        Id::RSA | Id::RSA_PSS => "RSA",
        Id::DSA => "DSA",
        Id::EC => "EC",
        Id::ED25519 => "Ed25519",
        Id::ED448 => "Ed448",
        Id::DH => "DH",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use openssl::asn1::{Asn1Object, Asn1OctetString, Asn1Type};
    use openssl::hash::MessageDigest;
    use openssl::pkey::PKey;
    use openssl::rsa::Rsa;
    use openssl::x509::extension::SubjectAlternativeName;
    use openssl::x509::{X509Builder, X509Extension, X509Name};
    use proptest::prelude::*;

    use super::*;

    fn name(entries: &[(Nid, &str)]) -> X509Name {
        let mut name = X509Name::builder().unwrap();
        for (kind, value) in entries {
            name.append_entry_by_nid_with_type(*kind, value, Asn1Type::UTF8STRING).unwrap();
        }
        name.build()
    }

    /// An extension with DNS names and others.
    fn alternative(dns: &[&str]) -> X509Extension {
        let mut names = SubjectAlternativeName::new();
        for name in dns {
            names.dns(name);
        }
        names.email("a@example.org").ip("192.0.2.1");
        names.build(&X509Builder::new().unwrap().x509v3_context(None, None)).unwrap()
    }

    /// A certificate with these names and an RSA key of 1024 bits.
    fn der(subject: &[(Nid, &str)], issuer: &[(Nid, &str)], names: X509Extension) -> Vec<u8> {
        let key = PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap();
        let mut builder = X509Builder::new().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name(subject)).unwrap();
        builder.set_issuer_name(&name(issuer)).unwrap();
        builder.set_not_before(&Asn1Time::from_str("19500101000000Z").unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::from_str("99991231235959Z").unwrap()).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.append_extension(names).unwrap();
        builder.sign(&key, MessageDigest::sha1()).unwrap();
        builder.build().to_der().unwrap()
    }

    #[test]
    fn facts_are_read() {
        let subject = [(Nid::COMMONNAME, "mail.example.org"), (Nid::COMMONNAME, "a\u{1b}[31m\0b")];
        let issuer = [(Nid::ORGANIZATIONNAME, "Example CA")];
        let names = alternative(&["mail.example.org", "m.example.org"]);
        let read = of_der(&der(&subject, &issuer, names)).unwrap();
        insta::assert_debug_snapshot!(read, @r#"
        Certificate {
            names: [
                "mail.example.org",
                "a\u{1b}[31m\0b",
                "m.example.org",
            ],
            issuer: "Example CA",
            self_signed: false,
            not_before: Some(
                1950-01-01T00:00:00Z,
            ),
            not_after: Some(
                9999-12-30T22:00:00Z,
            ),
            key: "RSA",
            key_bits: 1024,
            signature: "sha1WithRSAEncryption",
        }
        "#);
        let itself = of_der(&der(&subject, &subject, alternative(&[]))).unwrap();
        assert_eq!((itself.self_signed, itself.issuer.as_str()), (true, "mail.example.org"));
        assert_eq!(of_der(b"no certificate"), None);
    }

    #[test]
    fn a_damaged_extension_leaves_no_error_behind() {
        let kind = Asn1Object::from_str("subjectAltName").unwrap();
        let garbage = Asn1OctetString::new_from_bytes(b"\x30\x7fgarbage").unwrap();
        let garbage = X509Extension::new_from_der(&kind, false, &garbage).unwrap();
        let der = der(&[(Nid::COMMONNAME, "mail.example.org")], &[], garbage);
        assert_eq!(of_der(&der).unwrap().names, ["mail.example.org"]);
        assert!(ErrorStack::get().errors().is_empty(), "T-C2");
    }

    proptest! {
        #[test]
        fn a_damaged_certificate_is_no_danger(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
        ) {
            static WHOLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
                let names: Vec<String> = (0..80).map(|it| format!("{it}.example.org")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                der(&[(Nid::COMMONNAME, &"long".repeat(100))], &[], alternative(&names))
            });
            let mut der = WHOLE.clone();
            for (at, value) in changes {
                let at = at.index(der.len());
                der[at] = value;
            }
            let read = of_der(&der);
            prop_assert!(ErrorStack::get().errors().is_empty(), "T-C2");
            if let Some(read) = read {
                prop_assert!(read.names.len() <= NAMES_MAX, "T-C1");
                let longest = read.names.iter().map(|it| it.chars().count()).max();
                prop_assert!(longest.unwrap_or(0) <= NAME_CHARS_MAX, "T-C1");
            }
        }
    }
}
