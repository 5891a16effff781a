//! Which files are ready to be shown, and which are shown already.

use std::collections::HashSet;

use entity::{course, course_version, lesson, media_file as file, question_version};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::Media;
use super::rules::{MediaState, Purpose};
use crate::platform::Result;

/// Those of these files that are ready, with what they are for.
pub(super) async fn ready_among(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    ids: &[Uuid],
) -> Result<HashSet<(Uuid, Purpose)>> {
    let rows: Vec<(Uuid, String)> = file::Entity::find()
        .select_only()
        .columns([file::Column::Id, file::Column::Purpose])
        .filter(file::Column::CountyId.eq(county_id))
        .filter(file::Column::Id.is_in(ids.iter().copied()))
        .filter(file::Column::State.eq(MediaState::Ready.word()))
        .into_tuple()
        .all(db)
        .await?;
    let told = |(id, word): (Uuid, String)| Purpose::of_word(&word).map(|purpose| (id, purpose));
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Whether a course shows the file: as a lesson, a cover or a picture of an article, in a draft or in what is published.
/// A county has some hundred courses; their texts are searched for the file's id.
pub(super) async fn in_use(db: &impl ConnectionTrait, media: &Media) -> Result<bool> {
    let (county, text) = (media.county_id, media.id.to_string());
    let lesson = lesson::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(lesson::Column::CountyId.eq(county))
        .filter(
            lesson::Column::MediaId
                .eq(media.id)
                .or(lesson::Column::Body.contains(&text)),
        );
    let draft = course::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(course::Column::CountyId.eq(county))
        .filter(course::Column::Draft.contains(&text));
    let version = course_version::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(course_version::Column::CountyId.eq(county))
        .filter(course_version::Column::Content.contains(&text));
    // Or a question of the bank, as it is or as it was asked.
    let question = question_version::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(question_version::Column::CountyId.eq(county))
        .filter(question_version::Column::Content.contains(&text));
    Ok(shows(lesson, db).await?
        || shows(draft, db).await?
        || shows(version, db).await?
        || shows(question, db).await?)
}

async fn shows<E: EntityTrait>(found: Select<E>, db: &impl ConnectionTrait) -> Result<bool> {
    let one: Option<i32> = found.limit(1).into_tuple().one(db).await?;
    Ok(one.is_some())
}
