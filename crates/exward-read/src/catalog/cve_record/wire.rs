//! The record as it is written, and what is taken out of it.

use exward_core::catalog::{Cvss, Published};
use jiff::civil::Date;
use serde::Deserialize;

use super::{Affected, CveRecord, ReadRecordError};
use crate::record::kept;

/// Short name of the container that CISA writes; the only one whose KEV entry counts.
const CISA: &str = "CISA-ADP";

/// Phrases of Microsoft's titles and the one-word kinds of the catalog.
const KINDS: [(&str, &str); 8] = [
    ("remote code execution", "RCE"),
    ("elevation of privilege", "EoP"),
    ("spoofing", "Spoofing"),
    ("cross-site scripting", "Spoofing"),
    ("information disclosure", "InfoDisclosure"),
    ("denial of service", "DoS"),
    ("tampering", "Tampering"),
    ("security feature bypass", "SecurityFeatureBypass"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    #[serde(default)]
    data_type: String,
    cve_metadata: Metadata,
    #[serde(default)]
    containers: Containers,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    cve_id: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    date_published: String,
    #[serde(default)]
    date_updated: String,
}

#[derive(Debug, Default, Deserialize)]
struct Containers {
    #[serde(default)]
    cna: Cna,
    #[serde(default)]
    adp: Vec<Adp>,
}

#[derive(Debug, Default, Deserialize)]
struct Cna {
    #[serde(default)]
    title: String,
    #[serde(default)]
    affected: Vec<Product>,
    #[serde(default)]
    metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
struct Product {
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    #[serde(default)]
    version: String,
    #[serde(default)]
    status: String,
    less_than: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Adp {
    #[serde(default)]
    provider_metadata: Provider,
    #[serde(default)]
    metrics: Vec<Metric>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    #[serde(default)]
    short_name: String,
}

#[derive(Debug, Deserialize)]
struct Metric {
    #[serde(rename = "cvssV3_1")]
    cvss: Option<Score>,
    other: Option<Other>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Score {
    base_score: serde_json::Number,
}

#[derive(Debug, Deserialize)]
struct Other {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    content: Content,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    date_added: Option<String>,
}

impl Record {
    pub(super) fn into_domain(self) -> Result<CveRecord, ReadRecordError> {
        let Self { data_type, cve_metadata: meta, containers: Containers { cna, adp } } = self;
        if data_type != "CVE_RECORD" {
            return Err(ReadRecordError::NotARecord { data_type });
        }
        let id = meta.cve_id;
        if !is_cve_id(&id) {
            return Err(ReadRecordError::Id { id });
        }
        if meta.state != "PUBLISHED" {
            return Err(ReadRecordError::State { id, state: meta.state });
        }
        let published = date(&id, "datePublished", &meta.date_published)?;
        let updated = match meta.date_updated.as_str() {
            "" => published,
            text => date(&id, "dateUpdated", text)?,
        };
        let kev_added = match kev_date(&adp) {
            Some(text) => Some(date(&id, "dateAdded of CISA's KEV entry", text)?),
            None => None,
        };
        let score = cna.metrics.iter().find_map(|it| it.cvss.as_ref());
        let cvss = match score {
            Some(score) => Some(cvss(&id, &score.base_score)?),
            None => None,
        };
        Ok(CveRecord {
            published: Published::on(published),
            updated,
            kind: kind(&cna.title).to_owned(),
            cvss,
            kev_added,
            affected: cna.affected.into_iter().flat_map(Product::into_rows).collect(),
            id,
        })
    }
}

impl Product {
    /// One row a version; one row without a version if there is none, so that it can be refused.
    fn into_rows(self) -> Vec<Affected> {
        // Each row has a copy of the names, so a hostile record must not make them long.
        let (vendor, product, versions) = (kept(&self.vendor), kept(&self.product), self.versions);
        let row = |version: String, status: String, less_than| Affected {
            vendor: vendor.clone(),
            product: product.clone(),
            status,
            version,
            less_than,
        };
        if versions.is_empty() {
            return vec![row(String::new(), "affected".to_owned(), None)];
        }
        versions.into_iter().map(|it| row(it.version, it.status, it.less_than)).collect()
    }
}

/// `CVE-`, four digits, `-`, four digits or more.
fn is_cve_id(id: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    id.strip_prefix("CVE-").and_then(|rest| rest.split_once('-')).is_some_and(|(year, number)| {
        year.len() == 4 && digits(year) && number.len() >= 4 && digits(number)
    })
}

/// The day of a date or a date with a time, which some records write without a zone.
fn date(id: &str, field: &'static str, text: &str) -> Result<Date, ReadRecordError> {
    const DAY: usize = "2026-05-14".len();
    text.get(..DAY).and_then(|day| day.parse().ok()).ok_or_else(|| ReadRecordError::Date {
        id: id.to_owned(),
        field,
        text: text.to_owned(),
    })
}

fn kev_date(adp: &[Adp]) -> Option<&str> {
    adp.iter()
        .filter(|it| it.provider_metadata.short_name == CISA)
        .flat_map(|it| &it.metrics)
        .filter_map(|it| it.other.as_ref())
        .filter(|it| it.kind == "kev")
        .find_map(|it| it.content.date_added.as_deref())
}

fn cvss(id: &str, score: &serde_json::Number) -> Result<Cvss, ReadRecordError> {
    let text = score.to_string();
    let (whole, tenth) = text.split_once('.').unwrap_or((&text, "0"));
    let tenths = match (whole.parse::<u8>(), tenth.parse::<u8>()) {
        (Ok(whole @ 0..=10), Ok(tenth @ 0..=9)) => whole.saturating_mul(10).saturating_add(tenth),
        _ => u8::MAX,
    };
    if tenths > 100 {
        return Err(ReadRecordError::Score { id: id.to_owned(), text });
    }
    Ok(Cvss { tenths, version: "3.1".to_owned() })
}

fn kind(title: &str) -> &'static str {
    let title = title.to_ascii_lowercase();
    KINDS.iter().find(|(phrase, _)| title.contains(phrase)).map_or("Other", |(_, kind)| kind)
}
