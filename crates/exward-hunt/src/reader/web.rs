//! What all logs of web requests share: the forms of a path and a query, and the file that a path names.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use super::decode::{self, Blanks};

/// All forms of one value; see [`decode`].
pub(super) fn forms(value: Cow<'_, str>, blanks: Blanks) -> Vec<Cow<'_, str>> {
    let mut forms = Vec::with_capacity(1);
    decode::add(&mut forms, value, blanks);
    forms
}

/// `stem?query`, or the stem alone if there is no query.
pub(super) fn uri(stem: &str, query: Option<&str>) -> String {
    match query {
        None | Some("-" | "" | "?") => stem.to_owned(),
        Some(query) => format!("{stem}?{}", query.strip_prefix('?').unwrap_or(query)),
    }
}

/// The forms of a query: as it stands, then after the path, then both decoded. Without a query column, of the
/// path alone.
pub(super) fn query_forms<'a>(query: Option<Cow<'a, str>>, stem: &str) -> Vec<Cow<'a, str>> {
    let uri = uri(stem, query.as_deref());
    let mut forms = Vec::with_capacity(2);
    if let Some(query) = query.clone() {
        forms.push(query);
    }
    if !uri.is_empty() && forms.first().is_none_or(|first| *first != uri) {
        forms.push(Cow::Owned(uri.clone()));
    }
    if let Some(query) = query {
        decode::add(&mut forms, query, Blanks::Plus);
    }
    decode::add(&mut forms, Cow::Owned(uri), Blanks::Plus);
    forms
}

/// Endings after which a path may go on and still run the file: `/x.aspx/y`.
const RUN_WITH_MORE_PATH: [&str; 6] = [".aspx/", ".ashx/", ".asmx/", ".asp/", ".svc/", ".soap/"];

/// The file that the path of a request names: decoded, the part up to its ending; `None` if it names none.
pub(super) fn file_of(stem: Cow<'_, str>) -> Option<Cow<'_, str>> {
    // Its last form is the one that the server looks for on its disk.
    let stem = forms(stem, Blanks::AsTheyAre).pop()?;
    let lower = stem.to_ascii_lowercase();
    let run = RUN_WITH_MORE_PATH.iter().filter_map(|ending| {
        lower.find(ending).map(|at| at.saturating_add(ending.len()).saturating_sub(1))
    });
    let end = run.min().unwrap_or(stem.len());
    let (folder, ending) = stem.get(..end)?.rsplit_once('.')?;
    let is_ending = (1..=12).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_ending || folder.is_empty() {
        return None;
    }
    Some(match stem {
        Cow::Borrowed(stem) => Cow::Borrowed(stem.get(..end)?),
        Cow::Owned(stem) => Cow::Owned(stem.get(..end)?.to_owned()),
    })
}

/// An address, with a port or without.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_matches(['[', ']']).parse().ok();
    bare.or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stem: &str, want: Option<&str>) {
        assert_eq!(file_of(Cow::Borrowed(stem)).as_deref(), want, "{stem}");
    }

    #[test]
    fn a_path_names_its_file() {
        check("/owa/auth/x.aspx", Some("/owa/auth/x.aspx"));
        check("/ecp/DDI/DDIService.svc/SetObject", Some("/ecp/DDI/DDIService.svc"));
        check("/x.ASPX/a.b/c", Some("/x.ASPX"));
        check("/owa/auth/x%252Easpx", Some("/owa/auth/x.aspx"));
        check("/aspnet_client/", None);
        check("/api/v1.0/$metadata", None);
        check("/powershell", None);
        check(".", None);
        check("", None);
    }
}
