//! The county as it should be, reckoned without the service.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{CLASSES, Said};

/// What the plan of a history asks and counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asks {
    pub(super) online: i64,
    pub(super) person_times: bool,
}

pub(super) fn asks() -> impl Strategy<Value = Asks> {
    (prop::bool::ANY, prop::bool::ANY).prop_map(|(online, person_times)| Asks {
        online: if online { 60 } else { 0 },
        person_times,
    })
}

/// What one class gives one person: minutes in a room, person-times, passes, minutes online.
pub(super) type Given = (i64, i64, i64, i64);

pub(super) fn plus(a: Given, b: Given) -> Given {
    (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3)
}

/// The county as it should be, reckoned without the service.
pub(super) struct Model {
    pub(super) asks: Asks,
    /// The last sheet's words on a class and person; `None` where a hand entry came after it.
    pub(super) marks: BTreeMap<(usize, usize), Option<Said>>,
    pub(super) given: BTreeMap<(usize, usize), Given>,
    /// What moved the quotas of both townships since they were allotted: day and amount.
    pub(super) lent: [Vec<(&'static str, i64)>; 2],
}

impl Model {
    pub(super) fn give(&mut self, class: usize, said: Said) {
        let minutes = if said.stayed { 360 } else { 180 };
        let key = (class, said.person);
        let given = (minutes, 1, said.passed.into(), 0);
        self.given.insert(key, given);
    }

    /// What each person has.
    pub(super) fn people(&self) -> BTreeMap<usize, Given> {
        self.people_through(CLASSES)
    }

    /// What each person has at the end of the n-th class's day; a course is of the day of the class of its number.
    pub(super) fn people_through(&self, class: usize) -> BTreeMap<usize, Given> {
        let mut people: BTreeMap<usize, Given> = BTreeMap::new();
        for ((source, person), given) in &self.given {
            if source % ACADEMY <= class {
                let sum = people.entry(*person).or_default();
                *sum = plus(*sum, *given);
            }
        }
        people
    }

    /// The class on whose day somebody met the demand for good.
    pub(super) fn met_on(&self, person: usize) -> Option<usize> {
        let met = |class: usize| {
            let has = self.people_through(class).remove(&person);
            has.is_some_and(|has| self.complete(&has))
        };
        (0..CLASSES).rev().take_while(|class| met(*class)).last()
    }

    /// People who met the plan's demand, and person-times, at the end of the n-th class's day.
    pub(super) fn figures_through(&self, class: usize) -> (i64, i64) {
        let times = self.people_through(class).values().map(|has| has.1).sum();
        let met = self.people().into_keys().filter(|person| {
            let on = self.met_on(*person);
            on.is_some_and(|on| on <= class)
        });
        (i64::try_from(met.count()).unwrap(), times)
    }

    /// People who met the plan's demand, and person-times.
    pub(super) fn figures(&self) -> (i64, i64) {
        self.figures_through(CLASSES)
    }

    /// The plan asks for 360 minutes in a room, a pass, and perhaps minutes online.
    pub(super) fn complete(&self, has: &Given) -> bool {
        has.0 >= 360 && has.1 > 0 && has.2 > 0 && has.3 >= self.asks.online
    }
}

/// What the number of a course is above that of the class of its day.
pub(super) const ACADEMY: usize = 100;

pub(super) fn count<'a>(
    people: impl Iterator<Item = &'a Given>,
    which: impl Fn(&Given) -> bool,
) -> i64 {
    i64::try_from(people.filter(|has| which(has)).count()).unwrap()
}
