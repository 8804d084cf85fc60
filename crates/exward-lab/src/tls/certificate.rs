//! Self-signed certificates, as Exchange's setup makes them.

use jiff::civil::date;
use jiff::tz::TimeZone;
use openssl::asn1::{Asn1Integer, Asn1Time, Asn1Type};
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Name};

use super::{Digest, LabTlsError, Recipe, step};

/// X.509 version 3, as it is encoded.
const VERSION_3: i32 = 2;

/// A certificate for these names, signed with its own key.
pub(super) fn self_signed(
    recipe: &Recipe,
    names: &[String],
    key: &PKey<Private>,
) -> Result<X509, LabTlsError> {
    let first = names.first().ok_or(LabTlsError::NoName)?;
    let [begin, end] = recipe.years;
    let (begin, end) = (new_year(begin)?, new_year(end)?);
    built(recipe.digest, first, names, [&begin, &end], key).map_err(step("sign a certificate"))
}

/// Only 1950 to 9999 can be written in a certificate.
fn new_year(year: i16) -> Result<Asn1Time, LabTlsError> {
    if !(1950..=9999).contains(&year) {
        return Err(LabTlsError::Year { year });
    }
    let start = date(year, 1, 1).to_zoned(TimeZone::UTC);
    let start = start.map_err(|_| LabTlsError::Year { year })?.timestamp().as_second();
    Asn1Time::from_unix(start).map_err(step("write a date"))
}

fn built(
    digest: Digest,
    first: &str,
    names: &[String],
    [begin, end]: [&Asn1Time; 2],
    key: &PKey<Private>,
) -> Result<X509, ErrorStack> {
    let mut name = X509Name::builder()?;
    // With the type said outright, the library does not hold a common name to 64 characters.
    name.append_entry_by_nid_with_type(Nid::COMMONNAME, first, Asn1Type::UTF8STRING)?;
    let name = name.build();
    let mut all = SubjectAlternativeName::new();
    for name in names {
        all.dns(name);
    }
    let mut certificate = X509::builder()?;
    certificate.set_version(VERSION_3)?;
    certificate.set_serial_number(&*Asn1Integer::from_bn(&*BigNum::from_u32(1)?)?)?;
    certificate.set_subject_name(&name)?;
    certificate.set_issuer_name(&name)?;
    certificate.set_not_before(begin)?;
    certificate.set_not_after(end)?;
    certificate.set_pubkey(key)?;
    let all = all.build(&certificate.x509v3_context(None, None))?;
    certificate.append_extension(all)?;
    certificate.sign(key, library_digest(digest))?;
    Ok(certificate.build())
}

fn library_digest(digest: Digest) -> MessageDigest {
    match digest {
        Digest::Md5 => MessageDigest::md5(),
        Digest::Sha1 => MessageDigest::sha1(),
        Digest::Sha256 => MessageDigest::sha256(),
    }
}
