//! Figures of a manager's own enterprises, from the ledger itself: an enterprise's lines are few.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    class_session as class, completion, employment, person_progress, roster_entry,
    training_record as ledger,
};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
    RelationDef, Select,
};
use uuid::Uuid;

use super::answers::waits;
use super::past::{self, Past};
use crate::plans::{Counters, Part};
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

/// Which lines count.
#[derive(Clone, Copy)]
pub(in crate::boards) struct Until {
    /// Of training through this day, where one is named.
    pub(in crate::boards) day: Option<NaiveDate>,
    /// Written before the plan was settled, at this instant.
    pub(in crate::boards) settled_at: Option<i64>,
}

/// What was counted, by role.
#[derive(Default)]
pub(in crate::boards) struct Own {
    pub(in crate::boards) roles: Vec<(TargetRole, Counters)>,
    /// When the ledger last changed, in microseconds since 1970.
    pub(in crate::boards) updated_at: Option<i64>,
    /// The last day of training.
    pub(in crate::boards) last_day: Option<NaiveDate>,
}

fn lines(scope: &Scope, plan_id: Uuid, until: Until) -> Select<ledger::Entity> {
    use ledger::Column as L;
    let columns = Columns::county(L::CountyId).enterprise(L::EnterpriseId);
    let mut query = ledger::Entity::find()
        .filter(scope.filter(&columns))
        .filter(L::PlanId.eq(plan_id));
    if let Some(day) = until.day {
        query = query.filter(L::HappenedOn.lte(day));
    }
    if until.settled_at.is_some() {
        query = query.filter(L::AfterSettlement.eq(false));
    }
    query
}

/// Completions that stand, or stood when the plan was settled.
fn completions(scope: &Scope, plan_id: Uuid, until: Until) -> Select<completion::Entity> {
    use completion::Column as C;
    let columns = Columns::county(C::CountyId).enterprise(C::EnterpriseId);
    let mut query = completion::Entity::find()
        .filter(scope.filter(&columns))
        .filter(C::PlanId.eq(plan_id));
    if let Some(day) = until.day {
        query = query.filter(C::CompletedOn.lte(day));
    }
    let stands = Condition::any().add(C::WithdrawnAt.is_null());
    match until.settled_at {
        Some(at) => query
            .filter(C::AfterSettlement.eq(false))
            .filter(stands.add(C::WithdrawnAt.gt(at))),
        None => query.filter(stands),
    }
}

/// People, person-times and passes of the enterprises in reach.
pub(in crate::boards) async fn own(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    until: Until,
) -> Result<Own> {
    use ledger::Column as L;
    let sum = |value: SimpleExpr| value.sum().cast_as("bigint");
    let times_of = |part: Part| {
        let here = Expr::col(L::Part).eq(part.word());
        sum(Expr::case(here, Expr::col(L::PersonTimes))
            .finally(0)
            .into())
    };
    type Row = (String, i64, i64, i64, i64, i64);
    let rows: Vec<Row> = lines(scope, plan_id, until)
        .select_only()
        .column(L::Role)
        .column_as(sum(Expr::col(L::PersonTimes)), "person_times")
        .column_as(times_of(Part::Online), "online_times")
        .column_as(times_of(Part::Offline), "offline_times")
        .column_as(sum(Expr::col(L::Passes)), "passes")
        .column_as(L::RecordedAt.max(), "updated_at")
        .group_by(L::Role)
        .into_tuple()
        .all(db)
        .await?;
    let people: Vec<(String, i64)> = completions(scope, plan_id, until)
        .select_only()
        .column(completion::Column::Role)
        .column_as(
            Expr::col(completion::Column::Id).count().cast_as("bigint"),
            "people",
        )
        .group_by(completion::Column::Role)
        .into_tuple()
        .all(db)
        .await?;
    let last_day: Option<Option<NaiveDate>> = lines(scope, plan_id, until)
        .filter(L::PersonTimes.gt(0))
        .select_only()
        .column_as(L::HappenedOn.max(), "last_day")
        .into_tuple()
        .one(db)
        .await?;
    let updated_at = rows.iter().map(|row| row.5).max();
    let trained = rows.into_iter().map(
        |(role, person_times, online_times, offline_times, passes, _)| {
            let counters = Counters {
                person_times,
                online_times,
                offline_times,
                passes,
                ..Counters::default()
            };
            (TargetRole::of_word(&role), counters)
        },
    );
    let people = people
        .into_iter()
        .map(|(role, people)| (TargetRole::of_word(&role), Counters::people(people)));
    Ok(Own {
        roles: trained.chain(people).collect(),
        updated_at,
        last_day: last_day.flatten(),
    })
}

/// What each day added: people who completed and person-times, in day order.
pub(in crate::boards) async fn by_day(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    through: NaiveDate,
) -> Result<Vec<(NaiveDate, i64, i64)>> {
    let until = Until {
        day: Some(through),
        settled_at: None,
    };
    let times: Vec<(NaiveDate, i64)> = lines(scope, plan_id, until)
        .select_only()
        .column(ledger::Column::HappenedOn)
        .column_as(
            Expr::col(ledger::Column::PersonTimes)
                .sum()
                .cast_as("bigint"),
            "person_times",
        )
        .group_by(ledger::Column::HappenedOn)
        .into_tuple()
        .all(db)
        .await?;
    let people: Vec<(NaiveDate, i64)> = completions(scope, plan_id, until)
        .select_only()
        .column(completion::Column::CompletedOn)
        .column_as(
            Expr::col(completion::Column::Id).count().cast_as("bigint"),
            "people",
        )
        .group_by(completion::Column::CompletedOn)
        .into_tuple()
        .all(db)
        .await?;
    let mut days: BTreeMap<NaiveDate, (i64, i64)> = BTreeMap::new();
    for (day, count) in people {
        days.entry(day).or_default().0 += count;
    }
    for (day, count) in times {
        days.entry(day).or_default().1 += count;
    }
    Ok(days
        .into_iter()
        .map(|(day, (people, times))| (day, people, times))
        .collect())
}

/// Who attended and who passed of the people who stand at these enterprises, and who is only on a list.
pub(in crate::boards) async fn funnel(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    past: Option<Past>,
) -> Result<(i64, i64, i64)> {
    use person_progress::Column as P;
    let waiting = only_on_a_list(db, scope, plan_id, past).await?;
    if let Some(Past { day, .. }) = past {
        let stood = past::standing(db, scope, plan_id, day).await?;
        let all = stood.values();
        let (attended, passed) = all.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
        return Ok((attended, passed, waiting));
    }
    let columns = Columns::county(P::CountyId).enterprise(P::EnterpriseId);
    let count = |condition: SimpleExpr| Expr::case(condition, 1).finally(0).sum().cast_as("bigint");
    let begun: Option<(Option<i64>, Option<i64>)> = person_progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(P::PlanId.eq(plan_id))
        .select_only()
        .column_as(count(P::PersonTimes.gt(0)), "attended")
        .column_as(count(P::Passes.gt(0)), "passed")
        .into_tuple()
        .one(db)
        .await?;
    let (attended, passed) = begun.unwrap_or_default();
    Ok((attended.unwrap_or(0), passed.unwrap_or(0), waiting))
}

/// People employed here who are on a list of the plan's classes and have finished nothing yet.
async fn only_on_a_list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    past: Option<Past>,
) -> Result<i64> {
    use roster_entry::Column as R;
    let classes: RelationDef = roster_entry::Entity::belongs_to(class::Entity)
        .from(R::ClassId)
        .to(class::Column::Id)
        .into();
    let posts: RelationDef = roster_entry::Entity::belongs_to(employment::Entity)
        .from(R::PersonId)
        .to(employment::Column::PersonId)
        .into();
    let columns =
        Columns::county(employment::Column::CountyId).enterprise(employment::Column::EnterpriseId);
    let people: Option<i64> = roster_entry::Entity::find()
        .join(JoinType::InnerJoin, classes)
        .join(JoinType::InnerJoin, posts)
        .filter(scope.filter(&columns))
        .filter(past::held(past))
        .filter(class::Column::PlanId.eq(plan_id))
        .filter(class::Column::State.ne("cancelled"))
        .filter(waits(plan_id, past))
        .select_only()
        .column_as(
            Expr::col((roster_entry::Entity, R::PersonId))
                .count_distinct()
                .cast_as("bigint"),
            "people",
        )
        .into_tuple()
        .one(db)
        .await?;
    Ok(people.unwrap_or(0))
}
