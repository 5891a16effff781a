//! Rows of batches and of their certificates.

use std::collections::HashMap;

use entity::{person, suspension_batch as batch, suspension_batch_item as item};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait, Select,
};
use uuid::Uuid;

use super::Selection;
use super::rules::{BatchState, Effect};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Certificates suspended for one cause.
#[derive(Clone, Debug)]
pub struct Batch {
    pub id: Uuid,
    /// Why; holders read it.
    pub cause: String,
    pub selection: Selection,
    pub state: BatchState,
    /// Certificates of its list.
    pub total: i64,
    /// How many of them by what was done to them.
    pub counts: HashMap<Effect, i64>,
    /// The job that does it, where it is large.
    pub job_id: Option<Uuid>,
    pub staged_by: String,
    /// Microseconds since 1970.
    pub staged_at: i64,
    /// Who had it applied, and when.
    pub applied: Option<(String, i64)>,
    pub undone: Option<(String, i64)>,
    pub undo_reason: Option<String>,
}

/// A certificate of a batch.
#[derive(Clone, Debug)]
pub struct Member {
    pub certificate_id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub id_masked: String,
    pub region_id: Uuid,
    pub item_code: String,
    pub effect: Effect,
}

/// A certificate to be frozen into a list.
pub(super) struct NewMember {
    pub(super) certificate_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) region_id: Uuid,
    pub(super) item_code: String,
}

/// A batch speaks for the whole county.
fn visible(scope: &Scope) -> Select<batch::Entity> {
    batch::Entity::find().filter(scope.filter(&Columns::county(batch::Column::CountyId)))
}

pub(super) async fn batch(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Batch>> {
    let row = visible(scope)
        .filter(batch::Column::Id.eq(id))
        .one(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut counts = counts(db, &[id]).await?;
    Ok(Some(to_batch(row, &mut counts)?))
}

pub(super) async fn batches(
    db: &impl ConnectionTrait,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<Batch>> {
    let mut query = visible(scope);
    if let Some(after) = page.after {
        query = query.filter(batch::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(batch::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut counts = counts(db, &ids).await?;
    rows.into_iter()
        .map(|row| to_batch(row, &mut counts))
        .collect()
}

type Counts = HashMap<Uuid, HashMap<Effect, i64>>;

/// How many certificates of each batch, by what was done to them.
async fn counts(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Counts> {
    let rows: Vec<(Uuid, String, i64)> = item::Entity::find()
        .select_only()
        .columns([item::Column::BatchId, item::Column::Effect])
        .column_as(item::Column::CertificateId.count(), "certificates")
        .filter(item::Column::BatchId.is_in(ids.iter().copied()))
        .group_by(item::Column::BatchId)
        .group_by(item::Column::Effect)
        .into_tuple()
        .all(db)
        .await?;
    let mut counts = Counts::new();
    for (id, effect, count) in rows {
        let of_batch = counts.entry(id).or_default();
        *of_batch.entry(Effect::of_word(&effect)).or_default() += count;
    }
    Ok(counts)
}

/// A page of a batch's certificates, by certificate.
pub(super) async fn members(
    db: &impl ConnectionTrait,
    id: Uuid,
    page: &Page,
) -> Result<Vec<Member>> {
    let mut query = item::Entity::find()
        .filter(item::Column::BatchId.eq(id))
        .find_also_related(person::Entity);
    if let Some(after) = page.after {
        query = query.filter(item::Column::CertificateId.gt(after));
    }
    let rows = query
        .order_by_asc(item::Column::CertificateId)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let members = rows.into_iter().filter_map(|(row, person)| {
        let person = person?;
        Some(Member {
            certificate_id: row.certificate_id,
            person_id: row.person_id,
            person_name: person.name,
            id_masked: person.id_masked,
            region_id: row.region_id,
            item_code: row.item_code,
            effect: Effect::of_word(&row.effect),
        })
    });
    Ok(members.collect())
}

pub(super) async fn insert(work: &Work<'_>, new: &Batch) -> Result<()> {
    let row = batch::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        cause: Set(new.cause.clone()),
        selection: Set(serde_json::to_string(&new.selection)?),
        state: Set(new.state.word().to_owned()),
        total: Set(new.total),
        job_id: Set(None),
        staged_by: Set(new.staged_by.clone()),
        staged_at: Set(new.staged_at),
        applied_by: Set(None),
        applied_at: Set(None),
        undone_by: Set(None),
        undone_at: Set(None),
        undo_reason: Set(None),
    };
    batch::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_members(work: &Work<'_>, id: Uuid, members: &[NewMember]) -> Result<()> {
    for chunk in members.chunks(rows_per_statement(7)) {
        let rows = chunk.iter().map(|member| item::ActiveModel {
            batch_id: Set(id),
            certificate_id: Set(member.certificate_id),
            county_id: Set(work.by.county_id),
            person_id: Set(member.person_id),
            region_id: Set(member.region_id),
            item_code: Set(member.item_code.clone()),
            effect: Set(Effect::Staged.word().to_owned()),
        });
        item::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// Saves where a batch is, and who had it done.
pub(super) async fn save(work: &Work<'_>, batch: &Batch) -> Result<()> {
    let (applied_by, applied_at) = batch.applied.clone().unzip();
    let (undone_by, undone_at) = batch.undone.clone().unzip();
    batch::Entity::update_many()
        .col_expr(batch::Column::State, batch.state.word().into())
        .col_expr(batch::Column::JobId, batch.job_id.into())
        .col_expr(batch::Column::AppliedBy, applied_by.into())
        .col_expr(batch::Column::AppliedAt, applied_at.into())
        .col_expr(batch::Column::UndoneBy, undone_by.into())
        .col_expr(batch::Column::UndoneAt, undone_at.into())
        .col_expr(batch::Column::UndoReason, batch.undo_reason.clone().into())
        .filter(batch::Column::CountyId.eq(work.by.county_id))
        .filter(batch::Column::Id.eq(batch.id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// Certificates of a batch with this effect, with their holders, in the order of certificates.
pub(super) async fn pending(
    db: &impl ConnectionTrait,
    id: Uuid,
    effect: Effect,
    limit: u64,
) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(item::Entity::find()
        .select_only()
        .columns([item::Column::CertificateId, item::Column::PersonId])
        .filter(item::Column::BatchId.eq(id))
        .filter(item::Column::Effect.eq(effect.word()))
        .order_by_asc(item::Column::CertificateId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

pub(super) async fn set_effect(
    work: &Work<'_>,
    id: Uuid,
    certificates: &[Uuid],
    effect: Effect,
) -> Result<()> {
    for chunk in certificates.chunks(IN_LIST) {
        item::Entity::update_many()
            .col_expr(item::Column::Effect, effect.word().into())
            .filter(item::Column::BatchId.eq(id))
            .filter(item::Column::CertificateId.is_in(chunk.iter().copied()))
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}

/// Which of these certificates another batch in force found suspended and asks to stay so: certificate and batch, oldest
/// batch first.
pub(super) async fn held_by_others(
    work: &Work<'_>,
    id: Uuid,
    certificates: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>> {
    let mut found = Vec::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Uuid)> = item::Entity::find()
            .select_only()
            .columns([item::Column::CertificateId, item::Column::BatchId])
            .join(JoinType::InnerJoin, item::Relation::SuspensionBatch.def())
            .filter(item::Column::CountyId.eq(work.by.county_id))
            .filter(item::Column::CertificateId.is_in(chunk.iter().copied()))
            .filter(item::Column::BatchId.ne(id))
            .filter(item::Column::Effect.eq(Effect::Held.word()))
            .filter(batch::Column::State.is_in(["applying", "applied"]))
            .order_by_asc(item::Column::BatchId)
            .into_tuple()
            .all(&work.tx)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

fn to_batch(row: batch::Model, counts: &mut Counts) -> Result<Batch> {
    Ok(Batch {
        counts: counts.remove(&row.id).unwrap_or_default(),
        id: row.id,
        cause: row.cause,
        selection: serde_json::from_str(&row.selection)?,
        state: BatchState::of_word(&row.state),
        total: row.total,
        job_id: row.job_id,
        staged_by: row.staged_by,
        staged_at: row.staged_at,
        applied: row.applied_by.zip(row.applied_at),
        undone: row.undone_by.zip(row.undone_at),
        undo_reason: row.undo_reason,
    })
}
