//! Pages in the shape by which Exchange is recognised, in our own words.

use std::fmt::Write as _;
use std::sync::LazyLock;

use exward_core::build::Build;
use exward_core::product::Product;

use crate::estate::Server;

/// Size of a logon page of 2013 and later, as recorded. Whoever reads it whole pays for it.
const LOGON_BYTES: usize = 48_353;

/// What fills a logon page up.
const FILLING: &str = ".simulated { content: \"exward lab: no Exchange is here\"; }\n";

static FILLED: LazyLock<String> = LazyLock::new(|| FILLING.repeat(LOGON_BYTES / FILLING.len()));

/// IIS's page for what is not there, in short.
pub(super) const NOT_FOUND: &str =
    "<html><head><title>404 - File or directory not found.</title></head><body></body></html>";

/// The logon page: the version stands in the first 600 bytes.
pub(super) fn logon(server: &Server) -> String {
    let build = server.build;
    let (version, file) = match server.product {
        Product::E2007 | Product::E2003 | Product::E2000 | Product::E55 => {
            (build.to_string(), "themes/base/logon.css")
        }
        Product::E2010 => (build.to_string(), "themes/resources/favicon.ico"),
        Product::E2013 | Product::E2016 | Product::E2019 | Product::Se => {
            (format!("auth/{}", build.prefix()), "themes/resources/favicon.ico")
        }
    };
    let mut page = String::with_capacity(LOGON_BYTES);
    let relation = if file.ends_with("css") { "stylesheet" } else { "shortcut icon" };
    // A page without its head is still a page: writing to a string cannot fail.
    let _written = write!(
        page,
        "<!DOCTYPE html>\n<!-- OwaPage = ASP.auth_logon_aspx -->\n\
         <!-- simulated by exward lab: nobody can log on here -->\n<html>\n<head>\n\
         <link rel=\"{relation}\" href=\"/owa/{version}/{file}\">\n\
         <title>Outlook</title>\n<style>\n"
    );
    let end = "</style>\n</head>\n<body>\n<form action=\"/owa/auth.owa\" method=\"POST\">\
               <input name=\"username\"><input name=\"password\" type=\"password\"></form>\n\
               </body>\n</html>\n";
    let is_large = server.product >= Product::E2013;
    let room = LOGON_BYTES.saturating_sub(page.len()).saturating_sub(end.len());
    page.push_str(FILLED.get(..room).filter(|_| is_large).unwrap_or(FILLING));
    page.push_str(end);
    page
}

/// The front end's page for a back end that does not answer: names no version.
pub(super) fn error() -> String {
    "<html><head><title>Error</title></head><body>simulated: something went wrong</body></html>"
        .to_owned()
}

/// The manifest of the export tool. It shows the build of the CU, whatever update runs (trap T5).
pub(super) fn manifest(base: Build) -> String {
    const NAME: &str = "microsoft.exchange.ediscovery.exporttool";
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- simulated by exward lab -->\n<assembly>\n\
         <assemblyIdentity name=\"{NAME}.application\" version=\"{base}\" language=\"neutral\" />\n\
         <assemblyIdentity name=\"{NAME}\" version=\"{base}\" type=\"win32\" />\n</assembly>\n"
    )
}
