//! Rows of what happened to codes: append-only.

use entity::code_event;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::{Result, clock};

/// What happened to a code.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: String,
    pub reason: String,
    /// Microseconds since 1970.
    pub at: i64,
}

/// Notes what happened to codes.
pub(in crate::codes) async fn insert(
    work: &Work<'_>,
    kind: &str,
    reason: &str,
    codes: &[Uuid],
) -> Result<()> {
    for chunk in codes.chunks(rows_per_statement(7)) {
        let rows = chunk.iter().map(|code_id| code_event::ActiveModel {
            id: Set(clock::new_id()),
            county_id: Set(work.by.county_id),
            code_id: Set(*code_id),
            kind: Set(kind.to_owned()),
            reason: Set(reason.to_owned()),
            account_id: Set(work.by.account()),
            at: Set(work.now),
        });
        code_event::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// What happened to a code that the caller was shown, oldest first.
pub(in crate::codes) async fn of(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    code_id: Uuid,
) -> Result<Vec<Event>> {
    let rows = code_event::Entity::find()
        .filter(code_event::Column::CountyId.eq(county_id))
        .filter(code_event::Column::CodeId.eq(code_id))
        .order_by_asc(code_event::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Event {
            kind: row.kind,
            reason: row.reason,
            at: row.at,
        })
        .collect())
}
