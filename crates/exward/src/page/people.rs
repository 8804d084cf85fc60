//! *People and tokens*: who may look and act. For admins.

use super::layout::{Frame, Role};
use super::show::{Shown, When};
use askama::Template;

/// The page.
#[derive(Template)]
#[template(path = "serve/people.html")]
pub(crate) struct People {
    pub(crate) frame: Frame,
    pub(crate) people: Vec<Person>,
    pub(crate) tokens: Vec<Token>,
    /// That a person or token can be of.
    pub(crate) tenants: Vec<Choice>,
    /// A token just made: shown this once.
    pub(crate) made: Option<Made>,
}

/// A tenant to choose.
pub(crate) struct Choice {
    pub(crate) id: i64,
    pub(crate) name: Shown,
}

/// Somebody who signs in.
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) name: Shown,
    pub(crate) role: Role,
    /// None: of all tenants.
    pub(crate) tenant: Option<Shown>,
    pub(crate) made_at: When,
    pub(crate) disabled_at: Option<When>,
    /// Nobody shuts the door behind himself.
    pub(crate) is_self: bool,
}

/// A program that asks.
pub(crate) struct Token {
    pub(crate) id: i64,
    pub(crate) name: Shown,
    pub(crate) role: Role,
    pub(crate) tenant: Option<Shown>,
    pub(crate) by: Shown,
    pub(crate) made_at: When,
    pub(crate) expires_at: Option<When>,
    pub(crate) revoked_at: Option<When>,
}

/// A token just made.
pub(crate) struct Made {
    pub(crate) name: Shown,
    /// Letters and digits.
    pub(crate) secret: String,
}
