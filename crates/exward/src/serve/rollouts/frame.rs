//! What stands around the pages of rollouts.

use exward_store::store::{Role, Tenant};

use crate::output::Tlp;
use crate::page::layout::{self, Frame, Section, Who};
use crate::serve::access::{Caller, Kind};
use crate::serve::error::WebError;
use crate::serve::people::seen_tenants;
use crate::serve::state::App;

/// The frame of a page.
///
/// # Errors
/// The store's.
pub(super) async fn frame(
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
        tlp: Tlp::Amber.to_string(),
        catalog_as_of: app.catalog.get().as_of(),
        today: app.clock.today(),
        flash: None,
        trouble: None,
    })
}

/// What every form carries.
pub(super) fn form_key(caller: &Caller) -> String {
    match &caller.kind {
        Kind::Session { form_key, .. } => form_key.clone(),
        Kind::Token => String::new(),
    }
}

const fn role(role: Role) -> layout::Role {
    match role {
        Role::Viewer => layout::Role::Viewer,
        Role::Operator => layout::Role::Operator,
        Role::Approver => layout::Role::Approver,
        Role::Admin => layout::Role::Admin,
    }
}
