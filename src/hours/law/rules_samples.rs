//! Rules and days for the tables of `rules` and `rules_due`.

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Industry, Occasion, Rule, RuleState, Terms};
use crate::sheets::posts::TargetRole;

/// A day as the tables write it.
pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// A published rule; `id` tells it apart.
pub(super) fn rule(
    id: u128,
    (role, industry, occasion): (TargetRole, Industry, Occasion),
    hours: i64,
    from: &str,
    to: Option<&str>,
) -> Rule {
    Rule {
        id: Uuid::from_u128(id),
        terms: Terms {
            role,
            industry,
            occasion,
            minutes: hours * 45,
            minutes_per_hour: 45,
            months_off: (occasion == Occasion::Retrain).then_some(6),
            source_zh: "第九条".into(),
            source_en: "art. 9".into(),
            secondary_source: true,
            effective_from: day(from),
        },
        effective_to: to.map(day),
        state: RuleState::Published,
        supersedes: None,
        author_id: None,
        created_at: 0,
        published_at: Some(0),
        reason: None,
    }
}
