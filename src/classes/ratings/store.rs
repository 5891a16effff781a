//! Rows of ratings.

use std::collections::HashMap;

use entity::class_rating as rating;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::Sum;
use crate::classes::Class;
use crate::platform::idempotency::Work;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, clock};

/// Words shown of one class.
const MOST_WORDS: u64 = 100;

pub(super) async fn put(
    work: &Work<'_>,
    class: &Class,
    person_id: Uuid,
    satisfied: bool,
    words_sealed: Option<Vec<u8>>,
) -> Result<()> {
    let row = rating::ActiveModel {
        id: Set(clock::new_id()),
        class_id: Set(class.id),
        person_id: Set(person_id),
        county_id: Set(work.by.county_id),
        region_id: Set(class.region_id),
        plan_id: Set(class.plan_id),
        satisfied: Set(satisfied),
        words_sealed: Set(words_sealed),
        rated_at: Set(work.now),
    };
    let newer = OnConflict::columns([rating::Column::ClassId, rating::Column::PersonId])
        .update_columns([
            rating::Column::Satisfied,
            rating::Column::WordsSealed,
            rating::Column::RatedAt,
        ])
        .to_owned();
    rating::Entity::insert(row)
        .on_conflict(newer)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// What these people said of these classes.
pub(super) async fn own(
    db: &impl ConnectionTrait,
    people: &[Uuid],
    classes: &[Uuid],
) -> Result<HashMap<Uuid, bool>> {
    let rows: Vec<(Uuid, bool)> = rating::Entity::find()
        .select_only()
        .columns([rating::Column::ClassId, rating::Column::Satisfied])
        .filter(rating::Column::PersonId.is_in(people.iter().copied()))
        .filter(rating::Column::ClassId.is_in(classes.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many of the rows are satisfied.
fn satisfied() -> SimpleExpr {
    let ones = Expr::col(rating::Column::Satisfied).cast_as("INTEGER");
    let sum = Func::sum(ones);
    Expr::expr(Func::coalesce([sum.into(), Expr::val(0)])).cast_as("BIGINT")
}

pub(super) async fn of_class(db: &impl ConnectionTrait, class_id: Uuid) -> Result<Sum> {
    let row: Option<(i64, i64)> = rating::Entity::find()
        .select_only()
        .column_as(rating::Column::PersonId.count(), "answered")
        .expr_as(satisfied(), "satisfied")
        .filter(rating::Column::ClassId.eq(class_id))
        .into_tuple()
        .one(db)
        .await?;
    let (answered, satisfied) = row.unwrap_or_default();
    Ok(Sum {
        answered,
        satisfied,
    })
}

pub(super) async fn words(db: &impl ConnectionTrait, class_id: Uuid) -> Result<Vec<Vec<u8>>> {
    let rows: Vec<Option<Vec<u8>>> = rating::Entity::find()
        .select_only()
        .column(rating::Column::WordsSealed)
        .filter(rating::Column::ClassId.eq(class_id))
        .filter(rating::Column::WordsSealed.is_not_null())
        .order_by_desc(rating::Column::RatedAt)
        .limit(MOST_WORDS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().flatten().collect())
}

pub(super) async fn of_plan(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<Vec<(Uuid, Sum)>> {
    let columns = Columns::county(rating::Column::CountyId).region(rating::Column::RegionId);
    let rows: Vec<(Uuid, i64, i64)> = rating::Entity::find()
        .select_only()
        .column(rating::Column::RegionId)
        .column_as(rating::Column::PersonId.count(), "answered")
        .expr_as(satisfied(), "satisfied")
        .filter(scope.filter(&columns))
        .filter(rating::Column::PlanId.eq(plan_id))
        .group_by(rating::Column::RegionId)
        .order_by_asc(rating::Column::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    let sums = rows.into_iter().map(|(region, answered, satisfied)| {
        let sum = Sum {
            answered,
            satisfied,
        };
        (region, sum)
    });
    Ok(sums.collect())
}
