//! Rows of classes, rosters and marks.

mod days;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{attendance_mark as mark, class_session as class, person, roster_entry as roster};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    TryInsertResult,
};
use uuid::Uuid;

use super::{Class, ClassState, Windows};
use crate::hours::CountedAt;
use crate::plans::Part;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

pub(super) fn visible(scope: &Scope) -> Select<class::Entity> {
    let columns = Columns::county(class::Column::CountyId).region(class::Column::RegionId);
    class::Entity::find().filter(scope.filter(&columns))
}

pub(super) async fn class(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Class>> {
    Ok(visible(scope)
        .filter(class::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_class))
}

pub(super) async fn class_for_update(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Class>> {
    Ok(visible(scope)
        .filter(class::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx)
        .await?
        .map(to_class))
}

pub(super) async fn classes(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Option<Uuid>,
    region_id: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Class>> {
    let mut query = visible(scope);
    if let Some(plan) = plan_id {
        query = query.filter(class::Column::PlanId.eq(plan));
    }
    if let Some(region) = region_id {
        query = query.filter(class::Column::RegionId.eq(region));
    }
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

/// Those of these classes that are in scope, by id.
pub(super) async fn classes_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Class>> {
    let rows = visible(scope)
        .filter(class::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, to_class(row)))
        .collect())
}

/// What tells two classes of a plan apart.
pub(super) type Key = (Uuid, NaiveDate, String);

/// The classes of a plan with these keys.
pub(super) async fn classes_of_keys(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    keys: &[Key],
) -> Result<HashMap<Key, Class>> {
    let mut found = HashMap::new();
    let titles: Vec<_> = keys.iter().map(|(_, _, title)| title.clone()).collect();
    for chunk in titles.chunks(IN_LIST) {
        let rows = class::Entity::find()
            .filter(class::Column::PlanId.eq(plan_id))
            .filter(class::Column::Title.is_in(chunk))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(to_class)
                .map(|c| ((c.region_id, c.day, c.title.clone()), c)),
        );
    }
    found.retain(|key, _| keys.contains(key));
    Ok(found)
}

pub(super) async fn insert_classes(work: &Work<'_>, classes: &[Class]) -> Result<()> {
    for chunk in classes.chunks(rows_per_statement(23)) {
        let rows = chunk.iter().map(|new| class::ActiveModel {
            id: Set(new.id),
            county_id: Set(work.by.county_id),
            region_id: Set(new.region_id),
            plan_id: Set(new.plan_id),
            title: Set(new.title.clone()),
            place: Set(new.place.clone()),
            teacher: Set(new.teacher.clone()),
            day: Set(new.day),
            starts_at: Set(new.starts_at),
            ends_at: Set(new.ends_at),
            capacity: Set(new.capacity),
            minutes: Set(new.minutes),
            part: Set(new.part.word().to_owned()),
            state: Set(new.state.word().to_owned()),
            version: Set(1),
            account_id: Set(work.by.account()),
            created_at: Set(work.now),
            updated_at: Set(work.now),
            check_in_opens_before: Set(new.windows.check_in_opens_before),
            late_after: Set(new.windows.late_after),
            check_in_closes_after: Set(new.windows.check_in_closes_after),
            check_out_opens_before: Set(new.windows.check_out_opens_before),
            check_out_closes_after: Set(new.windows.check_out_closes_after),
        });
        class::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    let held: Vec<Uuid> = classes
        .iter()
        .filter(|class| class.state == ClassState::Held)
        .map(|class| class.id)
        .collect();
    days::count(&work.tx, &held).await
}

pub(super) async fn set_state(
    tx: &impl ConnectionTrait,
    ids: &[Uuid],
    state: ClassState,
    now: i64,
) -> Result<()> {
    let changed = class::Entity::update_many()
        .col_expr(class::Column::State, state.word().into())
        .col_expr(class::Column::UpdatedAt, now.into())
        .filter(class::Column::Id.is_in(ids.iter().copied()))
        .filter(class::Column::State.ne(state.word()))
        .exec(tx)
        .await?;
    if changed.rows_affected == 0 {
        return Ok(());
    }
    days::count(tx, ids).await
}

pub(super) async fn insert_roster(
    work: &Work<'_>,
    class_id: Uuid,
    persons: &[Uuid],
) -> Result<u64> {
    let mut added = 0;
    for chunk in persons.chunks(rows_per_statement(5)) {
        let rows = chunk.iter().map(|person| roster::ActiveModel {
            class_id: Set(class_id),
            person_id: Set(*person),
            county_id: Set(work.by.county_id),
            added_at: Set(work.now),
            account_id: Set(work.by.account()),
        });
        let keep = OnConflict::columns([roster::Column::ClassId, roster::Column::PersonId])
            .do_nothing()
            .to_owned();
        let done = roster::Entity::insert_many(rows)
            .on_conflict(keep)
            .try_insert()
            .exec_without_returning(&work.tx)
            .await?;
        if let TryInsertResult::Inserted(rows) = done {
            added += rows;
        }
    }
    Ok(added)
}

/// A person on a class's list, with what a list shows of him.
#[derive(Clone, Debug)]
pub(super) struct Listed<T> {
    pub(super) person_id: Uuid,
    pub(super) name: String,
    pub(super) id_masked: String,
    pub(super) what: T,
}

/// The roster of a class the caller may see, by person.
pub(super) async fn roster(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    page: &Page,
) -> Result<Vec<Listed<i64>>> {
    let mut query = roster::Entity::find()
        .filter(roster::Column::ClassId.eq(class_id))
        .find_also_related(person::Entity);
    if let Some(after) = page.after {
        query = query.filter(roster::Column::PersonId.gt(after));
    }
    let rows = query
        .order_by_asc(roster::Column::PersonId)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(entry, person)| person.map(|person| listed(person, entry.added_at)))
        .collect())
}

/// A mark that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) id: Uuid,
    pub(super) class_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) at: CountedAt,
    pub(super) check_in_at: Option<i64>,
    pub(super) check_out_at: Option<i64>,
    pub(super) minutes: i64,
    pub(super) score_hundredths: Option<i32>,
    pub(super) passed: Option<bool>,
}

/// The standing marks of these classes, by class and person.
pub(super) async fn marks_of(
    db: &impl ConnectionTrait,
    classes: &[Uuid],
) -> Result<HashMap<(Uuid, Uuid), Mark>> {
    let mut found = HashMap::new();
    for chunk in classes.chunks(IN_LIST) {
        let rows = mark::Entity::find()
            .filter(mark::Column::ClassId.is_in(chunk.iter().copied()))
            .filter(mark::Column::ReplacedBy.is_null())
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| ((row.class_id, row.person_id), to_mark(row))),
        );
    }
    Ok(found)
}

/// The standing marks of these people in these classes, by class and person.
pub(super) async fn marks_of_people(
    db: &impl ConnectionTrait,
    classes: &[Uuid],
    persons: &[Uuid],
) -> Result<HashMap<(Uuid, Uuid), Mark>> {
    let mut found = HashMap::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows = mark::Entity::find()
            .filter(mark::Column::ClassId.is_in(classes.iter().copied()))
            .filter(mark::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(mark::Column::ReplacedBy.is_null())
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| ((row.class_id, row.person_id), to_mark(row))),
        );
    }
    Ok(found)
}

/// The standing marks of a class the caller may see, with names, by mark.
pub(super) async fn mark_page(
    db: &impl ConnectionTrait,
    class_id: Uuid,
    page: &Page,
) -> Result<Vec<Listed<Mark>>> {
    let mut query = mark::Entity::find()
        .filter(mark::Column::ClassId.eq(class_id))
        .filter(mark::Column::ReplacedBy.is_null())
        .find_also_related(person::Entity);
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
        .filter_map(|(row, person)| person.map(|person| listed(person, to_mark(row))))
        .collect())
}

/// Lets each old mark point at the one that replaces it.
pub(super) async fn replace_marks(work: &Work<'_>, pairs: &[(Uuid, Uuid)]) -> Result<()> {
    for chunk in pairs.chunks(500) {
        let mut by = CaseStatement::new();
        for (old, new) in chunk {
            by = by.case(mark::Column::Id.eq(*old), Expr::val(*new));
        }
        mark::Entity::update_many()
            .col_expr(mark::Column::ReplacedBy, by.into())
            .filter(mark::Column::Id.is_in(chunk.iter().map(|(old, _)| *old)))
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}

/// How marks came.
#[derive(Clone, Copy)]
pub(super) struct Method {
    pub(super) word: &'static str,
    pub(super) upload_id: Option<Uuid>,
}

/// Writes marks; those they replace are kept, pointing at what replaced them.
pub(super) async fn write_marks(
    work: &Work<'_>,
    method: Method,
    marks: &[(Mark, Option<u32>)],
    replaced: &[Uuid],
) -> Result<()> {
    let by = method
        .upload_id
        .or_else(|| marks.first().map(|(mark, _)| mark.id));
    for chunk in replaced.chunks(IN_LIST) {
        mark::Entity::update_many()
            .col_expr(mark::Column::ReplacedBy, by.into())
            .filter(mark::Column::Id.is_in(chunk.iter().copied()))
            .exec(&work.tx)
            .await?;
    }
    for chunk in marks.chunks(rows_per_statement(19)) {
        let rows = chunk.iter().map(|(new, line)| mark::ActiveModel {
            id: Set(new.id),
            county_id: Set(work.by.county_id),
            class_id: Set(new.class_id),
            person_id: Set(new.person_id),
            region_id: Set(new.at.region_id),
            enterprise_id: Set(new.at.enterprise_id),
            role: Set(new.at.role.word().to_owned()),
            check_in_at: Set(new.check_in_at),
            check_out_at: Set(new.check_out_at),
            minutes: Set(new.minutes),
            score_hundredths: Set(new.score_hundredths),
            passed: Set(new.passed),
            method: Set(method.word.to_owned()),
            upload_id: Set(method.upload_id),
            line: Set(line.and_then(|line| i32::try_from(line).ok())),
            account_id: Set(work.by.account()),
            recorded_at: Set(work.now),
            replaced_by: Set(None),
            confirmed_at: Set(None),
        });
        mark::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

pub(super) fn listed<T>(person: person::Model, what: T) -> Listed<T> {
    Listed {
        person_id: person.id,
        name: person.name,
        id_masked: person.id_masked,
        what,
    }
}

pub(super) fn to_mark(row: mark::Model) -> Mark {
    Mark {
        id: row.id,
        class_id: row.class_id,
        person_id: row.person_id,
        at: CountedAt {
            region_id: row.region_id,
            enterprise_id: row.enterprise_id,
            role: TargetRole::of_word(&row.role),
        },
        check_in_at: row.check_in_at,
        check_out_at: row.check_out_at,
        minutes: row.minutes,
        score_hundredths: row.score_hundredths,
        passed: row.passed,
    }
}

pub(super) fn to_class(row: class::Model) -> Class {
    Class {
        id: row.id,
        region_id: row.region_id,
        plan_id: row.plan_id,
        title: row.title,
        place: row.place,
        teacher: row.teacher,
        day: row.day,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        capacity: row.capacity,
        minutes: row.minutes,
        part: Part::of_word(&row.part),
        state: ClassState::of_word(&row.state),
        windows: Windows {
            check_in_opens_before: row.check_in_opens_before,
            late_after: row.late_after,
            check_in_closes_after: row.check_in_closes_after,
            check_out_opens_before: row.check_out_opens_before,
            check_out_closes_after: row.check_out_closes_after,
        },
    }
}
