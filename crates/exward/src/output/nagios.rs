//! One status line with performance data for Nagios and Icinga.

use std::io::{self, Write};

use exward_core::assess::{Urgency, Verdict};
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;

use super::kept::{Counts, Rank};
use super::{Output, skipped_line, warn};
use crate::plain;

/// Counts servers by verdict.
#[derive(Default)]
pub(super) struct Nagios {
    counts: Counts,
    open: usize,
    open_known_exploited: usize,
    web_shells: usize,
    skipped: usize,
    /// A hunt had nothing to read.
    hunted_nothing: bool,
    worst: Option<(Urgency, Verdict, String)>,
}

impl<'c> Output<'c> for Nagios {
    fn report(
        &mut self,
        report: ServerReport<'c>,
        hunt: Option<&HuntSummary>,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        let judgement = &report.judgement;
        let Rank { web_shell, kev, open, .. } = Rank::of(&report, hunt);
        self.counts.add(judgement.verdict);
        self.open = self.open.saturating_add(open);
        self.open_known_exploited = self.open_known_exploited.saturating_add(kev);
        self.web_shells = self.web_shells.saturating_add(usize::from(web_shell));
        self.hunted_nothing |= hunt.is_some_and(has_nothing);
        let key = (judgement.urgency, judgement.verdict);
        if self.worst.as_ref().is_none_or(|(urgency, verdict, _)| (*urgency, *verdict) < key) {
            let shell = if web_shell { ", web shell reported" } else { "" };
            let hunted = hunt.map_or_else(String::new, |it| format!(", {}", hunted(it)));
            let text = format!("{} is {}{shell}{hunted}", report.target, judgement.verdict);
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
            Some(_) if self.hunted_nothing => ("UNKNOWN", 3),
            Some((_, Verdict::Possibly, _)) => ("WARNING", 1),
            // The build is fine, and the hunt cannot say the same.
            Some((Urgency::CannotTell, verdict, _)) if *verdict < Verdict::Possibly => {
                ("WARNING", 1)
            }
            Some((Urgency::CannotTell, ..)) | None => ("UNKNOWN", 3),
            Some(_) if self.skipped > 0 => ("UNKNOWN", 3),
            Some((Urgency::NothingToDo, ..)) => ("OK", 0),
        };
        let worst = self.worst.as_ref().map_or("no server was read", |(_, _, text)| text);
        let missing = match self.skipped {
            0 => String::new(),
            some => format!(", {some} inputs or rows not read"),
        };
        let worst = format!("{worst}{missing}");
        write!(out, "EXCHANGE {state} - {} |", plain::line(&worst).replace('|', "/"))?;
        for (verdict, count) in self.counts.all() {
            write!(out, " {}={count}", verdict.name().replace('-', "_"))?;
        }
        let Self { open, open_known_exploited, web_shells, skipped, .. } = self;
        writeln!(
            out,
            " open={open} open_kev={open_known_exploited} web_shells={web_shells} skipped={skipped}"
        )?;
        Ok(Some(code))
    }
}

/// True if nothing in the evidence is a log or a web folder: a wrong path, or a disk that is not there.
fn has_nothing(hunt: &HuntSummary) -> bool {
    hunt.covered.iter().all(|it| it.records == 0)
}

fn hunted(hunt: &HuntSummary) -> String {
    if has_nothing(hunt) {
        "hunt: nothing could be read".to_owned()
    } else {
        format!("hunt: {}", hunt.verdict)
    }
}
