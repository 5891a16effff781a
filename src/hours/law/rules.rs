//! Which rule asks how many minutes on a day, and where a new rule takes its place among the others.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::{Code, Fault, Result};
use crate::sheets::posts::TargetRole;

/// Which industries a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Industry {
    /// 一般行业
    General,
    /// 煤矿、非煤矿山、危险化学品、烟花爆竹、金属冶炼
    HighRisk,
}

/// On which occasion a rule asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum Occasion {
    /// 初次培训：新上岗
    First,
    /// 每年再培训
    Yearly,
    /// 重新培训：离岗后返岗或调整岗位
    Retrain,
}

/// Whether a rule counts already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum RuleState {
    /// 草稿
    Draft,
    /// 已发布
    Published,
}

macro_rules! stored_words {
    ($name:ident: $($variant:ident = $word:literal),* ; else $default:ident) => {
        impl $name {
            /// The stored word.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// What a stored word means.
            #[must_use]
            pub fn of_word(word: &str) -> Self {
                match word { $($word => Self::$variant,)* _ => Self::$default }
            }
        }
    };
}

stored_words!(Industry: General = "general", HighRisk = "high_risk"; else General);
stored_words!(Occasion: First = "first", Yearly = "yearly", Retrain = "retrain"; else First);
stored_words!(RuleState: Draft = "draft", Published = "published"; else Draft);

/// What is told of a new rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub role: TargetRole,
    pub industry: Industry,
    pub occasion: Occasion,
    pub minutes: i64,
    /// How long an hour of training (学时) is, for the words.
    pub minutes_per_hour: i32,
    /// Retraining alone: after how many months off the post.
    pub months_off: Option<i32>,
    pub source_zh: String,
    pub source_en: String,
    pub secondary_source: bool,
    pub effective_from: NaiveDate,
}

/// A rule of the law (法定学时规则).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub id: Uuid,
    pub terms: Terms,
    pub effective_to: Option<NaiveDate>,
    pub state: RuleState,
    pub supersedes: Option<Uuid>,
    pub author_id: Option<Uuid>,
    pub created_at: i64,
    pub published_at: Option<i64>,
    pub reason: Option<String>,
}

impl Rule {
    /// Whether it is published and in force on that day.
    #[must_use]
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.state == RuleState::Published
            && self.terms.effective_from <= day
            && self.effective_to.is_none_or(|last| day <= last)
    }

    fn is_of_kind(&self, other: &Terms) -> bool {
        let Terms {
            role,
            industry,
            occasion,
            ..
        } = self.terms;
        (role, industry, occasion) == (other.role, other.industry, other.occasion)
    }
}

/// The rule for a role and industry on an occasion, as of a day.
#[must_use]
pub fn required(
    rules: &[Rule],
    role: TargetRole,
    industry: Industry,
    occasion: Occasion,
    day: NaiveDate,
) -> Option<&Rule> {
    let fits = |rule: &&Rule| {
        let terms = &rule.terms;
        (terms.role, terms.industry, terms.occasion) == (role, industry, occasion)
            && rule.in_force(day)
    };
    rules
        .iter()
        .filter(fits)
        .max_by_key(|rule| rule.terms.effective_from)
}

/// Where a draft takes its place: whom it ends, and where the next one ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub supersedes: Option<Uuid>,
    pub effective_to: Option<NaiveDate>,
}

/// The place of a draft among the published rules.
#[must_use]
pub fn place_of(rules: &[Rule], draft: &Terms) -> Place {
    let of_kind = || {
        rules.iter().filter(|rule| {
            rule.is_of_kind(draft)
                && rule.state == RuleState::Published
                && rule
                    .effective_to
                    .is_none_or(|last| rule.terms.effective_from <= last)
        })
    };
    let next = of_kind()
        .map(|rule| rule.terms.effective_from)
        .filter(|from| *from > draft.effective_from)
        .min();
    let before = of_kind().find(|rule| rule.in_force(draft.effective_from));
    Place {
        supersedes: before.map(|rule| rule.id),
        effective_to: next.and_then(day_before),
    }
}

/// The last day of a rule that another supersedes from a day on. A rule that begins that very day is never in force.
#[must_use]
pub fn day_before(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(1))
}

/// The published rules as they will stand once the draft is published.
#[must_use]
pub fn with_draft(rules: &[Rule], draft: &Rule) -> Vec<Rule> {
    let place = place_of(rules, &draft.terms);
    let mut after: Vec<Rule> = rules.to_vec();
    for rule in &mut after {
        if Some(rule.id) == place.supersedes {
            rule.effective_to = day_before(draft.terms.effective_from);
        }
    }
    after.push(Rule {
        state: RuleState::Published,
        effective_to: place.effective_to,
        supersedes: place.supersedes,
        ..draft.clone()
    });
    after
}

/// The day on which a preview judges: today where the rule would be in force, else the nearest day on which it would.
#[must_use]
pub fn judged_on(from: NaiveDate, to: Option<NaiveDate>, today: NaiveDate) -> NaiveDate {
    let day = today.max(from);
    to.filter(|last| *last >= from)
        .map_or(day, |last| day.min(last))
}

/// Checks what is told of a new rule.
///
/// # Errors
/// `field_missing`, `invalid_field`.
pub fn check(terms: &Terms) -> Result<()> {
    for (field, text) in [
        ("/source_zh", &terms.source_zh),
        ("/source_en", &terms.source_en),
    ] {
        if text.trim().is_empty() {
            let field_name = field.trim_start_matches('/');
            return Err(Fault::new(Code::FieldMissing)
                .with("field", field_name)
                .at(field));
        }
    }
    match (terms.occasion, terms.months_off) {
        (Occasion::Retrain, None) => Err(Fault::new(Code::FieldMissing)
            .with("field", "months_off")
            .at("/months_off")),
        (Occasion::First | Occasion::Yearly, Some(_)) => {
            Err(Fault::field("/months_off", "occasion = retrain"))
        }
        _ if !(1950..=2150).contains(&terms.effective_from.year()) => {
            Err(Fault::field("/effective_from", "1950–2150"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules_samples::{day, rule};
    use super::*;

    const KIND: (TargetRole, Industry, Occasion) =
        (TargetRole::Other, Industry::General, Occasion::First);

    fn draft(from: &str) -> Rule {
        Rule {
            state: RuleState::Draft,
            ..rule(9, KIND, 40, from, None)
        }
    }

    #[test]
    fn a_day_has_the_rule_in_force_that_day() {
        let rules = [
            rule(1, KIND, 24, "2015-07-01", Some("2020-12-31")),
            rule(2, KIND, 28, "2021-01-01", None),
            draft("2019-01-01"),
            rule(
                4,
                (TargetRole::Principal, KIND.1, KIND.2),
                32,
                "2015-07-01",
                None,
            ),
            // Replaced before it began: never in force.
            rule(5, KIND, 99, "2021-06-01", Some("2021-05-31")),
        ];
        let table = [
            ("2015-06-30", None),
            ("2015-07-01", Some(1)),
            ("2020-12-31", Some(1)),
            ("2021-01-01", Some(2)),
            ("2021-06-01", Some(2)),
            ("2099-01-01", Some(2)),
        ];
        for (on, expected) in table {
            let found = required(&rules, KIND.0, KIND.1, KIND.2, day(on)).map(|rule| rule.id);
            assert_eq!(found, expected.map(Uuid::from_u128), "{on}");
        }
        let none = required(
            &rules,
            KIND.0,
            Industry::HighRisk,
            KIND.2,
            day("2022-01-01"),
        );
        assert_eq!(none, None);
    }

    #[test]
    fn a_draft_takes_its_place_among_the_published() {
        let rules = [
            rule(1, KIND, 24, "2015-07-01", Some("2020-12-31")),
            rule(2, KIND, 28, "2021-01-01", None),
            rule(3, (KIND.0, KIND.1, Occasion::Yearly), 8, "2017-01-01", None),
        ];
        let table = [
            ("2014-01-01", None, Some("2015-06-30")),
            ("2015-06-30", None, Some("2015-06-30")),
            ("2015-07-01", Some(1), Some("2020-12-31")),
            ("2018-01-01", Some(1), Some("2020-12-31")),
            ("2020-12-31", Some(1), Some("2020-12-31")),
            ("2021-01-01", Some(2), None),
            ("2027-01-01", Some(2), None),
        ];
        for (from, supersedes, to) in table {
            let draft = draft(from);
            let place = place_of(&rules, &draft.terms);
            let expected = Place {
                supersedes: supersedes.map(Uuid::from_u128),
                effective_to: to.map(day),
            };
            assert_eq!(place, expected, "{from}");
            // The day before is judged as ever, its own day by the draft, and each day by one rule at most.
            let after = with_draft(&rules, &draft);
            let on = |rules: &[Rule], day| {
                required(rules, KIND.0, KIND.1, KIND.2, day).map(|rule| rule.id)
            };
            let eve = day_before(day(from)).unwrap();
            assert_eq!(on(&after, eve), on(&rules, eve), "eve of {from}");
            assert_eq!(on(&after, day(from)), Some(draft.id), "{from}");
            for probe in [
                "2013-12-31",
                "2016-01-01",
                "2019-01-01",
                "2021-01-01",
                "2030-01-01",
            ] {
                let in_force =
                    |rule: &&Rule| rule.terms.occasion == KIND.2 && rule.in_force(day(probe));
                assert!(after.iter().filter(in_force).count() <= 1, "{from} {probe}");
            }
        }
    }

    #[test]
    fn a_preview_judges_the_nearest_day_of_effect() {
        let table = [
            ("2027-01-01", None, "2026-11-24", "2027-01-01"),
            ("2026-01-01", None, "2026-11-24", "2026-11-24"),
            ("2020-01-01", Some("2020-12-31"), "2026-11-24", "2020-12-31"),
            ("2027-01-01", Some("2027-12-31"), "2026-11-24", "2027-01-01"),
        ];
        for (from, to, today, expected) in table {
            let found = judged_on(day(from), to.map(day), day(today));
            assert_eq!(found, day(expected), "{from}");
        }
    }

    #[test]
    fn a_rule_names_its_source_and_retraining_its_months() {
        let with = |change: fn(&mut Terms)| {
            let mut terms = draft("2027-01-01").terms;
            change(&mut terms);
            check(&terms).map_err(|fault| (fault.code, fault.errors[0].at.clone()))
        };
        let missing = |at: &str| Err((Code::FieldMissing, at.to_owned()));
        let wrong = |at: &str| Err((Code::InvalidField, at.to_owned()));
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|t| t.source_zh = " ".into()), missing("/source_zh"));
        assert_eq!(with(|t| t.source_en = String::new()), missing("/source_en"));
        assert_eq!(with(|t| t.months_off = Some(6)), wrong("/months_off"));
        assert_eq!(
            with(|t| t.occasion = Occasion::Retrain),
            missing("/months_off")
        );
        assert_eq!(
            with(|t| t.effective_from = day("0001-01-01")),
            wrong("/effective_from")
        );
    }
}
