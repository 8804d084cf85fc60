//! Names of things in an estate: cheap to clone, never mixed up.

use std::fmt;
use std::sync::Arc;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident: $fold:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name in this text, without blanks around it.
            #[must_use]
            pub fn new(text: &str) -> Self {
                let fold: fn(&str) -> String = $fold;
                Self(fold(text.trim()).into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )+};
}

names! {
    /// Windows name of a server, in capitals: `ex01` and `EX01` are one server.
    ServerName: str::to_ascii_uppercase;
    /// Name of a DAG, in capitals.
    DagName: str::to_ascii_uppercase;
    /// Name of a mailbox database.
    DatabaseName: str::to_owned;
    /// Name of a load-balancer pool, as the policy and the inventory spell it.
    PoolName: str::to_owned;
    /// Name of an Active Directory site.
    SiteName: str::to_owned;
    /// Name of a ring of a policy.
    RingName: str::to_owned;
}
