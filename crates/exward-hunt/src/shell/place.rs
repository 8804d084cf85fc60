//! Where a web file stands, and whether a script may stand there at all.
//!
//! Sources: CISA AA21-062A and Microsoft's HAFNIUM report of 2021-03-02 (folders that shells were
//! found in); the allow-list is that of the pages which Exchange 2013 to SE put into these folders.

/// A place that intruders use, told by the path alone: Windows path, path inside a triage folder or
/// archive, or the path of a URL. `/` and `\` and the case do not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// `aspnet_client`: should hold nothing except `web.config`.
    AspnetClient,
    /// `owa\auth`, of the front end or the back end.
    OwaAuth,
    /// `ecp\auth`.
    EcpAuth,
    /// Folders of the offline address book.
    Oab,
    /// Elsewhere below `FrontEnd\HttpProxy`.
    FrontEnd,
    /// Elsewhere below `ClientAccess`.
    ClientAccess,
    /// Elsewhere below `inetpub\wwwroot`.
    WwwRoot,
    /// `Temporary ASP.NET Files`: what ASP.NET compiled.
    TemporaryAspNet,
    /// Anywhere else.
    Elsewhere,
}

/// Microsoft's own pages by folder; exact names, because shells differ from them by a letter
/// (`RedirSuiteServerProxy.aspx`, `TimeoutLogout.aspx`).
const OWA_AUTH_PAGES: [&str; 11] = [
    "casredirect.aspx",
    "error.aspx",
    "error2.aspx",
    "errorfe.aspx",
    "expiredpassword.aspx",
    "frowny.aspx",
    "logoff.aspx",
    "logon.aspx",
    "outlookcn.aspx",
    "redirsuiteserviceproxy.aspx",
    "signout.aspx",
];
const ECP_AUTH_PAGES: [&str; 1] = ["timeoutlogoff.aspx"];

/// Endings of files that IIS runs on the server, without the dot.
const SERVER_ENDINGS: [&str; 17] = [
    "aspx", "asp", "ashx", "asmx", "asax", "ascx", "asa", "cer", "cdx", "svc", "cshtml", "vbhtml",
    "master", "soap", "rem", "axd", "cshtm",
];

impl Place {
    /// For a person: the folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AspnetClient => "aspnet_client",
            Self::OwaAuth => r"owa\auth",
            Self::EcpAuth => r"ecp\auth",
            Self::Oab => "OAB",
            Self::FrontEnd => r"FrontEnd\HttpProxy",
            Self::ClientAccess => "ClientAccess",
            Self::WwwRoot => r"inetpub\wwwroot",
            Self::TemporaryAspNet => "Temporary ASP.NET Files",
            Self::Elsewhere => "another folder",
        }
    }

    /// Whether only Microsoft's scripts, or none, stand here.
    #[must_use]
    pub fn is_reserved(self) -> bool {
        match self {
            Self::AspnetClient | Self::OwaAuth | Self::EcpAuth | Self::Oab => true,
            Self::FrontEnd
            | Self::ClientAccess
            | Self::WwwRoot
            | Self::TemporaryAspNet
            | Self::Elsewhere => false,
        }
    }
}

/// The folders and the name of a path, in lower case.
fn components(path: &str) -> Vec<String> {
    let path = path.rsplit('!').next().unwrap_or(path);
    path.split(['/', '\\']).filter(|it| !it.is_empty()).map(str::to_ascii_lowercase).collect()
}

/// The name of the file in lower case, without folders. Empty for an empty path.
pub(super) fn file_name(path: &str) -> String {
    components(path).pop().unwrap_or_default()
}

/// The place of a path.
#[must_use]
pub fn place(path: &str) -> Place {
    let mut folders = components(path);
    folders.pop();
    let has = |name: &str| folders.iter().any(|it| it == name);
    let has_pair = |first: &str, second: &str| {
        folders.iter().zip(folders.iter().skip(1)).any(|(a, b)| a == first && b == second)
    };
    let rules = [
        (has("temporary asp.net files"), Place::TemporaryAspNet),
        (has("aspnet_client"), Place::AspnetClient),
        (has_pair("owa", "auth"), Place::OwaAuth),
        (has_pair("ecp", "auth"), Place::EcpAuth),
        (
            has_pair("httpproxy", "oab")
                || has_pair("clientaccess", "oab")
                || folders.first().is_some_and(|it| it == "oab"),
            Place::Oab,
        ),
        (has_pair("frontend", "httpproxy"), Place::FrontEnd),
        (has("clientaccess"), Place::ClientAccess),
        (has_pair("inetpub", "wwwroot"), Place::WwwRoot),
    ];
    rules.into_iter().find(|(holds, _)| *holds).map_or(Place::Elsewhere, |(_, place)| place)
}

/// Whether IIS runs a file of this name on the server (`.aspx`, `.asp`, `.ashx`, …).
#[must_use]
pub fn is_server_script(path: &str) -> bool {
    let name = file_name(path);
    name.rsplit_once('.').is_some_and(|(_, ending)| SERVER_ENDINGS.contains(&ending))
}

/// Whether a script stands where only Microsoft's pages, or none, should: a sighting by itself.
#[must_use]
pub fn is_stranger(path: &str) -> bool {
    if !is_server_script(path) {
        return false;
    }
    let mut folders = components(path);
    let name = folders.pop().unwrap_or_default();
    // Microsoft's pages stand in the folder itself, not below it.
    let is_direct = folders.last().is_some_and(|it| it == "auth");
    let known: &[&str] = match place(path) {
        Place::OwaAuth if is_direct => &OWA_AUTH_PAGES,
        Place::EcpAuth if is_direct => &ECP_AUTH_PAGES,
        // Every application of Exchange has one.
        Place::Oab => &["global.asax"],
        Place::OwaAuth | Place::EcpAuth | Place::AspnetClient => &[],
        Place::FrontEnd
        | Place::ClientAccess
        | Place::WwwRoot
        | Place::TemporaryAspNet
        | Place::Elsewhere => return false,
    };
    !known.contains(&name.as_str())
}
