//! The update graph: which moves between builds Microsoft allows, under which conditions, which
//! builds are known to be bad. Edges are rules over the releases of the catalog, so that a new SU needs
//! no new edge.
//!
//! # Invariants
//! * **M1 sourced.** Every rule, condition, problem and withdrawal has a source (A10).
//! * **M2 nothing by itself.** What no rule allows is not allowed.
//!
//! Sources: "Upgrade Exchange to the latest cumulative update", "Exchange Server supportability
//! matrix", "Exchange Server prerequisites", Microsoft Learn; `notes/updating.md` 1.4 to 1.6.

mod text;

use jiff::Span;
use jiff::civil::Date;

pub use text::{MOVE_KINDS, ParseCuSpanError, ParseTestError};

use super::{Entitlement, Release};
use crate::build::Build;
use crate::fleet::{Item, Value};
use crate::product::{Cu, Product};

/// What kind of change a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveKind {
    /// A later SU or HU on the same CU.
    Su,
    /// A later CU over an older one of the same product.
    Cu,
    /// In-place upgrade to the next product: 2019 CU14 or CU15 to SE.
    InPlace,
    /// Only by new servers and moved mailboxes: no move that a blueprint can make.
    Migrate,
}

/// Some CUs of one product: from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CuSpan {
    /// The product.
    pub product: Product,
    /// The first CU; `None`: from the beginning.
    pub first: Option<Cu>,
    /// The last CU; `None`: to the newest.
    pub last: Option<Cu>,
}

impl CuSpan {
    /// True if it holds this CU of this product.
    #[must_use]
    pub fn holds(&self, product: Product, cu: Cu) -> bool {
        self.product == product
            && self.first.is_none_or(|first| first <= cu)
            && self.last.is_none_or(|last| cu <= last)
    }
}

/// One kind of edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveRule {
    /// What it is.
    pub kind: MoveKind,
    /// Where from.
    pub from: CuSpan,
    /// Where to; for [`MoveKind::Su`] the same CU.
    pub to: CuSpan,
    /// How long the installation mostly takes, restarts not included.
    pub expected_minutes: u32,
    /// What an admin should know; may be empty.
    pub note: String,
    /// Where this is from.
    pub source: String,
}

/// How a condition compares a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// One of these values.
    OneOf(Vec<Value>),
    /// None of these values.
    NoneOf(Vec<Value>),
    /// At least this number, Windows or date.
    AtLeast(Value),
    /// Below this number, Windows or date.
    Below(Value),
    /// A date more than so many days after the day of the question.
    AfterToday {
        /// How many.
        days: u16,
    },
}

impl Test {
    /// True if the value passes on this day. A value of another kind never does.
    #[must_use]
    pub fn passes(&self, value: &Value, today: Date) -> bool {
        match self {
            Self::OneOf(values) => values.contains(value),
            Self::NoneOf(values) => {
                values.iter().all(|it| it.kind() == value.kind() && it != value)
            }
            Self::AtLeast(least) => least.kind() == value.kind() && value >= least,
            Self::Below(bound) => bound.kind() == value.kind() && value < bound,
            Self::AfterToday { days } => {
                let last = today.saturating_add(Span::new().days(*days));
                matches!(value, Value::Date(date) if *date > last)
            }
        }
    }
}

/// What must be true for a move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its name: `dotnet-48`.
    pub id: String,
    /// For which kinds of moves.
    pub kinds: Vec<MoveKind>,
    /// For moves into these CUs.
    pub to: CuSpan,
    /// Builds from which on it holds within `to`, for an SU that asks for more; `None`: all.
    pub to_build_min: Option<Build>,
    /// Only for releases with this entitlement; `None`: for all.
    pub entitlement: Option<Entitlement>,
    /// Only where this other fact passes; `None`: always. Unknown counts as passing.
    pub only_if: Option<(Item, Test)>,
    /// The fact that decides.
    pub item: Item,
    /// What it must be.
    pub test: Test,
    /// True if a blueprint can bring it about itself (a prerequisite, a restart).
    pub self_service: bool,
    /// What an admin does about it.
    pub remedy: String,
    /// Where this is from.
    pub source: String,
}

/// What a known problem does to a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The move is not made where the problem applies.
    Refuse,
    /// The move is made, and the report says so.
    Warn,
}

/// A problem that Microsoft or the field knows of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownProblem {
    /// Its name.
    pub id: String,
    /// First and last build that have it.
    pub builds: (Build, Build),
    /// Where it shows: the fact that decides, if there is one.
    pub when: Option<(Item, Test)>,
    /// What it does to a move. With an unknown fact, a refusal becomes a wait for the fact.
    pub effect: Effect,
    /// What happens.
    pub what: String,
    /// What an admin does about it.
    pub remedy: String,
    /// Where this is from.
    pub source: String,
}

/// A build that must not be installed any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// The build.
    pub build: Build,
    /// What takes its place, if anything does.
    pub replaced_by: Option<Build>,
    /// Since when.
    pub since: Date,
    /// Why.
    pub why: String,
    /// Where this is from.
    pub source: String,
}

impl Condition {
    /// True if a move of this kind to this release has to meet it.
    #[must_use]
    pub fn is_for(&self, kind: MoveKind, to: &Release) -> bool {
        self.to.holds(to.product, to.cu)
            && self.kinds.contains(&kind)
            && self.to_build_min.is_none_or(|least| to.build >= least)
            && self.entitlement.is_none_or(|it| it == to.entitlement)
    }
}

/// The update graph's data. Empty where a catalog has none: then no move is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Which moves there are.
    pub rules: Vec<MoveRule>,
    /// What they need.
    pub conditions: Vec<Condition>,
    /// What is known against builds.
    pub problems: Vec<KnownProblem>,
    /// Builds that are no goal any more.
    pub withdrawals: Vec<Withdrawal>,
}

impl Moves {
    /// Why a build must not be installed any more; `None` if it may.
    #[must_use]
    pub fn withdrawal(&self, build: Build) -> Option<&Withdrawal> {
        self.withdrawals.iter().find(|it| it.build == build)
    }
}
