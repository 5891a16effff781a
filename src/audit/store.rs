//! Rows of the audit chain.

use entity::{audit_entry, audit_head};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::rules::{Entry, GENESIS};
use crate::platform::scope::Columns;
use crate::platform::{Fault, Result, Scope};

const PAGE: u64 = 1_000;

/// Takes the next place in the chain, holding the head's row until the transaction ends.
pub(super) async fn next_place(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<(i64, Vec<u8>)> {
    let first = audit_head::ActiveModel {
        county_id: Set(county_id),
        seq: Set(0),
        hash: Set(GENESIS.to_vec()),
    };
    audit_head::Entity::insert(first)
        .on_conflict(
            OnConflict::column(audit_head::Column::CountyId)
                .do_nothing()
                .to_owned(),
        )
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    audit_head::Entity::update_many()
        .col_expr(
            audit_head::Column::Seq,
            Expr::col(audit_head::Column::Seq).add(1),
        )
        .filter(audit_head::Column::CountyId.eq(county_id))
        .exec(tx)
        .await?;
    let head = audit_head::Entity::find_by_id(county_id)
        .one(tx)
        .await?
        .ok_or_else(|| Fault::internal("the audit chain has no head"))?;
    Ok((head.seq, head.hash))
}

pub(super) async fn append(
    tx: &impl ConnectionTrait,
    entry: &Entry,
    prev: Vec<u8>,
    hash: Vec<u8>,
) -> Result<()> {
    audit_head::Entity::update_many()
        .col_expr(audit_head::Column::Hash, hash.clone().into())
        .filter(audit_head::Column::CountyId.eq(entry.county_id))
        .exec(tx)
        .await?;
    let row = audit_entry::ActiveModel {
        county_id: Set(entry.county_id),
        seq: Set(entry.seq),
        at: Set(entry.at),
        actor: Set(entry.actor.clone()),
        action: Set(entry.action.clone()),
        subject_kind: Set(entry.subject_kind.clone()),
        subject_id: Set(entry.subject_id.clone()),
        detail: Set(entry.detail.clone()),
        prev_hash: Set(prev),
        hash: Set(hash),
    };
    audit_entry::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn heads(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, i64, Vec<u8>)>> {
    let heads = audit_head::Entity::find().all(db).await?;
    Ok(heads
        .into_iter()
        .map(|head| (head.county_id, head.seq, head.hash))
        .collect())
}

/// The next thousand entries with the hashes stored beside them.
pub(super) async fn entries_after(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    seq: i64,
) -> Result<Vec<(Entry, Vec<u8>, Vec<u8>)>> {
    let rows = audit_entry::Entity::find()
        .filter(audit_entry::Column::CountyId.eq(county_id))
        .filter(audit_entry::Column::Seq.gt(seq))
        .order_by_asc(audit_entry::Column::Seq)
        .limit(PAGE)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|mut row| {
            let hashes = (
                std::mem::take(&mut row.prev_hash),
                std::mem::take(&mut row.hash),
            );
            (entry(row), hashes.0, hashes.1)
        })
        .collect())
}

/// Entries before `before`, newest first.
pub(super) async fn newest(
    db: &impl ConnectionTrait,
    scope: &Scope,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Entry>> {
    let mut query = audit_entry::Entity::find()
        .filter(scope.filter(&Columns::county(audit_entry::Column::CountyId)));
    if let Some(before) = before {
        query = query.filter(audit_entry::Column::Seq.lt(before));
    }
    let rows = query
        .order_by_desc(audit_entry::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(entry).collect())
}

/// Entries of these actions on one subject before `before`, newest first.
pub(super) async fn of_subject(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (kind, id): (&str, Uuid),
    actions: &[&str],
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Entry>> {
    let mut query = audit_entry::Entity::find()
        .filter(scope.filter(&Columns::county(audit_entry::Column::CountyId)))
        .filter(audit_entry::Column::SubjectKind.eq(kind))
        .filter(audit_entry::Column::SubjectId.eq(id.to_string()))
        .filter(audit_entry::Column::Action.is_in(actions.iter().copied()));
    if let Some(before) = before {
        query = query.filter(audit_entry::Column::Seq.lt(before));
    }
    let rows = query
        .order_by_desc(audit_entry::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(entry).collect())
}

fn entry(row: audit_entry::Model) -> Entry {
    Entry {
        county_id: row.county_id,
        seq: row.seq,
        at: row.at,
        actor: row.actor,
        action: row.action,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        detail: row.detail,
    }
}
