//! Rows of academies, of their sheets and of the verdicts on their lines.

pub(super) mod purge;

use std::collections::BTreeMap;

use entity::{academy, academy_line as line, academy_upload as upload};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::rules::{AcademyLine, Mapping, Meaning};
use crate::people::rules::mask_id;
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Code, Result, Scope};

/// An outside academy and how its sheets are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Academy {
    pub id: Uuid,
    pub name: String,
    pub mapping: Mapping,
    pub updated_at: i64,
}

/// A sheet of an academy with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub id: Uuid,
    /// The township of whoever handed it in, where he has one alone.
    pub region_id: Option<Uuid>,
    pub academy_id: Uuid,
    pub plan_id: Uuid,
    pub account_id: Option<Uuid>,
    pub file_name: String,
    pub file_key: String,
    pub file_hash: Vec<u8>,
    pub file_size: i64,
    pub mapping: Mapping,
    /// The columns of the sheet with what they were read as.
    pub columns: Vec<(String, Option<Meaning>)>,
    /// `previewed`, `queued`, `committed` or `discarded`.
    pub state: String,
    pub lines: i64,
    pub accepted: i64,
    pub refused: i64,
    /// Lines by verdict.
    pub counts: BTreeMap<String, i64>,
    pub job_id: Option<Uuid>,
    pub created_at: i64,
    pub committed_at: Option<i64>,
}

/// The verdict on one line, as it is listed.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) line: i32,
    pub(super) sheet_row: i32,
    pub(super) reason: Option<Code>,
    pub(super) name: String,
    pub(super) id_masked: String,
    pub(super) course: String,
    pub(super) minutes: i64,
}

fn of_county(scope: &Scope) -> Select<academy::Entity> {
    // An academy is the county's own: any of its officers may read its sheets.
    academy::Entity::find().filter(academy::Column::CountyId.eq(scope.county_id))
}

pub(super) async fn academies(
    db: &impl ConnectionTrait,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<Academy>> {
    let mut query = of_county(scope);
    if let Some(after) = page.after {
        query = query.filter(academy::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(academy::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(to_academy).collect()
}

pub(super) async fn academy(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Academy>> {
    let query = of_county(scope).filter(academy::Column::Id.eq(id));
    query.one(db).await?.map(to_academy).transpose()
}

/// The academy's row, held until the transaction ends.
pub(super) async fn academy_for_update(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Academy>> {
    let query = of_county(scope)
        .filter(academy::Column::Id.eq(id))
        .lock_exclusive();
    query.one(tx).await?.map(to_academy).transpose()
}

pub(super) async fn name_taken(work: &Work<'_>, name: &str) -> Result<bool> {
    let found = academy::Entity::find()
        .filter(academy::Column::CountyId.eq(work.by.county_id))
        .filter(academy::Column::Name.eq(name));
    Ok(found.one(&work.tx).await?.is_some())
}

pub(super) async fn insert_academy(work: &Work<'_>, new: &Academy) -> Result<()> {
    let row = academy::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        name: Set(new.name.clone()),
        mapping: Set(serde_json::to_string(&new.mapping)?),
        created_at: Set(work.now),
        updated_at: Set(work.now),
    };
    academy::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn remember(work: &Work<'_>, id: Uuid, mapping: &Mapping) -> Result<()> {
    academy::Entity::update_many()
        .col_expr(
            academy::Column::Mapping,
            serde_json::to_string(mapping)?.into(),
        )
        .col_expr(academy::Column::UpdatedAt, work.now.into())
        .filter(academy::Column::Id.eq(id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

// A sheet without a township was handed in for the whole county; its own account sees it too.
fn visible(scope: &Scope, account: Option<Uuid>) -> Select<upload::Entity> {
    let columns = Columns::county(upload::Column::CountyId).region(upload::Column::RegionId);
    let mut reach = Condition::any().add(scope.filter(&columns));
    if let Some(account) = account {
        reach = reach.add(
            Condition::all()
                .add(upload::Column::CountyId.eq(scope.county_id))
                .add(upload::Column::AccountId.eq(account)),
        );
    }
    upload::Entity::find().filter(reach)
}

pub(super) async fn upload(
    db: &impl ConnectionTrait,
    scope: &Scope,
    account: Option<Uuid>,
    id: Uuid,
) -> Result<Option<Upload>> {
    let query = visible(scope, account).filter(upload::Column::Id.eq(id));
    query.one(db).await?.map(to_upload).transpose()
}

/// The sheet's row, held until the transaction ends.
pub(super) async fn upload_for_update(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    account: Option<Uuid>,
    id: Uuid,
) -> Result<Option<Upload>> {
    let query = visible(scope, account)
        .filter(upload::Column::Id.eq(id))
        .lock_exclusive();
    query.one(tx).await?.map(to_upload).transpose()
}

pub(super) async fn uploads(
    db: &impl ConnectionTrait,
    scope: &Scope,
    account: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Upload>> {
    let mut query = visible(scope, account);
    if let Some(after) = page.after {
        query = query.filter(upload::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(upload::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(to_upload).collect()
}

pub(super) async fn insert_upload(work: &Work<'_>, new: &Upload) -> Result<()> {
    let row = upload::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        region_id: Set(new.region_id),
        academy_id: Set(new.academy_id),
        plan_id: Set(new.plan_id),
        account_id: Set(new.account_id),
        file_name: Set(new.file_name.chars().take(255).collect()),
        file_key: Set(new.file_key.clone()),
        file_hash: Set(new.file_hash.clone()),
        file_size: Set(new.file_size),
        mapping: Set(serde_json::to_string(&new.mapping)?),
        columns: Set(serde_json::to_string(&new.columns)?),
        state: Set(new.state.clone()),
        lines: Set(new.lines),
        accepted: Set(new.accepted),
        refused: Set(new.refused),
        counts: Set(serde_json::to_string(&new.counts)?),
        job_id: Set(new.job_id),
        created_at: Set(new.created_at),
        committed_at: Set(new.committed_at),
    };
    upload::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Writes what became of a sheet.
pub(super) async fn save_upload(tx: &impl ConnectionTrait, now: &Upload) -> Result<()> {
    upload::Entity::update_many()
        .col_expr(upload::Column::State, now.state.clone().into())
        .col_expr(upload::Column::Accepted, now.accepted.into())
        .col_expr(upload::Column::Refused, now.refused.into())
        .col_expr(
            upload::Column::Counts,
            serde_json::to_string(&now.counts)?.into(),
        )
        .col_expr(upload::Column::JobId, now.job_id.into())
        .col_expr(upload::Column::CommittedAt, now.committed_at.into())
        .filter(upload::Column::Id.eq(now.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes the verdicts of a sheet, in place of those before.
pub(super) async fn write_lines(
    work: &Work<'_>,
    upload_id: Uuid,
    lines: &[AcademyLine],
    verdicts: &[Result<(), Code>],
) -> Result<()> {
    line::Entity::delete_many()
        .filter(line::Column::UploadId.eq(upload_id))
        .exec(&work.tx)
        .await?;
    let all: Vec<_> = lines.iter().zip(verdicts).collect();
    for chunk in all.chunks(rows_per_statement(9)) {
        let rows = chunk.iter().map(|(read, verdict)| line::ActiveModel {
            upload_id: Set(upload_id),
            line: Set(i32::try_from(read.line).unwrap_or(i32::MAX)),
            county_id: Set(work.by.county_id),
            sheet_row: Set(i32::try_from(read.sheet_row).unwrap_or(i32::MAX)),
            reason: Set(verdict.err().map(|code| code.word().to_owned())),
            name: Set(read.name.clone().unwrap_or_default()),
            id_masked: Set(read
                .id
                .as_ref()
                .map(|id| mask_id(id.number()))
                .unwrap_or_default()),
            course: Set(read.course.clone()),
            minutes: Set(read.minutes.ok().flatten().unwrap_or(0)),
        });
        line::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// The verdicts of a sheet after a line, of one kind or all.
pub(super) async fn line_page(
    db: &impl ConnectionTrait,
    upload_id: Uuid,
    accepted: Option<bool>,
    after: i32,
    limit: u64,
) -> Result<Vec<Verdict>> {
    let mut query = line::Entity::find()
        .filter(line::Column::UploadId.eq(upload_id))
        .filter(line::Column::Line.gt(after));
    query = match accepted {
        Some(true) => query.filter(line::Column::Reason.is_null()),
        Some(false) => query.filter(line::Column::Reason.is_not_null()),
        None => query,
    };
    let rows = query
        .order_by_asc(line::Column::Line)
        .limit(limit)
        .all(db)
        .await?;
    let verdict = |row: line::Model| Verdict {
        line: row.line,
        sheet_row: row.sheet_row,
        reason: row.reason.as_deref().and_then(Code::of_word),
        name: row.name,
        id_masked: row.id_masked,
        course: row.course,
        minutes: row.minutes,
    };
    Ok(rows.into_iter().map(verdict).collect())
}

fn to_academy(row: academy::Model) -> Result<Academy> {
    Ok(Academy {
        id: row.id,
        name: row.name,
        mapping: serde_json::from_str(&row.mapping)?,
        updated_at: row.updated_at,
    })
}

fn to_upload(row: upload::Model) -> Result<Upload> {
    Ok(Upload {
        id: row.id,
        region_id: row.region_id,
        academy_id: row.academy_id,
        plan_id: row.plan_id,
        account_id: row.account_id,
        file_name: row.file_name,
        file_key: row.file_key,
        file_hash: row.file_hash,
        file_size: row.file_size,
        mapping: serde_json::from_str(&row.mapping)?,
        columns: serde_json::from_str(&row.columns)?,
        state: row.state,
        lines: row.lines,
        accepted: row.accepted,
        refused: row.refused,
        counts: serde_json::from_str(&row.counts)?,
        job_id: row.job_id,
        created_at: row.created_at,
        committed_at: row.committed_at,
    })
}
