//! Rows of papers.

use entity::exam_paper as paper;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::{Paper, PaperState};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Papers belong to a county, as its bank does.
fn visible(scope: &Scope) -> Select<paper::Entity> {
    let county = Scope::county(scope.county_id);
    paper::Entity::find().filter(county.filter(&Columns::county(paper::Column::CountyId)))
}

fn told(row: paper::Model) -> Result<Paper> {
    Ok(Paper {
        id: row.id,
        title: row.title,
        plan_id: row.plan_id,
        rules: serde_json::from_str(&row.rules)?,
        state: PaperState::of_word(&row.state),
        changed_at: row.changed_at,
        published_at: row.published_at,
    })
}

pub(in crate::exams) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Paper>> {
    let row = visible(scope)
        .filter(paper::Column::Id.eq(id))
        .one(db)
        .await?;
    row.map(told).transpose()
}

pub(in crate::exams) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    state: Option<PaperState>,
    plan_id: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Paper>> {
    let mut query = visible(scope);
    if let Some(state) = state {
        query = query.filter(paper::Column::State.eq(state.word()));
    }
    if let Some(plan) = plan_id {
        query = query.filter(paper::Column::PlanId.eq(plan));
    }
    if let Some(after) = page.after {
        query = query.filter(paper::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(paper::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(told).collect()
}

/// Published papers of these plans, and of none.
pub(in crate::exams) async fn open_to(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plans: &[Uuid],
    page: &Page,
) -> Result<Vec<Paper>> {
    let of = paper::Column::PlanId;
    let mut query = visible(scope)
        .filter(paper::Column::State.eq(PaperState::Published.word()))
        .filter(of.is_null().or(of.is_in(plans.iter().copied())));
    if let Some(after) = page.after {
        query = query.filter(paper::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(paper::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(told).collect()
}

/// These papers, whatever their state.
pub(in crate::exams) async fn all_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<Vec<Paper>> {
    let query = visible(scope).filter(paper::Column::Id.is_in(ids.iter().copied()));
    query.all(db).await?.into_iter().map(told).collect()
}

pub(super) async fn of_title(
    db: &impl ConnectionTrait,
    scope: &Scope,
    title: &str,
) -> Result<Option<Paper>> {
    let row = visible(scope)
        .filter(paper::Column::Title.eq(title))
        .filter(paper::Column::State.ne(PaperState::Retired.word()))
        .order_by_desc(paper::Column::Id)
        .one(db)
        .await?;
    row.map(told).transpose()
}

pub(super) async fn insert(work: &Work<'_>, new: &Paper) -> Result<()> {
    let row = paper::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        title: Set(new.title.clone()),
        plan_id: Set(new.plan_id),
        rules: Set(serde_json::to_string(&new.rules)?),
        state: Set(new.state.word().to_owned()),
        account_id: Set(work.by.account()),
        created_at: Set(work.now),
        changed_at: Set(new.changed_at),
        published_at: Set(new.published_at),
    };
    paper::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn save(work: &Work<'_>, new: &Paper) -> Result<()> {
    use paper::Column as P;
    paper::Entity::update_many()
        .col_expr(P::Title, new.title.as_str().into())
        .col_expr(P::PlanId, new.plan_id.into())
        .col_expr(P::Rules, serde_json::to_string(&new.rules)?.into())
        .col_expr(P::State, new.state.word().into())
        .col_expr(P::ChangedAt, new.changed_at.into())
        .col_expr(P::PublishedAt, new.published_at.into())
        .filter(P::Id.eq(new.id))
        .exec(&work.tx)
        .await?;
    Ok(())
}
