//! Rows of walk-ins.

use std::collections::HashMap;

use entity::walk_in;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{Times, WalkInState};
use crate::platform::Result;
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;

/// Somebody on a roll whom nobody on file matched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WalkIn {
    pub id: Uuid,
    pub class_id: Uuid,
    /// The client's word for the line.
    pub line: String,
    pub name: String,
    pub id_masked: String,
    /// Why nobody matched: one of the service's codes.
    pub why: String,
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
    pub score_hundredths: Option<i32>,
    pub state: WalkInState,
    /// Why he was dismissed.
    pub reason: Option<String>,
    /// Whom he was matched to.
    pub person_id: Option<Uuid>,
    pub created_at: i64,
    pub settled_at: Option<i64>,
}

impl WalkIn {
    pub(super) fn times(&self) -> Times {
        Times {
            check_in_at: self.check_in_at,
            check_out_at: self.check_out_at,
        }
    }
}

/// A walk-in with what is never shown of him.
pub(super) struct NewWalkIn {
    pub(super) shown: WalkIn,
    pub(super) key_hash: Vec<u8>,
    pub(super) id_sealed: Option<Vec<u8>>,
}

/// The walk-ins of a class with these keys, by key.
pub(super) async fn walk_ins_of(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    keys: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, WalkIn>> {
    let rows = walk_in::Entity::find()
        .filter(walk_in::Column::ClassId.eq(class_id))
        .filter(walk_in::Column::KeyHash.is_in(keys.iter().cloned()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.key_hash.clone(), to_walk_in(row)))
        .collect())
}

pub(super) async fn insert_walk_ins(work: &Work<'_>, new: &[NewWalkIn]) -> Result<()> {
    for chunk in new.chunks(rows_per_statement(19)) {
        let rows = chunk.iter().map(|new| walk_in::ActiveModel {
            id: Set(new.shown.id),
            county_id: Set(work.by.county_id),
            class_id: Set(new.shown.class_id),
            line: Set(new.shown.line.clone()),
            key_hash: Set(new.key_hash.clone()),
            name: Set(new.shown.name.clone()),
            id_sealed: Set(new.id_sealed.clone()),
            id_masked: Set(new.shown.id_masked.clone()),
            why: Set(new.shown.why.clone()),
            check_in_at: Set(new.shown.check_in_at),
            check_out_at: Set(new.shown.check_out_at),
            score_hundredths: Set(new.shown.score_hundredths),
            state: Set(new.shown.state.word().to_owned()),
            reason: Set(None),
            person_id: Set(None),
            account_id: Set(work.by.account()),
            created_at: Set(work.now),
            settled_at: Set(None),
            settled_by: Set(None),
        });
        walk_in::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// A walk-in of a class the caller may see.
pub(super) async fn walk_in(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    id: Uuid,
) -> Result<Option<WalkIn>> {
    Ok(walk_in::Entity::find_by_id(id)
        .filter(walk_in::Column::ClassId.eq(class_id))
        .one(db)
        .await?
        .map(to_walk_in))
}

/// The walk-ins of a class the caller may see, in the order they were entered.
pub(super) async fn walk_in_page(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    state: Option<WalkInState>,
    page: &Page,
) -> Result<Vec<WalkIn>> {
    let mut query = walk_in::Entity::find().filter(walk_in::Column::ClassId.eq(class_id));
    if let Some(state) = state {
        query = query.filter(walk_in::Column::State.eq(state.word()));
    }
    if let Some(after) = page.after {
        query = query.filter(walk_in::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(walk_in::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_walk_in).collect())
}

/// Writes down how a walk-in was settled.
pub(super) async fn settle(work: &Work<'_>, settled: &WalkIn) -> Result<()> {
    walk_in::Entity::update_many()
        .col_expr(walk_in::Column::State, settled.state.word().into())
        .col_expr(walk_in::Column::Reason, settled.reason.clone().into())
        .col_expr(walk_in::Column::PersonId, settled.person_id.into())
        .col_expr(walk_in::Column::SettledAt, settled.settled_at.into())
        .col_expr(walk_in::Column::SettledBy, work.by.account().into())
        .filter(walk_in::Column::Id.eq(settled.id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

fn to_walk_in(row: walk_in::Model) -> WalkIn {
    WalkIn {
        id: row.id,
        class_id: row.class_id,
        line: row.line,
        name: row.name,
        id_masked: row.id_masked,
        why: row.why,
        check_in_at: row.check_in_at,
        check_out_at: row.check_out_at,
        score_hundredths: row.score_hundredths,
        state: WalkInState::of_word(&row.state),
        reason: row.reason,
        person_id: row.person_id,
        created_at: row.created_at,
        settled_at: row.settled_at,
    }
}
