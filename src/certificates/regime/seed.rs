//! The rules that come with the program, put into the database at start.

use chrono::NaiveDate;

use super::rules::{Rule, RuleKind, Rules};
use super::store;
use crate::platform::{Fault, Result, State};

/// Order 30 and Order 19, a fact a line; what comes from secondary sources says so.
const RULES: &str = include_str!("rules.csv");

/// Puts the rules of the law into the database; what is there already stays as it is.
///
/// # Errors
/// Database faults.
pub async fn ensure_rules(state: &State) -> Result<()> {
    let rules = shipped()?;
    let tx = state.db.begin_write().await?;
    store::insert(&tx, rules.all()).await?;
    tx.commit().await?;
    Ok(())
}

/// One line of the file: kind, amount, first and last day, whether from a secondary source, source in both languages.
type Line = (
    RuleKind,
    i32,
    NaiveDate,
    Option<NaiveDate>,
    bool,
    String,
    String,
);

/// The rules as they come with the program.
pub(super) fn shipped() -> Result<Rules> {
    let broken = |cause: String| Fault::internal(format!("rules.csv: {cause}"));
    let lines = csv::Reader::from_reader(RULES.as_bytes());
    let rules = lines.into_deserialize().map(|line| {
        let line: Line = line.map_err(|e| broken(e.to_string()))?;
        let (kind, amount, effective_from, effective_to, secondary_source, source_zh, source_en) =
            line;
        Ok(Rule {
            kind,
            amount,
            effective_from,
            effective_to,
            source_zh,
            source_en,
            secondary_source,
        })
    });
    Ok(Rules::new(rules.collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_are_those_of_both_orders() {
        use RuleKind::{
            ApplyDays, PassMark, ReviewYears, ReviewYearsUnbroken, UnbrokenYears, ValidityYears,
        };
        let rules = shipped().unwrap();
        let table = [
            (ValidityYears, "2010-06-30", None),
            (ValidityYears, "2010-07-01", Some((6, true))),
            (ValidityYears, "2026-05-31", Some((6, true))),
            (ValidityYears, "2026-06-01", Some((6, true))),
            (ReviewYears, "2010-06-30", None),
            (ReviewYears, "2026-05-31", Some((3, false))),
            (ReviewYears, "2026-06-01", Some((0, true))),
            (ReviewYearsUnbroken, "2026-05-31", Some((6, false))),
            (ReviewYearsUnbroken, "2026-06-01", None),
            (UnbrokenYears, "2026-05-31", Some((10, false))),
            (UnbrokenYears, "2026-06-01", None),
            (ApplyDays, "2026-05-31", Some((60, true))),
            (ApplyDays, "2026-06-01", Some((60, true))),
            (PassMark, "2010-07-01", Some((80, true))),
            (PassMark, "2026-06-01", Some((80, true))),
        ];
        for (kind, day, expected) in table {
            let found = rules.on(kind, day.parse().unwrap());
            let found = found.map(|rule| (rule.amount, rule.secondary_source));
            assert_eq!(found, expected, "{kind:?} on {day}");
        }
        let unchecked = |rule: &Rule| {
            rule.source_zh.contains("待核原文") && rule.source_en.contains("to be checked")
        };
        for rule in rules.all() {
            assert_eq!(rule.secondary_source, unchecked(rule), "{rule:?}");
        }
        assert_eq!(rules.all().len(), 9, "no rule beside these");
    }
}
