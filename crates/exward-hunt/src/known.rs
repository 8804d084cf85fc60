//! Harmless traffic that looks like an attack, recognised by what an attacker cannot choose alone.

use std::collections::BTreeSet;

use crate::{Record, Source};

/// Something harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// A question of exward's own probes.
    ExwardProbe,
    /// Microsoft's own test for CVE-2021-26855 (`http-vuln-cve2021-26855.nse`).
    MicrosoftNseCheck,
    /// Exchange that watches itself.
    HealthMailbox,
    /// What an antivirus program keeps of files that it took away.
    AntivirusArchive,
}

impl Known {
    /// The name in machine output; never changes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ExwardProbe => "exward-probe",
            Self::MicrosoftNseCheck => "microsoft-nse-check",
            Self::HealthMailbox => "health-mailbox",
            Self::AntivirusArchive => "antivirus-archive",
        }
    }

    /// For a person, without a full stop.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::ExwardProbe => {
                "a question that exward itself asks from outside, with exward's name in it"
            }
            Self::MicrosoftNseCheck => {
                "Microsoft's own test for CVE-2021-26855, which asks the server for itself"
            }
            Self::HealthMailbox => {
                "Exchange watches itself: a health mailbox, from the server's own address"
            }
            Self::AntivirusArchive => "an antivirus program keeps what it took away",
        }
    }
}

/// What harmless thing a record is, if it is one.
pub(crate) fn recognise(_record: &dyn Record) -> Option<Known> {
    None
}

/// Lower-case literals of which a line must hold one to be counted as something known. What has none is
/// recognised on lines that a rule wants.
pub(crate) fn needles(_source: Source) -> BTreeSet<String> {
    BTreeSet::new()
}
