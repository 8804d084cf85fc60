//! TLS facts in the journal: the core's type has no serde, so its shape on disk stands here.

use exward_core::tls::{Certificate, TLS_VERSIONS, TlsFacts, TlsVersion};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct FactsLine {
    version: Option<String>,
    suite: String,
    certificate: Option<CertificateLine>,
    failure: Option<String>,
    old_hello: bool,
}

#[derive(Serialize, Deserialize)]
struct CertificateLine {
    names: Vec<String>,
    issuer: String,
    self_signed: bool,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    key: String,
    key_bits: u32,
    signature: String,
}

/// For `#[serde(with)]`.
pub(super) mod tls_facts {
    use exward_core::tls::TlsFacts;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::FactsLine;

    pub(in crate::visit) fn serialize<S: Serializer>(
        facts: &Option<TlsFacts>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        facts.as_ref().map(FactsLine::of).serialize(serializer)
    }

    pub(in crate::visit) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TlsFacts>, D::Error> {
        Ok(Option::<FactsLine>::deserialize(deserializer)?.map(FactsLine::into_facts))
    }
}

impl FactsLine {
    fn of(facts: &TlsFacts) -> Self {
        Self {
            version: facts.version.map(|it| it.name().to_owned()),
            suite: facts.suite.clone(),
            certificate: facts.certificate.as_ref().map(CertificateLine::of),
            failure: facts.failure.clone(),
            old_hello: facts.old_hello,
        }
    }

    fn into_facts(self) -> TlsFacts {
        let named = |name: &str| TLS_VERSIONS.into_iter().find(|it: &TlsVersion| it.name() == name);
        TlsFacts {
            version: self.version.as_deref().and_then(named),
            suite: self.suite,
            certificate: self.certificate.map(CertificateLine::into_certificate),
            failure: self.failure,
            old_hello: self.old_hello,
        }
    }
}

impl CertificateLine {
    fn of(certificate: &Certificate) -> Self {
        let it = certificate.clone();
        Self {
            names: it.names,
            issuer: it.issuer,
            self_signed: it.self_signed,
            not_before: it.not_before,
            not_after: it.not_after,
            key: it.key,
            key_bits: it.key_bits,
            signature: it.signature,
        }
    }

    fn into_certificate(self) -> Certificate {
        Certificate {
            names: self.names,
            issuer: self.issuer,
            self_signed: self.self_signed,
            not_before: self.not_before,
            not_after: self.not_after,
            key: self.key,
            key_bits: self.key_bits,
            signature: self.signature,
        }
    }
}
