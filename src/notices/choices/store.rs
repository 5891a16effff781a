//! Rows of choices.

use std::collections::HashSet;

use entity::notice_choice as choice;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::LetterKind;
use crate::platform::Result;
use crate::platform::db::IN_LIST;
use crate::platform::idempotency::Work;

/// Which of these people do not want which kinds sent.
///
/// # Errors
/// Database faults.
pub async fn refused(
    db: &impl ConnectionTrait,
    people: &[Uuid],
) -> Result<HashSet<(Uuid, LetterKind)>> {
    let mut found = HashSet::new();
    for chunk in people.chunks(IN_LIST) {
        let rows = choice::Entity::find()
            .filter(choice::Column::PersonId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        let kinds = rows.into_iter();
        found
            .extend(kinds.filter_map(|row| Some((row.person_id, LetterKind::of_word(&row.kind)?))));
    }
    Ok(found)
}

pub(super) async fn of(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<LetterKind>> {
    let rows = choice::Entity::find()
        .filter(choice::Column::PersonId.eq(person))
        .order_by_asc(choice::Column::Kind)
        .all(db)
        .await?;
    let mut kinds: Vec<LetterKind> = rows
        .iter()
        .filter_map(|row| LetterKind::of_word(&row.kind))
        .collect();
    kinds.sort_unstable();
    Ok(kinds)
}

pub(super) async fn replace(work: &Work<'_>, person: Uuid, refused: &[LetterKind]) -> Result<()> {
    choice::Entity::delete_many()
        .filter(choice::Column::PersonId.eq(person))
        .exec(&work.tx)
        .await?;
    if refused.is_empty() {
        return Ok(());
    }
    let rows = refused.iter().map(|kind| choice::ActiveModel {
        person_id: Set(person),
        kind: Set(kind.word().to_owned()),
        county_id: Set(work.by.county_id),
        chosen_at: Set(work.now),
    });
    choice::Entity::insert_many(rows)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}
