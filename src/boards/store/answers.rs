//! Rows behind a board's answers: who is nearest to done, which enterprise lags, who is only on a list.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    class_session as class, employment, enterprise, person, person_progress, roster_entry,
};
use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, FromQueryResult, JoinType, Order};
use uuid::Uuid;

use super::past::{self, Past};
use crate::plans::rules::Counts;
use crate::plans::{Plan, Progress, effort};
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

/// Of which plan and townships, and how many.
pub(in crate::boards) struct Wanted<'a> {
    pub(in crate::boards) plan: &'a Plan,
    /// The township with those it took over; all in reach where none is named.
    pub(in crate::boards) regions: Option<Vec<Uuid>>,
    pub(in crate::boards) only: Only,
    /// As of the end of a day; as things stand where none is named.
    pub(in crate::boards) past: Option<Past>,
    pub(in crate::boards) limit: u64,
}

/// Of whom only.
pub(in crate::boards) enum Only {
    All,
    Enterprise(Uuid),
    People(Vec<Uuid>),
}

impl Only {
    fn filter(&self) -> Condition {
        use employment::Column as E;
        match self {
            Self::All => Condition::all(),
            Self::Enterprise(enterprise) => Condition::all().add(E::EnterpriseId.eq(*enterprise)),
            Self::People(people) => Condition::all().add(E::PersonId.is_in(people.iter().copied())),
        }
    }
}

/// Somebody to call.
#[derive(Clone, Debug)]
pub struct Called {
    pub person_id: Uuid,
    pub name: String,
    pub id_masked: String,
    pub phone_masked: Option<String>,
    pub enterprise_id: Option<Uuid>,
    pub enterprise_name: String,
    pub role: TargetRole,
    /// Minutes to done, an exam weighing a class hour.
    pub effort: i64,
    pub progress: Progress,
}

#[derive(FromQueryResult)]
struct CalledRow {
    person_id: Uuid,
    name: String,
    id_masked: String,
    phone_masked: Option<String>,
    enterprise_id: Option<Uuid>,
    enterprise_name: String,
    role: String,
    effort: i64,
    minutes_online: Option<i64>,
    minutes_offline: Option<i64>,
    person_times: Option<i64>,
    passes: Option<i64>,
}

/// Posts of a plan's target roles in these townships, each beside what its holder has of the plan.
fn posts(scope: &Scope, wanted: &Wanted<'_>) -> SelectStatement {
    use employment::Column as E;
    let columns = Columns::county(E::CountyId)
        .region(E::RegionId)
        .enterprise(E::EnterpriseId)
        .person(E::PersonId);
    let roles = wanted
        .plan
        .terms
        .target_roles
        .iter()
        .map(|role| role.word());
    let his = Expr::col((person_progress::Entity, person_progress::Column::PersonId))
        .equals((employment::Entity, E::PersonId));
    let mut query = Query::select();
    query.from(employment::Entity);
    match wanted.past {
        None => {
            let of_plan = Expr::col((person_progress::Entity, person_progress::Column::PlanId));
            query.join(
                JoinType::LeftJoin,
                person_progress::Entity,
                his.and(of_plan.eq(wanted.plan.id)),
            )
        }
        Some(Past { day, .. }) => query.join_subquery(
            JoinType::LeftJoin,
            past::progress(wanted.plan.id, day),
            person_progress::Entity,
            his,
        ),
    };
    query
        .cond_where(scope.filter(&columns))
        .cond_where(past::held(wanted.past))
        .cond_where(wanted.only.filter())
        .and_where(E::Role.is_in(roles));
    if let Some(regions) = &wanted.regions {
        query.and_where(E::RegionId.is_in(regions.iter().copied()));
    }
    query
}

/// How far the holder of a post is from done; who has nothing yet is the whole plan away.
fn missing(plan: &Plan) -> SimpleExpr {
    let all = effort(&plan.terms, &Progress::default());
    Func::coalesce([
        Expr::col((person_progress::Entity, person_progress::Column::Effort)),
        Expr::val(all),
    ])
    .into()
}

/// Who is not complete, nearest to done first; then, where one more class of theirs counts, those who are.
pub(in crate::boards) async fn nearest_to_done(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted<'_>,
) -> Result<Vec<Called>> {
    use employment::Column as E;
    use person_progress::Column as P;
    let mut query = posts(scope, wanted);
    query
        .join(
            JoinType::InnerJoin,
            person::Entity,
            Expr::col((person::Entity, person::Column::Id))
                .equals((employment::Entity, E::PersonId)),
        )
        .columns([
            (employment::Entity, E::PersonId),
            (employment::Entity, E::EnterpriseId),
            (employment::Entity, E::EnterpriseName),
            (employment::Entity, E::Role),
        ])
        .columns([
            (person::Entity, person::Column::Name),
            (person::Entity, person::Column::IdMasked),
            (person::Entity, person::Column::PhoneMasked),
        ])
        .columns([
            (person_progress::Entity, P::MinutesOnline),
            (person_progress::Entity, P::MinutesOffline),
            (person_progress::Entity, P::PersonTimes),
            (person_progress::Entity, P::Passes),
        ])
        .expr_as(missing(wanted.plan).cast_as("bigint"), Alias::new("effort"))
        .order_by_expr(
            Expr::case(missing(wanted.plan).eq(0), 1).finally(0).into(),
            Order::Asc,
        )
        .order_by_expr(missing(wanted.plan), Order::Asc)
        .order_by_expr(
            Func::coalesce([
                Expr::col((person_progress::Entity, P::PersonTimes)),
                Expr::val(0_i64),
            ])
            .into(),
            Order::Asc,
        )
        .order_by((employment::Entity, E::PersonId), Order::Asc)
        .limit(wanted.limit);
    if wanted.plan.terms.counts == Counts::People {
        query.and_where(missing(wanted.plan).gt(0));
    }
    let statement = db.get_database_backend().build(&query);
    let rows = CalledRow::find_by_statement(statement).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| Called {
            person_id: row.person_id,
            name: row.name,
            id_masked: row.id_masked,
            phone_masked: row.phone_masked,
            enterprise_id: row.enterprise_id,
            enterprise_name: row.enterprise_name,
            role: TargetRole::of_word(&row.role),
            effort: row.effort,
            progress: Progress {
                minutes_online: row.minutes_online.unwrap_or(0),
                minutes_offline: row.minutes_offline.unwrap_or(0),
                person_times: row.person_times.unwrap_or(0),
                passes: row.passes.unwrap_or(0),
            },
        })
        .collect())
}

/// An enterprise with people still missing.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Lagging {
    pub enterprise_id: Uuid,
    pub name: String,
    /// People of the plan's target roles who work there now.
    pub on_file: i64,
    /// Of these, who began.
    pub begun: i64,
    /// Of these, who met the plan.
    pub completed: i64,
    /// The last day on which anybody there was trained.
    pub last_day: Option<NaiveDate>,
}

/// The enterprises with the most people still missing.
pub(in crate::boards) async fn lagging(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted<'_>,
) -> Result<Vec<Lagging>> {
    use employment::Column as E;
    use person_progress::Column as P;
    let count =
        |condition: SimpleExpr| Func::sum(Expr::case(condition, 1).finally(0)).cast_as("bigint");
    let complete = || missing(wanted.plan).eq(0);
    let times = Func::coalesce([
        Expr::col((person_progress::Entity, P::PersonTimes)),
        Expr::val(0_i64),
    ]);
    let mut query = posts(scope, wanted);
    query
        .join(
            JoinType::InnerJoin,
            enterprise::Entity,
            Expr::col((enterprise::Entity, enterprise::Column::Id))
                .equals((employment::Entity, E::EnterpriseId)),
        )
        .expr_as(
            Expr::col((enterprise::Entity, enterprise::Column::Id)),
            Alias::new("enterprise_id"),
        )
        .column((enterprise::Entity, enterprise::Column::Name))
        .expr_as(
            Expr::col(Asterisk).count().cast_as("bigint"),
            Alias::new("on_file"),
        )
        .expr_as(count(Expr::expr(times).gt(0)), Alias::new("begun"))
        .expr_as(count(complete()), Alias::new("completed"))
        .expr_as(
            Expr::col((person_progress::Entity, P::LastDay)).max(),
            Alias::new("last_day"),
        )
        .group_by_columns([
            (enterprise::Entity, enterprise::Column::Id),
            (enterprise::Entity, enterprise::Column::Name),
        ])
        .and_having(count(missing(wanted.plan).gt(0)).gt(0))
        .order_by_expr(count(missing(wanted.plan).gt(0)), Order::Desc)
        .order_by((enterprise::Entity, enterprise::Column::Id), Order::Asc)
        .limit(wanted.limit);
    let statement = db.get_database_backend().build(&query);
    Ok(Lagging::find_by_statement(statement).all(db).await?)
}

#[derive(FromQueryResult)]
struct Waiting {
    region_id: Uuid,
    people: i64,
}

/// Being on a list, by then, of whom nothing is finished by then.
pub(super) fn waits(plan_id: Uuid, past: Option<Past>) -> Condition {
    use roster_entry::Column as R;
    let begun = match past {
        None => Query::select()
            .column(person_progress::Column::PersonId)
            .from(person_progress::Entity)
            .and_where(person_progress::Column::PlanId.eq(plan_id))
            .and_where(person_progress::Column::PersonTimes.gt(0))
            .to_owned(),
        Some(Past { day, .. }) => past::begun(plan_id, day),
    };
    let person = Expr::col((roster_entry::Entity, R::PersonId));
    let waits = Condition::all().add(person.not_in_subquery(begun));
    match past {
        None => waits,
        Some(Past { before, .. }) => {
            waits.add(Expr::col((roster_entry::Entity, R::AddedAt)).lt(before))
        }
    }
}

/// People on a list of the plan's classes who have finished nothing yet, by the township that holds the class.
pub(in crate::boards) async fn only_on_a_list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    past: Option<Past>,
) -> Result<HashMap<Uuid, i64>> {
    let columns = Columns::county(class::Column::CountyId).region(class::Column::RegionId);
    let query = Query::select()
        .column((class::Entity, class::Column::RegionId))
        .expr_as(
            Expr::col((roster_entry::Entity, roster_entry::Column::PersonId))
                .count_distinct()
                .cast_as("bigint"),
            Alias::new("people"),
        )
        .from(class::Entity)
        .join(
            JoinType::InnerJoin,
            roster_entry::Entity,
            Expr::col((roster_entry::Entity, roster_entry::Column::ClassId))
                .equals((class::Entity, class::Column::Id)),
        )
        .cond_where(scope.filter(&columns))
        .and_where(class::Column::PlanId.eq(plan_id))
        .and_where(class::Column::State.ne("cancelled"))
        .cond_where(waits(plan_id, past))
        .group_by_col((class::Entity, class::Column::RegionId))
        .to_owned();
    let statement = db.get_database_backend().build(&query);
    let rows = Waiting::find_by_statement(statement).all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.region_id, row.people))
        .collect())
}
