//! What simulated rollouts cost: estate, plan, approval, every step of every server on the virtual clock,
//! journal in memory.
//!
//! Targets: 300 rollouts of 4 DAGs × 4 a second and core, planning included; 10,000 DAGs × 4 in 60 s.
//! The large one runs once, first, so that the peak of memory is its own: `cargo bench -- large` runs it
//! alone, `cargo bench -- small` leaves it out.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![expect(clippy::arithmetic_side_effects, reason = "sums of measurements")]

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion};
use exward_core::blueprint::BlueprintId;
use exward_core::catalog::Catalog;
use exward_core::plan::plan;
use exward_core::policy::Policy;
use exward_lab::explore::{Explored, Kills, run_blueprint};
use exward_lab::fleet::{FaultPlan, Fleet, FleetPlan, SharedFleet};

/// Nothing but the DAGs themselves limits how many servers are out at a time, and no failure halts.
const POLICY: &str = r#"
goal = "latest"

[pools]
default_max = 1000000

[sites]
default_max = 1000000

[gates]
single_copy_allowed = true

[[rings]]
name = "all"
everything = true
canaries = 0
soak_minutes = 30
failures_max = 1000000
unavailable_max = 1000000
"#;

const ID: BlueprintId = BlueprintId([7; 32]);

fn estate(seed: u64, dags: usize) -> FleetPlan {
    let start = "2026-11-24T01:00:00Z".parse().unwrap();
    FleetPlan { seed, dags, members: 4, standalone: 0, start, faults: FaultPlan::Random(2) }
}

/// The parts of a whole rollout, each with how long it took.
#[derive(Default)]
struct Parts {
    drawing: Duration,
    planning: Duration,
    driving: Duration,
    explored: Explored,
}

fn rollout(catalog: &Catalog, policy: &Policy, estate: &FleetPlan) -> Parts {
    let started = Instant::now();
    let fleet = SharedFleet::new(Fleet::new(catalog, estate));
    let drawing = started.elapsed();
    let started = Instant::now();
    let (blueprint, _) = plan(policy, catalog, &fleet.inventory(), None, estate.start);
    let planning = started.elapsed();
    let started = Instant::now();
    let explored = run_blueprint(catalog, &blueprint, &fleet, estate.seed, Kills::None, ID);
    let driving = started.elapsed();
    assert!(explored.breaches.is_empty() && explored.wrong.is_empty(), "{:?}", explored.wrong);
    Parts { drawing, planning, driving, explored }
}

fn peak_rss() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |it| it.trim().to_owned())
}

fn large(catalog: &Catalog, policy: &Policy) {
    let Parts { drawing, planning, driving, explored } =
        rollout(catalog, policy, &estate(1, 10_000));
    let (ends, calls) = (explored.ends.len(), explored.calls);
    println!("10,000 DAGs × 4: {ends} servers ended, {calls} boundaries, peak RSS {}", peak_rss());
    println!("  drawn in {drawing:.1?}, planned in {planning:.1?}, driven in {driving:.1?}");
}

/// Medians of each part over many estates, and whole rollouts a second.
fn small(catalog: &Catalog, policy: &Policy) {
    let parts: Vec<Parts> =
        (0..500).map(|seed| rollout(catalog, policy, &estate(seed, 4))).collect();
    let median = |of: fn(&Parts) -> Duration| {
        let mut all: Vec<Duration> = parts.iter().map(of).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    println!(
        "4 DAGs × 4, medians of {}: drawn in {:.0?}, planned in {:.0?}, driven in {:.0?}",
        parts.len(),
        median(|it| it.drawing),
        median(|it| it.planning),
        median(|it| it.driving)
    );
    let whole: Duration = parts.iter().map(|it| it.drawing + it.planning + it.driving).sum();
    println!("  {:.0} whole rollouts a second", 500.0 / whole.as_secs_f64());
}

fn main() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let policy = exward_read::policy::read(POLICY).unwrap();
    let asked = |name: &str| std::env::args().any(|it| it == name);
    if !asked("small") && !asked("--test") {
        large(&catalog, &policy);
    }
    if asked("large") {
        return;
    }
    small(&catalog, &policy);
    let mut criterion = Criterion::default().configure_from_args().without_plots();
    let mut seed = 0;
    criterion.bench_function("small rollout, whole", |bench| {
        bench.iter_batched(
            || {
                seed += 1;
                estate(seed, 4)
            },
            |estate| rollout(&catalog, &policy, &estate).explored.calls,
            BatchSize::SmallInput,
        );
    });
    criterion.final_summary();
}
