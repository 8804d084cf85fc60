//! `exward lab estate`: simulated DAGs that can be updated.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use exward_core::catalog::Catalog;
use exward_core::fleet::ServerName;
use exward_lab::fleet::link;
use exward_lab::fleet::{FAULTS, Fault, FaultPlan, Fleet, FleetPlan, Live, SharedFleet};
use exward_lab::serve::{Options, Running};
use exward_lab::stay::serve_until;
use exward_lab::truth::write_hosts;
use jiff::Timestamp;

use super::{raise_open_files, write};
use crate::error::CommandError;
use crate::{interrupt, output};

/// Start simulated servers that can be updated, until Ctrl-C
///
/// DAGs with members, database copies, services and component states, on a clock of their own. They answer
/// `exward check` like Exchange servers of their build, and `exward rollout run` updates them. Nothing
/// here is real: no file of Exchange exists, and durations are made up.
#[derive(Args, Debug)]
#[command(after_help = "A whole story, in two terminals:
  exward lab estate --dags 2 --members 4
  exward check --from estate-hosts.txt --allow-loopback --rate 0
  exward plan --policy examples/policy.toml --inventory estate-inventory.json --out plan.json
  exward rollout approve plan.json --by 'B. Lead' --until 2099-01-01T00:00:00Z
  exward rollout run plan.json")]
pub(super) struct EstateArgs {
    /// How many DAGs
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    dags: u16,
    /// Members of each
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    members: u8,
    /// Servers in no DAG
    #[arg(long, value_name = "N", default_value_t = 1)]
    standalone: u16,
    /// The same seed gives the same estate
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// What goes wrong: `none`, a percentage of servers such as `20`, or `EX00001-2=cache-missing,…`
    #[arg(long, value_name = "FAULTS", default_value = "none", value_parser = faults)]
    faults: FaultPlan,
    /// When its clock starts; default: now
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// Port of every face; each server has an address of its own
    #[arg(long, value_name = "PORT", default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1024..))]
    port: u16,
    /// Where `exward rollout run` finds it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8460")]
    link: SocketAddr,
    /// Write the hosts to this file
    #[arg(long, value_name = "FILE", default_value = "estate-hosts.txt")]
    hosts: PathBuf,
    /// Write the inventory to this file
    #[arg(long, value_name = "FILE", default_value = "estate-inventory.json")]
    inventory: PathBuf,
}

/// Reads what goes wrong.
fn faults(text: &str) -> Result<FaultPlan, String> {
    if text == "none" {
        return Ok(FaultPlan::None);
    }
    if let Ok(percent) = text.parse::<u8>() {
        return Ok(FaultPlan::Random(percent.min(100)));
    }
    let one = |it: &str| {
        let (server, fault) = it.split_once('=').ok_or("a fault is given as SERVER=FAULT")?;
        let fault = Fault::named(fault).ok_or_else(|| {
            let names: Vec<&str> = FAULTS.iter().map(|it| it.name()).collect();
            format!("`{fault}` is no fault; there are {}", names.join(", "))
        })?;
        Ok::<_, String>((ServerName::new(server), fault))
    };
    text.split(',').map(one).collect::<Result<_, _>>().map(FaultPlan::Listed)
}

/// Runs the command; gives the exit code.
pub(super) fn run(
    catalog: &Catalog,
    now: Timestamp,
    args: &EstateArgs,
) -> Result<u8, CommandError> {
    let plan = FleetPlan {
        seed: args.seed,
        dags: usize::from(args.dags),
        members: usize::from(args.members),
        standalone: usize::from(args.standalone),
        start: args.start.unwrap_or(now),
        faults: args.faults.clone(),
    };
    interrupt::watch();
    for stale in [&args.hosts, &args.inventory] {
        // Whoever waits for these files must not find those of an earlier estate.
        let _none_there = std::fs::remove_file(stale);
    }
    let fleet = SharedFleet::new(Fleet::new(catalog, &plan));
    let live = Live::new(fleet.clone(), Arc::new(catalog.clone()));
    let faces = Arc::new(live.faces(args.port));
    raise_open_files(faces.faces.len());
    let linked = link::serve(&fleet, args.link);
    let address = linked.map_err(|source| CommandError::Link { source })?;
    let estate = Arc::clone(&faces);
    let ready = |running: &Running| {
        let inventory = exward_read::inventory::write(&fleet.inventory());
        write(&args.inventory, |out| out.write_all(inventory.as_bytes()))?;
        // Last: whoever waits for this file finds everything ready.
        write(&args.hosts, |out| write_hosts(&estate, out))?;
        output::warn(&format!(
            "SIMULATED: {} servers listen on loopback, port {}; `exward rollout run` finds them at {address}. \
             Ctrl-C ends them.",
            running.hosts().count(),
            args.port
        ));
        Ok(())
    };
    let served = serve_until(faces, Some(live), Options::default(), ready, interrupt::asked);
    served.map_err(|why| match why {
        Ok(error) => error,
        Err(source) => CommandError::Lab { source },
    })?;
    Ok(0)
}
