//! What a new catalog has to say at once: which update is out, and how many of an estate's servers are there already.
//!
//! # Invariants
//! * **N1 new to this estate.** An update is news where a catalog of its day, or of a later one, followed one that
//!   could not know it: from then on, for [`NEWS_DAYS`] days, while it is the newest of one of its products, and
//!   while a server is not there. The first catalog of an estate brings no news.
//! * **N2 per CU.** A server is there if its build is that of the update on its own CU, or a later one of this CU, or
//!   if its CU is later than all that got the update. What nobody can tell is not there.
//! * **N3 counted is said.** What is counted are the servers of the update's products; the sentence names them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::build::Build;
use crate::catalog::{Catalog, Kind, Release};
use crate::finding::OpenState;
use crate::product::{Cu, PRODUCTS, Product};
use crate::sentence::first_few;

/// So many days an update is news.
pub const NEWS_DAYS: i32 = 30;

/// A catalog that was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The day that it tells of.
    pub as_of: Date,
    /// Since when it was used.
    pub since: Timestamp,
}

/// An update: a security update on every CU that got it, or one CU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update<'c> {
    /// `Jun26SU`, or `Exchange 2019 CU15`.
    pub name: String,
    /// One for each product and CU. Never empty.
    pub releases: Vec<&'c Release>,
    /// Its first day.
    pub released: Date,
}

/// Servers that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Their product.
    pub product: Product,
    /// Their CU, if it is known.
    pub cu: Option<Cu>,
    /// Their build, if it is known.
    pub build: Option<Build>,
    /// How many.
    pub servers: u64,
}

/// How far an update has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uptake {
    /// Servers that have it, or a later one.
    pub there: u64,
    /// Servers of its products.
    pub servers: u64,
}

/// Security updates and CUs that are the newest of a product, oldest product first. Hotfix updates fix nothing by
/// themselves, and are none; what was withdrawn is not out.
#[must_use]
pub fn newest(catalog: &Catalog) -> Vec<Update<'_>> {
    let mut updates: Vec<Update<'_>> = Vec::new();
    for product in PRODUCTS {
        let of = catalog.releases().iter().filter(|it| it.product == product);
        let is_out = |it: &&Release| catalog.moves().withdrawal(it.build).is_none();
        let all = of.filter(|it| matches!(it.kind, Kind::Su | Kind::Cu) && it.released.is_some());
        let all = all.filter(is_out);
        let Some(newest) = all.max_by_key(|it| (it.released, it.build)) else { continue };
        let Some(update) = update(catalog, newest) else { continue };
        if updates.iter().all(|it| it.name != update.name) {
            updates.push(update);
        }
    }
    updates
}

/// All of the update that a release is part of. None: nobody knows its day.
fn update<'c>(catalog: &'c Catalog, release: &'c Release) -> Option<Update<'c>> {
    let (name, releases) = match &release.update {
        Some(name) => {
            let same = |it: &&Release| it.kind == Kind::Su && it.update.as_ref() == Some(name);
            (name.clone(), catalog.releases().iter().filter(same).collect())
        }
        None => (format!("Exchange {} {}", release.product, release.cu), vec![release]),
    };
    let released = |it: &&Release| it.released?.first_day();
    let released = releases.iter().filter_map(released).min()?;
    Some(Update { name, releases, released })
}

/// What is news on a day, with the day since when (N1), newest first. `used` are the catalogs that were in force, in
/// the order in which they came.
#[must_use]
pub fn news<'c>(catalog: &'c Catalog, used: &[Used], today: Date) -> Vec<(Date, Update<'c>)> {
    let dated = |it: Update<'c>| {
        let came = came(&it, used)?;
        let days = today.since(came).map_or(i32::MAX, |it| it.get_days());
        (days < NEWS_DAYS).then_some((came, it))
    };
    let mut news: Vec<_> = newest(catalog).into_iter().filter_map(dated).collect();
    news.sort_by_key(|(came, it)| std::cmp::Reverse((*came, it.released)));
    news
}

/// What is news with this catalog, where one of the day `former` was in force before.
#[must_use]
pub fn news_since(catalog: &Catalog, former: Date) -> Vec<Update<'_>> {
    newest(catalog).into_iter().filter(|it| it.released >= former).collect()
}

/// The day from which it was known here. None: from the beginning, or not yet.
fn came(update: &Update<'_>, used: &[Used]) -> Option<Date> {
    let pairs = used.iter().zip(used.iter().skip(1));
    let mut fit = pairs.filter(|(former, it)| {
        // Of the day itself nobody can tell which of both knew it first.
        former.as_of <= update.released && it.as_of >= update.released
    });
    fit.next().map(|(_, it)| it.since.to_zoned(TimeZone::UTC).date())
}

/// Whether one of the releases of an update, or something later, is installed on a server whose build lies between
/// `low` and `high`. Closed: it is (N2).
#[must_use]
pub fn installed(
    releases: &[&Release],
    (product, cu): (Product, Option<Cu>),
    (low, high): (Option<Build>, Option<Build>),
) -> OpenState {
    let Some(cu) = cu else { return OpenState::Unknown };
    let of_product = || releases.iter().filter(|it| it.product == product);
    if let Some(release) = of_product().find(|it| it.cu == cu) {
        return if low.is_some_and(|it| it >= release.build) {
            OpenState::Closed
        } else if high.is_some_and(|it| it < release.build) {
            OpenState::Open
        } else {
            OpenState::Unknown
        };
    }
    // A CU from after the update has it in itself; one that never got it has to be left.
    if of_product().all(|it| it.cu < cu) { OpenState::Closed } else { OpenState::Open }
}

impl Update<'_> {
    /// How many of these servers are there (N2).
    #[must_use]
    pub fn uptake(&self, estate: &[Alike]) -> Uptake {
        let mut uptake = Uptake::default();
        for it in estate {
            if !self.releases.iter().any(|release| release.product == it.product) {
                continue;
            }
            uptake.servers = uptake.servers.saturating_add(it.servers);
            let state = installed(&self.releases, (it.product, it.cu), (it.build, it.build));
            if state == OpenState::Closed {
                uptake.there = uptake.there.saturating_add(it.servers);
            }
        }
        uptake
    }

    /// `Exchange 2019 and SE`: whose servers are counted (N3).
    fn whose(&self) -> String {
        let of = |product: &Product| self.releases.iter().any(|it| it.product == *product);
        let names: Vec<&str> = PRODUCTS.iter().filter(|it| of(it)).map(|it| it.name()).collect();
        match names.split_last() {
            Some((last, [])) => format!("Exchange {last}"),
            Some((last, some)) => format!("Exchange {} and {last}", first_few(some, some.len())),
            None => "Exchange".to_owned(),
        }
    }

    /// `Jun26SU is out: 3 of 412 servers of Exchange 2019 and SE are already there`.
    #[must_use]
    pub fn sentence(&self, uptake: Uptake) -> String {
        let Uptake { there, servers } = uptake;
        let (name, whose) = (&self.name, self.whose());
        match (there, servers) {
            (0, 1) => format!("{name} is out: the server of {whose} is not there yet"),
            (_, 1) => format!("{name} is out: the server of {whose} is already there"),
            (0, _) => format!("{name} is out: none of {servers} servers of {whose} is there yet"),
            (1, _) => format!("{name} is out: 1 of {servers} servers of {whose} is already there"),
            (some, all) if some == all => {
                format!("{name} is out: all {servers} servers of {whose} are already there")
            }
            _ => {
                format!("{name} is out: {there} of {servers} servers of {whose} are already there")
            }
        }
    }
}

#[cfg(test)]
mod tests;
