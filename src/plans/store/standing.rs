//! Rows of what people have toward plans, as others ask for them.

use std::collections::HashMap;

use entity::{completion, person_progress};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::progress::to_progress;
use crate::plans::rules::Progress;
use crate::platform::Result;
use crate::platform::db::IN_LIST;

async fn progress_of_many(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<Vec<(Uuid, Progress)>> {
    let mut found = Vec::with_capacity(persons.len());
    for chunk in persons.chunks(IN_LIST) {
        let rows = person_progress::Entity::find()
            .filter(person_progress::Column::PlanId.eq(plan_id))
            .filter(person_progress::Column::PersonId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (row.person_id, to_progress(&row))),
        );
    }
    Ok(found)
}

/// What a person has toward a plan, and the day he completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn progress_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    person_id: Uuid,
) -> Result<(Progress, Option<chrono::NaiveDate>)> {
    let row = person_progress::Entity::find_by_id((plan_id, person_id))
        .one(db)
        .await?;
    let completed = completion::Entity::find()
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.eq(person_id))
        .filter(completion::Column::WithdrawnAt.is_null())
        .one(db)
        .await?;
    Ok((
        row.as_ref().map(to_progress).unwrap_or_default(),
        completed.map(|row| row.completed_on),
    ))
}

/// What these people have toward a plan, and the day each completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn standing_of_many(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, (Progress, Option<chrono::NaiveDate>)>> {
    let mut found: HashMap<_, _> = progress_of_many(db, plan_id, persons)
        .await?
        .into_iter()
        .map(|(person, has)| (person, (has, None)))
        .collect();
    let completed: Vec<(Uuid, chrono::NaiveDate)> = completion::Entity::find()
        .select_only()
        .columns([
            completion::Column::PersonId,
            completion::Column::CompletedOn,
        ])
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.is_in(persons.iter().copied()))
        .filter(completion::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    for (person, day) in completed {
        found
            .entry(person)
            .or_insert_with(|| (Progress::default(), None))
            .1 = Some(day);
    }
    Ok(found)
}

/// What one person has toward each of these plans, and the day he completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn standing_in_many(
    db: &impl ConnectionTrait,
    plans: &[Uuid],
    person_id: Uuid,
) -> Result<HashMap<Uuid, (Progress, Option<chrono::NaiveDate>)>> {
    let rows = person_progress::Entity::find()
        .filter(person_progress::Column::PersonId.eq(person_id))
        .filter(person_progress::Column::PlanId.is_in(plans.iter().copied()))
        .all(db)
        .await?;
    let completed: Vec<(Uuid, chrono::NaiveDate)> = completion::Entity::find()
        .select_only()
        .columns([completion::Column::PlanId, completion::Column::CompletedOn])
        .filter(completion::Column::PersonId.eq(person_id))
        .filter(completion::Column::PlanId.is_in(plans.iter().copied()))
        .filter(completion::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    let completed: HashMap<_, _> = completed.into_iter().collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let day = completed.get(&row.plan_id).copied();
            (row.plan_id, (to_progress(&row), day))
        })
        .collect())
}
