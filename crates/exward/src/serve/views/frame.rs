//! What stands around pages.

use exward_store::store::{Role, Tenant};

use crate::output::Tlp;
use crate::page::layout::{self, Frame, Section, Who};
use crate::serve::access::{Caller, Kind};
use crate::serve::error::WebError;
use crate::serve::people::seen_tenants;
use crate::serve::state::App;

/// A list of vulnerable servers is a target list.
pub(super) const TLP: Tlp = Tlp::Amber;

/// The frame of a page of this tenant; without one, of no tenant.
///
/// # Errors
/// The store's.
pub(crate) async fn frame(
    app: &App,
    caller: &Caller,
    here: Section,
    tenant: Option<&Tenant>,
) -> Result<Frame, WebError> {
    let seen = seen_tenants(app, caller).await?;
    let others = seen.iter().filter(|it| tenant.is_some_and(|own| own.id != it.id));
    Ok(Frame {
        here,
        tenant: tenant.map(|it| layout::Tenant::named(&it.name)),
        others: others.map(|it| layout::Tenant::named(&it.name)).collect(),
        who: Some(Who { name: caller.name.as_str().into(), role: role(caller.role) }),
        form_key: form_key(caller),
        tlp: TLP.to_string(),
        catalog_as_of: app.catalog.get().as_of(),
        today: app.clock.today(),
        flash: None,
        trouble: None,
    })
}

/// What the forms of somebody carry; empty: none of theirs would be taken.
pub(crate) fn form_key(caller: &Caller) -> String {
    match &caller.kind {
        Kind::Session { form_key, .. } => form_key.clone(),
        Kind::Token => String::new(),
    }
}

/// The frame of a part of a page that looks the same to everybody.
pub(crate) fn frame_of(app: &App, here: Section, tenant: &Tenant) -> Frame {
    Frame { here, tenant: Some(layout::Tenant::named(&tenant.name)), ..outside(app) }
}

/// The frame of a page for whoever is not signed in.
pub(crate) fn outside(app: &App) -> Frame {
    let catalog_as_of = app.catalog.get().as_of();
    Frame {
        here: Section::Elsewhere,
        tenant: None,
        others: Vec::new(),
        who: None,
        form_key: String::new(),
        tlp: TLP.to_string(),
        catalog_as_of,
        // How old it is concerns those who read verdicts.
        today: catalog_as_of,
        flash: None,
        trouble: None,
    }
}

/// A role as pages name it.
pub(crate) const fn role(role: Role) -> layout::Role {
    match role {
        Role::Viewer => layout::Role::Viewer,
        Role::Operator => layout::Role::Operator,
        Role::Approver => layout::Role::Approver,
        Role::Admin => layout::Role::Admin,
    }
}
