//! Pages that should not be there: asked for, or written.
//!
//! Names are compared exactly, whatever their case: `RedirSuiteServiceProxy.aspx` is Microsoft's,
//! `RedirSuiteServerProxy.aspx` is a web shell.

use super::TypedHit;
use super::request::{self, Asked};
use super::rules::TypedRule;
use crate::bundled::{Fact, FactKind, Facts};
use crate::shell::{Place, compiled_leftover, is_stranger, place};
use crate::{Confidence, Record, Stage};

/// Endings of pages that are looked for in requests and events. `.svc` is none: Exchange itself answers it all
/// day. `.axd` and `.asax` are never pages.
pub(super) const ENDINGS: [&str; 10] =
    ["aspx", "asp", "ashx", "asmx", "asa", "cer", "cdx", "soap", "cshtml", "vbhtml"];

/// Fields of events that hold the path of a file.
const FILE_FIELDS: [&str; 4] = ["TargetFilename", "ObjectName", "RelativeTargetName", "FileName"];

/// A page that should not be there.
pub(super) struct Page<'f> {
    /// Up to its ending.
    pub(super) path: String,
    place: Place,
    is_stranger: bool,
    /// What is known of its name.
    pub(super) fact: Option<&'f Fact>,
}

impl<'f> Page<'f> {
    /// The page of a path, if it is a stranger or called like a web shell.
    pub(super) fn of(path: &str, facts: &'f Facts) -> Option<Self> {
        let path = up_to_page(path)?;
        let name = path.rsplit(['/', '\\', '!']).next().unwrap_or_default();
        let is_stranger = is_stranger(path);
        let fact = if is_stranger { facts.shell_name_here(name) } else { facts.shell_name(name) };
        if !is_stranger && fact.is_none() {
            return None;
        }
        Some(Self { path: path.to_owned(), place: place(path), is_stranger, fact })
    }

    fn rule(&self) -> TypedRule {
        if self.fact.is_some() { TypedRule::ShellName } else { TypedRule::Stranger }
    }

    /// What is wrong with it.
    fn reason(&self) -> String {
        let holds_no_page = matches!(self.place, Place::AspnetClient | Place::Oab);
        let stranger = if holds_no_page {
            "no page belongs there".to_owned()
        } else {
            format!("in {} only Microsoft's pages stand, and this is none", self.place.name())
        };
        match (self.fact, self.is_stranger) {
            (Some(fact), true) => format!("{stranger}, and its name is that of a {fact}"),
            (Some(fact), false) => format!("its name is that of a {fact}"),
            (None, _) => stranger,
        }
    }
}

/// The path up to the page that runs; what stands behind it is given to the page.
fn up_to_page(path: &str) -> Option<&str> {
    let ends = path.match_indices(['/', '\\']).map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).find(|it| {
        let name = it.rsplit(['/', '\\']).next().unwrap_or_default();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|it| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(it)))
    })
}

/// A request for such a page.
pub(super) fn asked_for(record: &dyn Record, facts: &Facts) -> Option<TypedHit> {
    let forms = request::forms(record, request::STEM);
    let page = forms.iter().find_map(|it| Page::of(it, facts))?;
    let asked = Asked::of(record);
    let (stage, confidence) = weigh(&page, &asked);
    let (deed, answer) =
        (if asked.sends() { "sent something to" } else { "asked for" }, asked.answer());
    let end = match (stage, asked.asks_for_page()) {
        (Stage::WebShell, _) => "",
        (_, false) => ", which it does for pages that are not there, too",
        (_, true) if asked.status.is_none() => "",
        (_, true) => ", so the page was not there or did not run",
    };
    let why = format!("somebody {deed} {}: {}; {answer}{end}", page.path, page.reason());
    Some(page.rule().hit(stage, confidence, why))
}

/// What the answer tells. Whoever only asks for a page is no proof that it is there.
fn weigh(page: &Page<'_>, asked: &Asked) -> (Stage, Confidence) {
    let is_named = page.fact.is_some();
    let confidence = match (asked.status, is_named, page.is_stranger) {
        _ if !asked.asks_for_page() => None,
        (Some(200 | 201 | 204 | 206), true, true) => Some(Confidence::High),
        (Some(200 | 201 | 204 | 206), true, false) => Some(Confidence::Medium),
        (Some(200 | 201 | 204 | 206), false, _) if asked.sends() => Some(Confidence::High),
        (Some(200 | 201 | 204 | 206), false, _) => Some(Confidence::Medium),
        // A shell that failed, or a site where everything fails.
        (Some(500), true, true) => Some(Confidence::Medium),
        (Some(500), ..) => Some(Confidence::Low),
        _ => None,
    };
    confidence.map_or((Stage::Scan, Confidence::Low), |it| (Stage::WebShell, it))
}

/// An event that tells of such a file.
pub(super) fn in_event(record: &dyn Record, facts: &Facts) -> Option<TypedHit> {
    let paths = FILE_FIELDS.iter().flat_map(|it| request::forms(record, it));
    paths.into_iter().find_map(|path| {
        let page = Page::of(&path, facts).filter(|it| it.place != Place::Elsewhere);
        page.map_or_else(|| compiled(&path, facts), |page| Some(told(&page)))
    })
}

fn told(page: &Page<'_>) -> TypedHit {
    let is_sure = page.is_stranger && page.fact.is_some();
    let confidence = if is_sure { Confidence::High } else { Confidence::Medium };
    let why = format!("an event tells of {}: {}", page.path, page.reason());
    page.rule().hit(Stage::WebShell, confidence, why)
}

/// What ASP.NET leaves of a page that it compiled.
fn compiled(path: &str, facts: &Facts) -> Option<TypedHit> {
    let leftover = compiled_leftover(path, &[])?;
    let fact = facts.shell_name(&leftover.page).filter(|it| it.kind == FactKind::ShellName)?;
    let why = format!(
        "an event tells of {path}: a page was compiled, so somebody called it, and its name is that of a {fact}"
    );
    Some(TypedRule::ShellName.hit(Stage::WebShell, Confidence::Medium, why))
}
