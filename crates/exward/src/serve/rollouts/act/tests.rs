//! Which commands change anything (RW3).

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn said(commands: &[Command]) -> Vec<Commanded> {
    let numbered = (1..).zip(commands);
    numbered
        .map(|(sequence, command)| Commanded {
            sequence,
            after_entry: 1,
            at: at(0),
            by: "ana".into(),
            command: *command,
        })
        .collect()
}

/// `want`: true written, false so already, `None` refused.
#[track_caller]
fn check(command: Command, before: &[Command], entries: &[Entry], want: Option<bool>) {
    let written = (1..).zip(entries);
    let written: Vec<_> = written
        .map(|(sequence, entry)| Written { sequence, at: at(0), entry: entry.clone() })
        .collect();
    let got = fits(command, &said(before), &written).ok();
    assert_eq!(got, want, "RW3: {command:?} after {before:?} and {entries:?}");
}

#[test]
fn twice_is_once_and_what_is_over_is_refused() {
    use Command::{Abort, Pause, PauseAfterStep, Resume};
    let halt = [Entry::Began { owner: "it".into() }, Entry::Halted { why: "failed".into() }];
    let answered = [Entry::Halted { why: "failed".into() }];
    check(Pause, &[], &[], Some(true));
    check(Pause, &[Pause], &[], Some(false));
    check(PauseAfterStep, &[Pause], &[], Some(true));
    check(Pause, &[Pause, Resume], &[], Some(true));
    check(Resume, &[], &[], Some(false));
    check(Resume, &[PauseAfterStep], &[], Some(true));
    check(Resume, &[Pause, Resume], &[], Some(false));
    check(Resume, &[], &halt, Some(true));
    check(Resume, &[Resume], &halt, Some(true));
    check(Resume, &[Resume], &answered, Some(false));
    check(Abort, &[Pause], &[], Some(true));
    check(Abort, &[Abort], &[], Some(false));
    check(Resume, &[Abort], &[], None);
    check(Pause, &[Abort], &[], None);
    check(Abort, &[], &[Entry::Finished], None);
    check(Resume, &[Pause], &[Entry::Finished], None);
}
