//! Why a name has no addresses, for a person.

use std::error::Error;
use std::time::Duration;

use hickory_resolver::net::{DnsError as WireError, NetError};
use hickory_resolver::proto::op::ResponseCode;

/// Why a lookup gave nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DnsError {
    /// Not a name at all.
    #[error("`{name}` is not a name of DNS: give one such as `mail.example.net`")]
    BadName {
        /// The text as given.
        name: String,
    },
    /// The resolver cannot be set up.
    #[error("the name servers of this machine cannot be used: give one with `--dns`")]
    System {
        /// What the resolver says.
        #[source]
        source: NetError,
    },
    /// The name does not exist.
    #[error("no such name: {name}")]
    NoSuchName {
        /// The name asked for.
        name: String,
    },
    /// The name exists, without an address.
    #[error("{name} has no address")]
    NoAddress {
        /// The name asked for.
        name: String,
    },
    /// Nobody answered.
    #[error("no answer from the name server within {} s, asked for {name}", within.as_secs_f64())]
    NoAnswer {
        /// The name asked for.
        name: String,
        /// How long the answer was waited for.
        within: Duration,
    },
    /// The name server refuses, or fails itself.
    #[error("the name server answers `{code}`, asked for {name}")]
    ServerSays {
        /// The name asked for.
        name: String,
        /// Its answer, as in RFC 1035.
        code: ResponseCode,
    },
    /// The question or the answer got lost on the way.
    #[error("the name server cannot be asked for {name}")]
    Unreachable {
        /// The name asked for.
        name: String,
        /// What went wrong.
        #[source]
        source: NetError,
    },
}

impl DnsError {
    pub(super) const fn system(source: NetError) -> Self {
        Self::System { source }
    }

    /// True if it may go better later: the name server did not answer, or could not.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::ServerSays { .. } | Self::Unreachable { .. })
    }

    /// What the resolver's error means for the name.
    pub(super) fn of(name: String, within: Duration, error: NetError) -> Self {
        if matches!(error, NetError::Timeout) {
            return Self::NoAnswer { name, within };
        }
        if error.is_nx_domain() {
            return Self::NoSuchName { name };
        }
        if error.is_no_records_found() {
            return Self::NoAddress { name };
        }
        if let NetError::Dns(WireError::ResponseCode(code)) = error {
            return Self::ServerSays { name, code };
        }
        Self::Unreachable { name, source: error }
    }

    /// True if the name server answered that there is nothing.
    pub(super) const fn is_absence(&self) -> bool {
        matches!(self, Self::NoSuchName { .. } | Self::NoAddress { .. })
    }

    /// True if the name server answered at all.
    pub(super) const fn is_answer(&self) -> bool {
        self.is_absence() || matches!(self, Self::ServerSays { .. })
    }

    /// The reason without the name, for a line that begins with it.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::BadName { .. } => "not a name of DNS".to_owned(),
            Self::NoSuchName { .. } => "does not exist".to_owned(),
            Self::NoAddress { .. } => "has no address".to_owned(),
            Self::NoAnswer { within, .. } => {
                format!("no answer from the name server within {} s", within.as_secs_f64())
            }
            Self::ServerSays { code, .. } => format!("the name server answers `{code}`"),
            Self::System { .. } => told(self),
            Self::Unreachable { source, .. } => {
                format!("the name server cannot be asked: {}", told(source))
            }
        }
    }

    /// The error that says most: a failure hides what exists, so it goes before an absence.
    pub(super) fn gravity(&self) -> u8 {
        match self {
            Self::NoSuchName { .. } => 0,
            Self::NoAddress { .. } => 1,
            Self::NoAnswer { .. } | Self::ServerSays { .. } | Self::Unreachable { .. } => 2,
            Self::BadName { .. } | Self::System { .. } => 3,
        }
    }
}

/// An error and its sources, in one line.
fn told(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        line.push_str(": ");
        line.push_str(&error.to_string());
        source = error.source();
    }
    line
}
