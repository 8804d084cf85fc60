//! What a handshake told, as an object of JSON.

use std::borrow::Cow;

use exward_core::tls::{Certificate, TlsFacts};
use serde::{Deserialize, Serialize};

use super::form::{Text, parsed, shown};
use super::{Wrong, names};

/// What one handshake told.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Text<'a>>,
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    suite: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "is_false")]
    old_hello: bool,
}

/// A certificate.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown<'a> {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<Text<'a>>,
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    issuer: Text<'a>,
    #[serde(default, skip_serializing_if = "is_false")]
    self_signed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<Text<'a>>,
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    key: Text<'a>,
    #[serde(default, skip_serializing_if = "is_zero")]
    key_bits: u32,
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    signature: Text<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_false(it: &bool) -> bool {
    !*it
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(it: &u32) -> bool {
    *it == 0
}

impl<'a> Tls<'a> {
    pub(super) fn of(facts: &'a TlsFacts) -> Self {
        Self {
            version: facts.version.map(|it| it.name().into()),
            suite: facts.suite.as_str().into(),
            certificate: facts.certificate.as_ref().map(Shown::of),
            failure: facts.failure.as_deref().map(Cow::from),
            old_hello: facts.old_hello,
        }
    }

    pub(super) fn into_facts(self) -> Result<TlsFacts, Wrong> {
        let version =
            |it: Text<'_>| names::tls_version(&it).ok_or_else(|| Wrong::value("version", &it));
        Ok(TlsFacts {
            version: self.version.map(version).transpose()?,
            suite: self.suite.into_owned(),
            certificate: self.certificate.map(Shown::into_certificate).transpose()?,
            failure: self.failure.map(Cow::into_owned),
            old_hello: self.old_hello,
        })
    }
}

impl<'a> Shown<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        Self {
            names: certificate.names.iter().map(Cow::from).collect(),
            issuer: certificate.issuer.as_str().into(),
            self_signed: certificate.self_signed,
            not_before: certificate.not_before.map(shown),
            not_after: certificate.not_after.map(shown),
            key: certificate.key.as_str().into(),
            key_bits: certificate.key_bits,
            signature: certificate.signature.as_str().into(),
        }
    }

    fn into_certificate(self) -> Result<Certificate, Wrong> {
        let moment = |key, it: Option<Text<'_>>| it.map(|it| parsed(key, &it)).transpose();
        Ok(Certificate {
            names: self.names.into_iter().map(Cow::into_owned).collect(),
            issuer: self.issuer.into_owned(),
            self_signed: self.self_signed,
            not_before: moment("not_before", self.not_before)?,
            not_after: moment("not_after", self.not_after)?,
            key: self.key.into_owned(),
            key_bits: self.key_bits,
            signature: self.signature.into_owned(),
        })
    }
}
