//! The `tls` object of a line.

use exward_core::tls::{Certificate, TlsFacts, TlsWeakness};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct TlsField<'a> {
    version: Option<&'static str>,
    suite: Option<&'a str>,
    certificate: Option<CertificateField<'a>>,
    weaknesses: Vec<String>,
    failure: Option<&'a str>,
    old_hello: bool,
}

#[derive(Serialize)]
struct CertificateField<'a> {
    names: &'a [String],
    issuer: &'a str,
    self_signed: bool,
    not_before: Option<String>,
    not_after: Option<String>,
    key: &'a str,
    key_bits: u32,
    signature: &'a str,
}

impl<'a> TlsField<'a> {
    pub(super) fn of(facts: &'a TlsFacts, weaknesses: &[TlsWeakness]) -> Self {
        Self {
            version: facts.version.map(|it| it.name()),
            suite: Some(facts.suite.as_str()).filter(|it| !it.is_empty()),
            certificate: facts.certificate.as_ref().map(CertificateField::of),
            weaknesses: weaknesses.iter().map(ToString::to_string).collect(),
            failure: facts.failure.as_deref(),
            old_hello: facts.old_hello,
        }
    }
}

impl<'a> CertificateField<'a> {
    fn of(it: &'a Certificate) -> Self {
        Self {
            names: &it.names,
            issuer: &it.issuer,
            self_signed: it.self_signed,
            not_before: it.not_before.map(|at| at.to_string()),
            not_after: it.not_after.map(|at| at.to_string()),
            key: &it.key,
            key_bits: it.key_bits,
            signature: &it.signature,
        }
    }
}
