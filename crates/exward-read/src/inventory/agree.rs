//! Whether servers and DAGs say the same about who belongs to whom (N1).

use std::collections::BTreeMap;

use exward_core::fleet::{Dag, DagName, Server, ServerName};

use super::{dag, server};
use crate::document::Notes;

/// Names every contradiction, and takes away what is known of whom it is about. Where only one side says
/// that a server is a member, it counts as one: more votes and one more unseen member allow less. A DAG
/// that gains a member this way did not see all of itself, so that its copies do not count either.
pub(super) fn members(
    servers: &mut BTreeMap<ServerName, (Server, usize)>,
    dags: &mut BTreeMap<DagName, (Dag, usize)>,
    notes: &mut Notes<'_>,
) {
    let listed = listed(dags);
    for (name, in_dags) in &listed {
        if let [first, second, ..] = in_dags.as_slice() {
            let what = format!("{name} is listed as a member of {first} and of {second}");
            for dag in in_dags {
                doubt(dag, dags, &what, notes);
            }
        }
    }
    for (name, (server, at)) in servers.iter_mut() {
        let listed_in = listed.get(name).map_or(&[][..], Vec::as_slice);
        let what = match (&server.dag, listed_in) {
            (None, []) => continue,
            (Some(own), [only]) if own == only => continue,
            (None, [first, ..]) => {
                format!("server {name} names no DAG, but {first} lists it as a member")
            }
            (Some(own), []) if dags.contains_key(own) => {
                format!("server {name} names DAG {own}, which does not list it as a member")
            }
            (Some(own), []) => format!("server {name} names DAG {own}, which is not in the file"),
            (Some(own), [other, ..]) => {
                format!("server {name} names DAG {own}, but {other} lists it as a member")
            }
        };
        notes.add(*at, format!("{what}; nothing of it counts as known"));
        server::forget(server);
        let Some(own) = &server.dag else {
            server.dag = listed_in.first().cloned();
            continue;
        };
        if let Some((dag, _)) = dags.get_mut(own) {
            dag.members.insert(name.clone());
            for dag in listed_in.iter().filter(|it| *it != own).chain([own]) {
                doubt(dag, dags, &what, notes);
            }
        }
    }
}

/// The DAGs that list each server.
fn listed(dags: &BTreeMap<DagName, (Dag, usize)>) -> BTreeMap<ServerName, Vec<DagName>> {
    let mut listed: BTreeMap<ServerName, Vec<DagName>> = BTreeMap::new();
    for (dag, _) in dags.values() {
        for member in &dag.members {
            listed.entry(member.clone()).or_default().push(dag.name.clone());
        }
    }
    listed
}

fn doubt(
    name: &DagName,
    dags: &mut BTreeMap<DagName, (Dag, usize)>,
    what: &str,
    notes: &mut Notes<'_>,
) {
    if let Some((dag, at)) = dags.get_mut(name) {
        dag::forget(dag);
        notes.add(*at, format!("DAG {name}: {what}; its copies do not count as known"));
    }
}
