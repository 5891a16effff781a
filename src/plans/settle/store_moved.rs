//! Rows of people credited to one township and employed in another today.

use chrono::NaiveDate;
use entity::{completion, employment, person, person_progress};
use sea_orm::sea_query::{Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoSimpleExpr, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::MovedCredit;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

use completion::Column as C;
use employment::Column as E;
use person_progress::Column as P;

/// The township credited: that of the completion, or where somebody stands who has none.
fn credited() -> SimpleExpr {
    let (completed, stands) = (
        C::RegionId.into_simple_expr(),
        P::RegionId.into_simple_expr(),
    );
    Func::coalesce([completed, stands]).into()
}

/// Whoever has anything toward a plan and works elsewhere now: seen from the township credited and from the one he
/// works in, and from no other.
fn visible(scope: &Scope) -> Select<person_progress::Entity> {
    let completions: RelationDef = person_progress::Entity::belongs_to(completion::Entity)
        .from(P::PersonId)
        .to(C::PersonId)
        .into();
    let completions = completions.on_condition(|progress, completion| {
        let same_plan = Expr::col((completion.clone(), C::PlanId)).equals((progress, P::PlanId));
        let stands = Expr::col((completion, C::WithdrawnAt)).is_null();
        Condition::all().add(same_plan).add(stands)
    });
    let posts: RelationDef = person_progress::Entity::belongs_to(employment::Entity)
        .from(P::PersonId)
        .to(E::PersonId)
        .into();
    let posts =
        posts.on_condition(|_, post| Condition::all().add(Expr::col((post, E::ToDay)).is_null()));
    let frozen = Columns::county(P::CountyId).region(C::RegionId);
    let stands = Columns::county(P::CountyId).region(P::RegionId);
    let works = Columns::county(P::CountyId).region(E::RegionId);
    let either_side = Condition::any()
        .add(scope.filter(&works))
        .add(scope.filter(&frozen))
        .add(scope.filter(&stands).add(C::RegionId.is_null()));
    person_progress::Entity::find()
        .join(JoinType::LeftJoin, completions)
        .join(JoinType::InnerJoin, posts)
        .filter(either_side)
        .filter(credited().ne(Expr::col((employment::Entity, E::RegionId))))
}

/// A page by person. `same` holds townships that are one by now: nobody moved between them.
pub(super) async fn moved(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    same: &[Vec<Uuid>],
    page: &Page,
) -> Result<Vec<MovedCredit>> {
    let has_something = Condition::any()
        .add(P::PersonTimes.gt(0))
        .add(P::MinutesOnline.gt(0))
        .add(P::MinutesOffline.gt(0))
        .add(C::Id.is_not_null());
    let mut query = visible(scope)
        .filter(P::PlanId.eq(plan_id))
        .filter(has_something);
    for group in same {
        let within = Condition::all()
            .add(credited().is_in(group.iter().copied()))
            .add(E::RegionId.is_in(group.iter().copied()));
        query = query.filter(within.not());
    }
    if let Some(after) = page.after {
        query = query.filter(P::PersonId.gt(after));
    }
    type Row = (
        Uuid,
        Uuid,
        Uuid,
        Option<NaiveDate>,
        Option<NaiveDate>,
        i64,
        i64,
    );
    let rows: Vec<Row> = query
        .select_only()
        .column(P::PersonId)
        .column_as(credited(), "credited")
        .column(E::RegionId)
        .column(C::CompletedOn)
        .column(P::LastDay)
        .column(P::MinutesOnline)
        .column(P::MinutesOffline)
        .order_by_asc(P::PersonId)
        .limit(page.limit + 1)
        .into_tuple()
        .all(db)
        .await?;
    let persons = rows.iter().map(|row| row.0);
    let names: Vec<(Uuid, String, String)> = person::Entity::find()
        .select_only()
        .columns([
            person::Column::Id,
            person::Column::Name,
            person::Column::IdMasked,
        ])
        .filter(person::Column::Id.is_in(persons))
        .into_tuple()
        .all(db)
        .await?;
    let named = |id: Uuid| {
        let found = names.iter().find(|(person, _, _)| *person == id);
        found
            .map(|(_, name, masked)| (name.clone(), masked.clone()))
            .unwrap_or_default()
    };
    let rows = rows.into_iter();
    Ok(rows
        .map(
            |(person_id, from, to, completed_on, last_day, online, offline)| {
                let (name, id_masked) = named(person_id);
                MovedCredit {
                    person_id,
                    name,
                    id_masked,
                    from_region_id: from,
                    to_region_id: to,
                    completed_on,
                    last_day,
                    minutes_online: online,
                    minutes_offline: offline,
                }
            },
        )
        .collect())
}
