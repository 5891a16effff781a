//! Rows of rules.

use entity::hours_rule as rule;
use entity::training_record as ledger;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::rules::{Industry, Occasion, Rule, RuleState, Terms, day_before};
use crate::platform::db::rows_per_statement;
use crate::platform::{Caller, Result, Scope};
use crate::sheets::posts::TargetRole;
use chrono::NaiveDate;

// A rule belongs to the county; every role of the county may read it, so the county is the whole scope.
fn visible(scope: &Scope) -> Select<rule::Entity> {
    rule::Entity::find().filter(rule::Column::CountyId.eq(scope.county_id))
}

/// The rules of a state, in the order of their first days. They are few.
pub(super) async fn of_state(
    db: &impl ConnectionTrait,
    scope: &Scope,
    state: RuleState,
) -> Result<Vec<Rule>> {
    let rows = visible(scope)
        .filter(rule::Column::State.eq(state.word()))
        .order_by_asc(rule::Column::EffectiveFrom)
        .order_by_asc(rule::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_rule).collect())
}

pub(super) async fn rule(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Rule>> {
    let row = visible(scope)
        .filter(rule::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(row.map(to_rule))
}

/// Whether a county has rules, drafts included.
pub(super) async fn has_any(db: &impl ConnectionTrait, county_id: Uuid) -> Result<bool> {
    let row = visible(&Scope::county(county_id)).one(db).await?;
    Ok(row.is_some())
}

pub(super) async fn insert(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    rules: &[Rule],
) -> Result<()> {
    for chunk in rules.chunks(rows_per_statement(20)) {
        let rows = chunk.iter().map(|rule| {
            let terms = rule.terms.clone();
            rule::ActiveModel {
                id: Set(rule.id),
                county_id: Set(county_id),
                role: Set(terms.role.word().to_owned()),
                industry: Set(terms.industry.word().to_owned()),
                occasion: Set(terms.occasion.word().to_owned()),
                minutes: Set(terms.minutes),
                minutes_per_hour: Set(terms.minutes_per_hour),
                months_off: Set(terms.months_off),
                source_zh: Set(terms.source_zh),
                source_en: Set(terms.source_en),
                secondary_source: Set(terms.secondary_source),
                effective_from: Set(terms.effective_from),
                effective_to: Set(rule.effective_to),
                state: Set(rule.state.word().to_owned()),
                supersedes: Set(rule.supersedes),
                author_id: Set(rule.author_id),
                created_at: Set(rule.created_at),
                publisher_id: Set(None),
                published_at: Set(rule.published_at),
                reason: Set(rule.reason.clone()),
            }
        });
        rule::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Ends the predecessor and puts the rule in force. The predecessor first: of one kind one is open-ended at most.
pub(super) async fn publish(tx: &impl ConnectionTrait, by: &Caller, rule: &Rule) -> Result<()> {
    if let Some(before) = rule.supersedes {
        rule::Entity::update_many()
            .col_expr(
                rule::Column::EffectiveTo,
                Expr::value(day_before(rule.terms.effective_from)),
            )
            .filter(rule::Column::Id.eq(before))
            .exec(tx)
            .await?;
    }
    rule::Entity::update_many()
        .col_expr(rule::Column::State, Expr::value(rule.state.word()))
        .col_expr(rule::Column::EffectiveTo, Expr::value(rule.effective_to))
        .col_expr(rule::Column::Supersedes, Expr::value(rule.supersedes))
        .col_expr(rule::Column::PublisherId, Expr::value(by.account()))
        .col_expr(rule::Column::PublishedAt, Expr::value(rule.published_at))
        .col_expr(rule::Column::Reason, Expr::value(rule.reason.clone()))
        .filter(rule::Column::Id.eq(rule.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Removes a draft.
pub(super) async fn remove(tx: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    rule::Entity::delete_many()
        .filter(rule::Column::Id.eq(id))
        .filter(rule::Column::State.eq(RuleState::Draft.word()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Minutes a person has in the ledger from a day to another, toward whatever plan. The caller has looked him up.
pub(super) async fn minutes_between(
    db: &impl ConnectionTrait,
    person_id: Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<i64> {
    let sum: Option<Option<i64>> = ledger::Entity::find()
        .select_only()
        .column_as(ledger::Column::Minutes.sum().cast_as("bigint"), "minutes")
        .filter(ledger::Column::PersonId.eq(person_id))
        .filter(ledger::Column::HappenedOn.between(from, to))
        .into_tuple()
        .one(db)
        .await?;
    Ok(sum.flatten().unwrap_or(0))
}

fn to_rule(row: rule::Model) -> Rule {
    Rule {
        id: row.id,
        terms: Terms {
            role: TargetRole::of_word(&row.role),
            industry: Industry::of_word(&row.industry),
            occasion: Occasion::of_word(&row.occasion),
            minutes: row.minutes,
            minutes_per_hour: row.minutes_per_hour,
            months_off: row.months_off,
            source_zh: row.source_zh,
            source_en: row.source_en,
            secondary_source: row.secondary_source,
            effective_from: row.effective_from,
        },
        effective_to: row.effective_to,
        state: RuleState::of_word(&row.state),
        supersedes: row.supersedes,
        author_id: row.author_id,
        created_at: row.created_at,
        published_at: row.published_at,
        reason: row.reason,
    }
}
