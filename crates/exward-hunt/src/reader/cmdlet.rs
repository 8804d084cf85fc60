//! Cmdlets as "MSExchange Management" events tell them, from the logs that tell them otherwise: keywords of
//! rules are written for those events.
//!
//! Source: event 1 of provider "MSExchange CmdletLogs": `Cmdlet suceeded. Cmdlet X, parameters -A "b".`; the
//! spelling is Exchange's.

use std::fmt::Write as _;

/// The part of the event's message that does not depend on how it ended.
pub(super) fn sentence(cmdlet: &str, parameters: &str) -> String {
    format!("Cmdlet {cmdlet}, parameters {parameters}")
}

/// `-Name "value" -Other "value"`.
pub(super) fn parameters<'p>(all: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let mut text = String::new();
    for (name, value) in all {
        let blank = if text.is_empty() { "" } else { " " };
        // Writing to a string does not fail.
        let _: Result<(), std::fmt::Error> = write!(text, "{blank}-{name} \"{value}\"");
    }
    text
}

/// Cmdlet and parameters of a message: `… Cmdlet X, parameters Y.`
pub(super) fn of_message(message: &str) -> Option<(&str, &str)> {
    let (_, after) = message.split_once("Cmdlet ")?;
    let after = after
        .split_once(". Cmdlet ")
        .filter(|(how, _)| !how.contains(','))
        .map_or(after, |it| it.1);
    let (cmdlet, parameters) = after.split_once(", parameters ")?;
    is_cmdlet(cmdlet).then_some((cmdlet, parameters))
}

/// Whether it has the shape `Verb-Noun`.
pub(super) fn is_cmdlet(text: &str) -> bool {
    let letters = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.split_once('-').is_some_and(|(verb, noun)| letters(verb) && letters(noun))
}

/// Parameters that name a file which a cmdlet writes or loads, in lower case.
const FILE_PARAMETERS: [&str; 5] =
    ["-filepath", "-requestfile", "-assemblypath", "-filename", "-outputfile"];

/// The file that parameters name: `-FilePath "\\server\C$\x.aspx"`.
pub(super) fn file(parameters: &str) -> Option<&str> {
    let lower = parameters.to_ascii_lowercase();
    FILE_PARAMETERS.iter().find_map(|name| {
        let (before, _) = lower.split_once(name)?;
        let after = parameters.get(before.len().saturating_add(name.len())..)?;
        let value = after.trim_start_matches([' ', ':']);
        let quoted = value.strip_prefix(['"', '\'']);
        let file = match quoted {
            Some(inner) => inner.split(['"', '\'']).next(),
            None => value.split(' ').next(),
        };
        file.filter(|it| !it.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cmdlets_are_told_as_events_tell_them() {
        let message = "Cmdlet suceeded. Cmdlet New-MailboxExportRequest, parameters -FilePath \
                       \"\\\\localhost\\C$\\x.aspx\".";
        let (cmdlet, parameters) = of_message(message).unwrap();
        assert_eq!(cmdlet, "New-MailboxExportRequest");
        assert_eq!(file(parameters), Some("\\\\localhost\\C$\\x.aspx"));
        assert_eq!(
            of_message("Cmdlet failed. Cmdlet Get-App, parameters ."),
            Some(("Get-App", "."))
        );
        assert_eq!(of_message("nothing"), None);
        assert_eq!(sentence("A-B", "-C \"d\""), "Cmdlet A-B, parameters -C \"d\"");
        assert_eq!(file("-FilePath x.pst -Mailbox y"), Some("x.pst"));
        assert_eq!(file("-Identity \"OAB\""), None);
    }
}
