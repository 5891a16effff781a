//! Figures as of a day gone by, reckoned from the ledger itself: counters are kept of today only.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{completion, training_record as ledger};
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr, WindowStatement,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use crate::people;
use crate::plans::{Counters, Part, Progress, ProgressRow};
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

/// A day and its end, in microseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(in crate::boards) struct Past {
    pub(in crate::boards) day: NaiveDate,
    pub(in crate::boards) before: i64,
}

fn sum(value: impl Into<SimpleExpr>) -> SimpleExpr {
    Expr::expr(value.into()).sum().cast_as("bigint")
}

/// Posts held on a day; those held now where none is named.
pub(in crate::boards) fn held(past: Option<Past>) -> Condition {
    people::held(past.map(|past| past.day))
}

/// Who had finished something toward the plan by the end of a day.
pub(super) fn begun(plan_id: Uuid, day: NaiveDate) -> SelectStatement {
    use ledger::Column as L;
    Query::select()
        .column(L::PersonId)
        .from(ledger::Entity)
        .and_where(L::PlanId.eq(plan_id))
        .and_where(L::HappenedOn.lte(day))
        .group_by_col(L::PersonId)
        .and_having(Expr::col(L::PersonTimes).sum().gt(0))
        .to_owned()
}

/// What stands in for `person_progress` on a day: what each person had, and no effort left for whom the plan was met.
pub(super) fn progress(plan_id: Uuid, day: NaiveDate) -> SelectStatement {
    use completion::Column as C;
    use ledger::Column as L;
    let met = Query::select()
        .expr(Expr::val(1))
        .from(completion::Entity)
        .and_where(C::PlanId.eq(plan_id))
        .and_where(C::WithdrawnAt.is_null())
        .and_where(C::CompletedOn.lte(day))
        .and_where(
            Expr::col((completion::Entity, C::PersonId)).equals((ledger::Entity, L::PersonId)),
        )
        .to_owned();
    Query::select()
        .column(L::PersonId)
        .expr_as(sum(Expr::col(L::PersonTimes)), "person_times")
        .expr_as(Expr::col(L::HappenedOn).max(), "last_day")
        .expr_as(Expr::case(Expr::exists(met), 0).finally(1), "effort")
        .from(ledger::Entity)
        .and_where(L::PlanId.eq(plan_id))
        .and_where(L::HappenedOn.lte(day))
        .group_by_col(L::PersonId)
        .to_owned()
}

#[derive(FromQueryResult)]
struct Standing {
    region_id: Uuid,
    attended: i64,
    passed: i64,
}

/// Who had attended and who had passed by the end of a day, where each of them stood then: at the employer of his
/// latest training.
pub(in crate::boards) async fn standing(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    day: NaiveDate,
) -> Result<HashMap<Uuid, (i64, i64)>> {
    use ledger::Column as L;
    let of_person = || WindowStatement::partition_by(L::PersonId);
    let latest = of_person()
        .order_by(L::HappenedOn, Order::Desc)
        .order_by(L::RecordedAt, Order::Desc)
        .order_by(L::Id, Order::Desc)
        .to_owned();
    let lines = Query::select()
        .columns([L::CountyId, L::RegionId, L::EnterpriseId])
        .expr_window_as(
            Expr::cust("ROW_NUMBER()"),
            latest,
            Alias::new("from_latest"),
        )
        .expr_window_as(
            Expr::col(L::PersonTimes).sum(),
            of_person(),
            Alias::new("times"),
        )
        .expr_window_as(
            Expr::col(L::Passes).sum(),
            of_person(),
            Alias::new("passed"),
        )
        .from(ledger::Entity)
        .and_where(L::CountyId.eq(scope.county_id))
        .and_where(L::PlanId.eq(plan_id))
        .and_where(L::HappenedOn.lte(day))
        .to_owned();
    let columns = Columns::county(L::CountyId)
        .region(L::RegionId)
        .enterprise(L::EnterpriseId);
    let some = |figure: &'static str| sum(Expr::case(Expr::col(figure).gt(0), 1).finally(0));
    // Under the ledger's own name, so that the scope finds its columns.
    let query = Query::select()
        .column(L::RegionId)
        .expr_as(some("times"), "attended")
        .expr_as(some("passed"), "passed")
        .from_subquery(lines, ledger::Entity)
        .cond_where(scope.filter(&columns))
        .and_where(Expr::col("from_latest").eq(1))
        .group_by_col(L::RegionId)
        .to_owned();
    let statement = db.get_database_backend().build(&query);
    let rows = Standing::find_by_statement(statement).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.region_id, (row.attended, row.passed)))
        .collect())
}

/// What enterprises had by the end of a day, by role.
pub(in crate::boards) async fn of_enterprises(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    enterprises: &[Uuid],
    day: NaiveDate,
) -> Result<Vec<ProgressRow>> {
    use completion::Column as C;
    use ledger::Column as L;
    let reach = Columns::county(L::CountyId)
        .region(L::RegionId)
        .enterprise(L::EnterpriseId);
    let times: Vec<(Uuid, Uuid, String, i64, i64)> = ledger::Entity::find()
        .filter(scope.filter(&reach))
        .filter(L::PlanId.eq(plan_id))
        .filter(L::EnterpriseId.is_in(enterprises.iter().copied()))
        .filter(L::HappenedOn.lte(day))
        .select_only()
        .columns([L::RegionId, L::EnterpriseId, L::Role])
        .column_as(sum(Expr::col(L::PersonTimes)), "person_times")
        .column_as(L::RecordedAt.max(), "updated_at")
        .group_by(L::RegionId)
        .group_by(L::EnterpriseId)
        .group_by(L::Role)
        .into_tuple()
        .all(db)
        .await?;
    let reach = Columns::county(C::CountyId)
        .region(C::RegionId)
        .enterprise(C::EnterpriseId);
    let people: Vec<(Uuid, Uuid, String, i64, i64)> = completion::Entity::find()
        .filter(scope.filter(&reach))
        .filter(C::PlanId.eq(plan_id))
        .filter(C::EnterpriseId.is_in(enterprises.iter().copied()))
        .filter(C::WithdrawnAt.is_null())
        .filter(C::CompletedOn.lte(day))
        .select_only()
        .columns([C::RegionId, C::EnterpriseId, C::Role])
        .column_as(Expr::col(C::Id).count().cast_as("bigint"), "people")
        .column_as(C::RecordedAt.max(), "updated_at")
        .group_by(C::RegionId)
        .group_by(C::EnterpriseId)
        .group_by(C::Role)
        .into_tuple()
        .all(db)
        .await?;
    let row = |(region_id, enterprise, role, _, updated_at): (_, _, String, i64, _), counters| {
        ProgressRow {
            region_id,
            enterprise_id: Some(enterprise),
            role: TargetRole::of_word(&role),
            counters,
            updated_at,
        }
    };
    let times = times.into_iter().map(|told| {
        let counters = Counters {
            person_times: told.3,
            ..Counters::default()
        };
        row(told, counters)
    });
    let people = people
        .into_iter()
        .map(|told| (Counters::people(told.3), told))
        .map(|(counters, told)| row(told, counters));
    Ok(times.chain(people).collect())
}

/// What these people had by the end of a day, and the day each met the plan, where that was by then.
pub(in crate::boards) async fn of_people(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
    day: NaiveDate,
) -> Result<HashMap<Uuid, (Progress, Option<NaiveDate>)>> {
    use completion::Column as C;
    use ledger::Column as L;
    let minutes_of = |part: Part| {
        let here = Expr::col(L::Part).eq(part.word());
        sum(Expr::case(here, Expr::col(L::Minutes)).finally(0))
    };
    let had: Vec<(Uuid, i64, i64, i64, i64)> = ledger::Entity::find()
        .filter(L::PlanId.eq(plan_id))
        .filter(L::PersonId.is_in(persons.iter().copied()))
        .filter(L::HappenedOn.lte(day))
        .select_only()
        .column(L::PersonId)
        .column_as(minutes_of(Part::Online), "minutes_online")
        .column_as(minutes_of(Part::Offline), "minutes_offline")
        .column_as(sum(Expr::col(L::PersonTimes)), "person_times")
        .column_as(sum(Expr::col(L::Passes)), "passes")
        .group_by(L::PersonId)
        .into_tuple()
        .all(db)
        .await?;
    let met: Vec<(Uuid, NaiveDate)> = completion::Entity::find()
        .filter(C::PlanId.eq(plan_id))
        .filter(C::PersonId.is_in(persons.iter().copied()))
        .filter(C::WithdrawnAt.is_null())
        .filter(C::CompletedOn.lte(day))
        .select_only()
        .columns([C::PersonId, C::CompletedOn])
        .into_tuple()
        .all(db)
        .await?;
    let mut found: HashMap<_, _> = had
        .into_iter()
        .map(|(person, online, offline, person_times, passes)| {
            let has = Progress {
                minutes_online: online,
                minutes_offline: offline,
                person_times,
                passes,
            };
            (person, (has, None))
        })
        .collect();
    for (person, day) in met {
        found.entry(person).or_default().1 = Some(day);
    }
    Ok(found)
}
