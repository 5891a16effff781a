//! Rows of regions and enterprises.

use entity::{enterprise, region};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::rules::{Enterprise, Region, RegionKind, Regions};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// All regions of a county, those of the past included, for reading sheets and resolving names: no caller sees it whole.
///
/// # Errors
/// Database faults.
pub async fn regions(db: &impl ConnectionTrait, county_id: Uuid) -> Result<Regions> {
    let rows = region::Entity::find()
        .filter(region::Column::CountyId.eq(county_id))
        .all(db)
        .await?;
    Ok(Regions::new(rows.into_iter().map(to_region).collect()))
}

/// The regions a caller may see: the county itself, those he reaches, and that of his own enterprise.
///
/// # Errors
/// Database faults.
pub async fn visible_regions(db: &impl ConnectionTrait, scope: &Scope) -> Result<Regions> {
    let mut query = region::Entity::find().filter(region::Column::CountyId.eq(scope.county_id));
    if !scope.whole_county {
        let own = enterprise::Entity::find()
            .select_only()
            .column(enterprise::Column::RegionId)
            .filter(enterprise::Column::Id.is_in(scope.enterprises.iter().copied()))
            .into_query();
        query = query.filter(
            Condition::any()
                .add(region::Column::ParentId.is_null())
                .add(region::Column::Id.is_in(scope.regions.iter().copied()))
                .add(region::Column::Id.in_subquery(own)),
        );
    }
    let rows = query.all(db).await?;
    Ok(Regions::new(rows.into_iter().map(to_region).collect()))
}

pub(super) async fn counties(db: &impl ConnectionTrait) -> Result<Vec<Region>> {
    let rows = region::Entity::find()
        .filter(region::Column::ParentId.is_null())
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_region).collect())
}

pub(super) async fn county_of_code(db: &impl ConnectionTrait, code: &str) -> Result<Option<Uuid>> {
    let row = region::Entity::find()
        .filter(region::Column::ParentId.is_null())
        .filter(region::Column::Code.eq(code))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

pub(super) async fn insert_region(
    tx: &impl ConnectionTrait,
    region: &Region,
    now: i64,
) -> Result<()> {
    let row = region::ActiveModel {
        id: Set(region.id),
        county_id: Set(region.county_id),
        parent_id: Set(region.parent_id),
        code: Set(region.code.clone()),
        name: Set(region.name.clone()),
        kind: Set(region.kind.word().to_owned()),
        valid_from: Set(region.valid_from),
        valid_to: Set(region.valid_to),
        successor_id: Set(region.successor_id),
        created_at: Set(now),
    };
    region::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn end_region(tx: &impl ConnectionTrait, region: &Region) -> Result<()> {
    region::Entity::update_many()
        .col_expr(region::Column::ValidTo, region.valid_to.into())
        .col_expr(region::Column::SuccessorId, region.successor_id.into())
        .filter(region::Column::Id.eq(region.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Holds a region's row until the transaction ends.
pub(super) async fn hold_region(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    id: Uuid,
) -> Result<()> {
    region::Entity::find_by_id(id)
        .filter(region::Column::CountyId.eq(county_id))
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(())
}

fn visible(scope: &Scope) -> Select<enterprise::Entity> {
    let columns = Columns::county(enterprise::Column::CountyId)
        .region(enterprise::Column::RegionId)
        .enterprise(enterprise::Column::Id);
    enterprise::Entity::find().filter(scope.filter(&columns))
}

pub(super) async fn enterprise(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Enterprise>> {
    let row = visible(scope)
        .filter(enterprise::Column::Id.eq(id))
        .one(db)
        .await?;
    Ok(row.map(to_enterprise))
}

/// An enterprise in scope, held until the transaction ends.
pub(super) async fn enterprise_for_update(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Enterprise>> {
    let row = visible(scope)
        .filter(enterprise::Column::Id.eq(id))
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(row.map(to_enterprise))
}

/// A page of the enterprises in scope, by id.
///
/// # Errors
/// Database faults.
pub async fn visible_enterprises(
    db: &impl ConnectionTrait,
    scope: &Scope,
    region_id: Option<Uuid>,
    text: Option<&str>,
    page: &Page,
) -> Result<Vec<Enterprise>> {
    let mut query = visible(scope);
    if let Some(region) = region_id {
        query = query.filter(enterprise::Column::RegionId.eq(region));
    }
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        let code = enterprise::Column::CreditCode.eq(text.to_uppercase());
        query = query.filter(
            Condition::any()
                .add(enterprise::Column::Name.contains(text))
                .add(code),
        );
    }
    if let Some(after) = page.after {
        query = query.filter(enterprise::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(enterprise::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_enterprise).collect())
}

/// Those of these enterprises that are in scope.
///
/// # Errors
/// Database faults.
pub async fn enterprises_among(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<Vec<Enterprise>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IN_LIST) {
        let rows = visible(scope)
            .filter(enterprise::Column::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(to_enterprise));
    }
    Ok(found)
}

pub(super) async fn enterprise_of_code(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    code: &str,
) -> Result<Option<Uuid>> {
    let row = enterprise::Entity::find()
        .filter(enterprise::Column::CountyId.eq(county_id))
        .filter(enterprise::Column::CreditCode.eq(code))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

/// Enterprises with any of these credit codes or exact names.
pub(super) async fn enterprises_of(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    codes: &[String],
    names: &[String],
) -> Result<Vec<Enterprise>> {
    let mut found = Vec::new();
    for (column, values) in [
        (enterprise::Column::CreditCode, codes),
        (enterprise::Column::Name, names),
    ] {
        for chunk in values.chunks(IN_LIST) {
            let rows = enterprise::Entity::find()
                .filter(enterprise::Column::CountyId.eq(county_id))
                .filter(column.is_in(chunk))
                .all(db)
                .await?;
            found.extend(rows.into_iter().map(to_enterprise));
        }
    }
    found.sort_by_key(|enterprise| enterprise.id);
    found.dedup_by_key(|enterprise| enterprise.id);
    Ok(found)
}

/// Writes enterprises, new ones and changed ones alike.
pub(super) async fn save_enterprises(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    enterprises: &[Enterprise],
    now: i64,
) -> Result<()> {
    for chunk in enterprises.chunks(rows_per_statement(8)) {
        let rows = chunk.iter().map(|enterprise| enterprise::ActiveModel {
            id: Set(enterprise.id),
            county_id: Set(county_id),
            region_id: Set(enterprise.region_id),
            name: Set(enterprise.name.clone()),
            credit_code: Set(enterprise.credit_code.clone()),
            industry: Set(enterprise.industry.clone()),
            created_at: Set(now),
            updated_at: Set(now),
        });
        let update = OnConflict::column(enterprise::Column::Id)
            .update_columns([
                enterprise::Column::RegionId,
                enterprise::Column::Name,
                enterprise::Column::CreditCode,
                enterprise::Column::Industry,
                enterprise::Column::UpdatedAt,
            ])
            .to_owned();
        enterprise::Entity::insert_many(rows)
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

fn to_region(row: region::Model) -> Region {
    Region {
        id: row.id,
        county_id: row.county_id,
        parent_id: row.parent_id,
        code: row.code,
        name: row.name,
        kind: RegionKind::of_word(&row.kind),
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        successor_id: row.successor_id,
    }
}

fn to_enterprise(row: enterprise::Model) -> Enterprise {
    Enterprise {
        id: row.id,
        region_id: row.region_id,
        name: row.name,
        credit_code: row.credit_code,
        industry: row.industry,
    }
}
