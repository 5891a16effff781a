//! Rows of classes and lists as an enterprise reaches them.

use std::collections::HashMap;

use entity::{
    class_session as class, employment, enterprise, person, region, roster_entry as roster,
};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::Enrolled;
use super::rules::Busy;
use crate::classes::store::to_class;
use crate::classes::{Class, ClassState};
use crate::people::held;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// People of one step.
const STEP: u64 = 500;

/// The classes of the townships where the enterprises in reach are, and those the county holds itself.
fn visible(scope: &Scope) -> Select<class::Entity> {
    let columns = Columns::county(enterprise::Column::CountyId).enterprise(enterprise::Column::Id);
    let home = Query::select()
        .column(enterprise::Column::RegionId)
        .from(enterprise::Entity)
        .cond_where(scope.filter(&columns))
        .to_owned();
    let county = Query::select()
        .column(region::Column::Id)
        .from(region::Entity)
        .and_where(region::Column::CountyId.eq(scope.county_id))
        .and_where(region::Column::ParentId.is_null())
        .to_owned();
    class::Entity::find()
        .filter(class::Column::CountyId.eq(scope.county_id))
        .filter(
            Condition::any()
                .add(class::Column::RegionId.in_subquery(home))
                .add(class::Column::RegionId.in_subquery(county)),
        )
}

/// Who works at the enterprises in reach now.
fn own_staff(scope: &Scope) -> SelectStatement {
    let columns =
        Columns::county(employment::Column::CountyId).enterprise(employment::Column::EnterpriseId);
    Query::select()
        .column(employment::Column::PersonId)
        .from(employment::Entity)
        .cond_where(scope.filter(&columns))
        .cond_where(held(None))
        .to_owned()
}

/// A page of the classes that have not begun, by id: in the order in which they were announced.
pub(super) async fn coming(
    db: &impl ConnectionTrait,
    scope: &Scope,
    now: i64,
    page: &Page,
) -> Result<Vec<Class>> {
    let mut query = visible(scope)
        .filter(class::Column::State.eq(ClassState::Planned.word()))
        .filter(class::Column::StartsAt.gt(now));
    if let Some(after) = page.after {
        query = query.filter(class::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(class::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_class).collect())
}

pub(super) async fn class(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Class>> {
    let row = visible(scope).filter(class::Column::Id.eq(id)).one(db);
    Ok(row.await?.map(to_class))
}

/// A class in reach, held until the transaction ends.
pub(super) async fn hold(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Class>> {
    let row = visible(scope)
        .filter(class::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx);
    Ok(row.await?.map(to_class))
}

/// How many are on the lists of these classes, and how many of them are one's own people.
pub(super) async fn seats(
    db: &impl ConnectionTrait,
    scope: &Scope,
    classes: &[Uuid],
) -> Result<HashMap<Uuid, (i64, i64)>> {
    let counted = || {
        roster::Entity::find()
            .select_only()
            .column(roster::Column::ClassId)
            .column_as(roster::Column::PersonId.count(), "people")
            .filter(roster::Column::ClassId.is_in(classes.iter().copied()))
            .group_by(roster::Column::ClassId)
    };
    let all: Vec<(Uuid, i64)> = counted().into_tuple().all(db).await?;
    let own: Vec<(Uuid, i64)> = counted()
        .filter(roster::Column::PersonId.in_subquery(own_staff(scope)))
        .into_tuple()
        .all(db)
        .await?;
    let mut seats: HashMap<Uuid, (i64, i64)> = all
        .into_iter()
        .map(|(class, people)| (class, (people, 0)))
        .collect();
    for (class, people) in own {
        seats.entry(class).or_default().1 = people;
    }
    Ok(seats)
}

pub(super) async fn taken(db: &impl ConnectionTrait, class_id: Uuid) -> Result<i64> {
    let count: Option<i64> = roster::Entity::find()
        .select_only()
        .column_as(roster::Column::PersonId.count(), "people")
        .filter(roster::Column::ClassId.eq(class_id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(count.unwrap_or(0))
}

/// The names of those of these people who work at the enterprises in reach now.
pub(super) async fn staff(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> = person::Entity::find()
        .select_only()
        .columns([person::Column::Id, person::Column::Name])
        .filter(person::Column::CountyId.eq(scope.county_id))
        .filter(person::Column::Id.is_in(ids.iter().copied()))
        .filter(person::Column::Id.in_subquery(own_staff(scope)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The classes these people are on the lists of while a class lasts, that class among them.
pub(super) async fn busy(
    db: &impl ConnectionTrait,
    of: &Class,
    people: &[Uuid],
) -> Result<Vec<Busy>> {
    let rows: Vec<(Uuid, Uuid, String)> = roster::Entity::find()
        .select_only()
        .columns([roster::Column::PersonId, roster::Column::ClassId])
        .column(class::Column::Title)
        .join(JoinType::InnerJoin, roster::Relation::ClassSession.def())
        .filter(roster::Column::PersonId.is_in(people.iter().copied()))
        .filter(class::Column::State.ne(ClassState::Cancelled.word()))
        .filter(class::Column::StartsAt.lt(of.ends_at))
        .filter(class::Column::EndsAt.gt(of.starts_at))
        .into_tuple()
        .all(db)
        .await?;
    let busy = rows.into_iter().map(|(person_id, class_id, title)| Busy {
        person_id,
        class_id,
        title,
    });
    Ok(busy.collect())
}

/// A page of one's own people on a class's list, by person.
pub(super) async fn enrolled(
    db: &impl ConnectionTrait,
    scope: &Scope,
    class_id: Uuid,
    page: &Page,
) -> Result<Vec<Enrolled>> {
    let mut query = roster::Entity::find()
        .filter(roster::Column::ClassId.eq(class_id))
        .filter(roster::Column::PersonId.in_subquery(own_staff(scope)))
        .find_also_related(person::Entity);
    if let Some(after) = page.after {
        query = query.filter(roster::Column::PersonId.gt(after));
    }
    let rows = query
        .order_by_asc(roster::Column::PersonId)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    let people = rows.into_iter().filter_map(|(entry, person)| {
        let person = person?;
        Some(Enrolled {
            person_id: person.id,
            name: person.name,
            id_masked: person.id_masked,
            added_at: entry.added_at,
        })
    });
    Ok(people.collect())
}

/// Those of these people who are on a class's list.
pub(in crate::classes) async fn on_list(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    people: &[Uuid],
) -> Result<Vec<Uuid>> {
    Ok(roster::Entity::find()
        .select_only()
        .column(roster::Column::PersonId)
        .filter(roster::Column::ClassId.eq(class_id))
        .filter(roster::Column::PersonId.is_in(people.iter().copied()))
        .into_tuple()
        .all(db)
        .await?)
}

/// People on a class's list, by person, some at a time.
pub(super) async fn everybody(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    after: Option<Uuid>,
) -> Result<Vec<Uuid>> {
    let mut query = roster::Entity::find()
        .select_only()
        .column(roster::Column::PersonId)
        .filter(roster::Column::ClassId.eq(class_id));
    if let Some(after) = after {
        query = query.filter(roster::Column::PersonId.gt(after));
    }
    let people = query
        .order_by_asc(roster::Column::PersonId)
        .limit(STEP)
        .into_tuple()
        .all(db)
        .await?;
    Ok(people)
}

pub(super) async fn remove(
    tx: &impl ConnectionTrait,
    class_id: Uuid,
    people: &[Uuid],
) -> Result<()> {
    roster::Entity::delete_many()
        .filter(roster::Column::ClassId.eq(class_id))
        .filter(roster::Column::PersonId.is_in(people.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}
