//! Rows of one's own marks, of a mark's history, and of objections.

use std::collections::HashMap;

use entity::{
    attendance_mark as mark, class_session as class, mark_objection as objection, person,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};
use uuid::Uuid;

use super::{Objection, ObjectionState};
use crate::classes::Class;
use crate::classes::store::{Listed, Mark, listed, to_class, to_mark, visible as visible_classes};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

fn visible(scope: &Scope) -> Select<objection::Entity> {
    let columns = Columns::county(objection::Column::CountyId).region(objection::Column::RegionId);
    objection::Entity::find().filter(scope.filter(&columns))
}

/// A mark, with what only its own history shows.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) mark: Mark,
    pub(super) method: String,
    pub(super) account_id: Option<Uuid>,
    pub(super) recorded_at: i64,
    pub(super) confirmed_at: Option<i64>,
    pub(super) stands: bool,
}

/// The standing marks of these people, with their classes, by mark.
pub(super) async fn own_marks(
    db: &impl ConnectionTrait,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<(Version, Class)>> {
    let mut query = own(scope)
        .filter(mark::Column::ReplacedBy.is_null())
        .find_also_related(class::Entity);
    if let Some(after) = page.after {
        query = query.filter(mark::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(mark::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, class)| class.map(|class| (to_version(row), to_class(class))))
        .collect())
}

fn own(scope: &Scope) -> Select<mark::Entity> {
    mark::Entity::find()
        .filter(mark::Column::CountyId.eq(scope.county_id))
        .filter(mark::Column::PersonId.is_in(scope.persons.iter().copied()))
}

/// A mark of one's own, with its class, standing or not.
pub(super) async fn own_mark(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<(Version, Class)>> {
    let row = own(scope)
        .filter(mark::Column::Id.eq(id))
        .find_also_related(class::Entity)
        .one(db)
        .await?;
    Ok(row.and_then(|(row, class)| Some((to_version(row), to_class(class?)))))
}

/// Every mark of the person and class of a mark, oldest first; empty when its class is not in scope.
pub(super) async fn versions(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Vec<Version>> {
    let classes = visible_classes(scope)
        .select_only()
        .column(class::Column::Id)
        .into_query();
    let Some(found) = mark::Entity::find_by_id(id)
        .filter(mark::Column::ClassId.in_subquery(classes))
        .one(db)
        .await?
    else {
        return Ok(Vec::new());
    };
    let rows = mark::Entity::find()
        .filter(mark::Column::ClassId.eq(found.class_id))
        .filter(mark::Column::PersonId.eq(found.person_id))
        .order_by_asc(mark::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_version).collect())
}

pub(super) async fn set_confirmed(work: &Work<'_>, mark_id: Uuid) -> Result<()> {
    mark::Entity::update_many()
        .col_expr(mark::Column::ConfirmedAt, Some(work.now).into())
        .filter(mark::Column::Id.eq(mark_id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// The newest objection of these people to their marks in each of these classes.
pub(super) async fn newest_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    classes: &[Uuid],
) -> Result<HashMap<(Uuid, Uuid), Objection>> {
    let rows = objection::Entity::find()
        .filter(objection::Column::CountyId.eq(scope.county_id))
        .filter(objection::Column::PersonId.is_in(scope.persons.iter().copied()))
        .filter(objection::Column::ClassId.is_in(classes.iter().copied()))
        .order_by_asc(objection::Column::Id)
        .all(db)
        .await?;
    // The later one of a key stays.
    Ok(rows
        .into_iter()
        .map(|row| ((row.class_id, row.person_id), to_objection(row)))
        .collect())
}

pub(super) async fn insert_objection(
    work: &Work<'_>,
    region_id: Uuid,
    new: &Objection,
) -> Result<()> {
    let row = objection::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        region_id: Set(region_id),
        class_id: Set(new.class_id),
        mark_id: Set(new.mark_id),
        person_id: Set(new.person_id),
        words: Set(new.words.clone()),
        state: Set(new.state.word().to_owned()),
        answer: Set(None),
        new_mark_id: Set(None),
        raised_at: Set(new.raised_at),
        answered_at: Set(None),
        answered_by: Set(None),
    };
    objection::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

pub(super) async fn objection(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Objection>> {
    Ok(visible(scope)
        .filter(objection::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_objection))
}

/// Objections in scope, with names, by id.
pub(super) async fn objection_page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (state, overdue_before): (Option<ObjectionState>, Option<i64>),
    page: &Page,
) -> Result<Vec<Listed<Objection>>> {
    let mut query = visible(scope).find_also_related(person::Entity);
    if let Some(state) = state {
        query = query.filter(objection::Column::State.eq(state.word()));
    }
    if let Some(before) = overdue_before {
        query = query
            .filter(objection::Column::State.eq(ObjectionState::Open.word()))
            .filter(objection::Column::RaisedAt.lt(before));
    }
    if let Some(after) = page.after {
        query = query.filter(objection::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(objection::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(row, person)| person.map(|person| listed(person, to_objection(row))))
        .collect())
}

pub(super) async fn save_answer(work: &Work<'_>, answered: &Objection) -> Result<()> {
    objection::Entity::update_many()
        .col_expr(objection::Column::State, answered.state.word().into())
        .col_expr(objection::Column::Answer, answered.answer.clone().into())
        .col_expr(objection::Column::NewMarkId, answered.new_mark_id.into())
        .col_expr(objection::Column::AnsweredAt, answered.answered_at.into())
        .col_expr(objection::Column::AnsweredBy, work.by.account().into())
        .filter(objection::Column::Id.eq(answered.id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

fn to_version(row: mark::Model) -> Version {
    Version {
        method: row.method.clone(),
        account_id: row.account_id,
        recorded_at: row.recorded_at,
        confirmed_at: row.confirmed_at,
        stands: row.replaced_by.is_none(),
        mark: to_mark(row),
    }
}

fn to_objection(row: objection::Model) -> Objection {
    Objection {
        id: row.id,
        class_id: row.class_id,
        mark_id: row.mark_id,
        person_id: row.person_id,
        words: row.words,
        state: ObjectionState::of_word(&row.state),
        answer: row.answer,
        new_mark_id: row.new_mark_id,
        raised_at: row.raised_at,
        answered_at: row.answered_at,
    }
}
