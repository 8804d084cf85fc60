//! How bad a server is, as a value and as one number.

use jiff::civil::Date;

use super::count_open;
use crate::assess::{Urgency, VERDICTS, Verdict};
use crate::report::ServerReport;

/// Bits of the open CVEs that are known exploited, and of all that are open.
const COUNT_BITS: u32 = 12;
/// Bits of the age of the oldest exploited one: days before the end of 65,535 days since 1970, which is 2149.
const AGE_BITS: u32 = 16;
/// Bits of the highest score, in tenths: 100 at most.
const SEVERITY_BITS: u32 = 7;
/// Bits of the verdict.
const VERDICT_BITS: u32 = 4;
/// Bits of a reported web shell.
const WEB_SHELL_BITS: u32 = 1;

/// Days since 1970 start here.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// How bad a server is: the greatest comes first, in the order of the table that `exward check` prints. Its
/// fields stand in the order in which they decide.
///
/// After what that table sorts by, the higher score and the longer exposure come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// What it asks of the operator.
    pub urgency: Urgency,
    /// Someone reports a web shell on it.
    pub web_shell: bool,
    /// The verdict.
    pub verdict: Verdict,
    /// Open CVEs that are known to be exploited.
    pub kev_open: u32,
    /// Open CVEs.
    pub open: u32,
    /// The highest score among them, in tenths; 0 if none has one.
    pub severity: u8,
    /// Greater the longer the oldest open CVE that is known exploited has been public; 0 if none is open.
    pub age: u16,
}

impl Rank {
    /// The rank of a report.
    #[must_use]
    pub fn of(report: &ServerReport<'_>) -> Self {
        let (open, kev_open, severity) = count_open(report);
        Self {
            urgency: report.judgement.urgency,
            web_shell: report.reported.web_shell,
            verdict: report.judgement.verdict,
            kev_open,
            open,
            severity,
            age: report.exposed_since().map_or(0, age),
        }
    }

    /// The rank as one number that is never negative. Counts of 4,095 and more, and scores beyond 12.7, count
    /// as the same.
    #[must_use]
    pub fn packed(self) -> i64 {
        let urgency = match self.urgency {
            Urgency::NothingToDo => 0,
            Urgency::CannotTell => 1,
            Urgency::Act => 2,
        };
        let verdict = (0_u32..).zip(VERDICTS).find(|(_, it)| *it == self.verdict);
        [
            (WEB_SHELL_BITS, u32::from(self.web_shell)),
            (VERDICT_BITS, verdict.map_or(0, |(place, _)| place)),
            (COUNT_BITS, self.kev_open),
            (COUNT_BITS, self.open),
            (SEVERITY_BITS, u32::from(self.severity)),
            (AGE_BITS, u32::from(self.age)),
        ]
        .into_iter()
        .fold(urgency, |packed: i64, (bits, value)| (packed << bits) | saturated(bits, value))
    }
}

/// A value in so many bits; what does not fit is the greatest that does.
fn saturated(bits: u32, value: u32) -> i64 {
    let most = 1_u32.checked_shl(bits).map_or(u32::MAX, |it| it.saturating_sub(1));
    i64::from(value.min(most))
}

/// Greater for an earlier day, and never 0. What lies before 1970 counts as its first day.
pub(super) fn age(since: Date) -> u16 {
    let days = since.since(EPOCH).map_or(0, |span| span.get_days());
    u16::MAX.saturating_sub(u16::try_from(days.max(0)).unwrap_or(u16::MAX)).max(1)
}
