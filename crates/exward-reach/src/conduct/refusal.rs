//! Refusals: what a rule says no to, and what to do then.

use ipnet::IpNet;
use jiff::civil::Date;

use super::HOSTS_MAX;
use crate::scope::ContactError;

/// Why a run or a target is not asked. Nothing was sent to what a refusal names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `--contact` reaches nobody.
    #[error("the contact cannot be used")]
    Contact {
        /// What is wrong with it.
        source: ContactError,
    },
    /// The scope's last day is past.
    #[error("the scope ended on {until}, and today is {today}")]
    Expired {
        /// The last day of the scope.
        until: Date,
        /// The day of the run.
        today: Date,
    },
    /// `--rate 0` for more than this machine.
    #[error("`{target}` is not loopback, and `--rate 0` lifts every limit")]
    Unlimited {
        /// The first such target.
        target: String,
    },
    /// A range, and no scope.
    #[error("`{range}` is a range, and ranges need a scope")]
    RangeWithoutScope {
        /// The first such range.
        range: IpNet,
    },
    /// More than [`HOSTS_MAX`] public hosts, and no scope.
    #[error("these are more than {HOSTS_MAX} public hosts, and so many need a scope")]
    CrowdWithoutScope,
    /// More than [`HOSTS_MAX`] hosts, and no contact.
    #[error("these are more than {HOSTS_MAX} hosts, and so many need a contact")]
    CrowdWithoutContact,
    /// Targets that the scope does not hold.
    #[error("{}", outside(first, *count))]
    Outside {
        /// The first few of them, in the order given.
        first: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// An address or name that is never asked.
    #[error("`{target}` is never asked: {why}")]
    Never {
        /// The target.
        target: String,
        /// The block it lies in.
        why: &'static str,
    },
    /// Loopback without `--allow-loopback`.
    #[error("`{target}` is this machine itself")]
    Loopback {
        /// The target.
        target: String,
    },
    /// The scope excludes it.
    #[error("`{target}` is excluded by the scope")]
    Excluded {
        /// The target.
        target: String,
    },
}

impl Refusal {
    /// What to do, as a sentence fragment for a help line.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Contact { .. } => "correct `--contact`; a plain mail address will do",
            Self::Expired { .. } => {
                "ask the owner whether the scope still holds, and write the new day into `until`"
            }
            Self::Unlimited { .. } => {
                "leave `--rate 0` out, or give a number of new hosts a second; 0 is for tests on \
                 this machine"
            }
            Self::RangeWithoutScope { .. } | Self::CrowdWithoutScope => {
                "write a scope file and give it with `--scope FILE`; docs/probing.md has an example"
            }
            Self::CrowdWithoutContact => {
                "say whom to ask about this run with `--contact`, a mail address or a web page"
            }
            Self::Outside { .. } => {
                "take what is outside off the list, or, if its owner agrees, add it to `ranges` or \
                 `names` of the scope file"
            }
            Self::Never { .. } => "no server of yours can be there; name its real address",
            Self::Loopback { .. } => "add `--allow-loopback` if this machine is meant",
            Self::Excluded { .. } => {
                "nothing to do; only the owner takes an entry off `exclude` in the scope file"
            }
        }
    }
}

fn outside(first: &[String], count: usize) -> String {
    let list: Vec<String> = first.iter().map(|it| format!("`{it}`")).collect();
    let list = list.join(", ");
    match count.saturating_sub(first.len()) {
        0 if count == 1 => format!("{list} lies outside the scope"),
        0 => format!("{count} targets lie outside the scope: {list}"),
        more => format!("{count} targets lie outside the scope: {list} and {more} more"),
    }
}
