//! Whether a server still gets updates, and until when.

use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::product::{Cu, Product};

/// Who still gets updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SupportState {
    /// Everybody.
    Supported,
    /// Customers of the Extended Security Update programme.
    Esu,
    /// Nobody.
    Ended,
}

impl SupportState {
    /// Name in machine output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Esu => "esu",
            Self::Ended => "ended",
        }
    }
}

/// State of support on some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// The state.
    pub state: SupportState,
    /// Last day of the state, or of public support where it has ended; `None`: no day is fixed.
    pub until: Option<Date>,
}

/// The state of a product, on a CU if known, on `today`.
///
/// 5.5, 2000 and 2003 have ended without a date in the catalog.
#[must_use]
pub fn support(catalog: &Catalog, product: Product, cu: Option<Cu>, today: Date) -> Support {
    let Some(lifecycle) = catalog.lifecycle(product) else {
        return Support { state: SupportState::Ended, until: None };
    };
    let Some(end) = lifecycle.extended_end else {
        return Support { state: SupportState::Supported, until: None };
    };
    if today <= end {
        return Support { state: SupportState::Supported, until: Some(end) };
    }
    let entitled = cu.is_none_or(|cu| lifecycle.esu_cus.contains(&cu));
    match lifecycle.esu_end {
        Some(esu_end) if entitled && today <= esu_end => {
            Support { state: SupportState::Esu, until: Some(esu_end) }
        }
        _ => Support { state: SupportState::Ended, until: Some(end) },
    }
}
