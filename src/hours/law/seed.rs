//! The rules that come with the program, put into each county's database once; from there they are the county's own.

use chrono::NaiveDate;
use serde_json::json;

use super::rules::{Industry, Occasion, Rule, RuleState, Terms};
use super::store;
use crate::platform::{Caller, Fault, Result, State, clock, db};
use crate::sheets::posts::TargetRole;
use crate::{audit, places};

/// The training hours of Order 3 as amended by Order 80; known from secondary sources.
const RULES: &str = include_str!("rules.csv");

/// Gives every county that has no rule yet those that come with the program; what is there stays as it is.
///
/// # Errors
/// Database faults.
pub async fn ensure_rules(state: &State) -> Result<()> {
    for county_id in places::counties(state).await? {
        if store::has_any(state.db.read(), county_id).await? {
            continue;
        }
        let by = Caller::console(county_id);
        let work = state.begin_plain(&by).await?;
        db::lock_in_line(&work.tx, &super::line_of(county_id)).await?;
        // Another instance may have been first.
        if store::has_any(&work.tx, county_id).await? {
            continue;
        }
        let rules = shipped(work.now)?;
        store::insert(&work.tx, county_id, &rules).await?;
        let detail = json!({"rules": rules.len()});
        let subject = ("county", county_id.to_string());
        audit::record(&work, "hours.ship_rules", subject, detail).await?;
        work.commit(&()).await?;
    }
    Ok(())
}

/// One line of the file: role, industry, occasion, hours, months off, first day, source in both languages.
type Line = (
    TargetRole,
    Industry,
    Occasion,
    i64,
    Option<i32>,
    NaiveDate,
    String,
    String,
);

/// Minutes of an hour of training (学时) where nothing else is said.
pub(super) const MINUTES_PER_HOUR: i32 = 45;

fn shipped(now: i64) -> Result<Vec<Rule>> {
    let broken = |cause: String| Fault::internal(format!("rules.csv: {cause}"));
    let lines = csv::Reader::from_reader(RULES.as_bytes());
    let rules = lines.into_deserialize().map(|line| {
        let line: Line = line.map_err(|e| broken(e.to_string()))?;
        let (role, industry, occasion, hours, months_off, effective_from, source_zh, source_en) =
            line;
        Ok(Rule {
            id: clock::new_id(),
            terms: Terms {
                role,
                industry,
                occasion,
                minutes: hours * i64::from(MINUTES_PER_HOUR),
                minutes_per_hour: MINUTES_PER_HOUR,
                months_off,
                source_zh,
                source_en,
                secondary_source: true,
                effective_from,
            },
            effective_to: None,
            state: RuleState::Published,
            supersedes: None,
            author_id: None,
            created_at: now,
            published_at: Some(now),
            reason: None,
        })
    });
    rules.collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::{check, required};
    use super::*;

    #[test]
    fn the_shipped_rules_are_the_hours_of_the_order() {
        use Industry::{General, HighRisk};
        use Occasion::{First, Retrain, Yearly};
        use TargetRole::{KeyPost, Other, Principal, SafetyManager};
        let rules = shipped(0).unwrap();
        assert!(rules.iter().all(|rule| check(&rule.terms).is_ok()));
        let table = [
            (Principal, General, First, Some(32)),
            (Principal, General, Yearly, Some(12)),
            (Principal, General, Retrain, None),
            (SafetyManager, General, First, Some(32)),
            (SafetyManager, General, Yearly, Some(12)),
            (Principal, HighRisk, First, Some(48)),
            (Principal, HighRisk, Yearly, Some(16)),
            (SafetyManager, HighRisk, First, Some(48)),
            (SafetyManager, HighRisk, Yearly, Some(16)),
            (KeyPost, General, First, Some(24)),
            (KeyPost, General, Yearly, None),
            (Other, General, First, Some(24)),
            (Other, General, Yearly, None),
            (Other, General, Retrain, Some(24)),
            (KeyPost, HighRisk, First, Some(72)),
            (KeyPost, HighRisk, Yearly, Some(20)),
            (Other, HighRisk, First, Some(72)),
            (Other, HighRisk, Yearly, Some(20)),
            (Other, HighRisk, Retrain, Some(72)),
        ];
        let from = NaiveDate::from_ymd_opt(2015, 7, 1).unwrap();
        for (role, industry, occasion, hours) in table {
            let on = |day| required(&rules, role, industry, occasion, day);
            let found = on(from).map(|rule| rule.terms.minutes);
            assert_eq!(
                found,
                hours.map(|hours| hours * 45),
                "{role:?} {industry:?} {occasion:?}"
            );
            assert_eq!(on(from.pred_opt().unwrap()), None, "before its day");
        }
        assert_eq!(
            rules.len(),
            18,
            "no rule beside these and those of key posts"
        );
    }
}
