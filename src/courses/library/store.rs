//! Rows of courses, their versions and lessons.

use std::collections::HashSet;

use entity::{course, course_version as version, course_word as word, exam_paper, lesson};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::{Course, CourseState, Draft, Version};
use crate::courses::media::Reach;
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::{Result, clock};

/// The kinds of words a course is found by.
pub(in crate::courses) const TAG: &str = "tag";
pub(in crate::courses) const ROLE: &str = "role";

type Row = (course::Model, Option<version::Model>);

/// A course in a list.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Brief {
    pub id: Uuid,
    pub title: String,
    pub state: String,
    pub changed_at: i64,
    pub published_at: Option<i64>,
    /// Of its newest version.
    pub number: Option<i32>,
    pub minutes: Option<i64>,
}

fn visible(reach: Reach) -> Select<course::Entity> {
    let newest: RelationDef = course::Entity::belongs_to(version::Entity)
        .from(course::Column::VersionId)
        .to(version::Column::Id)
        .into();
    let found: Select<course::Entity> = course::Entity::find()
        .filter(course::Column::CountyId.eq(reach.county_id))
        .join(JoinType::LeftJoin, newest);
    match reach.account_id {
        Some(account) => found.filter(course::Column::AccountId.eq(account)),
        None => found,
    }
}

fn told((row, newest): Row) -> Result<Course> {
    Ok(Course {
        id: row.id,
        account_id: row.account_id,
        state: CourseState::of_word(&row.state),
        draft: serde_json::from_str(&row.draft)?,
        version: newest.map(told_version),
        changed_at: row.changed_at,
    })
}

fn told_version(row: version::Model) -> Version {
    Version {
        id: row.id,
        number: row.number,
        minutes: row.minutes,
        published_at: row.published_at,
    }
}

pub(in crate::courses) async fn find(
    db: &impl ConnectionTrait,
    reach: Reach,
    id: Uuid,
) -> Result<Option<Course>> {
    let row = visible(reach)
        .select_also(version::Entity)
        .filter(course::Column::Id.eq(id))
        .one(db)
        .await?;
    row.map(told).transpose()
}

/// Courses in order, without their drafts.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    reach: Reach,
    state: Option<CourseState>,
    page: &Page,
) -> Result<Vec<Brief>> {
    let mut query = visible(reach);
    if let Some(state) = state {
        query = query.filter(course::Column::State.eq(state.word()));
    }
    if let Some(after) = page.after {
        query = query.filter(course::Column::Id.gt(after));
    }
    let rows = query
        .select_only()
        .columns([
            course::Column::Id,
            course::Column::Title,
            course::Column::State,
            course::Column::ChangedAt,
            course::Column::PublishedAt,
        ])
        .columns([version::Column::Number, version::Column::Minutes])
        .order_by_asc(course::Column::Id)
        .limit(page.limit + 1)
        .into_model()
        .all(db)
        .await?;
    Ok(rows)
}

pub(super) async fn of_title(
    db: &impl ConnectionTrait,
    reach: Reach,
    title: &str,
) -> Result<Option<Course>> {
    let row = visible(reach)
        .select_also(version::Entity)
        .filter(course::Column::Title.eq(title))
        .filter(course::Column::State.ne(CourseState::Retired.word()))
        .order_by_desc(course::Column::Id)
        .one(db)
        .await?;
    row.map(told).transpose()
}

/// The published versions of a course, oldest first.
pub(super) async fn versions(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    course_id: Uuid,
) -> Result<Vec<Version>> {
    let rows = version::Entity::find()
        .filter(version::Column::CountyId.eq(county_id))
        .filter(version::Column::CourseId.eq(course_id))
        .order_by_asc(version::Column::Number)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(told_version).collect())
}

/// What versions say.
pub(in crate::courses) async fn contents(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    versions: &[Uuid],
) -> Result<Vec<(Version, Draft)>> {
    let rows = version::Entity::find()
        .filter(version::Column::CountyId.eq(county_id))
        .filter(version::Column::Id.is_in(versions.iter().copied()))
        .all(db)
        .await?;
    let told = |row: version::Model| {
        let draft = serde_json::from_str(&row.content)?;
        Ok((told_version(row), draft))
    };
    rows.into_iter().map(told).collect()
}

pub(super) async fn insert(work: &Work<'_>, new: &Course) -> Result<()> {
    let row = course::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        account_id: Set(new.account_id),
        title: Set(new.draft.title.clone()),
        state: Set(new.state.word().to_owned()),
        draft: Set(serde_json::to_string(&new.draft)?),
        is_open: Set(new.draft.is_open),
        version_id: Set(None),
        created_at: Set(work.now),
        changed_at: Set(new.changed_at),
        published_at: Set(None),
    };
    course::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Keeps the draft and the state. Whether it is open to all is as its newest version says.
pub(super) async fn save(work: &Work<'_>, new: &Course) -> Result<()> {
    use course::Column as C;
    let mut row = course::Entity::update_many()
        .col_expr(C::Title, new.draft.title.as_str().into())
        .col_expr(C::Draft, serde_json::to_string(&new.draft)?.into())
        .col_expr(C::State, new.state.word().into())
        .col_expr(C::ChangedAt, new.changed_at.into());
    if let Some(version) = &new.version {
        row = row
            .col_expr(C::VersionId, version.id.into())
            .col_expr(C::PublishedAt, version.published_at.into());
    }
    row.filter(C::Id.eq(new.id)).exec(&work.tx).await?;
    Ok(())
}

/// Keeps what the course is found by, as it is published.
pub(super) async fn set_words(work: &Work<'_>, of: &Course) -> Result<()> {
    course::Entity::update_many()
        .col_expr(course::Column::IsOpen, of.draft.is_open.into())
        .filter(course::Column::Id.eq(of.id))
        .exec(&work.tx)
        .await?;
    word::Entity::delete_many()
        .filter(word::Column::CourseId.eq(of.id))
        .exec(&work.tx)
        .await?;
    let tags = of.draft.tags.iter().map(|tag| (TAG, tag.clone()));
    let roles = (of.draft.roles.iter()).map(|role| (ROLE, role.word().to_owned()));
    let row = |(kind, said): (&str, String)| word::ActiveModel {
        course_id: Set(of.id),
        kind: Set(kind.to_owned()),
        word: Set(said),
        county_id: Set(work.by.county_id),
    };
    let rows: Vec<word::ActiveModel> = tags.chain(roles).map(row).collect();
    if !rows.is_empty() {
        word::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// A version as the draft is now, and its lessons.
pub(super) async fn insert_version(work: &Work<'_>, of: &Course, new: &Version) -> Result<()> {
    let row = version::ActiveModel {
        id: Set(new.id),
        county_id: Set(work.by.county_id),
        course_id: Set(of.id),
        minutes: Set(new.minutes),
        number: Set(new.number),
        content: Set(serde_json::to_string(&of.draft.outline())?),
        account_id: Set(work.by.account()),
        published_at: Set(new.published_at),
    };
    version::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    let place = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let rows: Vec<lesson::ActiveModel> = (of.draft.lessons().enumerate())
        .map(|(position, (chapter, _, lesson))| lesson::ActiveModel {
            id: Set(clock::new_id()),
            county_id: Set(work.by.county_id),
            version_id: Set(new.id),
            kind: Set(lesson.kind.word().to_owned()),
            title: Set(lesson.title.clone()),
            seconds: Set(lesson.seconds),
            chapter: Set(place(chapter)),
            position: Set(place(position)),
            media_id: Set(lesson.media_id),
            paper_id: Set(lesson.paper_id),
            body: Set(lesson.body.clone()),
        })
        .collect();
    for some in rows.chunks(rows_per_statement(11)) {
        lesson::Entity::insert_many(some.to_vec())
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// Those of these papers that a quiz may be: published, and of no plan.
pub(super) async fn open_papers(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    ids: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let found: Vec<Uuid> = exam_paper::Entity::find()
        .select_only()
        .column(exam_paper::Column::Id)
        .filter(exam_paper::Column::CountyId.eq(county_id))
        .filter(exam_paper::Column::Id.is_in(ids.iter().copied()))
        .filter(exam_paper::Column::State.eq("published"))
        .filter(exam_paper::Column::PlanId.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}
