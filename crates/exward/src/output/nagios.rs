//! One status line with performance data for Nagios and Icinga.

use std::io::{self, Write};

use exward_core::assess::{CveStatus, Urgency, VERDICTS, Verdict};
use exward_core::report::ServerReport;

use super::{Output, skipped_line, warn};
use crate::plain;

/// Counts servers by verdict.
#[derive(Default)]
pub(super) struct Nagios {
    counts: [usize; VERDICTS.len()],
    open: usize,
    open_known_exploited: usize,
    act: usize,
    skipped: usize,
    worst: Option<(Urgency, Verdict, String)>,
}

impl<'c> Output<'c> for Nagios {
    fn report(&mut self, report: ServerReport<'c>, _out: &mut dyn Write) -> io::Result<()> {
        let judgement = &report.judgement;
        for (count, verdict) in self.counts.iter_mut().zip(VERDICTS) {
            *count = count.saturating_add(usize::from(verdict == judgement.verdict));
        }
        let open = report.assessment.with(CveStatus::Open);
        let (all, kev) = open.fold((0_usize, 0_usize), |(all, kev), it| {
            (all.saturating_add(1), kev.saturating_add(usize::from(it.is_kev())))
        });
        self.open = self.open.saturating_add(all);
        self.open_known_exploited = self.open_known_exploited.saturating_add(kev);
        self.act = self.act.saturating_add(usize::from(judgement.urgency == Urgency::Act));
        let key = (judgement.urgency, judgement.verdict);
        if self.worst.as_ref().is_none_or(|(urgency, verdict, _)| (*urgency, *verdict) < key) {
            let text = format!("{} is {}", report.target, judgement.verdict);
            self.worst = Some((judgement.urgency, judgement.verdict, text));
        }
        Ok(())
    }

    fn skipped(
        &mut self,
        file: &str,
        line: Option<u64>,
        why: &str,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        self.skipped = self.skipped.saturating_add(1);
        warn(&skipped_line(file, line, why));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<Option<u8>> {
        let (state, code) = match &self.worst {
            Some((Urgency::Act, ..)) => ("CRITICAL", 2),
            Some((_, Verdict::Possibly, _)) => ("WARNING", 1),
            Some((Urgency::CannotTell, ..)) | None => ("UNKNOWN", 3),
            Some(_) if self.skipped > 0 => ("UNKNOWN", 3),
            Some((Urgency::NothingToDo, ..)) => ("OK", 0),
        };
        let worst = self.worst.as_ref().map_or("no server was read", |(_, _, text)| text);
        write!(out, "EXCHANGE {state} - {} |", plain::line(worst).replace('|', "/"))?;
        for (count, verdict) in self.counts.iter().zip(VERDICTS) {
            write!(out, " {}={count}", verdict.name().replace('-', "_"))?;
        }
        writeln!(
            out,
            " open={} open_kev={} skipped={}",
            self.open, self.open_known_exploited, self.skipped
        )?;
        Ok(Some(code))
    }
}
