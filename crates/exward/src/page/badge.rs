//! A word in a coloured frame: the word says it, the colour only repeats it (PG4).

use std::fmt;

use askama::filters::HtmlSafe;

/// How urgent it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    /// Something is to be done now.
    Act,
    /// Somebody should look.
    Look,
    /// All is well.
    Fine,
    /// Says nothing either way.
    Soft,
}

impl Tone {
    /// Its class in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Look => "look",
            Self::Fine => "fine",
            Self::Soft => "soft",
        }
    }
}

/// A known word with its tone. What is not known is shown as such, never as well (unknown stays unknown).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Badge {
    pub(crate) words: &'static str,
    pub(crate) tone: Tone,
}

const UNKNOWN: Badge = Badge::new("unknown", Tone::Look);

impl Badge {
    /// An alarm that somebody has settled.
    pub(crate) const SETTLED: Self = Self::new("settled", Tone::Soft);

    pub(crate) const fn new(words: &'static str, tone: Tone) -> Self {
        Self { words, tone }
    }

    /// Of a verdict by its name (`exward_core::assess::Verdict::name`).
    pub(crate) fn verdict(name: &str) -> Self {
        match name {
            "vulnerable" => Self::new("vulnerable", Tone::Act),
            "unsupported" => Self::new("unsupported", Tone::Act),
            "possibly" => Self::new("possibly vulnerable", Tone::Look),
            "mitigated" => Self::new("mitigated", Tone::Fine),
            "patched" => Self::new("patched", Tone::Fine),
            "not-exchange" => Self::new("not Exchange", Tone::Soft),
            _ => UNKNOWN,
        }
    }

    /// Of the verdict of a hunt by its name (`exward_hunt::HuntVerdict::name`).
    pub(crate) fn hunted(name: &str) -> Self {
        match name {
            "compromised" => Self::new("compromised", Tone::Act),
            "exploit-reached" => Self::new("exploit reached", Tone::Act),
            "attempted" => Self::new("attempted", Tone::Look),
            "scanned" => Self::new("scanned", Tone::Look),
            "nothing-found" => Self::new("nothing found", Tone::Fine),
            _ => Self::new("not enough evidence", Tone::Look),
        }
    }

    /// Of the status of a CVE by its name (`exward_core::assess::CveStatus::name`).
    pub(crate) fn status(name: &str) -> Self {
        match name {
            "open" => Self::new("open", Tone::Act),
            "assumed" => Self::new("assumed open", Tone::Look),
            "disputed" => Self::new("disputed", Tone::Look),
            "undetermined" => Self::new("undetermined", Tone::Look),
            "needs-config" => Self::new("needs configuration", Tone::Act),
            "closed-unless-disabled" => Self::new("closed unless disabled", Tone::Fine),
            "closed" => Self::new("closed", Tone::Fine),
            _ => UNKNOWN,
        }
    }

    /// Of a finding over time by its name (`exward_core::finding::FindingState`).
    pub(crate) fn finding(name: &str) -> Self {
        match name {
            "new" => Self::new("new", Tone::Act),
            "open" => Self::new("open", Tone::Act),
            "reopened" => Self::new("reopened", Tone::Act),
            "accepted" => Self::new("accepted", Tone::Look),
            "fixed" => Self::new("fixed", Tone::Fine),
            _ => UNKNOWN,
        }
    }

    /// Of the stage of a sighting by its name (`exward_hunt`).
    pub(crate) fn stage(name: &str) -> Self {
        match name {
            "webshell" => Self::new("web shell", Tone::Act),
            "post" => Self::new("after the break-in", Tone::Act),
            "success" => Self::new("success", Tone::Act),
            "attempt" => Self::new("attempt", Tone::Look),
            "scan" => Self::new("scan", Tone::Soft),
            _ => UNKNOWN,
        }
    }

    /// Of a server in a rollout by the name of its state (`exward_drive::report::State`).
    pub(crate) fn leaving(name: &str) -> Self {
        match name {
            "waiting" => Self::new("waiting", Tone::Soft),
            "under-way" => Self::new("under way", Tone::Look),
            "current" => Self::new("current", Tone::Fine),
            "restored" => Self::new("restored", Tone::Look),
            "held" => Self::new("held", Tone::Look),
            "quarantined" => Self::new("quarantined", Tone::Act),
            _ => UNKNOWN,
        }
    }

    /// Of a job or a delivery by its state.
    pub(crate) fn work(name: &str) -> Self {
        match name {
            "waiting" => Self::new("waiting", Tone::Soft),
            "running" => Self::new("running", Tone::Look),
            "done" | "sent" => Self::new("done", Tone::Fine),
            "failed" => Self::new("failed", Tone::Act),
            "dead" => Self::new("given up", Tone::Act),
            "cancelled" => Self::new("cancelled", Tone::Soft),
            _ => UNKNOWN,
        }
    }
}

impl HtmlSafe for Badge {}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<span class=\"badge {}\">{}</span>", self.tone.class(), self.words)
    }
}
