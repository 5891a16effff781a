//! Rows of retention rules, and counts of what is older than they say.

pub(super) mod further;
pub(super) mod person;

use entity::{audit_entry, retention_rule, training_record};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Select,
};
use uuid::Uuid;

use super::rules::{Kind, Rule};
use crate::platform::idempotency::Work;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

fn visible(scope: &Scope) -> Select<retention_rule::Entity> {
    let columns = Columns::county(retention_rule::Column::CountyId);
    retention_rule::Entity::find().filter(scope.filter(&columns))
}

pub(super) async fn rules(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Rule>> {
    let rows = visible(scope)
        .order_by_asc(retention_rule::Column::Kind)
        .all(db)
        .await?;
    let rule = |row: retention_rule::Model| {
        let kind = Kind::of_word(&row.kind)?;
        Some(Rule {
            kind,
            days: row.days,
        })
    };
    Ok(rows.into_iter().filter_map(rule).collect())
}

/// Makes these the county's rules; a kind not named is as usual again.
pub(super) async fn replace_rules(work: &Work<'_>, rules: &[Rule]) -> Result<()> {
    let county_id = work.by.county_id;
    retention_rule::Entity::delete_many()
        .filter(retention_rule::Column::CountyId.eq(county_id))
        .exec(&work.tx)
        .await?;
    if rules.is_empty() {
        return Ok(());
    }
    let rows = rules.iter().map(|rule| retention_rule::ActiveModel {
        county_id: Set(county_id),
        kind: Set(rule.kind.word().to_owned()),
        days: Set(rule.days),
        account_id: Set(work.by.account()),
        updated_at: Set(work.now),
    });
    retention_rule::Entity::insert_many(rows)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Lines of the ledger entered before an instant.
pub(super) async fn old_records(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    Ok(training_record::Entity::find()
        .filter(training_record::Column::CountyId.eq(county_id))
        .filter(training_record::Column::RecordedAt.lt(before))
        .count(db)
        .await?)
}

/// Entries of the audit log written before an instant.
pub(super) async fn old_entries(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::CountyId.eq(county_id))
        .filter(audit_entry::Column::At.lt(before))
        .count(db)
        .await?)
}
