//! Tests of the planner and of its second opinion.

mod estate;
mod graph;
mod holds;
mod invariants;
mod mutants;
mod random;
mod shown;
mod whole;
