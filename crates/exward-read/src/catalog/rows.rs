//! Rows of the catalog files become facts. What cannot be read becomes a [`Problem`].

use exward_core::build::Build;
use exward_core::catalog::{
    Advisory, ConfigNeed, ConfigRule, Cvss, Disagreement, Entitlement, Facts, Fix, GradeOfEvidence,
    Kev, Kind, Lifecycle, OverrideSwitch, Release, SetupDefault,
};
use exward_core::product::Cu;
use jiff::civil::Date;

use super::row::{Row, all, each_row};
use super::{FILES, Problem, moves};

/// Where each fact stands, so that checks across files can name the line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) releases: Vec<u64>,
    /// Line in fixes.csv of each fix, by advisory and position in its list.
    pub(super) fixes: Vec<(String, u64)>,
    pub(super) advisories: Vec<u64>,
    pub(super) kevs: Vec<(String, u64)>,
    pub(super) lifecycles: Vec<u64>,
    pub(super) overrides: Vec<u64>,
    pub(super) moves: moves::Lines,
}

pub(super) const YES_NO: [(&str, bool); 2] = [("yes", true), ("no", false)];

/// Names of release kinds in builds.csv.
pub(super) const KINDS: [(&str, Kind); 8] = [
    ("RTM", Kind::Rtm),
    ("SP", Kind::ServicePack),
    ("CU", Kind::Cu),
    ("SU", Kind::Su),
    ("HU", Kind::Hu),
    ("RU", Kind::Rollup),
    ("Preview", Kind::Preview),
    ("other", Kind::Other),
];

/// Names of entitlements in builds.csv.
pub(super) const ENTITLEMENTS: [(&str, Entitlement); 2] =
    [("public", Entitlement::Public), ("esu", Entitlement::Esu)];

/// Names of grades in fixes.csv.
pub(super) const GRADES: [(&str, GradeOfEvidence); 5] = [
    ("css+msrc-record", GradeOfEvidence::CssAndRecord),
    ("msrc-record", GradeOfEvidence::Record),
    ("css", GradeOfEvidence::Css),
    ("derived", GradeOfEvidence::Derived),
    ("secondary", GradeOfEvidence::Secondary),
];

/// Names of configuration rules in fixes.csv.
pub(super) const RULES: [(&str, Option<ConfigRule>); 4] = [
    ("", None),
    ("must-configure", Some(ConfigRule::MustConfigure)),
    ("must-not-disable", Some(ConfigRule::MustNotDisable)),
    ("mitigation-only", Some(ConfigRule::MitigationOnly)),
];

/// Names for "Microsoft lists this CU as affected" in fixes.csv.
pub(super) const AFFECTED: [(&str, Option<bool>); 3] =
    [("yes", Some(true)), ("no", Some(false)), ("unknown", None)];

/// Reads all files. `None` only if there is no usable date, without which nothing can be said.
pub(super) fn facts(texts: [Option<&str>; 13]) -> (Option<Facts>, Lines, Vec<Problem>) {
    let [facts @ .., moves, conditions, known, withdrawals] = texts;
    let [head, builds, cves, fixes, kev, lifecycle, overrides, defaults, disagreements] =
        facts.map(Option::unwrap_or_default);
    let [_, f_builds, f_cves, f_fixes, f_kev, f_life, f_over, f_def, f_dis, ..] = FILES;
    let (mut lines, mut problems) = (Lines::default(), Vec::new());
    let as_of = as_of(head, &mut problems);

    let releases = all(f_builds, builds, &mut problems, &mut lines.releases, release);
    let mut advisories = all(f_cves, cves, &mut problems, &mut lines.advisories, advisory);
    each_row(f_fixes, fixes, &mut problems, |row| add_fix(row, &mut advisories, &mut lines));
    each_row(f_kev, kev, &mut problems, |row| {
        add_known_exploited(row, &mut advisories, &mut lines)
    });
    let lifecycles = all(f_life, lifecycle, &mut problems, &mut lines.lifecycles, life);
    let switches = all(f_over, overrides, &mut problems, &mut lines.overrides, switch);
    let mut setup_defaults = Vec::new();
    each_row(f_def, defaults, &mut problems, |row| setup_defaults.extend(setup_default(row)));
    let mut contradictions = Vec::new();
    each_row(f_dis, disagreements, &mut problems, |row| contradictions.push(disagreement(row)));

    let graph = [moves, conditions, known, withdrawals];
    let (moves, move_lines) = moves::read(graph, &mut problems);
    lines.moves = move_lines;

    let facts = as_of.map(|as_of| Facts {
        as_of,
        releases,
        advisories,
        lifecycles,
        overrides: switches,
        defaults: setup_defaults,
        disagreements: contradictions,
        moves,
    });
    (facts, lines, problems)
}

/// Adds a row of fixes.csv to its CVE.
fn add_fix(row: &mut Row<'_>, advisories: &mut [Advisory], lines: &mut Lines) {
    let id = row.text("cve");
    let Some(it) = fix(row) else { return };
    match advisories.iter_mut().find(|it| it.id == id) {
        Some(advisory) => {
            advisory.fixes.push(it);
            lines.fixes.push((id, row.line));
        }
        None => row.problem(format!("`{id}` is not in cves.csv")),
    }
}

/// Adds a row of kev.csv to its CVE.
fn add_known_exploited(row: &mut Row<'_>, advisories: &mut [Advisory], lines: &mut Lines) {
    let id = row.text("cve");
    let Some(it) = known_exploited(row) else { return };
    match advisories.iter_mut().find(|it| it.id == id) {
        Some(advisory) => {
            if advisory.kev.replace(it).is_some() {
                row.problem(format!("`{id}` stands here twice"));
            }
            lines.kevs.push((id, row.line));
        }
        None => row.problem(format!("`{id}` is not in cves.csv")),
    }
}

/// Highest layout of the files that this version reads.
const SCHEMA: u64 = 1;

fn as_of(text: &str, problems: &mut Vec<Problem>) -> Option<Date> {
    let mut problem = |what: String| {
        problems.push(Problem {
            file: FILES.first().copied().unwrap_or_default().to_owned(),
            line: 0,
            what,
        });
    };
    #[derive(serde::Deserialize)]
    struct Head {
        schema: u64,
        as_of: String,
    }
    let head: Head = match toml::from_str(text) {
        Ok(head) => head,
        Err(error) => {
            problem(error.message().to_owned());
            return None;
        }
    };
    if head.schema != SCHEMA {
        problem(format!("schema {} is not {SCHEMA}, the one this version reads", head.schema));
    }
    match head.as_of.parse() {
        Ok(date) => Some(date),
        Err(_) => {
            problem(format!("as_of `{}` is not a date such as 2026-10-15", head.as_of));
            None
        }
    }
}

fn release(row: &mut Row<'_>) -> Option<Release> {
    let text = |row: &Row<'_>, column| Some(row.text(column)).filter(|it| !it.is_empty());
    let (product, cu, kind) =
        (row.required("product"), row.required("cu"), row.one_of("kind", &KINDS));
    let (build, cumulative) = (row.required("build"), row.one_of("cumulative", &YES_NO));
    let (released, entitlement) =
        (row.optional("released"), row.one_of("entitlement", &ENTITLEMENTS));
    let (update, kb, note) = (text(row, "update"), text(row, "kb"), row.text("note"));
    let source = row.source();
    if released.is_none() && note.is_empty() {
        row.problem("no release date, and no note that explains it".to_owned());
    }
    Some(Release {
        product: product?,
        cu: cu?,
        update,
        kind: kind?,
        released,
        build: build?,
        kb,
        cumulative: cumulative?,
        entitlement: entitlement?,
        note,
        source: source?,
    })
}

fn advisory(row: &mut Row<'_>) -> Option<Advisory> {
    let (id, kind) = (row.required("id"), row.required("kind"));
    let (published, listed) = (row.required("published"), row.one_of("listed", &YES_NO));
    let (cvss, source) = (cvss(row), row.source());
    Some(Advisory {
        id: id?,
        kind: kind?,
        cvss,
        published: published?,
        kev: None,
        listed: listed?,
        fixes: Vec::new(),
        note: row.text("note"),
        source: source?,
    })
}

fn cvss(row: &mut Row<'_>) -> Option<Cvss> {
    let (score, version) = (row.text("cvss"), row.text("cvss_version"));
    if score.is_empty() {
        return None;
    }
    let (whole, tenth) = score.split_once('.').unwrap_or((score.as_str(), "0"));
    let tenths = match (whole.parse::<u8>(), tenth.parse::<u8>()) {
        (Ok(whole @ 0..=10), Ok(tenth @ 0..=9)) => whole.checked_mul(10)?.checked_add(tenth)?,
        _ => 255,
    };
    if tenths > 100 || version.is_empty() {
        row.problem(format!("column cvss: `{score}` with version `{version}` is no CVSS score"));
        return None;
    }
    Some(Cvss { tenths, version })
}

fn fix(row: &mut Row<'_>) -> Option<Fix> {
    let product = row.required("product");
    let cu: Option<Cu> = if row.text("cu") == "any" { None } else { Some(row.required("cu")?) };
    let (fixed, fixed_msrc) = (row.optional::<Build>("fixed"), row.optional("fixed_msrc"));
    let rule = row.one_of("config", &RULES)?;
    let item = row.optional("item");
    let config = match (rule, item) {
        (Some(rule), Some(item)) => Some(ConfigNeed { rule, item }),
        (None, None) => None,
        _ => {
            row.problem("columns config and item belong together".to_owned());
            None
        }
    };
    let (msrc_affected, evidence) =
        (row.one_of("msrc_affected", &AFFECTED), row.one_of("evidence", &GRADES));
    Some(Fix {
        product: product?,
        cu,
        fixed,
        fixed_msrc,
        config,
        msrc_affected: msrc_affected?,
        evidence: evidence?,
        note: row.text("note"),
        source: row.source()?,
    })
}

fn known_exploited(row: &mut Row<'_>) -> Option<Kev> {
    const STATES: [(&str, &str); 3] =
        [("known", "known"), ("unknown", "unknown"), ("unverified", "unverified")];
    let (added, ransomware) = (row.required("added"), row.one_of("ransomware", &STATES));
    Some(Kev { added: added?, ransomware: ransomware?.to_owned(), source: row.source()? })
}

fn life(row: &mut Row<'_>) -> Option<Lifecycle> {
    let product = row.required("product");
    let cus = row.text("esu_cus");
    let mut esu_cus = Vec::new();
    for cu in cus.split(';').filter(|it| !it.is_empty()) {
        match cu.parse() {
            Ok(cu) => esu_cus.push(cu),
            Err(error) => row.problem(format!("column esu_cus: {error}")),
        }
    }
    Some(Lifecycle {
        product: product?,
        extended_end: row.optional("extended_end"),
        esu_end: row.optional("esu_end"),
        esu_cus,
        assessed_until: row.optional("assessed_until"),
        note: row.text("note"),
        source: row.source()?,
    })
}

fn switch(row: &mut Row<'_>) -> Option<OverrideSwitch> {
    Some(OverrideSwitch {
        cve: row.required("cve")?,
        component: row.required("component")?,
        section: row.required("section")?,
        parameter: row.required("parameter")?,
        value: row.required("value")?,
        source: row.source()?,
    })
}

fn setup_default(row: &mut Row<'_>) -> Option<SetupDefault> {
    Some(SetupDefault {
        item: row.required("item")?,
        product: row.required("product")?,
        cu: row.required("cu")?,
        source: row.source()?,
    })
}

fn disagreement(row: &mut Row<'_>) -> Disagreement {
    Disagreement {
        kind: row.text("kind"),
        what: row.text("what"),
        source_a: row.text("source_a"),
        source_b: row.text("source_b"),
        kept: row.text("kept"),
    }
}
