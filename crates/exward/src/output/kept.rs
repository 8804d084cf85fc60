//! What a result that is written at the end keeps of a stream: the counts, and never more rows than
//! it shows. A feed of 300,000 rows must not fill the memory with rows that nobody looks at.

use std::cmp::Reverse;

use exward_core::assess::{CveStatus, Urgency, VERDICTS, Verdict};
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;

/// Servers by verdict.
#[derive(Default)]
pub(super) struct Counts([usize; VERDICTS.len()]);

impl Counts {
    pub(super) fn add(&mut self, verdict: Verdict) {
        for (count, it) in self.0.iter_mut().zip(VERDICTS) {
            *count = count.saturating_add(usize::from(it == verdict));
        }
    }

    /// Every verdict with its count, from nothing to do to act now.
    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = (Verdict, usize)> {
        VERDICTS.into_iter().zip(self.0)
    }

    /// The verdicts that occur, worst first.
    pub(super) fn worst_first(&self) -> impl Iterator<Item = (Verdict, usize)> {
        self.all().rev().filter(|(_, count)| *count > 0)
    }

    pub(super) fn total(&self) -> usize {
        self.0.iter().sum()
    }
}

/// How bad a server is. The greatest comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// The hunt asks to act.
    pub(super) hunted_down: bool,
    pub(super) web_shell: bool,
    pub(super) verdict: Verdict,
    /// Open CVEs that are known to be exploited.
    pub(super) kev: usize,
    /// Open CVEs.
    pub(super) open: usize,
}

impl Rank {
    pub(super) fn of(report: &ServerReport<'_>, hunt: Option<&HuntSummary>) -> Self {
        let open = report.assessment.with(CveStatus::Open);
        let (open, kev) = open.fold((0_usize, 0_usize), |(open, kev), it| {
            (open.saturating_add(1), kev.saturating_add(usize::from(it.is_kev())))
        });
        let web_shell = report.reported.web_shell;
        let hunted_down = hunt.is_some_and(|it| it.verdict.urgency() == Urgency::Act);
        Self { hunted_down, web_shell, verdict: report.judgement.verdict, kev, open }
    }
}

/// The worst rows, at most `most`.
pub(super) struct Worst<T> {
    most: usize,
    rows: Vec<(Rank, T)>,
    /// What is not worse than this is not shown.
    floor: Option<Rank>,
}

impl<T> Worst<T> {
    pub(super) const fn new(most: usize) -> Self {
        Self { most, rows: Vec::new(), floor: None }
    }

    /// The row is made only if it may be shown.
    pub(super) fn push(&mut self, rank: Rank, row: impl FnOnce() -> T) {
        if self.floor.is_some_and(|floor| rank <= floor) {
            return;
        }
        self.rows.push((rank, row()));
        if self.rows.len() > self.most.saturating_add(self.most / 4) {
            self.trim();
            self.floor = self.rows.last().map(|(rank, _)| *rank);
        }
    }

    /// Worst first; equal rows in input order.
    pub(super) fn sorted(&mut self) -> &[(Rank, T)] {
        self.trim();
        &self.rows
    }

    fn trim(&mut self) {
        self.rows.sort_by_key(|(rank, _)| Reverse(*rank));
        self.rows.truncate(self.most);
    }
}

/// The first lines about what was skipped, at most `most`, and how many there are.
pub(super) struct Skips {
    most: usize,
    pub(super) shown: Vec<String>,
    total: usize,
}

impl Skips {
    pub(super) const fn new(most: usize) -> Self {
        Self { most, shown: Vec::new(), total: 0 }
    }

    pub(super) fn push(&mut self, line: String) {
        self.total = self.total.saturating_add(1);
        if self.shown.len() < self.most {
            self.shown.push(line);
        }
    }

    /// How many are not shown.
    pub(super) const fn more(&self) -> usize {
        self.total.saturating_sub(self.shown.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{Rank, Skips, Verdict, Worst};

    #[test]
    fn a_stream_leaves_its_worst_rows_in_input_order() {
        let mut worst = Worst::new(4);
        for at in 0..100 {
            let verdict = if at % 40 == 39 { Verdict::Vulnerable } else { Verdict::Patched };
            worst.push(
                Rank { hunted_down: false, web_shell: at == 99, verdict, kev: 0, open: 0 },
                || at,
            );
            assert!(worst.rows.len() <= 5, "hardly more are kept");
        }
        let kept: Vec<i32> = worst.sorted().iter().map(|(_, at)| *at).collect();
        assert_eq!(kept, [99, 39, 79, 0]);
    }

    #[test]
    fn what_is_skipped_beyond_the_limit_is_counted() {
        let mut skips = Skips::new(2);
        (0..5).for_each(|at| skips.push(at.to_string()));
        assert_eq!(
            (skips.shown.as_slice(), skips.more()),
            (&["0".to_owned(), "1".to_owned()][..], 3)
        );
    }
}
