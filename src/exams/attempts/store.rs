//! Rows of attempts, read.

use std::collections::{BTreeMap, HashMap};

use entity::{exam_answer as answer, exam_attempt as attempt, exam_grade as grade, person};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::Attempt;
use super::rules::{Mark, Sums};
use crate::hours::CountedAt;
use crate::people;
use crate::plans;
use crate::platform::db::IN_LIST;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

/// An attempt is its person's, and of the employer it counts for.
fn visible(scope: &Scope) -> Select<attempt::Entity> {
    use attempt::Column as A;
    let columns = Columns::county(A::CountyId)
        .region(A::RegionId)
        .enterprise(A::EnterpriseId)
        .person(A::PersonId);
    attempt::Entity::find().filter(scope.filter(&columns))
}

fn told(row: attempt::Model) -> Result<Attempt> {
    Ok(Attempt {
        id: row.id,
        paper_id: row.paper_id,
        person_id: row.person_id,
        plan_id: row.plan_id,
        at: row.region_id.map(|region_id| CountedAt {
            region_id,
            enterprise_id: row.enterprise_id,
            role: TargetRole::of_word(&row.role),
        }),
        number: row.number,
        items: serde_json::from_str(&row.items)?,
        started_at: row.started_at,
        ends_at: row.ends_at,
        submitted_at: row.submitted_at,
        points: row.points,
        most_points: row.most_points,
        passed: row.passed,
    })
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Attempt>> {
    let row = visible(scope)
        .filter(attempt::Column::Id.eq(id))
        .one(db)
        .await?;
    row.map(told).transpose()
}

/// A person's attempts at a paper, in their order, held until the transaction ends.
pub(super) async fn of_person(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    paper_id: Uuid,
    person_id: Uuid,
) -> Result<Vec<Attempt>> {
    let rows = visible(&Scope::county(county_id))
        .filter(attempt::Column::PaperId.eq(paper_id))
        .filter(attempt::Column::PersonId.eq(person_id))
        .order_by_asc(attempt::Column::Number)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(told).collect()
}

/// Attempts that answers are to be kept for: none of them is graded before this transaction ends.
pub(super) async fn to_answer(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Attempt>> {
    let rows = visible(&Scope::county(county_id))
        .filter(attempt::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(attempt::Column::Id)
        .lock_shared()
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.id, told(row)?)))
        .collect()
}

/// Attempts that are to be ended: no answer is kept for them before this transaction ends.
pub(super) async fn to_end(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Attempt>> {
    let rows = visible(&Scope::county(county_id))
        .filter(attempt::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(attempt::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.id, told(row)?)))
        .collect()
}

/// Some attempts of one county that nobody submitted and that ended before an instant.
pub(super) async fn overdue(
    db: &impl ConnectionTrait,
    before: i64,
    some: u64,
) -> Result<Option<(Uuid, Vec<Uuid>)>> {
    let rows: Vec<(Uuid, Uuid)> = attempt::Entity::find()
        .select_only()
        .columns([attempt::Column::CountyId, attempt::Column::Id])
        .filter(attempt::Column::SubmittedAt.is_null())
        .filter(attempt::Column::EndsAt.lt(before))
        .order_by_asc(attempt::Column::CountyId)
        .order_by_asc(attempt::Column::EndsAt)
        .limit(some)
        .into_tuple()
        .all(db)
        .await?;
    let Some((county, _)) = rows.first().copied() else {
        return Ok(None);
    };
    let here = rows.into_iter().filter(|(of, _)| *of == county);
    Ok(Some((county, here.map(|(_, id)| id).collect())))
}

/// The letters kept for these attempts, by attempt and question.
pub(super) async fn answers(
    db: &impl ConnectionTrait,
    attempts: &[Uuid],
) -> Result<HashMap<(Uuid, i32), String>> {
    let mut found = HashMap::new();
    for chunk in attempts.chunks(IN_LIST) {
        let rows = answer::Entity::find()
            .filter(answer::Column::AttemptId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| ((row.attempt_id, row.position), row.chosen)),
        );
    }
    Ok(found)
}

/// The marks of a graded attempt, by question.
pub(super) async fn marks(db: &impl ConnectionTrait, attempt: Uuid) -> Result<BTreeMap<i32, Mark>> {
    let rows = grade::Entity::find()
        .filter(grade::Column::AttemptId.eq(attempt))
        .all(db)
        .await?;
    let mark = |row: grade::Model| {
        let mark = Mark {
            position: row.position,
            chosen: row.chosen,
            is_right: row.is_right,
            points: row.points,
        };
        (row.position, mark)
    };
    Ok(rows.into_iter().map(mark).collect())
}

/// The caller's own attempts, newest last.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    paper_id: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Attempt>> {
    let mut query = visible(scope);
    if let Some(paper) = paper_id {
        query = query.filter(attempt::Column::PaperId.eq(paper));
    }
    if let Some(after) = page.after {
        query = query.filter(attempt::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(attempt::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(told).collect()
}

/// A result as an officer sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ResultRow {
    pub id: Uuid,
    pub person_id: Uuid,
    pub name: String,
    pub id_masked: String,
    pub number: i32,
    pub started_at: i64,
    pub submitted_at: Option<i64>,
    pub points: Option<i64>,
    pub most_points: i64,
    pub passed: Option<bool>,
}

/// The attempts at a paper within reach, with whose they are.
pub(super) async fn results(
    db: &impl ConnectionTrait,
    scope: &Scope,
    paper_id: Uuid,
    page: &Page,
) -> Result<Vec<ResultRow>> {
    let whose: RelationDef = attempt::Entity::belongs_to(person::Entity)
        .from(attempt::Column::PersonId)
        .to(person::Column::Id)
        .into();
    let mut query = visible(scope)
        .filter(attempt::Column::PaperId.eq(paper_id))
        .join(JoinType::InnerJoin, whose)
        .column_as(person::Column::Name, "name")
        .column_as(person::Column::IdMasked, "id_masked");
    if let Some(after) = page.after {
        query = query.filter(attempt::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(attempt::Column::Id)
        .limit(page.limit + 1)
        .into_model()
        .all(db)
        .await?;
    Ok(rows)
}

/// Sums over the graded answers to each question of a paper, by version, reckoned by the database.
pub(super) async fn sums(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    paper_id: Uuid,
) -> Result<Vec<(Uuid, Sums)>> {
    let of: RelationDef = grade::Entity::belongs_to(attempt::Entity)
        .from(grade::Column::AttemptId)
        .to(attempt::Column::Id)
        .into();
    let real =
        |column: attempt::Column| Expr::col((attempt::Entity, column)).cast_as("double precision");
    let score = || {
        real(attempt::Column::Points)
            .mul(100.0)
            .div(real(attempt::Column::MostPoints))
    };
    let right = || Expr::case(grade::Column::IsRight.eq(true), 1.0).finally(0.0);
    type Row = (Uuid, f64, f64, f64, f64, f64);
    let sum = |value: sea_orm::sea_query::SimpleExpr| value.sum().cast_as("double precision");
    let rows: Vec<Row> = grade::Entity::find()
        .join(JoinType::InnerJoin, of)
        .filter(grade::Column::CountyId.eq(county_id))
        .filter(grade::Column::PaperId.eq(paper_id))
        .select_only()
        .column(grade::Column::VersionId)
        .column_as(sum(Expr::val(1.0)), "asked")
        .column_as(sum(right().into()), "right_answers")
        .column_as(sum(score()), "score")
        .column_as(sum(score().mul(score())), "score_squared")
        .column_as(sum(score().mul(Expr::expr(right()))), "score_of_right")
        .group_by(grade::Column::VersionId)
        .order_by_asc(grade::Column::VersionId)
        .into_tuple()
        .all(db)
        .await?;
    let told = |(version, asked, right, score, score_squared, score_of_right): Row| {
        let sums = Sums {
            asked,
            right,
            score,
            score_squared,
            score_of_right,
        };
        (version, sums)
    };
    Ok(rows.into_iter().map(told).collect())
}

/// How often the caller tried these papers, his best points of 100 in hundredths, whether he passed, and when his last
/// attempt ended or ends.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub struct Tried {
    pub paper_id: Uuid,
    pub attempts: i64,
    pub best: Option<i64>,
    pub passed: i64,
}

pub(super) async fn tried(
    db: &impl ConnectionTrait,
    scope: &Scope,
    papers: &[Uuid],
) -> Result<HashMap<Uuid, Tried>> {
    use attempt::Column as A;
    let best = Expr::col(A::Points)
        .mul(10_000)
        .div(Expr::col(A::MostPoints));
    let rows: Vec<Tried> = visible(scope)
        .filter(A::PaperId.is_in(papers.iter().copied()))
        .select_only()
        .column(A::PaperId)
        .column_as(A::Id.count(), "attempts")
        .column_as(best.max().cast_as("bigint"), "best")
        .column_as(
            Expr::expr(Expr::case(A::Passed.eq(true), 1).finally(0))
                .sum()
                .cast_as("bigint"),
            "passed",
        )
        .group_by(A::PaperId)
        .into_model()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.paper_id, row)).collect())
}

/// The open plans of a day that ask a person in the post he holds.
pub(super) async fn plans_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person_id: Uuid,
    day: chrono::NaiveDate,
) -> Result<Vec<Uuid>> {
    let Some(post) = people::post_on(db, person_id, day).await? else {
        return Ok(Vec::new());
    };
    let asked = plans::asking(db, scope.county_id, post.role, day).await?;
    Ok(asked.into_iter().map(|plan| plan.id).collect())
}
