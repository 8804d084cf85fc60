//! Profiles: what an estate is made of, as shares.
//!
//! ```toml
//! mail = 0.05            # share of faces that are SMTP, IMAP or POP
//! modern_tls = false     # true: every face speaks TLS 1.2 and 1.3 alone
//! [behaviours]           # weights; what is not named does not occur
//! healthy = 90
//! slow = 10
//! [products]             # weights; without this table every product from 2007 on
//! 2019 = 2
//! SE = 1
//! ```
//!
//! # Invariants
//! * **F1 nothing is guessed.** A key, behaviour or product that does not exist is an error.

use std::collections::BTreeMap;

use exward_core::product::{PRODUCTS, Product};
use serde::Deserialize;

use crate::behaviour::{BEHAVIOURS, Behaviour};

/// Longest profile that is read. A full one has under 2 KB.
pub const PROFILE_BYTES_MAX: usize = 64 << 10;

/// Largest weight: sums of such weights are far from the edge of what a float holds exactly.
const WEIGHT_MAX: f64 = 1e6;

/// Share of mail faces in the profile `mixed`.
const MIXED_MAIL: f64 = 0.05;

/// Products of an estate by weight: mostly those that are still about.
const PRODUCT_WEIGHTS: [(Product, f64); 6] = [
    (Product::E2007, 2.0),
    (Product::E2010, 8.0),
    (Product::E2013, 12.0),
    (Product::E2016, 28.0),
    (Product::E2019, 35.0),
    (Product::Se, 15.0),
];

/// Behaviours of the profile `mixed` by weight.
const MIXED: [(Behaviour, f64); 20] = [
    (Behaviour::Healthy, 55.0),
    (Behaviour::Cloudflare, 4.0),
    (Behaviour::F5, 4.0),
    (Behaviour::PreAuth, 4.0),
    (Behaviour::HeaderStripped, 3.0),
    (Behaviour::HeaderSpoofed, 2.0),
    (Behaviour::ModernAuth, 3.0),
    (Behaviour::LoadBalanced, 4.0),
    (Behaviour::NameBound, 3.0),
    (Behaviour::Honeypot, 2.0),
    (Behaviour::Phishing, 1.0),
    (Behaviour::C2, 1.0),
    (Behaviour::ExchangeOnline, 2.0),
    (Behaviour::OtherServer, 2.0),
    (Behaviour::DeadBackEnd, 2.0),
    (Behaviour::Slow, 2.0),
    (Behaviour::Dead, 2.0),
    (Behaviour::Resetting, 1.0),
    (Behaviour::Tarpit, 1.0),
    (Behaviour::RateLimiting, 2.0),
];

/// What an estate is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    pub(crate) behaviours: Vec<(Behaviour, f64)>,
    pub(crate) products: Vec<(Product, f64)>,
    pub(crate) mail: f64,
    pub(crate) modern_tls: bool,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Longer than any profile.
    #[error("the profile has {bytes} bytes, more than {PROFILE_BYTES_MAX}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not TOML, or with a key that does not exist.
    #[error("the profile cannot be read")]
    Toml(#[from] toml::de::Error),
    /// A behaviour that does not exist.
    #[error("`{name}` in `[behaviours]` is no behaviour: {known}", known = behaviour_names())]
    Behaviour {
        /// The name given.
        name: String,
    },
    /// A product that the lab does not play.
    #[error("`{name}` in `[products]` is none of 2007, 2010, 2013, 2016, 2019, SE")]
    Product {
        /// The name given.
        name: String,
    },
    /// A weight or share out of range.
    #[error("`{key}` is {value}; it must lie between 0 and {max}")]
    Number {
        /// Whose number.
        key: String,
        /// The number given.
        value: f64,
        /// The largest allowed.
        max: f64,
    },
    /// Nothing is left to choose from.
    #[error("`[{table}]` has no weight above 0")]
    Empty {
        /// Which table.
        table: &'static str,
    },
}

/// The file, as it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    behaviours: BTreeMap<String, f64>,
    products: Option<BTreeMap<String, f64>>,
    #[serde(default)]
    mail: f64,
    #[serde(default)]
    modern_tls: bool,
}

impl Profile {
    /// A built-in profile: `healthy` (servers in order, of any age), `modern` (2016, 2019 and SE with
    /// modern TLS, for measuring speed), `mixed` (also slow, dead, resetting and silent ones, middle
    /// boxes, mail and imitations), `hostile` (`mixed` and every peer that breaks the rules).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let healthy = Self {
            behaviours: vec![(Behaviour::Healthy, 1.0)],
            products: PRODUCT_WEIGHTS.to_vec(),
            mail: 0.0,
            modern_tls: false,
        };
        let recent = |(product, _): &(Product, f64)| *product >= Product::E2016;
        match name {
            "healthy" => Some(healthy),
            "modern" => Some(Self {
                products: PRODUCT_WEIGHTS.into_iter().filter(recent).collect(),
                modern_tls: true,
                ..healthy
            }),
            "mixed" => Some(Self { behaviours: MIXED.to_vec(), mail: MIXED_MAIL, ..healthy }),
            "hostile" => {
                let mixed = |it: &Behaviour| MIXED.iter().any(|(known, _)| known == it);
                let more = BEHAVIOURS.into_iter().filter(|it| !mixed(it)).map(|it| (it, 1.0));
                let behaviours = MIXED.into_iter().chain(more).collect();
                Some(Self { behaviours, mail: MIXED_MAIL, ..healthy })
            }
            _ => None,
        }
    }

    /// Reads a profile file; the module says what it holds.
    ///
    /// # Errors
    /// [`ProfileError`] names the key that is wrong (F1).
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        if text.len() > PROFILE_BYTES_MAX {
            return Err(ProfileError::TooLong { bytes: text.len() });
        }
        let file: File = toml::from_str(text)?;
        let mut behaviours = Vec::new();
        for (name, value) in file.behaviours {
            let weight = number(&name, value, WEIGHT_MAX)?;
            let it = Behaviour::named(&name).ok_or(ProfileError::Behaviour { name })?;
            behaviours.push((it, weight));
        }
        let products = match file.products {
            None => PRODUCT_WEIGHTS.to_vec(),
            Some(table) => products(table)?,
        };
        if behaviours.iter().all(|(_, weight)| *weight <= 0.0) {
            return Err(ProfileError::Empty { table: "behaviours" });
        }
        if products.iter().all(|(_, weight)| *weight <= 0.0) {
            return Err(ProfileError::Empty { table: "products" });
        }
        // The order of the list, not of the file, decides what a seed means.
        behaviours.sort_by_key(|it| it.0);
        let mail = number("mail", file.mail, 1.0)?;
        Ok(Self { behaviours, products, mail, modern_tls: file.modern_tls })
    }
}

fn products(table: BTreeMap<String, f64>) -> Result<Vec<(Product, f64)>, ProfileError> {
    let mut products = Vec::new();
    for (name, value) in table {
        let weight = number(&name, value, WEIGHT_MAX)?;
        let played = PRODUCTS.into_iter().filter(|it| !it.is_legacy());
        let product = played.into_iter().find(|it| it.name() == name);
        products.push((product.ok_or(ProfileError::Product { name })?, weight));
    }
    products.sort_by_key(|it| it.0);
    Ok(products)
}

fn number(key: &str, value: f64, max: f64) -> Result<f64, ProfileError> {
    if (0.0..=max).contains(&value) {
        Ok(value)
    } else {
        Err(ProfileError::Number { key: key.to_owned(), value, max })
    }
}

fn behaviour_names() -> String {
    BEHAVIOURS.map(Behaviour::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let got = match Profile::parse(text) {
            Ok(profile) => {
                format!("{:?} {:?} {}", profile.behaviours, profile.products, profile.mail)
            }
            Err(error) => error.to_string(),
        };
        assert!(got.starts_with(want), "F1: {text}\n gives {got}\n wanted {want}");
    }

    #[test]
    fn a_profile_says_exactly_what_it_means() {
        check(
            "mail = 0.5\n[behaviours]\nslow = 1\nhealthy = 2.5\n[products]\nSE = 1\n2019 = 0",
            "[(Healthy, 2.5), (Slow, 1.0)] [(E2019, 0.0), (Se, 1.0)] 0.5",
        );
        check("[behaviours]\nhealthy = 1", "[(Healthy, 1.0)] [(E2007, 2.0), (E2010, 8.0)");
        check("[behaviours]\nill = 1", "`ill` in `[behaviours]` is no behaviour: healthy, ");
        check("[behaviours]\nslow = 1\n[products]\n2003 = 1", "`2003` in `[products]` is none of");
        check("[behaviours]\nslow = -1", "`slow` is -1; it must lie between 0 and 1000000");
        check("[behaviours]\nslow = nan", "`slow` is NaN; it must lie");
        check("mail = 2\n[behaviours]\nslow = 1", "`mail` is 2; it must lie between 0 and 1");
        check("[behaviours]\nslow = 0", "`[behaviours]` has no weight above 0");
        check("[behaviours]\nslow = 1\n[products]", "`[products]` has no weight above 0");
        check("seed = 1\n[behaviours]\nslow = 1", "the profile cannot be read");
        check("", "the profile cannot be read");
        check(&" ".repeat(PROFILE_BYTES_MAX + 1), "the profile has 65537 bytes, more than 65536");
    }
}
