//! Rows of the catalogue and the register; due lists and claims have files of their own.

pub(super) mod claims;
pub(super) mod due_lists;
pub(super) mod own;
pub(super) mod register;
pub(super) mod standing;

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{catalogue_item, catalogue_version, certificate, employment, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::NUMBER_PURPOSE;
use super::regime::{IssuerState, Standing};
use super::rules::{Catalogue, Catalogues, Certificate, Facts, Item, full_number};
use crate::platform::db::IN_LIST;
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

/// What a scope reaches of the register.
fn reach(scope: &Scope) -> Condition {
    let columns = Columns::county(certificate::Column::CountyId)
        .region(certificate::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(certificate::Column::PersonId);
    scope.filter(&columns)
}

fn visible(scope: &Scope) -> Select<certificate::Entity> {
    certificate::Entity::find()
        .filter(reach(scope))
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
    standing: String,
    issuer_state: String,
    reviewed_on: Option<NaiveDate>,
    review_due: Option<NaiveDate>,
    unbroken_ten_years: bool,
    training_centre: String,
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
            reviewed_on: row.reviewed_on,
            review_due: row.review_due,
            training_centre: row.training_centre,
            enterprise_id: row.enterprise_id,
            enterprise_name: row.enterprise_name,
        },
        standing: Standing::of_word(&row.standing),
        issuer_state: IssuerState::of_word(&row.issuer_state),
        unbroken_ten_years: row.unbroken_ten_years,
    }
}
