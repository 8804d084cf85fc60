//! What others say about a server: shown beside the verdict, and never decides a build.

use crate::evidence::{Claim, Evidence};

/// What others report about the server. Never decides a build, always shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// A web shell was reported.
    pub web_shell: bool,
    /// CVEs reported as present, upper case, sorted.
    pub cves: Vec<String>,
}

impl Reported {
    /// Collects the reports among the evidence.
    #[must_use]
    pub fn gather(evidence: &[Evidence]) -> Self {
        let mut reported = Self::default();
        for it in evidence {
            if it.claim == Claim::ReportedWebShell {
                reported.web_shell = true;
            } else if let Claim::ReportedCve(id) = &it.claim {
                reported.cves.push(id.to_ascii_uppercase());
            }
        }
        reported.cves.sort();
        reported.cves.dedup();
        reported
    }

    /// True if nothing was reported.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.web_shell && self.cves.is_empty()
    }
}
