//! Rows of the catalogue, the register and the due lists.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{catalogue_item, catalogue_version, certificate, claim, due_entry, due_list, employment, person};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, RelationTrait, Select,
};
use uuid::Uuid;

use super::rules::{Catalogue, Catalogues, Certificate, DueEntry, DueList, Facts, Item};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Writes a catalogue unless it is there.
pub(super) async fn insert_catalogue(tx: &impl ConnectionTrait, catalogue: &Catalogue) -> Result<()> {
    let version = catalogue_version::ActiveModel {
        version: Set(catalogue.version.clone()),
        effective_from: Set(catalogue.effective_from),
        effective_to: Set(catalogue.effective_to),
        source: Set(catalogue.source.clone()),
    };
    catalogue_version::Entity::insert_many([version]).on_conflict_do_nothing().exec_without_returning(tx).await?;
    let items = catalogue.items.iter().map(|item| catalogue_item::ActiveModel {
        version: Set(catalogue.version.clone()),
        code: Set(item.code.clone()),
        category_zh: Set(item.category_zh.clone()),
        item_zh: Set(item.item_zh.clone()),
        category_en: Set(item.category_en.clone()),
        item_en: Set(item.item_en.clone()),
    });
    catalogue_item::Entity::insert_many(items).on_conflict_do_nothing().exec_without_returning(tx).await?;
    Ok(())
}

/// Every catalogue with its items. The law's, not a county's: everybody may read them.
pub(super) async fn catalogues(db: &impl ConnectionTrait) -> Result<Catalogues> {
    let mut items: HashMap<String, Vec<Item>> = HashMap::new();
    for row in catalogue_item::Entity::find().all(db).await? {
        let catalogue_item::Model { version, code, category_zh, item_zh, category_en, item_en } = row;
        items.entry(version).or_default().push(Item { code, category_zh, item_zh, category_en, item_en });
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

pub(super) async fn certificate(db: &impl ConnectionTrait, scope: &Scope, id: Uuid) -> Result<Option<Certificate>> {
    let query = visible(scope).filter(certificate::Column::Id.eq(id));
    Ok(query.into_model::<CertificateRow>().one(db).await?.map(to_certificate))
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
    Ok(query.into_model::<CertificateRow>().one(db).await?.map(to_certificate))
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
    let query = query.order_by_asc(certificate::Column::Id).limit(page.limit + 1);
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
            ((row.number_hash, row.item_code), Held { id: row.id, region_id: row.region_id, facts })
        }));
    }
    Ok(found)
}

/// Writes certificates, new ones and changed ones alike.
pub(super) async fn save_certificates(tx: &impl ConnectionTrait, rows: Vec<certificate::ActiveModel>) -> Result<()> {
    use certificate::Column as C;
    let update = OnConflict::columns([C::CountyId, C::NumberHash, C::ItemCode])
        .update_columns([C::FirstIssued, C::ValidUntil, C::RegionId, C::EnterpriseId, C::EnterpriseName])
        .to_owned();
    for chunk in rows.chunks(rows_per_statement(14)) {
        let rows = chunk.iter().cloned();
        certificate::Entity::insert_many(rows).on_conflict(update.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// The townships in which these people work now, by person.
pub(super) async fn posts(db: &impl ConnectionTrait, persons: &[Uuid]) -> Result<HashMap<Uuid, Uuid>> {
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

// A due list belongs to the county; every role that may read certificates may read that there is one.
fn visible_lists(scope: &Scope) -> Select<due_list::Entity> {
    due_list::Entity::find().filter(due_list::Column::CountyId.eq(scope.county_id))
}

pub(super) async fn due_list(db: &impl ConnectionTrait, scope: &Scope, id: Uuid) -> Result<Option<DueList>> {
    Ok(visible_lists(scope).filter(due_list::Column::Id.eq(id)).one(db).await?.map(to_list))
}

pub(super) async fn due_lists(db: &impl ConnectionTrait, scope: &Scope, page: &Page) -> Result<Vec<DueList>> {
    let mut query = visible_lists(scope);
    if let Some(after) = page.after {
        query = query.filter(due_list::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(due_list::Column::Id).limit(page.limit + 1).all(db).await?;
    Ok(rows.into_iter().map(to_list).collect())
}

pub(super) async fn due_list_of(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    frozen_on: NaiveDate,
    source: &str,
) -> Result<Option<DueList>> {
    let row = due_list::Entity::find()
        .filter(due_list::Column::CountyId.eq(county_id))
        .filter(due_list::Column::FrozenOn.eq(frozen_on))
        .filter(due_list::Column::Source.eq(source))
        .one(db)
        .await?;
    Ok(row.map(to_list))
}

/// The list that counts: the last frozen, of those of one day the last imported.
pub(super) async fn newest_due_list(db: &impl ConnectionTrait, county_id: Uuid) -> Result<Option<DueList>> {
    let row = due_list::Entity::find()
        .filter(due_list::Column::CountyId.eq(county_id))
        .order_by_desc(due_list::Column::FrozenOn)
        .order_by_desc(due_list::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(to_list))
}

/// Writes a due list with its entries: certificate and township of each.
pub(super) async fn insert_due_list(work: &Work<'_>, list: &DueList, entries: &[(Uuid, Uuid)]) -> Result<()> {
    let row = due_list::ActiveModel {
        id: Set(list.id),
        county_id: Set(work.by.county_id),
        frozen_on: Set(list.frozen_on),
        source: Set(list.source.clone()),
        file_name: Set(list.file_name.clone()),
        file_hash: Set(list.file_hash.clone()),
        entries: Set(list.entries),
        account_id: Set(work.by.account()),
        imported_at: Set(list.imported_at),
    };
    due_list::Entity::insert(row).exec_without_returning(&work.tx).await?;
    for chunk in entries.chunks(rows_per_statement(4)) {
        let rows = chunk.iter().map(|(certificate_id, region_id)| due_entry::ActiveModel {
            due_list_id: Set(list.id),
            certificate_id: Set(*certificate_id),
            county_id: Set(work.by.county_id),
            region_id: Set(*region_id),
        });
        due_entry::Entity::insert_many(rows).exec_without_returning(&work.tx).await?;
    }
    Ok(())
}

/// Where a list has these certificates; those it has not are left out.
pub(super) async fn due_regions(
    db: &impl ConnectionTrait,
    list_id: Uuid,
    certificates: &[Uuid],
) -> Result<HashMap<Uuid, Uuid>> {
    let mut found = HashMap::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Uuid)> = due_entry::Entity::find()
            .select_only()
            .columns([due_entry::Column::CertificateId, due_entry::Column::RegionId])
            .filter(due_entry::Column::DueListId.eq(list_id))
            .filter(due_entry::Column::CertificateId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct DueEntryRow {
    certificate_id: Uuid,
    person_id: Uuid,
    person_name: String,
    number_masked: String,
    item_code: String,
    region_id: Uuid,
    claim_id: Option<Uuid>,
}

fn visible_entries(scope: &Scope) -> Select<due_entry::Entity> {
    let columns = Columns::county(due_entry::Column::CountyId)
        .region(due_entry::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(certificate::Column::PersonId);
    due_entry::Entity::find()
        .join(JoinType::InnerJoin, due_entry::Relation::Certificate.def())
        .join(JoinType::InnerJoin, certificate::Relation::Person.def())
        .filter(scope.filter(&columns))
}

/// A page of a list's entries by certificate; `claimed` keeps those with or those without a claim.
pub(super) async fn due_entries(
    db: &impl ConnectionTrait,
    scope: &Scope,
    list_id: Uuid,
    claimed: Option<bool>,
    page: &Page,
) -> Result<Vec<DueEntry>> {
    let to_claim: RelationDef = due_entry::Entity::belongs_to(claim::Entity)
        .from(due_entry::Column::CertificateId)
        .to(claim::Column::CertificateId)
        .into();
    let mut query = visible_entries(scope)
        .join(JoinType::LeftJoin, to_claim)
        .select_only()
        .columns([due_entry::Column::CertificateId, due_entry::Column::RegionId])
        .columns([certificate::Column::PersonId, certificate::Column::NumberMasked, certificate::Column::ItemCode])
        .column_as(person::Column::Name, "person_name")
        .column_as(claim::Column::Id, "claim_id")
        .filter(due_entry::Column::DueListId.eq(list_id));
    query = match claimed {
        Some(true) => query.filter(claim::Column::Id.is_not_null()),
        Some(false) => query.filter(claim::Column::Id.is_null()),
        None => query,
    };
    if let Some(after) = page.after {
        query = query.filter(due_entry::Column::CertificateId.gt(after));
    }
    let query = query.order_by_asc(due_entry::Column::CertificateId).limit(page.limit + 1);
    let rows = query.into_model::<DueEntryRow>().all(db).await?;
    Ok(rows.into_iter().map(to_entry).collect())
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

fn to_list(row: due_list::Model) -> DueList {
    DueList {
        id: row.id,
        frozen_on: row.frozen_on,
        source: row.source,
        file_name: row.file_name,
        file_hash: row.file_hash,
        entries: row.entries,
        imported_at: row.imported_at,
    }
}

fn to_entry(row: DueEntryRow) -> DueEntry {
    DueEntry {
        certificate_id: row.certificate_id,
        person_id: row.person_id,
        person_name: row.person_name,
        number_masked: row.number_masked,
        item_code: row.item_code,
        region_id: row.region_id,
        claimed: row.claim_id.is_some(),
    }
}
