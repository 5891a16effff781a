//! Rows of codes; keys and bundles, claims and events have files of their own.

pub(super) mod claims;
pub(super) mod events;
pub(super) mod keys;
pub(super) mod proofs;

use std::collections::{HashMap, HashSet};

use entity::{certificate_code as code, person};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::rules::{CodeState, HeldBy, Method};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// A code, living or past, with its holder as the register shows him.
#[derive(Clone, Debug)]
pub struct Issued {
    pub id: Uuid,
    pub county_id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub id_masked: String,
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    /// Its place in the county's status list.
    pub status_index: u32,
    pub typed_code: String,
    pub state: CodeState,
    pub held_by: Option<HeldBy>,
    pub reason: String,
    pub method: Method,
    pub holder_key: Option<Vec<u8>>,
    pub kid: String,
    pub credential: Vec<u8>,
    pub replaced_by: Option<Uuid>,
    /// Microseconds since 1970.
    pub issued_at: i64,
    pub changed_at: i64,
}

#[derive(FromQueryResult)]
struct CodeRow {
    id: Uuid,
    county_id: Uuid,
    person_id: Uuid,
    person_name: String,
    id_masked: String,
    region_id: Uuid,
    enterprise_id: Option<Uuid>,
    status_index: i64,
    typed_code: String,
    state: String,
    held_by: Option<String>,
    reason: String,
    method: String,
    holder_key: Option<Vec<u8>>,
    kid: String,
    credential: Vec<u8>,
    replaced_by: Option<Uuid>,
    issued_at: i64,
    changed_at: i64,
}

fn named(query: Select<code::Entity>) -> Select<code::Entity> {
    query
        .join(JoinType::InnerJoin, code::Relation::Person.def())
        .column_as(person::Column::Name, "person_name")
        .column_as(person::Column::IdMasked, "id_masked")
}

fn visible(scope: &Scope) -> Select<code::Entity> {
    let columns = Columns::county(code::Column::CountyId)
        .region(code::Column::RegionId)
        .enterprise(code::Column::EnterpriseId)
        .person(code::Column::PersonId);
    named(code::Entity::find().filter(scope.filter(&columns)))
}

/// A code in scope.
pub(super) async fn code(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Issued>> {
    let query = visible(scope).filter(code::Column::Id.eq(id));
    Ok(query.into_model::<CodeRow>().one(db).await?.map(to_issued))
}

/// Which codes a list asks for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) state: Option<CodeState>,
    pub(super) region_id: Option<Uuid>,
    pub(super) person_id: Option<Uuid>,
}

pub(super) async fn codes(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<Issued>> {
    let mut query = visible(scope);
    if let Some(state) = wanted.state {
        query = query.filter(code::Column::State.eq(state.word()));
    }
    if let Some(region) = wanted.region_id {
        query = query.filter(code::Column::RegionId.eq(region));
    }
    if let Some(person) = wanted.person_id {
        query = query.filter(code::Column::PersonId.eq(person));
    }
    if let Some(after) = page.after {
        query = query.filter(code::Column::Id.gt(after));
    }
    let query = query.order_by_asc(code::Column::Id).limit(page.limit + 1);
    let rows = query.into_model::<CodeRow>().all(db).await?;
    Ok(rows.into_iter().map(to_issued).collect())
}

/// The codes of these people in scope that live, or the newest of each that has none; by person.
pub(super) async fn newest_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Issued>> {
    let mut found: HashMap<Uuid, Issued> = HashMap::new();
    for chunk in people.chunks(IN_LIST) {
        let rows = visible(scope)
            .filter(code::Column::PersonId.is_in(chunk.iter().copied()))
            .order_by_asc(code::Column::Id)
            .into_model::<CodeRow>()
            .all(db)
            .await?;
        for row in rows.into_iter().map(to_issued) {
            let keeps = found
                .get(&row.person_id)
                .is_some_and(|kept| kept.state.lives() && !row.state.lives());
            if !keeps {
                found.insert(row.person_id, row);
            }
        }
    }
    Ok(found)
}

/// The living codes of these people, by person. Unscoped within the county: what follows for a code does not hang on
/// who looks.
pub(super) async fn living_of(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Issued>> {
    let mut found = HashMap::new();
    for chunk in people.chunks(IN_LIST) {
        let rows = named(code::Entity::find())
            .filter(code::Column::CountyId.eq(county_id))
            .filter(code::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(code::Column::State.is_in(["active", "suspended"]))
            .into_model::<CodeRow>()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.person_id, to_issued(row))));
    }
    Ok(found)
}

/// A page of people who have a living code, by person.
pub(super) async fn holders(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>> {
    let mut query = code::Entity::find()
        .select_only()
        .column(code::Column::PersonId)
        .filter(code::Column::CountyId.eq(county_id))
        .filter(code::Column::State.is_in(["active", "suspended"]));
    if let Some(after) = after {
        query = query.filter(code::Column::PersonId.gt(after));
    }
    Ok(query
        .order_by_asc(code::Column::PersonId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// The code with this id, whoever asks: whoever holds a genuine credential may learn whether it still counts.
pub(super) async fn by_id(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    id: Uuid,
) -> Result<Option<Issued>> {
    let query = named(code::Entity::find_by_id(id)).filter(code::Column::CountyId.eq(county_id));
    Ok(query.into_model::<CodeRow>().one(db).await?.map(to_issued))
}

/// The code with this typed code, whoever asks; what is shown of it is masked.
pub(super) async fn by_typed(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    typed: &str,
) -> Result<Option<Issued>> {
    let query = named(code::Entity::find())
        .filter(code::Column::CountyId.eq(county_id))
        .filter(code::Column::TypedCode.eq(typed));
    Ok(query.into_model::<CodeRow>().one(db).await?.map(to_issued))
}

/// How many codes a county ever made: its status list has room for more.
pub(super) async fn count(db: &impl ConnectionTrait, county_id: Uuid) -> Result<u64> {
    Ok(code::Entity::find()
        .filter(code::Column::CountyId.eq(county_id))
        .count(db)
        .await?)
}

/// How many codes of a county live.
pub(super) async fn living(db: &impl ConnectionTrait, county_id: Uuid) -> Result<u64> {
    Ok(code::Entity::find()
        .filter(code::Column::CountyId.eq(county_id))
        .filter(code::Column::State.is_in(["active", "suspended"]))
        .count(db)
        .await?)
}

/// The highest place in the status list that is taken.
pub(super) async fn highest_place(db: &impl ConnectionTrait, county_id: Uuid) -> Result<i64> {
    let highest: Option<Option<i64>> = code::Entity::find()
        .select_only()
        .column_as(code::Column::StatusIndex.max(), "highest")
        .filter(code::Column::CountyId.eq(county_id))
        .into_tuple()
        .one(db)
        .await?;
    Ok(highest.flatten().unwrap_or(0))
}

/// Which of these places in the status list are taken.
pub(super) async fn taken_places(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    places: &[i64],
) -> Result<HashSet<i64>> {
    let mut taken = HashSet::new();
    for chunk in places.chunks(IN_LIST) {
        let rows: Vec<i64> = code::Entity::find()
            .select_only()
            .column(code::Column::StatusIndex)
            .filter(code::Column::CountyId.eq(county_id))
            .filter(code::Column::StatusIndex.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        taken.extend(rows);
    }
    Ok(taken)
}

/// Which of these typed codes are taken.
pub(super) async fn taken_typed(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    typed: &[String],
) -> Result<HashSet<String>> {
    let mut taken = HashSet::new();
    for chunk in typed.chunks(IN_LIST) {
        let rows: Vec<String> = code::Entity::find()
            .select_only()
            .column(code::Column::TypedCode)
            .filter(code::Column::CountyId.eq(county_id))
            .filter(code::Column::TypedCode.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        taken.extend(rows);
    }
    Ok(taken)
}

/// Every place of the status list that is not simply valid, with what it is.
pub(super) async fn statuses(
    db: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<Vec<(i64, CodeState)>> {
    let rows: Vec<(i64, String)> = code::Entity::find()
        .select_only()
        .columns([code::Column::StatusIndex, code::Column::State])
        .filter(code::Column::CountyId.eq(county_id))
        .filter(code::Column::State.is_in(["suspended", "revoked", "superseded"]))
        .order_by_asc(code::Column::StatusIndex)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(place, state)| (place, CodeState::of_word(&state)))
        .collect())
}

/// Writes new codes.
pub(super) async fn insert_codes(work: &Work<'_>, codes: &[Issued]) -> Result<()> {
    for chunk in codes.chunks(rows_per_statement(17)) {
        let rows = chunk.iter().map(|new| code::ActiveModel {
            id: Set(new.id),
            county_id: Set(new.county_id),
            person_id: Set(new.person_id),
            region_id: Set(new.region_id),
            enterprise_id: Set(new.enterprise_id),
            status_index: Set(i64::from(new.status_index)),
            typed_code: Set(new.typed_code.clone()),
            state: Set(new.state.word().to_owned()),
            held_by: Set(new.held_by.map(|held| held.word().to_owned())),
            reason: Set(new.reason.clone()),
            method: Set(new.method.word().to_owned()),
            holder_key: Set(new.holder_key.clone()),
            kid: Set(new.kid.clone()),
            credential: Set(new.credential.clone()),
            replaced_by: Set(None),
            issued_at: Set(new.issued_at),
            changed_at: Set(new.changed_at),
        });
        code::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// Changes what these codes are.
pub(super) async fn set_state(
    work: &Work<'_>,
    ids: &[Uuid],
    state: CodeState,
    held_by: Option<HeldBy>,
    reason: &str,
) -> Result<()> {
    let held = held_by.map(|held| held.word().to_owned());
    for chunk in ids.chunks(IN_LIST) {
        code::Entity::update_many()
            .col_expr(code::Column::State, state.word().into())
            .col_expr(code::Column::HeldBy, held.clone().into())
            .col_expr(code::Column::Reason, reason.into())
            .col_expr(code::Column::ChangedAt, work.now.into())
            .filter(code::Column::CountyId.eq(work.by.county_id))
            .filter(code::Column::Id.is_in(chunk.iter().copied()))
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}

/// Names, beside each of these superseded codes, the one that took its place: its holder's living one.
pub(super) async fn name_successors(work: &Work<'_>, ids: &[Uuid]) -> Result<()> {
    let next = Alias::new("next");
    let living = Query::select()
        .column((next.clone(), code::Column::Id))
        .from_as(code::Entity, next.clone())
        .and_where(
            Expr::col((next.clone(), code::Column::PersonId))
                .equals((code::Entity, code::Column::PersonId)),
        )
        .and_where(Expr::col((next.clone(), code::Column::CountyId)).eq(work.by.county_id))
        .and_where(Expr::col((next, code::Column::State)).is_in(["active", "suspended"]))
        .to_owned();
    for chunk in ids.chunks(IN_LIST) {
        code::Entity::update_many()
            .col_expr(code::Column::ReplacedBy, living.clone().into())
            .filter(code::Column::CountyId.eq(work.by.county_id))
            .filter(code::Column::Id.is_in(chunk.iter().copied()))
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}

fn to_issued(row: CodeRow) -> Issued {
    Issued {
        id: row.id,
        county_id: row.county_id,
        person_id: row.person_id,
        person_name: row.person_name,
        id_masked: row.id_masked,
        region_id: row.region_id,
        enterprise_id: row.enterprise_id,
        status_index: u32::try_from(row.status_index).unwrap_or(u32::MAX),
        typed_code: row.typed_code,
        state: CodeState::of_word(&row.state),
        held_by: row.held_by.as_deref().and_then(HeldBy::of_word),
        reason: row.reason,
        method: Method::of_word(&row.method),
        holder_key: row.holder_key,
        kid: row.kid,
        credential: row.credential,
        replaced_by: row.replaced_by,
        issued_at: row.issued_at,
        changed_at: row.changed_at,
    }
}
