//! A plan as JSON lines, one a server (docs/json.md).

use std::collections::BTreeMap;
use std::io::{self, Write};

use exward_core::fleet::ServerName;
use exward_core::plan::{Chosen, Hold};
use exward_core::route::RefusedWay;
use serde::Serialize;

use super::{Look, name};
use crate::output::escaped::to_writer;

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    server: &'a str,
    decision: &'static str,
    /// From 1, as in the table.
    wave: Option<usize>,
    ring: Option<&'a str>,
    from: Option<String>,
    to: Option<String>,
    path: &'a [String],
    expected_minutes: Option<u32>,
    warnings: &'a [String],
    refused: Vec<Refused<'a>>,
    hold: Option<&'static str>,
    why: Option<String>,
    frees: Option<String>,
}

#[derive(Serialize)]
struct Refused<'a> {
    way: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct SkippedLine<'a> {
    schema: &'static str,
    file: &'a str,
    line: Option<u64>,
    why: &'a str,
}

/// Writes every server in the order of names, then what could not be read.
pub(super) fn write(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut lines: BTreeMap<&ServerName, Line<'_>> = BTreeMap::new();
    for (server, hold) in &look.report.held {
        lines.insert(server, held(server, hold));
    }
    for wave in &look.blueprint.waves {
        let ring = look.blueprint.rings.get(wave.ring).map(|it| it.name.as_str());
        for update in &wave.updates {
            if let Some(chosen) = look.report.chosen.get(&update.server) {
                let line = chosen_line(&update.server, ring, update.to.to_string(), chosen);
                lines.insert(&update.server, line);
            }
        }
    }
    for line in lines.values() {
        to_writer(&mut *out, line)?;
        out.write_all(b"\n")?;
    }
    let file = look.inventory_file.display().to_string();
    for it in look.skipped {
        let line =
            SkippedLine { schema: "exward.skipped/1", file: &file, line: it.line, why: &it.why };
        to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn chosen_line<'a>(
    server: &'a ServerName,
    ring: Option<&'a str>,
    to: String,
    chosen: &'a Chosen,
) -> Line<'a> {
    Line {
        schema: "exward.plan/1",
        server: server.as_str(),
        decision: "update",
        wave: Some(chosen.wave.saturating_add(1)),
        ring,
        from: Some(chosen.from.to_string()),
        to: Some(to),
        path: &chosen.path,
        expected_minutes: Some(chosen.expected_minutes),
        warnings: &chosen.warnings,
        refused: refused(&chosen.refused),
        hold: None,
        why: None,
        frees: None,
    }
}

fn held<'a>(server: &'a ServerName, hold: &'a Hold) -> Line<'a> {
    let from = if let Hold::Current { build } = hold { Some(build.to_string()) } else { None };
    let ways: &[RefusedWay] =
        if let Hold::NoRoute { refused, .. } | Hold::Conditions { refused, .. } = hold {
            refused
        } else {
            &[]
        };
    Line {
        schema: "exward.plan/1",
        server: server.as_str(),
        decision: "hold",
        wave: None,
        ring: None,
        from,
        to: None,
        path: &[],
        expected_minutes: None,
        warnings: &[],
        refused: refused(ways),
        hold: Some(name(hold)),
        why: Some(hold.why()),
        frees: Some(hold.frees()),
    }
}

fn refused(ways: &[RefusedWay]) -> Vec<Refused<'_>> {
    ways.iter().map(|it| Refused { way: &it.way, why: &it.why }).collect()
}
