//! The product names of Microsoft's CVE records.

use exward_core::product::{Cu, Product};

use super::Affected;

/// Longest name quoted in a reason.
const QUOTED_CHARS_MAX: usize = 120;

/// Why a product name tells no CU of Exchange.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadProductError {
    /// Some other product.
    #[error("`{0}` is not Exchange Server")]
    NotExchange(String),
    /// Exchange, but no product of the catalog.
    #[error("`{0}` is no Exchange Server that the catalog knows")]
    UnknownProduct(String),
    /// Exchange, but it does not say which CU.
    #[error("`{0}` names no cumulative update, and a fixed build counts only within one")]
    NoCu(String),
}

/// The product and CU that a row is about: `Microsoft Exchange Server 2019 Cumulative Update 14`,
/// `… Subscription Edition RTM`, `… 2013 Service Pack 1` (which is CU4), `… 2010 Service Pack 3 …`.
pub(super) fn cu_of(row: &Affected) -> Result<(Product, Cu), ReadProductError> {
    let name = || row.product.chars().take(QUOTED_CHARS_MAX).collect::<String>();
    let words: Vec<&str> = row.product.split_whitespace().collect();
    let ours = row.vendor.is_empty() || row.vendor.eq_ignore_ascii_case("microsoft");
    let rest = match words.as_slice() {
        ["Microsoft", "Exchange", "Server", rest @ ..] | ["Exchange", "Server", rest @ ..]
            if ours =>
        {
            rest
        }
        _ => return Err(ReadProductError::NotExchange(name())),
    };
    let (product, level) = match rest {
        ["Subscription", "Edition", level @ ..] => (Some(Product::Se), level),
        [year, level @ ..] => (year.parse().ok(), level),
        [] => return Err(ReadProductError::NoCu(name())),
    };
    let Some(product) = product.filter(|it| !it.is_legacy()) else {
        return Err(ReadProductError::UnknownProduct(name()));
    };
    let cu = match level {
        ["RTM"] => Some(Cu::Rtm),
        ["Cumulative", "Update", number] => number.parse().ok().map(Cu::Cu),
        ["Service", "Pack", "1"] if product == Product::E2013 => Some(Cu::Cu(4)),
        ["Service", "Pack", number, ..] if product.has_rollups() => number.parse().ok().map(Cu::Sp),
        _ => None,
    };
    cu.map(|cu| (product, cu)).ok_or_else(|| ReadProductError::NoCu(name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(product: &str, want: Result<&str, &str>) {
        let row = Affected {
            vendor: "Microsoft".to_owned(),
            product: product.to_owned(),
            status: "affected".to_owned(),
            version: String::new(),
            less_than: None,
        };
        let got = cu_of(&row).map(|(product, cu)| format!("{product} {cu}"));
        let got = got.map_err(|error| error.to_string());
        assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned), "product `{product}`");
    }

    #[test]
    fn names_tell_product_and_cu() {
        check("Microsoft Exchange Server 2019 Cumulative Update 14", Ok("2019 CU14"));
        check("Microsoft Exchange Server Subscription Edition RTM", Ok("SE RTM"));
        check("Microsoft Exchange Server 2013 Service Pack 1", Ok("2013 CU4"));
        check("Microsoft Exchange Server 2010 Service Pack 3", Ok("2010 SP3"));
        check("Microsoft Exchange Server 2010 Service Pack 3 Update Rollup 31", Ok("2010 SP3"));
        check("Windows Server 2019", Err("`Windows Server 2019` is not Exchange Server"));
        check(
            "Microsoft Exchange Server 2000 Service Pack 3",
            Err("`Microsoft Exchange Server 2000 Service Pack 3` is no Exchange Server that the \
                 catalog knows"),
        );
        check(
            "Microsoft Exchange Server 2019",
            Err("`Microsoft Exchange Server 2019` names no cumulative update, and a fixed build \
                 counts only within one"),
        );
        check(
            "Microsoft Exchange Server 2019 Cumulative Update X",
            Err(
                "`Microsoft Exchange Server 2019 Cumulative Update X` names no cumulative update, \
                 and a fixed build counts only within one",
            ),
        );
    }
}
