//! What stands against a hop on one server, and what a blueprint can do about it itself.

use jiff::{Timestamp, tz};

use super::{Hop, Unmet};
use crate::blueprint::{Action, Prerequisite};
use crate::catalog::{Condition, Effect, Test};
use crate::fleet::{Facts, Item, Scope, Unusable, Value, fresh};

/// First `Release` of .NET Framework 4.8.1; what is below is 4.8 at best.
const DOTNET_481: i64 = 533_320;

/// Everything that is known, and how old it may be.
struct Known<'f> {
    server: &'f Facts,
    organization: &'f Facts,
    now: Timestamp,
    age_minutes_max: i64,
}

impl Known<'_> {
    fn value(&self, item: Item) -> Result<&Value, Unusable> {
        let facts = match item.scope() {
            Scope::Server => self.server,
            Scope::Organization => self.organization,
        };
        fresh(facts.get(&item), self.now, self.age_minutes_max)
    }

    fn passes(&self, test: &Test, value: &Value) -> bool {
        test.passes(value, tz::Offset::UTC.to_datetime(self.now).date())
    }

    /// Unknown counts as applying: the condition then asks for its own fact (G4).
    fn applies(&self, condition: &Condition) -> bool {
        let Some((item, test)) = &condition.only_if else { return true };
        self.value(*item).map_or(true, |value| self.passes(test, value))
    }
}

impl<'c> Hop<'c> {
    /// What stands against this hop on a server with these facts, self-service conditions included.
    /// Problems that only warn are in [`Hop::problems`] alone.
    #[must_use]
    pub fn unmet(
        &self,
        server: &Facts,
        organization: &Facts,
        now: Timestamp,
        age_minutes_max: i64,
    ) -> Vec<Unmet<'c>> {
        let known = Known { server, organization, now, age_minutes_max };
        let conditions = self.conditions.iter().filter(|it| known.applies(it)).filter_map(
            |condition| match known.value(condition.item) {
                Ok(seen) if known.passes(&condition.test, seen) => None,
                Ok(seen) => Some(Unmet::Fails { condition, seen: seen.clone() }),
                Err(why) => Some(Unmet::Unsure { condition, why }),
            },
        );
        let refusing = self.problems.iter().filter(|it| it.effect == Effect::Refuse);
        let problems = refusing.filter_map(|problem| match &problem.when {
            None => Some(Unmet::Problem(problem)),
            Some((item, test)) => match known.value(*item) {
                Ok(seen) => known.passes(test, seen).then_some(Unmet::Problem(problem)),
                Err(why) => Some(Unmet::ProblemUnsure { problem, why }),
            },
        });
        conditions.chain(problems).collect()
    }
}

/// The step that brings a condition about; `None` if an admin has to, or if no step can.
#[must_use]
pub fn self_service(condition: &Condition) -> Option<Action> {
    if !condition.self_service {
        return None;
    }
    let install = |it| Some(Action::InstallPrerequisite(it));
    match (condition.item, &condition.test) {
        (Item::PendingReboot, _) => Some(Action::Restart),
        (Item::DotNet, Test::AtLeast(Value::Number(release))) if *release >= DOTNET_481 => {
            install(Prerequisite::DotNet481)
        }
        (Item::DotNet, Test::AtLeast(_)) => install(Prerequisite::DotNet48),
        (Item::Vc2012, _) => install(Prerequisite::Vc2012),
        (Item::Vc2013, _) => install(Prerequisite::Vc2013),
        (Item::UrlRewrite, _) => install(Prerequisite::UrlRewrite),
        _ => None,
    }
}
