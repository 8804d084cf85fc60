//! One piece of evidence as an object of JSON.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use exward_core::build::Build;
use exward_core::config::SettingOverride;
use exward_core::evidence::{Claim, Evidence};
use serde::{Deserialize, Serialize};

use super::tls::Tls;
use super::{Wrong, claim, names};
use crate::document::quoted;

/// A text that is borrowed where it can be.
pub(super) type Text<'a> = Cow<'a, str>;

/// All that a piece can have. Which keys stand beside a claim: [`claim`].
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Piece<'a> {
    #[serde(borrow)]
    pub(super) kind: Text<'a>,
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    pub(super) value: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) endpoint: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Text<'a>>,
    #[serde(default, borrow, skip_serializing_if = "str::is_empty")]
    pub(super) claim: Text<'a>,
    /// What a version, or the least one, is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) build: Option<Text<'a>>,
    /// The oldest product of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Text<'a>>,
    /// The newest product of a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<Text<'a>>,
    /// What it is instead, why it is doubted, its name, or the CVE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) item: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<Text<'a>>,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<Override<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tls: Option<Box<Tls<'a>>>,
}

impl<'a> Piece<'a> {
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let mut piece = Self {
            kind: evidence.kind.name().into(),
            value: evidence.value.as_str().into(),
            endpoint: evidence.endpoint.as_deref().map(Cow::from),
            at: evidence.at.map(shown),
            ..Self::default()
        };
        claim::write(&evidence.claim, &mut piece);
        piece
    }

    pub(super) fn into_evidence(mut self) -> Result<Evidence, Wrong> {
        let kind = names::kind(&self.kind).ok_or_else(|| Wrong::Kind(quoted(&self.kind)))?;
        let at = self.at.take().map(|it| parsed("at", &it)).transpose()?;
        let claim: Claim = claim::read(&mut self)?;
        let evidence = Evidence {
            kind,
            value: self.value.into_owned(),
            endpoint: self.endpoint.take().map(Cow::into_owned),
            at,
            claim,
        };
        // K3: what no claim took belongs to none of this name.
        self.kind = Cow::default();
        self.value = Cow::default();
        if self != Self::default() {
            return Err(Wrong::Value("something stands beside its claim".to_owned()));
        }
        Ok(evidence)
    }
}

/// A setting override.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Override<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    component: Text<'a>,
    #[serde(borrow)]
    section: Text<'a>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<(Text<'a>, Text<'a>)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    servers: Vec<Text<'a>>,
}

impl<'a> Override<'a> {
    pub(super) fn of(found: &'a SettingOverride) -> Self {
        let parameters = found.parameters.iter();
        Self {
            name: found.name.as_str().into(),
            component: found.component.as_str().into(),
            section: found.section.as_str().into(),
            parameters: parameters.map(|(name, value)| (name.into(), value.into())).collect(),
            min: found.min_version.map(shown),
            max: found.max_version.map(shown),
            servers: found.servers.iter().map(Cow::from).collect(),
        }
    }

    pub(super) fn into_override(self) -> Result<SettingOverride, Wrong> {
        let build = |key, it: Option<Text<'_>>| -> Result<Option<Build>, Wrong> {
            it.map(|it| parsed(key, &it)).transpose()
        };
        let parameters = self.parameters.into_iter();
        Ok(SettingOverride {
            name: self.name.into_owned(),
            component: self.component.into_owned(),
            section: self.section.into_owned(),
            parameters: parameters.map(|(n, v)| (n.into_owned(), v.into_owned())).collect(),
            min_version: build("min", self.min)?,
            max_version: build("max", self.max)?,
            servers: self.servers.into_iter().map(Cow::into_owned).collect(),
        })
    }
}

/// A value by its text.
pub(super) fn shown<'a>(value: impl Display) -> Text<'a> {
    Cow::Owned(value.to_string())
}

/// The value of a text.
pub(super) fn parsed<T: FromStr>(key: &str, text: &str) -> Result<T, Wrong> {
    text.parse().map_err(|_| Wrong::value(key, text))
}

/// A value that must be there.
pub(super) fn needed<T>(key: &str, value: &mut Option<T>) -> Result<T, Wrong> {
    value.take().ok_or_else(|| Wrong::missing(key))
}
