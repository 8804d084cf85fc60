//! Whose blueprints follow each other.

use exward_core::blueprint::BlueprintId;

use super::JournalError;

/// A line of blueprints: each has its own current blueprint (J4) and its own lease (J3), so that the rollouts of
/// different tenants run side by side and never wait for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// Of the blueprints that are nobody's: they came from the command line.
    #[default]
    Unowned,
    /// Of the blueprints of the tenant with this number.
    Tenant(i64),
}

impl Line {
    /// Refuses a blueprint that cannot become current where `current` is: it is not that one, and does not
    /// follow it (J4).
    ///
    /// # Errors
    /// [`JournalError::NotAChild`].
    pub fn follows(
        id: BlueprintId,
        parent: Option<BlueprintId>,
        current: Option<BlueprintId>,
    ) -> Result<(), JournalError> {
        if current == Some(id) || parent == current {
            Ok(())
        } else {
            Err(JournalError::NotAChild { parent, current })
        }
    }
}
