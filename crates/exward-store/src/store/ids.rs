//! Keys of rows, each a type of its own: the key of a run is not the key of a server.

/// A key that the database counts.
macro_rules! id {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => { $(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+ };
}

id! {
    /// A tenant: whose servers they are.
    TenantId
    /// A server of a tenant.
    ServerId
    /// One reading of something.
    RunId
    /// Everything of some evidence that decides a verdict.
    ImprintId
    /// A hunt on one server.
    HuntId
    /// One trace that a hunt has found.
    SightingId
    /// A CVE that somebody lives with on a server.
    AcceptanceId
}
