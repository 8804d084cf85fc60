//! Services: what should run and does not, and the Emergency Mitigation service.
//!
//! Sources: `Get-Service`, `Test-ServiceHealth`. One line for all that is amiss, never one a
//! service (N3).

use std::collections::BTreeSet;

use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use super::{Seen, some_of};
use crate::clixml::Value;

const MITIGATION: &str = "MSExchangeMitigation";

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    let services = || all.iter().filter_map(|it| Some((*it, Service::of(it.value)?)));
    let mitigation = services()
        .filter(|(_, it)| it.name.eq_ignore_ascii_case(MITIGATION))
        .map(|(seen, it)| show(seen, &format!("{MITIGATION}: {}, {}", it.status, it.start)));
    let mut evidence: Vec<Evidence> = mitigation.collect();
    let stopped: BTreeSet<&str> =
        services().filter(|(_, it)| it.is_stopped()).map(|(_, it)| it.name).collect();
    let first = services().find(|(_, it)| it.is_stopped());
    evidence.extend(first.map(|(seen, _)| {
        show(seen, &format!("set to start by themselves, but stopped: {}", some_of(stopped)))
    }));
    evidence.extend(all.iter().filter_map(|it| missing(*it)));
    evidence
}

fn show(seen: Seen<'_>, value: &str) -> Evidence {
    seen.says(EvidenceKind::Service, value, Claim::Shown)
}

struct Service<'a> {
    name: &'a str,
    status: &'a str,
    start: &'a str,
}

impl<'a> Service<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        if !value.is_a("System.ServiceProcess.ServiceController") {
            return None;
        }
        let text = |name: &str| value.get(name).and_then(Value::text);
        Some(Self {
            name: text("ServiceName").or_else(|| text("Name"))?,
            status: text("Status")?,
            start: text("StartType").unwrap_or("start type not read"),
        })
    }

    /// A service of Exchange that Windows should have started.
    fn is_stopped(&self) -> bool {
        self.name.to_ascii_lowercase().starts_with("msexchange")
            && self.start.eq_ignore_ascii_case("Automatic")
            && !self.status.eq_ignore_ascii_case("Running")
    }
}

/// What `Test-ServiceHealth` misses of one role.
fn missing(seen: Seen<'_>) -> Option<Evidence> {
    let stopped = seen.value.get("ServicesNotRunning")?.items();
    let all_run = seen.value.get("RequiredServicesRunning").and_then(Value::bool);
    let names = some_of(stopped.iter().filter_map(Value::text));
    if names.is_empty() && all_run != Some(false) {
        return None;
    }
    let role = seen.text("Role").unwrap_or("a role");
    Some(show(seen, &format!("{role} misses required services: {names}")))
}
