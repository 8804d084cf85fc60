//! Errors of the server itself: services, Windows Installer, IIS, files.

use super::{Found, Seen};
use crate::record::kept;
use crate::setup_log::cause::Cause;
use crate::setup_log::code::{CodeMeaning, installer_code};

pub(super) const KNOWN: &[fn(&Seen<'_>) -> Option<Found>] = &[
    fip_fs,
    firewall,
    search,
    service_control,
    source_missing,
    installer,
    virtual_directory,
    application,
    service_disabled,
    service,
    command_line,
    file,
    certificate,
    scripts,
];

fn fip_fs(seen: &Seen<'_>) -> Option<Found> {
    let is_upgrade = seen.says("upgrade of configuration.xml was unsuccessful");
    let found = is_upgrade && seen.says_any(&["access to the path", "access is denied"]);
    found.then(|| (Cause::FipFsAccessDenied, Some("FIP-FS Configuration.xml".to_owned())))
}

/// 0x800706D9 comes from any RPC server that is not there; here it must be about the firewall (G2).
fn firewall(seen: &Seen<'_>) -> Option<Found> {
    let code = seen.says_any(&["0x800706d9", "no more endpoints available from the endpoint"]);
    let about = seen.says("firewall")
        || seen.script.contains("firewall")
        || seen.scene.cmdlet.to_ascii_lowercase().contains("firewall");
    (code && about).then(|| (Cause::FirewallServiceStopped, Some("MpsSvc".to_owned())))
}

fn search(seen: &Seen<'_>) -> Option<Found> {
    let found =
        seen.says_any(&["failure configuring searchfoundation", "configuring search foundation"]);
    found.then(|| (Cause::SearchFoundationFailed, seen.between("exception: ", "\n")))
}

fn service_control(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says("exception calling \"reverse\" with \"1\" argument");
    found.then(|| (Cause::ServiceControlNoServices, Some("ServiceControl.ps1".to_owned())))
}

fn source_missing(seen: &Seen<'_>) -> Option<Found> {
    let named = seen.says_any(&[
        "installation source for this product is not available",
        "error code is 1612",
        "error code is 1706",
    ]);
    let unreadable = seen.says("error reading from file: ") && seen.says(r"\windows\installer\");
    // Setup falls over its own missing message when the package cannot be opened.
    let fell = seen.lower.starts_with("object reference not set to an instance of an object")
        && seen.scene.package.is_some();
    (named || unreadable || fell).then(|| (Cause::MsiSourceMissing, product(seen)))
}

fn product(seen: &Seen<'_>) -> Option<String> {
    let code = seen.between("product with code ", ". ");
    let package = || seen.between("installing product ", " failed");
    code.or_else(package).or_else(|| seen.scene.package.map(kept))
}

fn installer(seen: &Seen<'_>) -> Option<Found> {
    if seen.says_any(&["error 1935", "hresult: 0x80070bc2"]) {
        return Some((Cause::of_code(CodeMeaning::AssemblyFailed), product(seen)));
    }
    let code = seen.between("error code is ", ".")?;
    let about = seen.says_any(&["product", "package", "msi", "patch"]);
    let code = installer_code(code.parse().ok().filter(|_| about)?);
    // A code that is not known explains nothing (G2).
    let explains = !code.claims_success() && !matches!(code, CodeMeaning::Unknown(_));
    explains.then(|| (Cause::of_code(code), product(seen)))
}

fn virtual_directory(seen: &Seen<'_>) -> Option<Found> {
    let missing = seen.says_all(&["be performed because object '", "be found on"]);
    let cmdlet = seen.scene.cmdlet.to_ascii_lowercase().contains("virtualdirectory");
    let site = seen.says_any(&["(default web site)", "(exchange back end)"]);
    if missing && (cmdlet || site) {
        return Some((Cause::VirtualDirectoryMismatch, seen.between("because object '", "'")));
    }
    let twice = seen.says_all(&["the virtual directory '", "already exists"]);
    twice.then(|| (Cause::VirtualDirectoryMismatch, seen.between("the virtual directory '", "'")))
}

/// The IIS tool ends with 50 if it is to change an application that IIS does not have.
fn application(seen: &Seen<'_>) -> Option<Found> {
    let failed = seen.says("process execution failed with exit code 50.");
    let program = seen.scene.program.to_ascii_lowercase();
    let is_iis = program.contains("appcmd") || seen.script.contains("appcmd");
    (failed && is_iis).then(|| {
        let name = seen.scene.program.split_once("/app.name:").map(|(_, it)| it);
        let name = name.map(|it| it.trim_matches('"')).filter(|it| !it.is_empty());
        (Cause::VirtualDirectoryMismatch, name.map(kept))
    })
}

fn service_disabled(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&[
        "cannot be started, either because it is disabled",
        "cannot be started because it is disabled",
    ]);
    found.then(|| (Cause::ServiceDisabled, service_name(seen)))
}

fn service(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&[
        "failed to reach status 'running'",
        "cannot start service ",
        "failed to start service ",
        "cannot be started due to the following error",
    ]);
    found.then(|| (Cause::ServiceNotStarted, service_name(seen)))
}

fn service_name(seen: &Seen<'_>) -> Option<String> {
    seen.between("start service ", " on computer").or_else(|| seen.between("service '", "'"))
}

fn command_line(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&[
        "is not a valid mode",
        "invalid command line arguments",
        "iacceptexchangeserverlicenseterms_diagnosticdata",
    ]);
    found.then(|| (Cause::InvalidCommandLine, seen.between("the mode '", "'")))
}

fn file(seen: &Seen<'_>) -> Option<Found> {
    if seen.says("not enough space on the disk") {
        return Some((Cause::DiskFull, None));
    }
    if seen.says("because it is being used by another process") {
        return Some((Cause::FileInUse, seen.between("the file '", "'")));
    }
    let denied = seen.says_all(&["access to the path '", "' is denied"]);
    denied.then(|| (Cause::FileAccessDenied, seen.between("access to the path '", "'")))
}

fn certificate(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&["the certificate is expired", "certificate has expired"]);
    found.then(|| (Cause::CertificateExpired, seen.between("thumbprint ", " ")))
}

fn scripts(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&[
        "running scripts is disabled on this system",
        "authorizationmanager check failed",
        "is not digitally signed",
    ]);
    found.then(|| (Cause::ScriptsDisabled, seen.between("file ", " cannot be loaded")))
}
