//! What stands around every page: where one is, who one is, how old the catalog is, and what is wrong.

use jiff::civil::Date;

use super::show::{Shown, When, days_between, part};

/// A catalog older than this is said to be old: Microsoft publishes every month.
const OLD_AFTER_DAYS: u64 = 35;

/// Around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) here: Section,
    /// The tenant that is looked at. None on pages of no tenant.
    pub(crate) tenant: Option<Tenant>,
    /// Those that can be switched to, without [`Self::tenant`].
    pub(crate) others: Vec<Tenant>,
    /// None before signing in.
    pub(crate) who: Option<Who>,
    /// Of the session; every form carries it (PG5).
    pub(crate) form_key: String,
    /// For example `TLP:AMBER`.
    pub(crate) tlp: String,
    pub(crate) catalog_as_of: Date,
    pub(crate) today: Date,
    /// What the last form came to.
    pub(crate) flash: Option<Flash>,
    /// The store is away.
    pub(crate) trouble: Option<Trouble>,
}

/// Pages that the navigation names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Estate,
    Hunt,
    Rollouts,
    Campaigns,
    Catalog,
    Activity,
    People,
    /// None of them.
    Elsewhere,
}

/// A tenant by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) name: Shown,
    /// Begin of its addresses, without a slash at the end.
    pub(crate) base: String,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) name: Shown,
    pub(crate) role: Role,
}

/// What one may do, least first. Pages offer only what the role may; the server decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Viewer,
    Operator,
    Approver,
    Admin,
}

/// What the last form came to.
#[derive(Clone, Debug)]
pub(crate) struct Flash {
    pub(crate) is_bad: bool,
    pub(crate) text: Shown,
}

/// An update that is news: a dated line.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) since: Date,
    /// `Jun26SU is out: 3 of 412 servers …`.
    pub(crate) sentence: Shown,
    /// Where all of it stands.
    pub(crate) href: Option<String>,
}

/// The store does not answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trouble {
    pub(crate) since: When,
    /// What the page shows was read then. None: nothing is shown.
    pub(crate) seen: Option<When>,
}

/// An entry of the navigation.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) href: String,
    pub(crate) is_here: bool,
}

impl Tenant {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.into(), base: format!("/t/{}", part(name)) }
    }
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Approver, Self::Admin];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }
}

impl Frame {
    /// Begin of the addresses of the tenant; empty without one.
    pub(crate) fn base(&self) -> &str {
        self.tenant.as_ref().map_or("", |it| &it.base)
    }

    /// Where one begins: the estate of the tenant, or the choice of one.
    pub(crate) fn home(&self) -> String {
        format!("{}/", self.base())
    }

    /// Whether who is signed in has this role, or more.
    pub(crate) fn may(&self, least: Role) -> bool {
        self.who.as_ref().is_some_and(|it| it.role >= least)
    }

    pub(crate) fn may_operate(&self) -> bool {
        self.may(Role::Operator)
    }

    pub(crate) fn may_administer(&self) -> bool {
        self.may(Role::Admin)
    }

    pub(crate) fn may_approve(&self) -> bool {
        self.may(Role::Approver)
    }

    /// Days since the catalog was made, where that is too many.
    pub(crate) fn old_catalog_days(&self) -> Option<u64> {
        let days = days_between(self.catalog_as_of, self.today);
        (days > OLD_AFTER_DAYS).then_some(days)
    }

    /// The navigation: nothing before signing in.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        const OF_TENANT: [(Section, &str, &str); 6] = [
            (Section::Estate, "Estate", "/"),
            (Section::Hunt, "Hunt", "/hunt"),
            (Section::Rollouts, "Rollouts", "/rollouts"),
            (Section::Campaigns, "Campaigns", "/campaigns"),
            (Section::Catalog, "Catalog", "/catalog"),
            (Section::Activity, "Activity", "/activity"),
        ];
        let mut entries = Vec::new();
        if self.who.is_some()
            && let Some(tenant) = &self.tenant
        {
            entries.extend(OF_TENANT.map(|(section, name, path)| Entry {
                name,
                href: format!("{}{path}", tenant.base),
                is_here: section == self.here,
            }));
        }
        if self.may(Role::Admin) {
            let is_here = self.here == Section::People;
            entries.push(Entry { name: "People", href: "/people".to_owned(), is_here });
        }
        entries
    }
}
