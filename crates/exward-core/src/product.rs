//! Products, cumulative updates, and what a version number alone says about them.

use std::fmt;
use std::str::FromStr;

use crate::build::{Build, BuildPrefix};

/// Third part from which 15.2 means Exchange SE and no longer 2019 (trap T7: both are 15.2).
const SE_FIRST_THIRD_PART: u16 = 2562;

/// An on-premises Exchange product, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Exchange 5.5 or older: recognised, never assessed.
    E55,
    /// Exchange 2000: recognised, never assessed.
    E2000,
    /// Exchange 2003: recognised, never assessed.
    E2003,
    /// Exchange 2007.
    E2007,
    /// Exchange 2010.
    E2010,
    /// Exchange 2013.
    E2013,
    /// Exchange 2016.
    E2016,
    /// Exchange 2019.
    E2019,
    /// Exchange Server Subscription Edition.
    Se,
}

/// Every product, oldest first.
pub const PRODUCTS: [Product; 9] = [
    Product::E55,
    Product::E2000,
    Product::E2003,
    Product::E2007,
    Product::E2010,
    Product::E2013,
    Product::E2016,
    Product::E2019,
    Product::Se,
];

impl Product {
    /// The short name: `2019`, `SE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::E55 => "5.5",
            Self::E2000 => "2000",
            Self::E2003 => "2003",
            Self::E2007 => "2007",
            Self::E2010 => "2010",
            Self::E2013 => "2013",
            Self::E2016 => "2016",
            Self::E2019 => "2019",
            Self::Se => "SE",
        }
    }

    /// True for 5.5, 2000 and 2003: older than every list in the catalog.
    #[must_use]
    pub const fn is_legacy(self) -> bool {
        matches!(self, Self::E55 | Self::E2000 | Self::E2003)
    }

    /// True where the second part of a build is the service pack and updates are rollups.
    #[must_use]
    pub const fn has_rollups(self) -> bool {
        matches!(self, Self::E2007 | Self::E2010)
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text is not the short name of a product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a product: 2007, 2010, 2013, 2016, 2019 or SE")]
pub struct ParseProductError(String);

impl FromStr for Product {
    type Err = ParseProductError;

    fn from_str(text: &str) -> Result<Self, ParseProductError> {
        PRODUCTS
            .into_iter()
            .find(|product| product.name() == text)
            .ok_or_else(|| ParseProductError(text.to_owned()))
    }
}

/// Whose numbering a version number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// An on-premises product.
    Server(Product),
    /// 15.20: Exchange Online, which is not a server of ours.
    ExchangeOnline,
    /// No Exchange numbering.
    Foreign,
}

impl Numbering {
    /// Reads the product off the first three parts.
    #[must_use]
    pub const fn of(prefix: BuildPrefix) -> Self {
        match (prefix.major, prefix.minor) {
            (5, 0 | 5) => Self::Server(Product::E55),
            (6, 0) => Self::Server(Product::E2000),
            (6, 5) => Self::Server(Product::E2003),
            (8, 0..=3) => Self::Server(Product::E2007),
            (14, 0..=3) => Self::Server(Product::E2010),
            (15, 0) => Self::Server(Product::E2013),
            (15, 1) => Self::Server(Product::E2016),
            (15, 2) if prefix.third < SE_FIRST_THIRD_PART => Self::Server(Product::E2019),
            (15, 2) => Self::Server(Product::Se),
            (15, 20) => Self::ExchangeOnline,
            _ => Self::Foreign,
        }
    }

    /// The product of a build, if it is an on-premises one.
    #[must_use]
    pub const fn product(build: Build) -> Option<Product> {
        match Self::of(build.prefix()) {
            Self::Server(product) => Some(product),
            Self::ExchangeOnline | Self::Foreign => None,
        }
    }
}

/// A cumulative update, service pack or first release: what an update level stands on.
///
/// Ordered by age within one product. 2013's "SP1" is [`Cu::Cu`]`(4)`, as Microsoft counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cu {
    /// A public preview: never supported, in no CVE list.
    Preview,
    /// The first release.
    Rtm,
    /// Service pack (2007, 2010).
    Sp(u8),
    /// Cumulative update (2013 and later).
    Cu(u8),
}

impl fmt::Display for Cu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preview => f.write_str("Preview"),
            Self::Rtm => f.write_str("RTM"),
            Self::Sp(number) => write!(f, "SP{number}"),
            Self::Cu(number) => write!(f, "CU{number}"),
        }
    }
}

/// The text is not the name of a CU.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a CU: Preview, RTM, SP1… or CU1…")]
pub struct ParseCuError(String);

impl FromStr for Cu {
    type Err = ParseCuError;

    fn from_str(text: &str) -> Result<Self, ParseCuError> {
        let number = |prefix: &str| text.strip_prefix(prefix)?.parse().ok();
        match text {
            "Preview" => Ok(Self::Preview),
            "RTM" => Ok(Self::Rtm),
            _ => number("SP")
                .map(Self::Sp)
                .or_else(|| number("CU").map(Self::Cu))
                .ok_or_else(|| ParseCuError(text.to_owned())),
        }
    }
}

/// The products that a sign without a build number allows, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductRange {
    /// Oldest possible product.
    pub at_least: Product,
    /// Newest possible product.
    pub at_most: Product,
}

impl ProductRange {
    /// Exactly one product.
    #[must_use]
    pub const fn only(product: Product) -> Self {
        Self { at_least: product, at_most: product }
    }

    /// This product or any later one.
    #[must_use]
    pub const fn from(product: Product) -> Self {
        Self { at_least: product, at_most: Product::Se }
    }

    /// From one product to another, both included.
    #[must_use]
    pub const fn between(at_least: Product, at_most: Product) -> Self {
        Self { at_least, at_most }
    }

    /// What both ranges allow; `None` if they contradict each other.
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        let at_least = self.at_least.max(other.at_least);
        let at_most = self.at_most.min(other.at_most);
        (at_least <= at_most).then_some(Self { at_least, at_most })
    }

    /// True if `product` lies in the range.
    #[must_use]
    pub fn contains(self, product: Product) -> bool {
        self.at_least <= product && product <= self.at_most
    }

    /// The product, if only one is left.
    #[must_use]
    pub fn single(self) -> Option<Product> {
        (self.at_least == self.at_most).then_some(self.at_least)
    }
}

impl fmt::Display for ProductRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.single() {
            Some(only) => only.fmt(f),
            None if self.at_most == Product::Se => write!(f, "{} or later", self.at_least),
            None => write!(f, "{} to {}", self.at_least, self.at_most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(build: &str, want: Numbering) {
        assert_eq!(Numbering::of(build.parse::<Build>().unwrap().prefix()), want, "{build}");
    }

    /// One row per clause of design.md §4.1.
    #[test]
    fn the_number_tells_the_product() {
        check("5.5.2653.23", Numbering::Server(Product::E55));
        check("6.0.6249.0", Numbering::Server(Product::E2000));
        check("6.5.7638.1", Numbering::Server(Product::E2003));
        check("8.3.517.0", Numbering::Server(Product::E2007));
        check("14.3.513.0", Numbering::Server(Product::E2010));
        check("15.0.1497.48", Numbering::Server(Product::E2013));
        check("15.1.2507.61", Numbering::Server(Product::E2016));
        check("15.2.1748.10", Numbering::Server(Product::E2019));
        check("15.2.2561.65535", Numbering::Server(Product::E2019));
        check("15.2.2562.0", Numbering::Server(Product::Se)); // T7
        check("15.20.9000.1", Numbering::ExchangeOnline); // vector 16
        check("15.3.1.1", Numbering::Foreign);
        check("10.0.17763.0", Numbering::Foreign);
    }

    #[test]
    fn cus_order_by_age() {
        let cu = |text: &str| text.parse::<Cu>().unwrap();
        assert!(cu("CU9") < cu("CU10") && cu("RTM") < cu("CU1") && cu("Preview") < cu("RTM"));
        assert_eq!(cu("CU14").to_string(), "CU14");
        assert_eq!(
            "CU".parse::<Cu>().unwrap_err().to_string(),
            "`CU` is not a CU: Preview, RTM, SP1… or CU1…"
        );
    }
}
