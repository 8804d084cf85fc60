//! How many follow something at once, by person.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exward_store::store::PersonId;

use crate::serve::error::WebError;
use crate::serve::limits::{LIVE_AGAIN_SECONDS, LIVE_MAX, LIVE_PER_PERSON};

/// The seats that are taken. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Seats(Arc<Mutex<BTreeMap<PersonId, usize>>>);

/// A seat; free again once this is dropped.
pub(crate) struct Seat {
    seats: Seats,
    person: PersonId,
}

impl Seats {
    /// Takes a seat for somebody.
    ///
    /// # Errors
    /// [`WebError::TooMany`]: this person, or all together, have as many as there are.
    pub(crate) fn take(&self, person: PersonId) -> Result<Seat, WebError> {
        let mut taken = self.taken();
        let all: usize = taken.values().sum();
        let own = taken.get(&person).copied().unwrap_or_default();
        if own >= LIVE_PER_PERSON || all >= LIVE_MAX {
            return Err(WebError::TooMany(LIVE_AGAIN_SECONDS));
        }
        taken.insert(person, own.saturating_add(1));
        drop(taken);
        Ok(Seat { seats: self.clone(), person })
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<PersonId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        let left = taken.get(&self.person).map_or(0, |it| it.saturating_sub(1));
        if left == 0 {
            taken.remove(&self.person);
        } else {
            taken.insert(self.person, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_so_many_seats_and_gets_them_back() {
        let seats = Seats::default();
        let mut taken: Vec<Seat> =
            (0..LIVE_PER_PERSON).map(|_| seats.take(PersonId(1)).unwrap()).collect();
        let refused = Some(WebError::TooMany(LIVE_AGAIN_SECONDS));
        assert_eq!(seats.take(PersonId(1)).err(), refused);
        let _other = seats.take(PersonId(2)).unwrap();
        taken.pop();
        taken.push(seats.take(PersonId(1)).unwrap());
        assert_eq!(seats.take(PersonId(1)).err(), refused);
        drop(taken);
        assert_eq!(seats.taken().len(), 1, "nobody is remembered for nothing");
    }
}
