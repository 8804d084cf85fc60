//! Traces of attacks as log lines: what a log shows of each intrusion of the Exchange holes of 2020 to 2022.
//!
//! Sources: the write-ups and rules that the hunt's own rules cite. Only lines of logs, never a request.

use super::Request;
use crate::seed::Dice;

/// A trace and what a hunt should say of it.
pub(super) struct Trace {
    pub(super) request: Request,
    pub(super) stage: &'static str,
    pub(super) what: &'static str,
}

/// Name, stage, method, path, query, status.
type Shape = (&'static str, &'static str, &'static str, &'static str, &'static str, u16);

const SHAPES: [Shape; 14] = [
    (
        "ProxyShell",
        "success",
        "POST",
        "/autodiscover/autodiscover.json",
        "@lab.example/mapi/emsmdb/?=&Email=autodiscover/autodiscover.json%3F@lab.example",
        200,
    ),
    (
        "ProxyShell",
        "success",
        "POST",
        "/Autodiscover/Autodiscover.json",
        "a=b@lab.example/powershell/?X-Rps-CAT=VgEAVAdXaW5kb3dzQwBBBUJhc2ljTA&Email=autodiscover/autodiscover.json%3Fa=b@lab.example",
        200,
    ),
    (
        "ProxyShell",
        "attempt",
        "GET",
        "/%61utodiscover/autodiscover.json",
        "%40lab.example/%6dapi/nspi/?=&Email=autodiscover/autodiscover.json%3F%40lab.example",
        401,
    ),
    (
        "ProxyShell",
        "attempt",
        "GET",
        "/autodiscover/autodiscover.json",
        "@lab.example/ews/exchange.asmx?=&Email=autodiscover/autodiscover.json%3F@lab.example",
        403,
    ),
    (
        "ProxyNotShell",
        "success",
        "POST",
        "/autodiscover/autodiscover.json",
        "@lab.example/PowerShell/?Email=autodiscover/autodiscover.json%3f@lab.example",
        200,
    ),
    ("OWASSRF", "success", "POST", "/owa/user%40lab.example/powershell", "-", 200),
    (
        "ProxyToken",
        "attempt",
        "POST",
        "/ecp/user@lab.example/RulesEditor/InboxRules.svc/NewObject",
        "SecurityToken=x",
        500,
    ),
    (
        "CVE-2020-0688",
        "attempt",
        "GET",
        "/ecp/default.aspx",
        "__VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE=/wEyhAYAAQAAAP////8BAAAA",
        500,
    ),
    ("CVE-2021-28480", "attempt", "POST", "/owa/calendar/a", "-", 200),
    ("ProxyLogon", "success", "POST", "/owa/auth/Current/themes/resources/logon.css", "-", 200),
    ("ProxyLogon", "success", "POST", "/ecp/y.js", "-", 200),
    ("web shell", "webshell", "POST", "/aspnet_client/system_web/lab0ne.aspx", "-", 200),
    ("web shell", "webshell", "GET", "/owa/auth/labtw0.aspx", "cmd=whoami", 200),
    ("web shell probe", "scan", "GET", "/owa/auth/RedirSuiteServerProxy.aspx", "-", 404),
];

/// The trace number `index`: every shape in turn.
pub(super) fn draw(index: usize, dice: &mut Dice) -> Trace {
    let at = index.checked_rem(SHAPES.len()).unwrap_or(0);
    let (what, stage, method, stem, query, status) =
        SHAPES.get(at).copied().unwrap_or(("", "", "GET", "/", "-", 200));
    let request = Request {
        method,
        stem: stem.to_owned(),
        query: query.to_owned(),
        port: 443,
        user: "-".to_owned(),
        client: format!("198.51.100.{}", dice.below(20)),
        agent: "python-requests/2.25.1",
        status,
        millis: dice.below(300),
    };
    Trace { request, stage, what }
}

/// Whether a line came from here: ordinary traffic has no client of this network.
#[cfg(test)]
pub(super) fn is_trace(line: &str) -> bool {
    line.contains(" 198.51.100.")
}
