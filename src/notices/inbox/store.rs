//! Rows of notices in the app.

use std::collections::HashSet;

use entity::notice;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::Notice;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// A notice with its sealed words.
pub(super) struct New {
    pub(super) id: Uuid,
    pub(super) county_id: Uuid,
    pub(super) words_sealed: Vec<u8>,
    pub(super) notice: Notice,
}

pub(super) async fn insert(tx: &impl ConnectionTrait, new: Vec<New>, now: i64) -> Result<u64> {
    let once = OnConflict::columns([notice::Column::PersonId, notice::Column::Cause])
        .do_nothing()
        .to_owned();
    let mut rows = new.into_iter().map(|new| notice::ActiveModel {
        id: Set(new.id),
        county_id: Set(new.county_id),
        person_id: Set(new.notice.person_id),
        cause: Set(new.notice.cause),
        template: Set(new.notice.template.to_owned()),
        words_sealed: Set(new.words_sealed),
        created_at: Set(now),
        read_at: Set(None),
    });
    let mut written = 0;
    loop {
        let chunk: Vec<_> = rows.by_ref().take(rows_per_statement(8)).collect();
        if chunk.is_empty() {
            return Ok(written);
        }
        let query = notice::Entity::insert_many(chunk)
            .on_conflict(once.clone())
            .into_query();
        let statement = tx.get_database_backend().build(&query);
        written += tx.execute_raw(statement).await?.rows_affected();
    }
}

/// Which of these were told before, each a person and a cause.
pub(super) async fn known(
    db: &impl ConnectionTrait,
    pairs: &[(Uuid, &str)],
) -> Result<HashSet<(Uuid, String)>> {
    let mut found = HashSet::new();
    for chunk in pairs.chunks(IN_LIST / 2) {
        let (people, causes): (Vec<Uuid>, Vec<&str>) = chunk.iter().copied().unzip();
        let rows: Vec<(Uuid, String)> = notice::Entity::find()
            .select_only()
            .columns([notice::Column::PersonId, notice::Column::Cause])
            .filter(notice::Column::PersonId.is_in(people))
            .filter(notice::Column::Cause.is_in(causes))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

fn own(scope: &Scope) -> Select<notice::Entity> {
    let columns = Columns::county(notice::Column::CountyId).person(notice::Column::PersonId);
    notice::Entity::find().filter(scope.filter(&columns))
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<notice::Model>> {
    let mut query = own(scope);
    if let Some(after) = page.after {
        query = query.filter(notice::Column::Id.lt(after));
    }
    Ok(query
        .order_by_desc(notice::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?)
}

pub(super) async fn unread(db: &impl ConnectionTrait, scope: &Scope) -> Result<i64> {
    let left = own(scope)
        .filter(notice::Column::ReadAt.is_null())
        .count(db)
        .await?;
    Ok(i64::try_from(left).unwrap_or(i64::MAX))
}

pub(super) async fn count(db: &impl ConnectionTrait, people: &[Uuid], cause: &str) -> Result<u64> {
    Ok(notice::Entity::find()
        .filter(notice::Column::PersonId.is_in(people.iter().copied()))
        .filter(notice::Column::Cause.eq(cause))
        .count(db)
        .await?)
}

pub(super) async fn read(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    through: Uuid,
    now: i64,
) -> Result<()> {
    let columns = Columns::county(notice::Column::CountyId).person(notice::Column::PersonId);
    notice::Entity::update_many()
        .col_expr(notice::Column::ReadAt, Some(now).into())
        .filter(scope.filter(&columns))
        .filter(notice::Column::Id.lte(through))
        .filter(notice::Column::ReadAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Rows removed in one transaction.
const SOME: u64 = 2_000;

fn before(county_id: Uuid, before: i64) -> Select<notice::Entity> {
    notice::Entity::find()
        .filter(notice::Column::CountyId.eq(county_id))
        .filter(notice::Column::CreatedAt.lt(before))
}

/// Notices older than an instant.
///
/// # Errors
/// Database faults.
pub async fn old(db: &impl ConnectionTrait, county_id: Uuid, since: i64) -> Result<u64> {
    Ok(before(county_id, since).count(db).await?)
}

/// Removes some of them; how many.
///
/// # Errors
/// Database faults.
pub async fn forget(tx: &impl ConnectionTrait, county_id: Uuid, since: i64) -> Result<u64> {
    let some = before(county_id, since)
        .select_only()
        .column(notice::Column::Id)
        .limit(SOME)
        .into_query();
    let gone = notice::Entity::delete_many()
        .filter(notice::Column::Id.in_subquery(some))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected)
}
