//! Rows of the bank.

use std::collections::HashMap;

use entity::{question, question_tag as tag, question_version as version};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::rules::{Content, Kind};
use super::rules_alike::{Seen, Signature};
use super::{Question, sameness};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Fault, Result, Scope};

/// A bank belongs to a county: whoever reaches any of it through this action uses all of it.
fn visible(scope: &Scope) -> Select<question::Entity> {
    let county = Scope::county(scope.county_id);
    question::Entity::find().filter(county.filter(&Columns::county(question::Column::CountyId)))
}

/// Which questions a list asks for.
#[derive(Clone, Debug, Default)]
pub(in crate::exams) struct Wanted {
    pub(in crate::exams) kind: Option<Kind>,
    pub(in crate::exams) tag: Option<String>,
    pub(in crate::exams) difficulty: Option<(i32, i32)>,
    /// Part of the text.
    pub(in crate::exams) text: Option<String>,
    /// Only those nearly the same as another.
    pub(in crate::exams) alike: bool,
    pub(in crate::exams) retired: Option<bool>,
}

const fn state(retired: bool) -> &'static str {
    if retired { "retired" } else { "active" }
}

fn told(row: question::Model, version: version::Model) -> Result<Question> {
    Ok(Question {
        id: row.id,
        version_id: version.id,
        number: version.number,
        content: serde_json::from_str(&version.content)?,
        alike_id: row.alike_id,
        retired: row.state == "retired",
        changed_at: row.changed_at,
    })
}

/// Adds what a list asks for.
pub(in crate::exams) fn narrowed(
    mut query: Select<question::Entity>,
    wanted: &Wanted,
) -> Select<question::Entity> {
    use question::Column as Q;
    if let Some(kind) = wanted.kind {
        query = query.filter(Q::Kind.eq(kind.word()));
    }
    if let Some((from, to)) = wanted.difficulty {
        query = query.filter(Q::Difficulty.between(from, to));
    }
    if let Some(retired) = wanted.retired {
        query = query.filter(Q::State.eq(state(retired)));
    }
    if wanted.alike {
        query = query.filter(Q::AlikeId.is_not_null());
    }
    if let Some(word) = &wanted.tag {
        let tagged = Query::select()
            .column(tag::Column::QuestionId)
            .from(tag::Entity)
            .and_where(tag::Column::Tag.eq(word.as_str()))
            .to_owned();
        query = query.filter(Q::Id.in_subquery(tagged));
    }
    if let Some(text) = &wanted.text {
        let holding = Query::select()
            .column(version::Column::Id)
            .from(version::Entity)
            .and_where(version::Column::Content.contains(text))
            .to_owned();
        query = query.filter(Q::VersionId.in_subquery(holding));
    }
    query
}

async fn with_versions(
    db: &impl ConnectionTrait,
    rows: Vec<question::Model>,
) -> Result<Vec<Question>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.version_id).collect();
    let mut versions = versions(db, &ids).await?;
    let each = rows.into_iter().map(|row| {
        let version = versions.remove(&row.version_id);
        told(
            row,
            version.ok_or_else(|| Fault::internal("a question without its version"))?,
        )
    });
    each.collect()
}

async fn versions(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, version::Model>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(IN_LIST) {
        let rows = version::Entity::find()
            .filter(version::Column::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// What these versions say; the caller has made sure that they may be seen.
pub(in crate::exams) async fn contents(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Content>> {
    let found = versions(db, ids).await?.into_iter();
    let each = found.map(|(id, row)| Ok((id, serde_json::from_str(&row.content)?)));
    each.collect()
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Question>> {
    let row = visible(scope)
        .filter(question::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(with_versions(db, row.into_iter().collect()).await?.pop())
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<Question>> {
    let mut query = narrowed(visible(scope), wanted);
    if let Some(after) = page.after {
        query = query.filter(question::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(question::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    with_versions(db, rows).await
}

/// Whether the bank has a question that says the same, other than the one named.
pub(super) async fn holds(
    db: &impl ConnectionTrait,
    scope: &Scope,
    sameness: &[u8],
    other_than: Option<Uuid>,
) -> Result<bool> {
    let mut query = visible(scope).filter(question::Column::Sameness.eq(sameness));
    if let Some(id) = other_than {
        query = query.filter(question::Column::Id.ne(id));
    }
    Ok(query.one(db).await?.is_some())
}

/// The bank's questions that say the same as these, by sameness.
pub(super) async fn known(
    db: &impl ConnectionTrait,
    scope: &Scope,
    keys: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, (Uuid, Content)>> {
    let mut found = HashMap::new();
    for chunk in keys.chunks(IN_LIST) {
        let rows = visible(scope)
            .filter(question::Column::Sameness.is_in(chunk.iter().cloned()))
            .all(db)
            .await?;
        let same: HashMap<Uuid, Vec<u8>> = rows
            .iter()
            .map(|row| (row.id, row.sameness.clone()))
            .collect();
        for question in with_versions(db, rows).await? {
            if let Some(key) = same.get(&question.id) {
                found.insert(key.clone(), (question.id, question.content));
            }
        }
    }
    Ok(found)
}

/// What is compared of every question of the bank, other than one: some three hundred bytes each.
pub(super) async fn signatures(
    db: &impl ConnectionTrait,
    scope: &Scope,
    other_than: Option<Uuid>,
) -> Result<Seen<Uuid>> {
    let rows: Vec<(Uuid, Vec<u8>)> = visible(scope)
        .select_only()
        .columns([question::Column::Id, question::Column::Signature])
        .order_by_asc(question::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let mut seen = Seen::default();
    for (id, bytes) in rows.into_iter().filter(|(id, _)| Some(*id) != other_than) {
        if let Some(signature) = Signature::read(&bytes) {
            seen.add(id, signature);
        }
    }
    Ok(seen)
}

pub(super) async fn insert(work: &Work<'_>, new: &[Question]) -> Result<()> {
    for chunk in new.chunks(rows_per_statement(12)) {
        let rows = chunk.iter().map(|new| question::ActiveModel {
            id: Set(new.id),
            county_id: Set(work.by.county_id),
            version_id: Set(new.version_id),
            kind: Set(new.content.kind.word().to_owned()),
            difficulty: Set(new.content.difficulty),
            sameness: Set(sameness(&new.content)),
            signature: Set(Signature::of(&new.content.text, &new.content.options).bytes()),
            alike_id: Set(new.alike_id),
            state: Set(state(new.retired).to_owned()),
            account_id: Set(work.by.account()),
            created_at: Set(work.now),
            changed_at: Set(new.changed_at),
        });
        question::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    write_versions(work, new).await?;
    write_tags(work, new).await
}

async fn write_versions(work: &Work<'_>, new: &[Question]) -> Result<()> {
    for chunk in new.chunks(rows_per_statement(7)) {
        let mut rows = Vec::with_capacity(chunk.len());
        for new in chunk {
            rows.push(version::ActiveModel {
                id: Set(new.version_id),
                county_id: Set(work.by.county_id),
                question_id: Set(new.id),
                number: Set(new.number),
                content: Set(serde_json::to_string(&new.content)?),
                account_id: Set(work.by.account()),
                made_at: Set(work.now),
            });
        }
        version::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

async fn write_tags(work: &Work<'_>, new: &[Question]) -> Result<()> {
    let tags = |new: &Question| -> Vec<(Uuid, String)> {
        new.content
            .tags
            .iter()
            .map(|tag| (new.id, tag.clone()))
            .collect()
    };
    let tags: Vec<(Uuid, String)> = new.iter().flat_map(tags).collect();
    for chunk in tags.chunks(rows_per_statement(3)) {
        let rows = chunk.iter().map(|(id, word)| tag::ActiveModel {
            county_id: Set(work.by.county_id),
            tag: Set(word.clone()),
            question_id: Set(*id),
        });
        tag::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn replace(work: &Work<'_>, new: &Question) -> Result<()> {
    use question::Column as Q;
    write_versions(work, std::slice::from_ref(new)).await?;
    question::Entity::update_many()
        .col_expr(Q::VersionId, new.version_id.into())
        .col_expr(Q::Kind, new.content.kind.word().into())
        .col_expr(Q::Difficulty, new.content.difficulty.into())
        .col_expr(Q::Sameness, sameness(&new.content).into())
        .col_expr(
            Q::Signature,
            Signature::of(&new.content.text, &new.content.options)
                .bytes()
                .into(),
        )
        .col_expr(Q::AlikeId, new.alike_id.into())
        .col_expr(Q::ChangedAt, new.changed_at.into())
        .filter(Q::Id.eq(new.id))
        .exec(&work.tx)
        .await?;
    tag::Entity::delete_many()
        .filter(tag::Column::QuestionId.eq(new.id))
        .exec(&work.tx)
        .await?;
    write_tags(work, std::slice::from_ref(new)).await
}

pub(super) async fn set_state(work: &Work<'_>, id: Uuid, retired: bool) -> Result<()> {
    question::Entity::update_many()
        .col_expr(question::Column::State, state(retired).into())
        .col_expr(question::Column::ChangedAt, work.now.into())
        .filter(question::Column::Id.eq(id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

/// The ids and current versions of what can be drawn, in a fixed order.
pub(in crate::exams) async fn pool(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    wanted: &Wanted,
) -> Result<Vec<Uuid>> {
    let scope = Scope::county(county_id);
    let rows: Vec<(Uuid, Uuid)> = narrowed(visible(&scope), wanted)
        .filter(question::Column::State.eq(state(false)))
        .select_only()
        .columns([question::Column::Id, question::Column::VersionId])
        .order_by_asc(question::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(_, version)| version).collect())
}
