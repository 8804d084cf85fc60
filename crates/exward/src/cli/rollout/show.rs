//! Where a rollout stands, shown: while it runs, and as the report at its end.

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_drive::journal::Journal as _;
use exward_drive::report::overview;
use exward_store::{StoreJournal, StoreUrl};

use super::store;
use crate::cli::plan::Shape;
use crate::error::CommandError;
use crate::output::{self, RolloutLook, Sink};

/// Shows what the journal says of a rollout; true if somebody has to look.
pub(super) fn show(
    journal: &mut StoreJournal,
    url: &StoreUrl,
    id: BlueprintId,
    blueprint: &Blueprint,
    shape: Shape,
) -> Result<bool, CommandError> {
    let failed = store::failed(url);
    let approvals = journal.approvals(id).map_err(&failed)?;
    let commands = journal.commands(id, 0).map_err(&failed)?;
    let overview = overview(blueprint, &journal.entries(id).map_err(&failed)?);
    let mut sink = Sink::open(None)?;
    let look = RolloutLook {
        id,
        blueprint,
        overview: &overview,
        approvals: &approvals,
        commands: &commands,
        width: sink.width(),
        color: sink.wants_color(),
    };
    let shown = output::write_rollout(&look, shape == Shape::Json, sink.writer());
    shown.map_err(|source| sink.error(source))?;
    sink.close()?;
    Ok(overview.halt(&commands).is_some() || overview.counts.quarantined > 0)
}
