//! Download Domains: attachments of OWA from a host name of their own.
//!
//! Source: HealthChecker, Invoke-AnalyzerSecurityCve-2021-1730: the organisation switches it on,
//! and both host names of the OWA directory are set and differ from OWA's own.

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::Evidence;

use super::{Seen, all_of};
use crate::clixml::Value;

/// The OWA directory that users reach.
const OWA: &str = "owa (Default Web Site)";

const HOST_NAMES: [&str; 2] = ["ExternalDownloadHostName", "InternalDownloadHostName"];

pub(super) fn evidence(all: &[Seen<'_>], server: Option<&str>) -> Vec<Evidence> {
    let directories = owa_directories(all, server);
    let judge = |seen: &Seen<'_>| {
        let enabled = seen.value.get("EnableDownloadDomains")?.bool()?;
        let (state, what) = judge(enabled, &directories);
        Some(seen.config(ConfigItem::DownloadDomains, state, &what))
    };
    all.iter().filter_map(judge).collect()
}

/// This server's OWA directories; all of them if none names the server.
fn owa_directories<'a>(all: &[Seen<'a>], server: Option<&str>) -> Vec<&'a Value> {
    let is_owa = |it: &&Value| {
        let has_host_name = it.object().is_some_and(|it| it.get(HOST_NAMES[0]).is_some());
        let name = it.get("Name").and_then(Value::text);
        has_host_name && name.is_some_and(|it| it.eq_ignore_ascii_case(OWA))
    };
    let owa: Vec<&Value> = all.iter().map(|it| it.value).filter(is_owa).collect();
    let is_ours = |it: &&&Value| {
        let on = it.get("Server").or_else(|| it.get("ServerName")).and_then(Value::text);
        on.zip(server).is_some_and(|(on, server)| on.eq_ignore_ascii_case(server))
    };
    let ours: Vec<&Value> = owa.iter().filter(is_ours).copied().collect();
    if ours.is_empty() { owa } else { ours }
}

fn judge(enabled: bool, directories: &[&Value]) -> (Option<ConfigState>, String) {
    if !enabled {
        return (Some(ConfigState::NotDone), "off in the organisation".to_owned());
    }
    if directories.is_empty() {
        return (None, "on in the organisation; the OWA directory was not read".to_owned());
    }
    let problems: Vec<String> = directories.iter().flat_map(|it| problems(it)).collect();
    let state = if problems.is_empty() { ConfigState::Done } else { ConfigState::NotDone };
    let what = match problems.first() {
        None => "on, and both host names are set".to_owned(),
        Some(problem) => format!("on in the organisation, but {problem}"),
    };
    (all_of([Some(state)]), what)
}

fn problems(owa: &Value) -> Vec<String> {
    let own: Vec<&str> =
        ["ExternalUrl", "InternalUrl"].iter().filter_map(|it| host(owa.get(it)?)).collect();
    let problem = |name: &&str| {
        let Some(set) = owa.get(name).and_then(Value::text) else {
            return Some(format!("{name} is not set"));
        };
        let is_own = own.iter().any(|it| it.eq_ignore_ascii_case(set));
        is_own.then(|| format!("{name} is OWA's own host name, {set}"))
    };
    HOST_NAMES.iter().filter_map(problem).collect()
}

/// The host of an address.
fn host(url: &Value) -> Option<&str> {
    if let Some(host) = url.get("Host").and_then(Value::text) {
        return Some(host);
    }
    let (_, rest) = url.text()?.split_once("://")?;
    rest.split(['/', ':']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "<Obj><Props><S N=\"Name\">owa (Default Web Site)</S>";

    #[track_caller]
    fn check(enabled: bool, external: &str, internal: &str, want: &str) {
        let text = format!(
            "<Objs><Obj><Props><B N=\"EnableDownloadDomains\">{enabled}</B></Props></Obj>{TYPE}\
             <S N=\"ExternalDownloadHostName\">{external}</S>\
             <S N=\"InternalDownloadHostName\">{internal}</S>\
             <URI N=\"InternalUrl\">https://mail.example.org/owa</URI>\
             <Nil N=\"ExternalUrl\" /></Props></Obj></Objs>"
        );
        let document = crate::clixml::read(text.as_bytes()).unwrap();
        let seen = |value| Seen { file: "x.xml", value };
        let all: Vec<Seen<'_>> = document.values.iter().map(seen).collect();
        let got: Vec<String> = evidence(&all, None).into_iter().map(|it| it.value).collect();
        assert_eq!(got, [format!("download-domains: {want}")]);
    }

    #[test]
    fn download_domains_are_judged() {
        let good = "download.example.org";
        check(false, good, good, "off in the organisation");
        check(true, good, good, "on, and both host names are set");
        check(true, good, "", "on in the organisation, but InternalDownloadHostName is not set");
        check(
            true,
            "Mail.example.org",
            good,
            "on in the organisation, but ExternalDownloadHostName is OWA's own host name, \
             Mail.example.org",
        );
    }
}
