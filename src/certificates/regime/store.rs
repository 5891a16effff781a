//! Rows of rules. They are the law's, not a county's: everybody may read them.

use entity::certificate_rule as rule;
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::rules::{Rule, RuleKind, Rules};
use crate::platform::{Fault, Result};

/// Every rule there is or was. They are few: one query, whatever is judged by them.
///
/// # Errors
/// Database faults; `internal` when a later program left a kind of rule that this one does not know.
pub async fn rules(db: &impl ConnectionTrait) -> Result<Rules> {
    let rows = rule::Entity::find().all(db).await?;
    let all = rows.into_iter().map(|row| {
        let kind = RuleKind::of_word(&row.kind);
        let kind = kind.ok_or_else(|| Fault::internal(format!("a rule of kind {}", row.kind)))?;
        Ok(Rule {
            kind,
            amount: row.amount,
            effective_from: row.effective_from,
            effective_to: row.effective_to,
            source_zh: row.source_zh,
            source_en: row.source_en,
            secondary_source: row.secondary_source,
        })
    });
    Ok(Rules::new(all.collect::<Result<_>>()?))
}

/// Writes rules; one that is there stays as it is.
pub(super) async fn insert(tx: &impl ConnectionTrait, rules: &[Rule]) -> Result<()> {
    let rows = rules.iter().map(|told| rule::ActiveModel {
        kind: Set(told.kind.word().to_owned()),
        effective_from: Set(told.effective_from),
        effective_to: Set(told.effective_to),
        amount: Set(told.amount),
        source_zh: Set(told.source_zh.clone()),
        source_en: Set(told.source_en.clone()),
        secondary_source: Set(told.secondary_source),
    });
    rule::Entity::insert_many(rows)
        .on_conflict_do_nothing()
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
