//! What the law asks of somebody on a day, by his stretches of work.

use chrono::{Datelike, Months, NaiveDate};
use uuid::Uuid;

use super::rules::{Industry, Occasion, Rule, required};
use crate::sheets::posts::TargetRole;

/// Months from the first day of a post in which its first training, or its retraining, is asked; the yearly one after.
pub const NEW_POST_MONTHS: u32 = 12;

/// What the rules of one role and industry ask on a day.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub first: Option<&'a Rule>,
    pub yearly: Option<&'a Rule>,
    /// Where the law knows no retraining, the first training is asked anew.
    pub retrain: Option<&'a Rule>,
    pub months_off: Option<i32>,
}

/// Everything that is asked of a role and industry on a day.
#[must_use]
pub fn asked(rules: &[Rule], role: TargetRole, industry: Industry, day: NaiveDate) -> Asked<'_> {
    let of = |occasion| required(rules, role, industry, occasion, day);
    let (first, retrain) = (of(Occasion::First), of(Occasion::Retrain));
    Asked {
        first,
        yearly: of(Occasion::Yearly),
        retrain: retrain.or(first),
        months_off: retrain.and_then(|rule| rule.terms.months_off),
    }
}

/// The first day after which a post is new on `day`: those that began later are asked the first training.
#[must_use]
pub fn new_since(day: NaiveDate) -> NaiveDate {
    day.checked_sub_months(Months::new(NEW_POST_MONTHS))
        .unwrap_or(NaiveDate::MIN)
}

/// The first day of the year, from which yearly training counts.
#[must_use]
pub fn year_begins(day: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap_or(day)
}

/// A stretch of work: for whom, in what kind of post, from which day to which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell {
    pub enterprise_id: Option<Uuid>,
    /// Tells employers not on file apart.
    pub enterprise_name: String,
    pub role: TargetRole,
    pub from_day: NaiveDate,
    pub to_day: Option<NaiveDate>,
}

impl Spell {
    fn covers(&self, day: NaiveDate) -> bool {
        self.from_day <= day && self.to_day.is_none_or(|last| day <= last)
    }

    fn same_employer(&self, other: &Self) -> bool {
        self.enterprise_id == other.enterprise_id
            && (self.enterprise_id.is_some() || self.enterprise_name == other.enterprise_name)
    }
}

/// The stretch of work somebody is in on a day.
#[must_use]
pub fn held_on(spells: &[Spell], day: NaiveDate) -> Option<&Spell> {
    spells
        .iter()
        .filter(|spell| spell.covers(day))
        .max_by_key(|spell| spell.from_day)
}

/// What the law asks of somebody on a day.
#[derive(Clone, Copy, Debug)]
pub struct Due<'a> {
    pub role: TargetRole,
    pub occasion: Occasion,
    /// From which day minutes count.
    pub since: NaiveDate,
    /// None where the law asks nothing: then the plan alone does.
    pub rule: Option<&'a Rule>,
}

/// What the law asks of somebody with these stretches of work on a day; none of who has no post that day.
///
/// A post is new from its first day at that employer, from a changed role, or from the return after so many months.
#[must_use]
pub fn due<'a>(
    rules: &'a [Rule],
    spells: &[Spell],
    industry: Industry,
    day: NaiveDate,
) -> Option<Due<'a>> {
    let now = held_on(spells, day)?;
    let asked = asked(rules, now.role, industry, day);
    let mut there: Vec<&Spell> = spells
        .iter()
        .filter(|spell| spell.same_employer(now) && spell.from_day <= now.from_day)
        .collect();
    there.sort_by_key(|spell| spell.from_day);
    let came = there.first().map_or(now.from_day, |spell| spell.from_day);
    let begun = there.windows(2).filter_map(|pair| {
        let [before, next] = pair else { return None };
        let anew =
            before.role != next.role || was_off(before.to_day, next.from_day, asked.months_off);
        anew.then_some(next.from_day)
    });
    let base = begun.max().unwrap_or(came);
    let (occasion, since, rule) = if base <= new_since(day) {
        (Occasion::Yearly, year_begins(day), asked.yearly)
    } else if base == came {
        (Occasion::First, base, asked.first)
    } else {
        (Occasion::Retrain, base, asked.retrain)
    };
    Some(Due {
        role: now.role,
        occasion,
        since,
        rule,
    })
}

fn was_off(last: Option<NaiveDate>, back: NaiveDate, months: Option<i32>) -> bool {
    let Some((last, months)) = last.zip(months.and_then(|n| u32::try_from(n).ok())) else {
        return false;
    };
    last.checked_add_months(Months::new(months))
        .is_some_and(|end| end < back)
}

#[cfg(test)]
mod tests {
    use super::super::rules_samples::{day, rule};
    use super::*;

    /// The stretches of work, the day, and what is due: the occasion, since when, by which rule.
    type Case<'a> = (
        &'a [Spell],
        &'a str,
        Option<(Occasion, &'a str, Option<u128>)>,
    );

    fn spell(employer: u128, role: TargetRole, from: &str, to: Option<&str>) -> Spell {
        Spell {
            enterprise_id: (employer < 10).then_some(Uuid::from_u128(employer)),
            enterprise_name: format!("厂{employer}"),
            role,
            from_day: day(from),
            to_day: to.map(day),
        }
    }

    fn law() -> Vec<Rule> {
        use Industry::{General, HighRisk};
        use Occasion::{First, Retrain, Yearly};
        use TargetRole::{KeyPost, Other, Principal};
        let kinds = [
            (1, (Other, General, First), 24),
            (2, (Other, General, Retrain), 16),
            (3, (Other, HighRisk, First), 72),
            (4, (Other, HighRisk, Yearly), 20),
            (5, (Principal, General, First), 32),
            (6, (Principal, General, Yearly), 12),
            (7, (KeyPost, General, Retrain), 18),
        ];
        kinds
            .map(|(id, kind, hours)| rule(id, kind, hours, "2015-07-01", None))
            .to_vec()
    }

    #[test]
    fn the_occasion_follows_the_days_of_a_post() {
        use Occasion::{First, Retrain, Yearly};
        use TargetRole::{KeyPost, Other, Principal};
        let new = [spell(1, Other, "2020-05-01", None)];
        // Off the post from 1 January: six months are over with 30 June.
        let back = |on| {
            [
                spell(1, Other, "2018-01-01", Some("2019-12-31")),
                spell(1, Other, on, None),
            ]
        };
        let moved = [
            spell(1, Other, "2018-01-01", Some("2020-04-30")),
            spell(1, KeyPost, "2020-05-01", None),
        ];
        let promoted = [
            spell(1, Other, "2018-01-01", Some("2020-04-30")),
            spell(1, Principal, "2020-05-01", None),
        ];
        let elsewhere = [
            spell(1, Other, "2018-01-01", Some("2020-04-30")),
            spell(2, Other, "2020-05-01", None),
        ];
        let by_name = [
            spell(11, Other, "2018-01-01", Some("2020-04-30")),
            spell(12, Other, "2020-05-01", None),
        ];
        let relocated = [
            spell(1, Other, "2020-02-01", Some("2020-04-30")),
            spell(1, Other, "2020-05-01", None),
        ];
        let table: [Case<'_>; 19] = [
            (&new, "2020-04-30", None),
            (&new, "2020-05-01", Some((First, "2020-05-01", Some(1)))),
            (&new, "2021-04-30", Some((First, "2020-05-01", Some(1)))),
            // No yearly hours for a general worker: the plan says.
            (&new, "2021-05-01", Some((Yearly, "2021-01-01", None))),
            (&new, "2022-03-01", Some((Yearly, "2022-01-01", None))),
            (&back("2020-06-30"), "2020-06-29", None),
            (
                &back("2020-06-30"),
                "2020-06-30",
                Some((Yearly, "2020-01-01", None)),
            ),
            (
                &back("2020-07-01"),
                "2020-07-01",
                Some((Retrain, "2020-07-01", Some(2))),
            ),
            (
                &back("2020-07-01"),
                "2021-06-30",
                Some((Retrain, "2020-07-01", Some(2))),
            ),
            (
                &back("2020-07-01"),
                "2021-07-01",
                Some((Yearly, "2021-01-01", None)),
            ),
            (
                &back("2020-07-01"),
                "2019-12-31",
                Some((Yearly, "2019-01-01", None)),
            ),
            (&moved, "2020-04-30", Some((Yearly, "2020-01-01", None))),
            (&moved, "2020-05-01", Some((Retrain, "2020-05-01", Some(7)))),
            // No retraining is known for a principal: the first training is asked.
            (
                &promoted,
                "2020-05-01",
                Some((Retrain, "2020-05-01", Some(5))),
            ),
            (
                &promoted,
                "2021-05-01",
                Some((Yearly, "2021-01-01", Some(6))),
            ),
            (
                &elsewhere,
                "2020-05-01",
                Some((First, "2020-05-01", Some(1))),
            ),
            (&by_name, "2020-05-01", Some((First, "2020-05-01", Some(1)))),
            // Another township, the same employer and post: it goes on.
            (
                &relocated,
                "2021-01-31",
                Some((First, "2020-02-01", Some(1))),
            ),
            (&relocated, "2021-02-01", Some((Yearly, "2021-01-01", None))),
        ];
        let rules = law();
        for (place, (spells, on, expected)) in table.into_iter().enumerate() {
            let found = due(&rules, spells, Industry::General, day(on));
            let found = found.map(|due| (due.occasion, due.since, due.rule.map(|rule| rule.id)));
            let expected = expected
                .map(|(occasion, since, rule)| (occasion, day(since), rule.map(Uuid::from_u128)));
            assert_eq!(found, expected, "case {place} on {on}");
        }
        let mine = due(&rules, &new, Industry::HighRisk, day("2021-05-01")).unwrap();
        assert_eq!(mine.rule.map(|rule| rule.terms.minutes), Some(20 * 45));
    }

    #[test]
    fn months_end_with_the_months_last_day() {
        let table = [
            ("2019-08-31", "2020-02-29", false),
            ("2019-08-31", "2020-03-01", true),
            ("2020-08-31", "2021-02-28", false),
            ("2020-08-31", "2021-03-01", true),
            ("2020-01-15", "2020-07-15", false),
            ("2020-01-15", "2020-07-16", true),
        ];
        for (last, back, off) in table {
            assert_eq!(was_off(Some(day(last)), day(back), Some(6)), off, "{last}");
        }
        assert!(!was_off(None, day("2030-01-01"), Some(6)));
        assert!(!was_off(Some(day("2000-01-01")), day("2030-01-01"), None));
        assert_eq!(new_since(day("2021-02-28")), day("2020-02-28"));
    }
}
