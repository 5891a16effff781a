//! Rows of persons and employment.

pub(super) mod contacts;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{employment, person};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{OnConflict, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::rules::{Employment, Person, mask_id, mask_phone};
use super::{ID_PURPOSE, Known, Named, PHONE_PURPOSE, PersonWithPost};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, State, clock};
use crate::sheets::posts::TargetRole;

/// The ids of people who work or worked within a scope: the subquery by which other rooms reach people's rows.
#[must_use]
pub fn employed_within(scope: &Scope) -> SelectStatement {
    let columns = Columns::county(employment::Column::CountyId)
        .region(employment::Column::RegionId)
        .enterprise(employment::Column::EnterpriseId)
        .person(employment::Column::PersonId);
    Query::select()
        .column(employment::Column::PersonId)
        .from(employment::Entity)
        .cond_where(scope.filter(&columns))
        .to_owned()
}

fn visible(scope: &Scope) -> Select<person::Entity> {
    let mut reach = Condition::any().add(person::Column::Id.in_subquery(employed_within(scope)));
    if scope.whole_county {
        reach = Condition::all();
    } else if !scope.persons.is_empty() {
        reach = reach.add(person::Column::Id.is_in(scope.persons.iter().copied()));
    }
    person::Entity::find()
        .filter(person::Column::CountyId.eq(scope.county_id))
        .filter(reach)
}

/// A person in scope.
///
/// # Errors
/// Database faults.
pub async fn find_visible(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Person>> {
    Ok(visible(scope)
        .filter(person::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_person))
}

/// Holds a person's row until the transaction ends; who is not of the county holds nothing.
pub(super) async fn hold(tx: &impl ConnectionTrait, county_id: Uuid, id: Uuid) -> Result<()> {
    person::Entity::find_by_id(id)
        .filter(person::Column::CountyId.eq(county_id))
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(())
}

pub(super) async fn with_post(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<PersonWithPost>> {
    let Some(person) = find_visible(db, scope, id).await? else {
        return Ok(None);
    };
    Ok(add_posts(db, vec![person], None).await?.pop())
}

/// Which people a list asks for.
#[derive(Default)]
pub(super) struct Wanted<'a> {
    pub(super) region_id: Option<Uuid>,
    pub(super) enterprise_id: Option<Uuid>,
    /// Part of a name.
    pub(super) name: Option<&'a str>,
    /// Keyed hash of a whole ID number.
    pub(super) id_hash: Option<Vec<u8>>,
    /// Posts held on this day; those held now where none is named.
    pub(super) day: Option<NaiveDate>,
}

/// Being a post held on a day, its last one included; or one held now.
#[must_use]
pub fn held(day: Option<NaiveDate>) -> Condition {
    use employment::Column as E;
    let open = Condition::any().add(E::ToDay.is_null());
    match day {
        None => open,
        Some(day) => Condition::all()
            .add(E::FromDay.lte(day))
            .add(open.add(E::ToDay.gte(day))),
    }
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: Wanted<'_>,
    page: &Page,
) -> Result<Vec<PersonWithPost>> {
    let mut query = visible(scope);
    if wanted.region_id.is_some() || wanted.enterprise_id.is_some() {
        let mut posts = Query::select();
        posts
            .column(employment::Column::PersonId)
            .from(employment::Entity)
            .cond_where(held(wanted.day));
        if let Some(region) = wanted.region_id {
            posts.and_where(employment::Column::RegionId.eq(region));
        }
        if let Some(enterprise) = wanted.enterprise_id {
            posts.and_where(employment::Column::EnterpriseId.eq(enterprise));
        }
        query = query.filter(person::Column::Id.in_subquery(posts));
    }
    if let Some(name) = wanted.name {
        query = query.filter(person::Column::Name.contains(name));
    }
    if let Some(hash) = wanted.id_hash {
        query = query.filter(person::Column::IdHash.eq(hash));
    }
    if let Some(after) = page.after {
        query = query.filter(person::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(person::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    add_posts(db, rows.into_iter().map(to_person).collect(), wanted.day).await
}

async fn add_posts(
    db: &impl ConnectionTrait,
    people: Vec<Person>,
    day: Option<NaiveDate>,
) -> Result<Vec<PersonWithPost>> {
    let ids = people.iter().map(|person| person.id);
    let rows = employment::Entity::find()
        .filter(employment::Column::PersonId.is_in(ids))
        .filter(held(day))
        .all(db)
        .await?;
    let mut posts: HashMap<_, _> = rows
        .into_iter()
        .map(|row| (row.person_id, to_employment(row)))
        .collect();
    Ok(people
        .into_iter()
        .map(|person| PersonWithPost {
            post: posts.remove(&person.id),
            person,
        })
        .collect())
}

pub(super) async fn history(db: &impl ConnectionTrait, person_id: Uuid) -> Result<Vec<Employment>> {
    let rows = employment::Entity::find()
        .filter(employment::Column::PersonId.eq(person_id))
        .order_by_desc(employment::Column::FromDay)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_employment).collect())
}

/// ID number and phone as they are sealed.
pub(super) async fn sealed_numbers(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<(Vec<u8>, Option<Vec<u8>>)>> {
    let row = visible(scope)
        .filter(person::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(row.map(|row| (row.id_sealed, row.phone_sealed)))
}

/// Who has these hashes. Unscoped within the county: a sheet may name anybody, and the answer shows nobody.
pub(super) async fn by_hashes(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    hashes: &[Vec<u8>],
) -> Result<Vec<(Vec<u8>, Known)>> {
    let mut found = Vec::new();
    for chunk in hashes.chunks(IN_LIST) {
        let rows: Vec<(Uuid, String, Vec<u8>)> = person::Entity::find()
            .select_only()
            .columns([
                person::Column::Id,
                person::Column::Name,
                person::Column::IdHash,
            ])
            .filter(person::Column::CountyId.eq(county_id))
            .filter(person::Column::IdHash.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|(person_id, name, hash)| (hash, Known { person_id, name })),
        );
    }
    Ok(found)
}

/// A person's row with his numbers sealed.
pub(super) fn sealed_row(work: &Work<'_>, named: &Named) -> Result<person::Model> {
    let seal = &work.state.seal;
    let number = named.id.number();
    Ok(person::Model {
        id: clock::new_id(),
        county_id: work.by.county_id,
        name: named.name.clone(),
        id_kind: named.id.kind().to_owned(),
        id_hash: seal.lookup(ID_PURPOSE, number),
        id_sealed: seal.seal(ID_PURPOSE, number.as_bytes())?,
        id_masked: mask_id(number),
        phone_sealed: named
            .phone
            .as_deref()
            .map(|phone| seal.seal(PHONE_PURPOSE, phone.as_bytes()))
            .transpose()?,
        phone_masked: named.phone.as_deref().map(mask_phone),
        created_at: work.now,
        updated_at: work.now,
        email_sealed: None,
        email_masked: None,
    })
}

pub(super) async fn insert_people(
    tx: &impl ConnectionTrait,
    rows: Vec<person::Model>,
) -> Result<()> {
    for chunk in rows.chunks(rows_per_statement(13)) {
        let rows = chunk
            .iter()
            .map(|row| row.clone().into_active_model().reset_all());
        person::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Columns of a person and what they are from now on.
pub(super) struct Amended(Vec<(person::Column, SimpleExpr)>);

impl Amended {
    pub(super) fn name(name: &str) -> Self {
        Self(vec![(person::Column::Name, name.into())])
    }

    pub(super) fn id_number(kind: String, hash: Vec<u8>, sealed: Vec<u8>, masked: String) -> Self {
        Self(vec![
            (person::Column::IdKind, kind.into()),
            (person::Column::IdHash, hash.into()),
            (person::Column::IdSealed, sealed.into()),
            (person::Column::IdMasked, masked.into()),
        ])
    }

    pub(super) fn phone(sealed: Vec<u8>, masked: String) -> Self {
        Self(vec![
            (person::Column::PhoneSealed, sealed.into()),
            (person::Column::PhoneMasked, masked.into()),
        ])
    }
}

/// Writes them; whether there was such a person.
pub(super) async fn amend(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    id: Uuid,
    Amended(columns): Amended,
    now: i64,
) -> Result<bool> {
    let mut change = person::Entity::update_many()
        .col_expr(person::Column::UpdatedAt, now.into())
        .filter(person::Column::Id.eq(id))
        .filter(person::Column::CountyId.eq(county_id));
    for (column, value) in columns {
        change = change.col_expr(column, value);
    }
    Ok(change.exec(tx).await?.rows_affected == 1)
}

/// Every employment of these people, by person.
pub(super) async fn histories(
    db: &impl ConnectionTrait,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Employment>>> {
    let mut found: HashMap<Uuid, Vec<Employment>> = HashMap::with_capacity(persons.len());
    for chunk in persons.chunks(IN_LIST) {
        let rows = employment::Entity::find()
            .filter(employment::Column::PersonId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            found
                .entry(row.person_id)
                .or_default()
                .push(to_employment(row));
        }
    }
    Ok(found)
}

/// Writes employments, new ones and those whose days changed alike.
pub(super) async fn save_employments(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    rows: &[Employment],
    now: i64,
) -> Result<()> {
    for chunk in rows.chunks(rows_per_statement(10)) {
        let rows = chunk.iter().map(|row| employment::ActiveModel {
            id: Set(row.id),
            county_id: Set(county_id),
            person_id: Set(row.person_id),
            region_id: Set(row.region_id),
            enterprise_id: Set(row.enterprise_id),
            enterprise_name: Set(row.enterprise_name.clone()),
            role: Set(row.role.word().to_owned()),
            from_day: Set(row.from_day),
            to_day: Set(row.to_day),
            recorded_at: Set(now),
        });
        let update = OnConflict::column(employment::Column::Id)
            .update_columns([employment::Column::FromDay, employment::Column::ToDay])
            .to_owned();
        employment::Entity::insert_many(rows)
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// The look-up hash of an ID number typed into a search field, if it looks like one.
pub(super) fn search_hash(state: &State, text: &str) -> Option<Vec<u8>> {
    let number = text.trim().to_uppercase();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (digits >= 6 && number.is_ascii()).then(|| state.seal.lookup(ID_PURPOSE, &number))
}

fn to_person(row: person::Model) -> Person {
    Person {
        id: row.id,
        name: row.name,
        id_masked: row.id_masked,
        phone_masked: row.phone_masked,
    }
}

fn to_employment(row: employment::Model) -> Employment {
    Employment {
        id: row.id,
        person_id: row.person_id,
        region_id: row.region_id,
        enterprise_id: row.enterprise_id,
        enterprise_name: row.enterprise_name,
        role: TargetRole::of_word(&row.role),
        from_day: row.from_day,
        to_day: row.to_day,
    }
}

/// Those of these people who are in scope.
pub(super) async fn visible_ids(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let mut seen = HashSet::new();
    for chunk in ids.chunks(IN_LIST) {
        let found: Vec<Uuid> = visible(scope)
            .select_only()
            .column(person::Column::Id)
            .filter(person::Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        seen.extend(found);
    }
    Ok(seen)
}

pub(super) async fn first_employed(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    among: &[Uuid],
) -> Result<Option<(Person, Employment)>> {
    let mut query = employment::Entity::find()
        .find_also_related(person::Entity)
        .filter(employment::Column::CountyId.eq(county_id))
        .filter(employment::Column::EnterpriseId.is_not_null())
        .filter(employment::Column::ToDay.is_null());
    if !among.is_empty() {
        query = query.filter(employment::Column::PersonId.is_in(among.iter().copied()));
    }
    let row = query
        .order_by_asc(employment::Column::PersonId)
        .one(db)
        .await?;
    Ok(row.and_then(|(post, person)| Some((to_person(person?), to_employment(post)))))
}
