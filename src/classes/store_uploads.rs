//! Rows of uploads and the verdicts on their lines.

use entity::{attendance_upload as upload, upload_line};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::assess::{Assessment, Target};
use super::rules::Judged;
use super::sheet::AttendanceSheet;
use crate::people::rules::mask_id;
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::scope::{Columns, Grant};
use crate::platform::{Caller, Code, Result, Scope};

/// An uploaded sheet with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    pub id: Uuid,
    pub region_id: Option<Uuid>,
    pub plan_id: Uuid,
    pub class_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub file_name: String,
    pub file_key: String,
    pub file_hash: Vec<u8>,
    pub file_size: i64,
    /// `previewed`, `queued`, `committed` or `discarded`.
    pub state: String,
    pub all_or_nothing: bool,
    pub lines: i64,
    pub accepted: i64,
    pub refused: i64,
    /// Lines by verdict.
    pub counts: BTreeMap<String, i64>,
    /// Accepted lines by what they do: new, changed, unchanged.
    pub effects: BTreeMap<String, i64>,
    /// The classes it holds, as (title, day).
    pub sessions: Vec<(String, String)>,
    pub job_id: Option<Uuid>,
    pub created_at: i64,
    pub committed_at: Option<i64>,
}

impl Upload {
    /// Where it is meant to go.
    #[must_use]
    pub const fn target(&self) -> Target {
        Target {
            region_id: self.region_id,
            class_id: self.class_id,
        }
    }
}

/// What a background commit needs to know of who asked for it.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) upload_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) county_id: Uuid,
    pub(super) login: String,
    pub(super) grants: Vec<Grant>,
    pub(super) lang: crate::platform::locale::Lang,
}

impl Order {
    pub(super) fn of(by: &Caller, upload_id: Uuid) -> Self {
        Self {
            upload_id,
            account_id: by.account_id,
            county_id: by.county_id,
            login: by.login.clone(),
            grants: by.grants.clone(),
            lang: by.lang,
        }
    }

    pub(super) fn caller(self) -> Caller {
        Caller {
            account_id: self.account_id,
            county_id: self.county_id,
            login: self.login,
            grants: self.grants,
            lang: self.lang,
            session: Uuid::nil(),
        }
    }
}

// An upload without a region was made for the whole county, or tells its township itself: its own account sees it.
fn visible(scope: &Scope, account: Option<Uuid>) -> Select<upload::Entity> {
    let columns = Columns::county(upload::Column::CountyId).region(upload::Column::RegionId);
    let mut reach = sea_orm::Condition::any().add(scope.filter(&columns));
    if let Some(account) = account {
        reach = reach.add(
            sea_orm::Condition::all()
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
    visible(scope, account)
        .filter(upload::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_upload)
        .transpose()
}

/// The upload's row, held until the transaction ends.
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
    page: &crate::platform::page::Page,
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
        plan_id: Set(new.plan_id),
        class_id: Set(new.class_id),
        account_id: Set(new.account_id),
        file_name: Set(new.file_name.clone()),
        file_key: Set(new.file_key.clone()),
        file_hash: Set(new.file_hash.clone()),
        file_size: Set(new.file_size),
        state: Set(new.state.clone()),
        all_or_nothing: Set(new.all_or_nothing),
        lines: Set(new.lines),
        accepted: Set(new.accepted),
        refused: Set(new.refused),
        counts: Set(serde_json::to_string(&new.counts)?),
        effects: Set(serde_json::to_string(&new.effects)?),
        sessions: Set(serde_json::to_string(&new.sessions)?),
        job_id: Set(new.job_id),
        created_at: Set(new.created_at),
        committed_at: Set(new.committed_at),
    };
    upload::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Writes what became of an upload.
pub(super) async fn save_upload(tx: &impl ConnectionTrait, now: &Upload) -> Result<()> {
    upload::Entity::update_many()
        .col_expr(upload::Column::State, now.state.clone().into())
        .col_expr(upload::Column::AllOrNothing, now.all_or_nothing.into())
        .col_expr(upload::Column::Accepted, now.accepted.into())
        .col_expr(upload::Column::Refused, now.refused.into())
        .col_expr(
            upload::Column::Counts,
            serde_json::to_string(&now.counts)?.into(),
        )
        .col_expr(
            upload::Column::Effects,
            serde_json::to_string(&now.effects)?.into(),
        )
        .col_expr(upload::Column::JobId, now.job_id.into())
        .col_expr(upload::Column::CommittedAt, now.committed_at.into())
        .filter(upload::Column::Id.eq(now.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The verdict on one line, as it is listed.
#[derive(Clone, Debug)]
pub(super) struct LineVerdict {
    pub(super) line: i32,
    pub(super) tab: String,
    pub(super) sheet_row: i32,
    pub(super) accepted: bool,
    pub(super) reason: Option<Code>,
    pub(super) effect: Option<String>,
    pub(super) warnings: Vec<String>,
    pub(super) name: String,
    pub(super) id_masked: String,
    pub(super) enterprise_name: String,
}

/// Writes the verdicts of an upload, in place of those before.
pub(super) async fn write_lines(
    work: &Work<'_>,
    upload_id: Uuid,
    sheet: &AttendanceSheet,
    assessed: &Assessment,
) -> Result<()> {
    upload_line::Entity::delete_many()
        .filter(upload_line::Column::UploadId.eq(upload_id))
        .exec(&work.tx)
        .await?;
    let all: Vec<_> = sheet
        .lines
        .iter()
        .zip(assessed.verdicts.iter().zip(&assessed.outcomes))
        .collect();
    for chunk in all.chunks(rows_per_statement(13)) {
        let rows = chunk.iter().map(|(line, (verdict, outcome))| {
            let refused = if let Judged::Refused(reason) = verdict {
                Some(reason.word().to_owned())
            } else {
                None
            };
            let mut warnings = Vec::new();
            if outcome
                .as_ref()
                .is_some_and(|outcome| !outcome.employer_known)
            {
                warnings.push("enterprise_unknown");
            }
            if outcome
                .as_ref()
                .is_some_and(|outcome| outcome.seat.came_later)
            {
                warnings.push("employer_came_later");
            }
            if outcome.is_some() && line.employer_filled_down {
                warnings.push("enterprise_from_line_above");
            }
            upload_line::ActiveModel {
                upload_id: Set(upload_id),
                line: Set(i32::try_from(line.line).unwrap_or(i32::MAX)),
                county_id: Set(work.by.county_id),
                tab: Set(line.tab.chars().take(100).collect()),
                sheet_row: Set(i32::try_from(line.sheet_row).unwrap_or(i32::MAX)),
                session: Set(i32::try_from(line.session).unwrap_or(i32::MAX)),
                verdict: Set(if refused.is_some() {
                    "refused"
                } else {
                    "accepted"
                }
                .to_owned()),
                reason: Set(refused),
                effect: Set(outcome
                    .as_ref()
                    .map(|outcome| outcome.effect.word().to_owned())),
                warnings: Set(warnings.join(" ")),
                name: Set(line.name.clone().unwrap_or_default()),
                id_masked: Set(line
                    .id
                    .as_ref()
                    .map(|id| mask_id(id.number()))
                    .unwrap_or_default()),
                enterprise_name: Set(line.enterprise_name.chars().take(200).collect()),
            }
        });
        upload_line::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// The verdicts of an upload the caller may see, after a line, of one kind or all.
pub(super) async fn line_page(
    db: &impl ConnectionTrait,
    upload_id: Uuid,
    accepted: Option<bool>,
    after: i32,
    limit: u64,
) -> Result<Vec<LineVerdict>> {
    let mut query = upload_line::Entity::find()
        .filter(upload_line::Column::UploadId.eq(upload_id))
        .filter(upload_line::Column::Line.gt(after));
    if let Some(accepted) = accepted {
        query = query.filter(upload_line::Column::Verdict.eq(if accepted {
            "accepted"
        } else {
            "refused"
        }));
    }
    let rows = query
        .order_by_asc(upload_line::Column::Line)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| LineVerdict {
            line: row.line,
            tab: row.tab,
            sheet_row: row.sheet_row,
            accepted: row.verdict == "accepted",
            reason: row.reason.as_deref().and_then(Code::of_word),
            effect: row.effect,
            warnings: row.warnings.split_whitespace().map(str::to_owned).collect(),
            name: row.name,
            id_masked: row.id_masked,
            enterprise_name: row.enterprise_name,
        })
        .collect())
}

fn to_upload(row: upload::Model) -> Result<Upload> {
    Ok(Upload {
        id: row.id,
        region_id: row.region_id,
        plan_id: row.plan_id,
        class_id: row.class_id,
        account_id: row.account_id,
        file_name: row.file_name,
        file_key: row.file_key,
        file_hash: row.file_hash,
        file_size: row.file_size,
        state: row.state,
        all_or_nothing: row.all_or_nothing,
        lines: row.lines,
        accepted: row.accepted,
        refused: row.refused,
        counts: serde_json::from_str(&row.counts)?,
        effects: serde_json::from_str(&row.effects)?,
        sessions: serde_json::from_str(&row.sessions)?,
        job_id: row.job_id,
        created_at: row.created_at,
        committed_at: row.committed_at,
    })
}

/// Whether a file of this content was committed in the county.
pub(super) async fn committed_before(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    hash: &[u8],
) -> Result<bool> {
    let found = upload::Entity::find()
        .filter(upload::Column::CountyId.eq(county_id))
        .filter(upload::Column::FileHash.eq(hash))
        .filter(upload::Column::State.eq("committed"))
        .one(db)
        .await?;
    Ok(found.is_some())
}
