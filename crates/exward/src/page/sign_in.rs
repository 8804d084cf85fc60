//! The way in: signing in, the set-up of a first start, a new password, and the choice among tenants.

use super::layout::Frame;
use super::show::Shown;
use askama::Template;

/// Signing in.
#[derive(Template)]
#[template(path = "serve/sign_in.html")]
pub(crate) struct SignIn {
    pub(crate) frame: Frame,
    /// As typed before, after a failure.
    pub(crate) name: String,
    /// Why it failed; never whether the name exists.
    pub(crate) failure: Option<Shown>,
}

/// The set-up of a first start.
#[derive(Template)]
#[template(path = "serve/set_up.html")]
pub(crate) struct SetUp {
    pub(crate) frame: Frame,
    /// The address with the one-time secret, a path of ours.
    pub(crate) action: String,
    pub(crate) failure: Option<Shown>,
    /// Characters a password must have.
    pub(crate) password_min: usize,
}

/// A new password.
#[derive(Template)]
#[template(path = "serve/password.html")]
pub(crate) struct Password {
    pub(crate) frame: Frame,
    pub(crate) failure: Option<Shown>,
    pub(crate) password_min: usize,
}

/// Which tenant to look at: for those of several.
#[derive(Template)]
#[template(path = "serve/tenants.html")]
pub(crate) struct Tenants {
    pub(crate) frame: Frame,
    pub(crate) lines: Vec<TenantLine>,
}

/// A tenant with how it stands.
pub(crate) struct TenantLine {
    pub(crate) tenant: super::layout::Tenant,
    pub(crate) servers: super::show::Count,
    pub(crate) protected: super::show::Count,
    pub(crate) exploited: super::show::Count,
    /// Servers that must act, today and on each of the days before. None: no server was seen in them.
    pub(crate) act: super::show::Count,
    pub(crate) course: Option<super::chart::spark::Spark>,
    pub(crate) last_seen: Option<super::show::When>,
}
