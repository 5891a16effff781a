//! Rows of due lists and their entries.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{certificate, claim, due_entry, due_list, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, RelationTrait, Select,
};
use uuid::Uuid;

use crate::certificates::rules::{DueEntry, DueList};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

// A due list belongs to the county; every role that may read certificates may read that there is one.
fn visible(scope: &Scope) -> Select<due_list::Entity> {
    due_list::Entity::find().filter(due_list::Column::CountyId.eq(scope.county_id))
}

pub(in crate::certificates) async fn due_list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<DueList>> {
    Ok(visible(scope)
        .filter(due_list::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_list))
}

pub(in crate::certificates) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    page: &Page,
) -> Result<Vec<DueList>> {
    let mut query = visible(scope);
    if let Some(after) = page.after {
        query = query.filter(due_list::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(due_list::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_list).collect())
}

pub(in crate::certificates) async fn of_day_and_source(
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
pub(in crate::certificates) async fn newest(
    db: &impl ConnectionTrait,
    county_id: Uuid,
) -> Result<Option<DueList>> {
    let row = due_list::Entity::find()
        .filter(due_list::Column::CountyId.eq(county_id))
        .order_by_desc(due_list::Column::FrozenOn)
        .order_by_desc(due_list::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(to_list))
}

/// The list that counted on a day; the nil id when there was none.
pub(super) async fn in_force_on(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    day: NaiveDate,
) -> Result<Uuid> {
    let row = due_list::Entity::find()
        .filter(due_list::Column::CountyId.eq(county_id))
        .filter(due_list::Column::FrozenOn.lte(day))
        .order_by_desc(due_list::Column::FrozenOn)
        .order_by_desc(due_list::Column::Id)
        .one(db)
        .await?;
    Ok(row.map_or_else(Uuid::nil, |row| row.id))
}

/// Writes a due list with its entries: certificate and township of each.
pub(in crate::certificates) async fn insert(
    work: &Work<'_>,
    list: &DueList,
    entries: &[(Uuid, Uuid)],
) -> Result<()> {
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
    due_list::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    for chunk in entries.chunks(rows_per_statement(4)) {
        let rows = chunk
            .iter()
            .map(|(certificate_id, region_id)| due_entry::ActiveModel {
                due_list_id: Set(list.id),
                certificate_id: Set(*certificate_id),
                county_id: Set(work.by.county_id),
                region_id: Set(*region_id),
            });
        due_entry::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// Where a list has these certificates; those it has not are left out.
pub(in crate::certificates) async fn regions_on(
    db: &impl ConnectionTrait,
    list_id: Uuid,
    certificates: &[Uuid],
) -> Result<HashMap<Uuid, Uuid>> {
    let mut found = HashMap::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Uuid)> = due_entry::Entity::find()
            .select_only()
            .columns([
                due_entry::Column::CertificateId,
                due_entry::Column::RegionId,
            ])
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
pub(in crate::certificates) async fn entries(
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
        .columns([
            due_entry::Column::CertificateId,
            due_entry::Column::RegionId,
        ])
        .columns([
            certificate::Column::PersonId,
            certificate::Column::NumberMasked,
            certificate::Column::ItemCode,
        ])
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
    let query = query
        .order_by_asc(due_entry::Column::CertificateId)
        .limit(page.limit + 1);
    let rows = query.into_model::<DueEntryRow>().all(db).await?;
    Ok(rows.into_iter().map(to_entry).collect())
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
