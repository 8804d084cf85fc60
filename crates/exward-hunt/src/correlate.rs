//! Sightings that belong together.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{Confidence, Stage};

/// Sightings that belong together: of one actor, one user, one sequence of cmdlets, or about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// 1 for the worst.
    pub id: usize,
    /// What was seen, in a few words: the title of the most telling sighting.
    pub title: String,
    /// Indexes into the sightings of the summary, in time order.
    pub sightings: Vec<usize>,
    /// Addresses that acted.
    pub actors: BTreeSet<String>,
    /// Accounts that acted.
    pub users: BTreeSet<String>,
    /// Base names of the files it is about, lower-case.
    pub files: BTreeSet<String>,
    /// The first time.
    pub from: Option<Timestamp>,
    /// The last time.
    pub to: Option<Timestamp>,
    /// How far it came: the highest stage of medium or high confidence; of low, if there is no other.
    pub stage: Stage,
    /// The highest confidence at that stage, after raising.
    pub confidence: Confidence,
}
