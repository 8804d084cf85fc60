//! Whom a run may ask: the scope file, written by whoever answers for the run.
//!
//! ```toml
//! owner = "Contoso AG"
//! purpose = "find our own servers that lack the last update"
//! contact = "mailto:soc@contoso.com"
//! until = 2027-01-31
//! ranges = ["10.20.0.0/16", "2001:db8:20::/48"]
//! names = ["mail.contoso.com", "*.fabrikam.com"]
//! exclude = ["10.20.99.0/24", "old.fabrikam.com"]
//! ```
//!
//! # Invariants
//! * **S1 every word counts.** An unknown key, an entry that cannot be read, or an empty field is an
//!   error: a mistyped exclusion must not vanish.
//! * **S2 exclusions see through.** An excluded IPv4 address is excluded in IPv6 clothing as well
//!   ([`address::bare`]), and a range is touched by an exclusion that any address of it lies in.
//! * **S3 merging changes nothing.** Sorted and merged ranges hold exactly what the list held.

mod blocks;
mod contact;
mod error;
mod names;
mod read;

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::civil::Date;

use crate::address;
use blocks::Blocks;
pub use contact::{CONTACT_BYTES_MAX, Contact, ContactError};
pub use error::ScopeError;
use names::Names;

/// Largest scope file. A national CERT's list of 100,000 ranges has about 3 MB.
pub const SCOPE_BYTES_MAX: usize = 32 * 1_024 * 1_024;
/// Shortest public IPv4 range in a scope: no owner has more than a /8, and a /0 would be no scope.
pub const RANGE_4_LENGTH_MIN: u8 = 8;
/// Shortest public IPv6 range in a scope: the largest allocations are of this length.
pub const RANGE_6_LENGTH_MIN: u8 = 16;

/// Whom a run may ask, for whom and how long, and who answers questions about it.
#[derive(Clone, Debug)]
pub struct Scope {
    owner: String,
    purpose: String,
    contact: Contact,
    until: Date,
    ranges: Blocks,
    names: Names,
    excluded_ranges: Blocks,
    excluded_names: Names,
}

impl Scope {
    /// Reads a scope file.
    ///
    /// # Errors
    /// [`ScopeError`] with the line, if the text is not TOML or says too little, too much or nonsense.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        read::scope(text)
    }

    /// Who owns what is asked.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What the run is for.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Whom to ask about the run.
    #[must_use]
    pub const fn contact(&self) -> &Contact {
        &self.contact
    }

    /// The last day on which the scope is valid.
    #[must_use]
    pub const fn until(&self) -> Date {
        self.until
    }

    /// Whether the scope lists ranges; only then can addresses of unlisted names lie in it.
    #[must_use]
    pub fn has_ranges(&self) -> bool {
        !self.ranges.is_empty()
    }

    /// Whether a lower-case name is listed, or lies below a listed `*.name`.
    #[must_use]
    pub fn holds_name(&self, name: &str) -> bool {
        self.names.holds(name)
    }

    /// Whether an address, or the IPv4 address it carries, lies in a listed range.
    #[must_use]
    pub fn holds_address(&self, address: IpAddr) -> bool {
        self.ranges.holds(address) || self.ranges.holds(address::bare(address))
    }

    /// Whether all of a range lies in the union of the listed ranges.
    #[must_use]
    pub fn holds_range(&self, range: IpNet) -> bool {
        self.ranges.holds_all_of(range)
    }

    /// Whether a lower-case name is excluded, or lies below an excluded `*.name`.
    #[must_use]
    pub fn excludes_name(&self, name: &str) -> bool {
        self.excluded_names.holds(name)
    }

    /// Whether an address, or the IPv4 address it carries, is excluded (S2).
    #[must_use]
    pub fn excludes_address(&self, address: IpAddr) -> bool {
        let excluded = &self.excluded_ranges;
        excluded.holds(address) || excluded.holds(address::bare(address))
    }

    /// Whether every address of a range is excluded.
    #[must_use]
    pub fn excludes_all_of(&self, range: IpNet) -> bool {
        self.excluded_ranges.holds_all_of(range)
    }

    /// Whether any address of a range is excluded (S2).
    #[must_use]
    pub fn excludes_any_of(&self, range: IpNet) -> bool {
        self.excluded_ranges.touches(range)
    }
}

#[cfg(test)]
mod tests;
