//! The name of a page, the same in a request, on disk, as a compiled leftover and in an event.

/// Endings that a web server runs.
const ENDINGS: [&str; 7] = [".aspx", ".ashx", ".asmx", ".asax", ".asp", ".cshtml", ".soap"];

/// Pages of Exchange and of ASP.NET: everybody asks for them, so they join nobody (trap 3).
const SHIPPED: [&str; 21] = [
    "about.aspx",
    "casredirect.aspx",
    "default.asp",
    "default.aspx",
    "error.aspx",
    "errorfe.aspx",
    "expiredpassword.aspx",
    "exchange.asmx",
    "frowny.aspx",
    "global.asax",
    "languageselection.aspx",
    "logoff.aspx",
    "logon.aspx",
    "outlookcn.aspx",
    "redirsuiteserviceproxy.aspx",
    "reportingwebservice.asmx",
    "services.asmx",
    "signout.aspx",
    "timeoutlogoff.aspx",
    "um.asmx",
    "webservice.asmx",
];

/// The base name of the page that a path is about, in lower case: `x.aspx` of `/owa/auth/X.aspx`,
/// `C:\…\x.aspx`, `…\x.aspx.f5dba9b9.compiled` and `App_Web_x.aspx.f5dba9b9.2a.dll`. `None` if it is about
/// no page, or about one that Microsoft ships.
#[must_use]
pub fn page_name(path: &str) -> Option<String> {
    let path = path.to_lowercase();
    // What stands behind a page in a URL is handed to it: `/x.aspx/more`.
    let name = path.rsplit(['/', '\\']).find_map(up_to_ending)?;
    let name = name.strip_prefix("app_web_").unwrap_or(name);
    (!SHIPPED.contains(&name)).then(|| name.to_owned())
}

/// `x.aspx` of `x.aspx.f5dba9b9.compiled`, `x.asp` of `x.asp;.jpg`.
fn up_to_ending(name: &str) -> Option<&str> {
    let ends = ENDINGS.iter().filter_map(|ending| {
        let (stem, rest) = name.split_once(ending)?;
        let is_end = rest.is_empty() || rest.starts_with(['.', ';', ':', '?', '%', ' ', '"', '\'']);
        (is_end && !stem.is_empty()).then(|| stem.len().saturating_add(ending.len()))
    });
    name.get(..ends.min()?)
}

#[cfg(test)]
mod tests {
    use super::page_name;

    #[track_caller]
    fn check(path: &str, want: Option<&str>) {
        assert_eq!(page_name(path).as_deref(), want, "{path}");
    }

    #[test]
    fn one_page_has_many_places() {
        check("/owa/auth/X.aspx", Some("x.aspx"));
        check("/owa/auth/x.aspx/more", Some("x.aspx"));
        check(r"C:\inetpub\wwwroot\aspnet_client\x.aspx", Some("x.aspx"));
        check(r"inetpub\wwwroot\aspnet_client\x.aspx", Some("x.aspx"));
        check(r"C:\Windows\…\root\e22c2559\x.aspx.f5dba9b9.compiled", Some("x.aspx"));
        check("App_Web_x.aspx.f5dba9b9.2aqwxz.dll", Some("x.aspx"));
        check("triage.zip!wwwroot/x.ashx", Some("x.ashx"));
        check(r"\\127.0.0.1\C$\x.aspx", Some("x.aspx"));
        check("x.asp;.jpg", Some("x.asp"));
    }

    #[test]
    fn what_everybody_asks_for_joins_nobody() {
        check("/owa/auth/logon.aspx", None);
        check("/autodiscover/autodiscover.json", None);
        check("/ecp/default.flt", None);
        check(r"C:\Windows\System32\cmd.exe", None);
        check("web.config", None);
        check(".aspx", None);
        check("", None);
    }
}
