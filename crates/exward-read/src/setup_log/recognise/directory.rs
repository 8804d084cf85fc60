//! Errors of Active Directory: schema, groups, system mailboxes, domain controllers.

use super::{Found, Seen};
use crate::record::kept;
use crate::setup_log::cause::Cause;

pub(super) const KNOWN: &[fn(&Seen<'_>) -> Option<Found>] = &[
    schema_import,
    group_type,
    group_deleted,
    upn_conflict,
    no_database,
    folder_hierarchies,
    no_controller,
    no_rights,
];

fn schema_import(seen: &Seen<'_>) -> Option<Found> {
    if !seen.says_all(&["ldifde", "schema file"]) {
        return None;
    }
    let code = seen.between("error code is: ", ".");
    let file = seen.between("schema file '", "'");
    let detail = match (code, file) {
        (Some(code), Some(file)) => Some(kept(&format!("{code}, {file}"))),
        (code, file) => code.or(file),
    };
    Some((Cause::SchemaImportFailed, detail))
}

fn group_type(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says("of the wrong group type");
    found.then(|| (Cause::WellKnownGroupWrongType, seen.between("refers to a group \"", "\"")))
}

fn group_deleted(seen: &Seen<'_>) -> Option<Found> {
    let is_entry = seen.says("well-known object entry");
    let found = is_entry && seen.says_any(&["deleted object", "to an invalid dn"]);
    found.then(|| {
        let object = seen.between("object entry ", " on the ");
        // `B:32:GUID:DN`: the GUID tells nobody anything.
        let name = object.map(|it| match it.splitn(4, ':').collect::<Vec<_>>().as_slice() {
            ["B", "32", _, name] => (*name).to_owned(),
            _ => it,
        });
        (Cause::WellKnownObjectDeleted, name)
    })
}

fn upn_conflict(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_all(&["upn value", "not unique forest-wide"]);
    found.then(|| (Cause::ArbitrationMailboxUpnConflict, seen.scene.object.map(kept)))
}

fn no_database(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says("database is mandatory on usermailbox");
    found.then(|| (Cause::ArbitrationMailboxWithoutDatabase, seen.scene.object.map(kept)))
}

fn folder_hierarchies(seen: &Seen<'_>) -> Option<Found> {
    let is_object = seen.says("the object 'cn=folder hierarchies,");
    let found = is_object && seen.says_any(&["already exists", "be found"]);
    found.then(|| (Cause::PublicFolderObjectMissing, seen.between("the object '", "'")))
}

fn no_controller(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&[
        "unable to set shared config dc",
        "no suitable directory servers found",
        "could not find any available domain controller",
        "could not find any available global catalog",
    ]);
    found.then(|| {
        let named = seen.between("directory servers found in ", ".\n");
        (Cause::NoSuitableDc, named.or_else(|| seen.scene.site.map(kept)))
    })
}

fn no_rights(seen: &Seen<'_>) -> Option<Found> {
    let found = seen.says_any(&["insufficient access rights", "insuff_access_rights"]);
    found.then(|| (Cause::InsufficientRights, seen.between("operation failed on ", ". ")))
}
