//! Rows of the catalogue and the register; due lists and claims have files of their own.

pub(super) mod claims;
pub(super) mod due_lists;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{catalogue_item, catalogue_version, certificate, employment, person};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::NUMBER_PURPOSE;
use super::rules::{Catalogue, Catalogues, Certificate, Facts, Item, full_number};
use crate::people::rules::mask_id;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, State};

/// Writes a catalogue unless it is there.
pub(super) async fn insert_catalogue(
    tx: &impl ConnectionTrait,
    catalogue: &Catalogue,
) -> Result<()> {
    let version = catalogue_version::ActiveModel {
        version: Set(catalogue.version.clone()),
        effective_from: Set(catalogue.effective_from),
        effective_to: Set(catalogue.effective_to),
        source: Set(catalogue.source.clone()),
    };
    catalogue_version::Entity::insert_many([version])
        .on_conflict_do_nothing()
        .exec_without_returning(tx)
        .await?;
    let items = catalogue
        .items
        .iter()
        .map(|item| catalogue_item::ActiveModel {
            version: Set(catalogue.version.clone()),
            code: Set(item.code.clone()),
            category_zh: Set(item.category_zh.clone()),
            item_zh: Set(item.item_zh.clone()),
            category_en: Set(item.category_en.clone()),
            item_en: Set(item.item_en.clone()),
        });
    catalogue_item::Entity::insert_many(items)
        .on_conflict_do_nothing()
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Every catalogue with its items. The law's, not a county's: everybody may read them.
pub(super) async fn catalogues(db: &impl ConnectionTrait) -> Result<Catalogues> {
    let mut items: HashMap<String, Vec<Item>> = HashMap::new();
    for row in catalogue_item::Entity::find().all(db).await? {
        let catalogue_item::Model {
            version,
            code,
            category_zh,
            item_zh,
            category_en,
            item_en,
        } = row;
        items.entry(version).or_default().push(Item {
            code,
            category_zh,
            item_zh,
            category_en,
            item_en,
        });
    }
    let versions = catalogue_version::Entity::find().all(db).await?;
    let all = versions.into_iter().map(|row| Catalogue {
        items: items.remove(&row.version).unwrap_or_default(),
        version: row.version,
        effective_from: row.effective_from,
        effective_to: row.effective_to,
        source: row.source,
    });
    Ok(Catalogues::new(all.collect()))
}

fn visible(scope: &Scope) -> Select<certificate::Entity> {
    let columns = Columns::county(certificate::Column::CountyId)
        .region(certificate::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(certificate::Column::PersonId);
    certificate::Entity::find()
        .filter(scope.filter(&columns))
        .join(JoinType::InnerJoin, certificate::Relation::Person.def())
        .column_as(person::Column::Name, "person_name")
}

#[derive(FromQueryResult)]
struct CertificateRow {
    id: Uuid,
    person_id: Uuid,
    person_name: String,
    number_masked: String,
    item_code: String,
    catalogue_version: String,
    first_issued: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    region_id: Uuid,
    enterprise_id: Option<Uuid>,
    enterprise_name: String,
}

pub(super) async fn certificate(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Certificate>> {
    let query = visible(scope).filter(certificate::Column::Id.eq(id));
    Ok(query
        .into_model::<CertificateRow>()
        .one(db)
        .await?
        .map(to_certificate))
}

/// A certificate in scope by number and item.
pub(super) async fn certificate_of(
    db: &impl ConnectionTrait,
    scope: &Scope,
    number_hash: Vec<u8>,
    item_code: &str,
) -> Result<Option<Certificate>> {
    let query = visible(scope)
        .filter(certificate::Column::NumberHash.eq(number_hash))
        .filter(certificate::Column::ItemCode.eq(item_code));
    Ok(query
        .into_model::<CertificateRow>()
        .one(db)
        .await?
        .map(to_certificate))
}

/// Which certificates a list asks for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) region_id: Option<Uuid>,
    pub(super) person_id: Option<Uuid>,
    /// Keyed hash of a whole number.
    pub(super) number_hash: Option<Vec<u8>>,
}

pub(super) async fn certificates(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: Wanted,
    page: &Page,
) -> Result<Vec<Certificate>> {
    let mut query = visible(scope);
    if let Some(region) = wanted.region_id {
        query = query.filter(certificate::Column::RegionId.eq(region));
    }
    if let Some(person) = wanted.person_id {
        query = query.filter(certificate::Column::PersonId.eq(person));
    }
    if let Some(hash) = wanted.number_hash {
        query = query.filter(certificate::Column::NumberHash.eq(hash));
    }
    if let Some(after) = page.after {
        query = query.filter(certificate::Column::Id.gt(after));
    }
    let query = query
        .order_by_asc(certificate::Column::Id)
        .limit(page.limit + 1);
    let rows = query.into_model::<CertificateRow>().all(db).await?;
    Ok(rows.into_iter().map(to_certificate).collect())
}

/// A certificate on the register, as an import finds it again.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) id: Uuid,
    pub(super) region_id: Uuid,
    pub(super) facts: Facts,
}

/// The certificates with these numbers, by number and item. Unscoped within the county: a sheet may name anybody.
pub(super) async fn held(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    hashes: &[Vec<u8>],
) -> Result<HashMap<(Vec<u8>, String), Held>> {
    let mut found = HashMap::new();
    for chunk in hashes.chunks(IN_LIST) {
        let rows = certificate::Entity::find()
            .filter(certificate::Column::CountyId.eq(county_id))
            .filter(certificate::Column::NumberHash.is_in(chunk.iter().cloned()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| {
            let facts = Facts {
                first_issued: row.first_issued,
                valid_until: row.valid_until,
                enterprise_id: row.enterprise_id,
                enterprise_name: row.enterprise_name,
            };
            (
                (row.number_hash, row.item_code),
                Held {
                    id: row.id,
                    region_id: row.region_id,
                    facts,
                },
            )
        }));
    }
    Ok(found)
}

/// A certificate to be written, new or changed.
pub(super) struct Saved<'a> {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    /// The number in full: "T" and the holder's ID number.
    pub(super) number: String,
    pub(super) number_hash: &'a [u8],
    pub(super) item_code: &'a str,
    pub(super) catalogue_version: &'a str,
    pub(super) region_id: Uuid,
    pub(super) facts: Facts,
}

/// Writes certificates, new ones and changed ones alike; number, item and holder of a certificate never change.
pub(super) async fn save_certificates(work: &Work<'_>, certificates: &[Saved<'_>]) -> Result<()> {
    use certificate::Column as C;
    let update = OnConflict::columns([C::CountyId, C::NumberHash, C::ItemCode])
        .update_columns([
            C::FirstIssued,
            C::ValidUntil,
            C::RegionId,
            C::EnterpriseId,
            C::EnterpriseName,
        ])
        .to_owned();
    for chunk in certificates.chunks(rows_per_statement(14)) {
        let rows = chunk
            .iter()
            .map(|saved| sealed_row(work, saved))
            .collect::<Result<Vec<_>>>()?;
        certificate::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

fn sealed_row(work: &Work<'_>, saved: &Saved<'_>) -> Result<certificate::ActiveModel> {
    Ok(certificate::ActiveModel {
        id: Set(saved.id),
        county_id: Set(work.by.county_id),
        person_id: Set(saved.person_id),
        number_hash: Set(saved.number_hash.to_vec()),
        number_sealed: Set(work
            .state
            .seal
            .seal(NUMBER_PURPOSE, saved.number.as_bytes())?),
        number_masked: Set(mask_id(&saved.number)),
        item_code: Set(saved.item_code.to_owned()),
        catalogue_version: Set(saved.catalogue_version.to_owned()),
        first_issued: Set(saved.facts.first_issued),
        valid_until: Set(saved.facts.valid_until),
        region_id: Set(saved.region_id),
        enterprise_id: Set(saved.facts.enterprise_id),
        enterprise_name: Set(saved.facts.enterprise_name.clone()),
        recorded_at: Set(work.now),
    })
}

/// The look-up hash of a certificate's number in full.
pub(super) fn number_hash(state: &State, number: &str) -> Vec<u8> {
    state.seal.lookup(NUMBER_PURPOSE, number)
}

/// The look-up hash of a certificate's or ID number typed into a search field.
pub(super) fn search_hash(state: &State, text: &str) -> Vec<u8> {
    let number = text.trim().to_uppercase();
    let id = number
        .strip_prefix('T')
        .filter(|rest| rest.len() >= 15)
        .unwrap_or(&number);
    number_hash(state, &full_number(id))
}

/// The townships in which these people work now, by person.
pub(super) async fn posts(
    db: &impl ConnectionTrait,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Uuid>> {
    let mut found = HashMap::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Uuid)> = employment::Entity::find()
            .select_only()
            .columns([employment::Column::PersonId, employment::Column::RegionId])
            .filter(employment::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(employment::Column::ToDay.is_null())
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

fn to_certificate(row: CertificateRow) -> Certificate {
    Certificate {
        id: row.id,
        person_id: row.person_id,
        person_name: row.person_name,
        number_masked: row.number_masked,
        item_code: row.item_code,
        catalogue_version: row.catalogue_version,
        region_id: row.region_id,
        facts: Facts {
            first_issued: row.first_issued,
            valid_until: row.valid_until,
            enterprise_id: row.enterprise_id,
            enterprise_name: row.enterprise_name,
        },
    }
}
