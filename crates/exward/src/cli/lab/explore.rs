//! `exward lab explore`: many simulated rollouts, each held to its invariants.

use clap::Args;
use exward_core::blueprint::BlueprintId;
use exward_core::catalog::Catalog;
use exward_core::policy::Policy;
use exward_drive::state::End;
use exward_lab::explore::{Explored, Kills, run_one, varied};
use exward_lab::fleet::{FaultPlan, FleetPlan};
use jiff::Timestamp;

use crate::error::CommandError;
use crate::{interrupt, output};

/// What the policies of the runs are drawn from.
const POLICY: &str = include_str!("explore.toml");

/// When every run begins: a seed alone must say which run it is.
const START: Timestamp = Timestamp::constant(1_795_482_000, 0);

/// Run many simulated rollouts with faults and killed executors, and look for a broken invariant
///
/// Each run is drawn from its seed: an estate of DAGs, its owner's policy, what goes wrong, and when the executor is killed.
/// Exit code 1 if anything is broken; each line then says how to run that one again.
#[derive(Args, Debug)]
pub(super) struct ExploreArgs {
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 1000)]
    runs: u64,
    /// Seed of the first one; the others follow
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// DAGs of each estate, of four members
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    dags: u16,
    /// Share of servers on which something goes wrong, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=100))]
    faults: u8,
    /// Calls between two deaths of the executor, on average; 0: it lives
    #[arg(long, value_name = "N", default_value_t = 60)]
    kill_every: u16,
}

/// What all runs came to.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    halted: u64,
    current: u64,
    restored: u64,
    quarantined: u64,
    held: u64,
    calls: u64,
    broken: u64,
}

impl Tally {
    fn count(&mut self, explored: &Explored) {
        self.runs = self.runs.saturating_add(1);
        self.halted = self.halted.saturating_add(u64::from(explored.halted));
        self.calls = self.calls.saturating_add(explored.calls);
        for end in explored.ends.values() {
            let count = match end {
                End::Current => &mut self.current,
                End::Restored(_) => &mut self.restored,
                End::Quarantined(_) => &mut self.quarantined,
                End::Held(_) => &mut self.held,
            };
            *count = count.saturating_add(1);
        }
    }
}

/// Runs the command; gives the exit code.
pub(super) fn run(catalog: &Catalog, args: &ExploreArgs) -> Result<u8, CommandError> {
    interrupt::watch();
    let policy = policy()?;
    let began = std::time::Instant::now();
    let mut tally = Tally::default();
    for seed in args.seed..args.seed.saturating_add(args.runs) {
        if interrupt::asked() {
            break;
        }
        let explored = one(catalog, &policy, args, seed);
        tally.count(&explored);
        let breaches = explored.breaches.iter();
        let told = breaches.map(|it| format!("{}: {} ({})", it.invariant, it.what, it.server));
        let broken: Vec<String> = told.chain(explored.wrong.iter().cloned()).collect();
        if !broken.is_empty() {
            tally.broken = tally.broken.saturating_add(1);
            output::line(&format!(
                "seed {seed}: {}\n  again: exward lab explore --runs 1 --seed {seed} --dags {} --faults {} --kill-every {}",
                broken.join("; "),
                args.dags,
                args.faults,
                args.kill_every
            ))?;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = tally.runs as f64 / seconds.max(0.001);
    output::line(&format!(
        "SIMULATED: {} rollouts, {:.0} a second: {} servers current, {} restored, {} quarantined, {} held; {} \
         halted on the way; {} places to die; {} broken",
        tally.runs,
        rate,
        tally.current,
        tally.restored,
        tally.quarantined,
        tally.held,
        tally.halted,
        tally.calls,
        tally.broken
    ))?;
    if tally.runs < args.runs {
        return Ok(130);
    }
    Ok(u8::from(tally.broken > 0))
}

fn one(catalog: &Catalog, policy: &Policy, args: &ExploreArgs, seed: u64) -> Explored {
    let plan = FleetPlan {
        seed,
        dags: usize::from(args.dags),
        members: 4,
        standalone: 1,
        start: START,
        faults: FaultPlan::Random(args.faults),
    };
    let kills = match args.kill_every {
        0 => Kills::None,
        calls => Kills::Every(usize::from(calls)),
    };
    run_one(catalog, &varied(policy, seed), &plan, kills, BlueprintId([1; 32]))
}

fn policy() -> Result<Policy, CommandError> {
    exward_read::policy::read(POLICY).map_err(|problems| CommandError::Usage {
        what: format!("the built-in policy cannot be read: {problems:?}"),
        help: "this is a mistake in exward".to_owned(),
    })
}
