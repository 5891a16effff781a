//! Rows of claims, and the counters that go with them.

use std::collections::{BTreeMap, HashSet};

use entity::{certificate, claim, claim_progress, due_entry, person};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, Func, IntoColumnRef, OnConflict, Query, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, FromQueryResult, Iden, JoinType,
    QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use crate::certificates::rules::{Claim, ClaimMethod, ClaimProgress};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope, clock};

#[derive(FromQueryResult)]
struct ClaimRow {
    id: Uuid,
    certificate_id: Uuid,
    person_id: Uuid,
    person_name: String,
    number_masked: String,
    item_code: String,
    region_id: Uuid,
    on_list: bool,
    method: String,
    claimed_at: i64,
}

fn visible(scope: &Scope) -> Select<claim::Entity> {
    let columns = Columns::county(claim::Column::CountyId)
        .region(claim::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(claim::Column::PersonId);
    claim::Entity::find()
        .join(JoinType::InnerJoin, claim::Relation::Certificate.def())
        .join(JoinType::InnerJoin, claim::Relation::Person.def())
        .column_as(person::Column::Name, "person_name")
        .columns([
            certificate::Column::NumberMasked,
            certificate::Column::ItemCode,
        ])
        .filter(scope.filter(&columns))
}

pub(in crate::certificates) async fn claim(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Claim>> {
    let query = visible(scope).filter(claim::Column::Id.eq(id));
    Ok(query.into_model::<ClaimRow>().one(db).await?.map(to_claim))
}

pub(in crate::certificates) async fn claims(
    db: &impl ConnectionTrait,
    scope: &Scope,
    region_id: Option<Uuid>,
    on_list: Option<bool>,
    page: &Page,
) -> Result<Vec<Claim>> {
    let mut query = visible(scope);
    if let Some(region) = region_id {
        query = query.filter(claim::Column::RegionId.eq(region));
    }
    if let Some(on_list) = on_list {
        query = query.filter(claim::Column::OnList.eq(on_list));
    }
    if let Some(after) = page.after {
        query = query.filter(claim::Column::Id.gt(after));
    }
    let query = query.order_by_asc(claim::Column::Id).limit(page.limit + 1);
    Ok(query
        .into_model::<ClaimRow>()
        .all(db)
        .await?
        .into_iter()
        .map(to_claim)
        .collect())
}

/// For which of these certificates a code was claimed.
pub(in crate::certificates) async fn claimed(
    db: &impl ConnectionTrait,
    certificates: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let mut found = HashSet::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<Uuid> = claim::Entity::find()
            .select_only()
            .column(claim::Column::CertificateId)
            .filter(claim::Column::CertificateId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// A page of the people with claims, by id.
///
/// # Errors
/// Database faults.
pub async fn claimants(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>> {
    let mut query = claim::Entity::find()
        .select_only()
        .column(claim::Column::PersonId)
        .distinct()
        .filter(claim::Column::CountyId.eq(county_id));
    if let Some(after) = after {
        query = query.filter(claim::Column::PersonId.gt(after));
    }
    Ok(query
        .order_by_asc(claim::Column::PersonId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Whose codes were claimed for these certificates; somebody with several is named as often.
pub(in crate::certificates) async fn claimed_by(
    db: &impl ConnectionTrait,
    certificates: &[Uuid],
) -> Result<Vec<Uuid>> {
    let mut found = Vec::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<Uuid> = claim::Entity::find()
            .select_only()
            .column(claim::Column::PersonId)
            .filter(claim::Column::CertificateId.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Claims in scope by id, in the order of ids.
pub(in crate::certificates) async fn these(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
) -> Result<Vec<Claim>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IN_LIST) {
        let rows = visible(scope)
            .filter(claim::Column::Id.is_in(chunk.iter().copied()))
            .into_model::<ClaimRow>()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(to_claim));
    }
    found.sort_by_key(|claim| claim.id);
    Ok(found)
}

/// A claim to be written.
pub(in crate::certificates) struct NewClaim {
    pub(in crate::certificates) id: Uuid,
    pub(in crate::certificates) certificate_id: Uuid,
    pub(in crate::certificates) person_id: Uuid,
    pub(in crate::certificates) region_id: Uuid,
    pub(in crate::certificates) on_list: bool,
}

/// Writes claims and counts them.
pub(in crate::certificates) async fn insert_claims(
    work: &Work<'_>,
    claims: &[NewClaim],
    method: ClaimMethod,
) -> Result<()> {
    let mut regions: BTreeMap<Uuid, [i64; 2]> = BTreeMap::new();
    for claim in claims {
        let [on, outside] = regions.entry(claim.region_id).or_default();
        *(if claim.on_list { on } else { outside }) += 1;
    }
    for chunk in claims.chunks(rows_per_statement(9)) {
        let rows = chunk.iter().map(|claim| claim::ActiveModel {
            id: Set(claim.id),
            county_id: Set(work.by.county_id),
            certificate_id: Set(claim.certificate_id),
            person_id: Set(claim.person_id),
            region_id: Set(claim.region_id),
            on_list: Set(claim.on_list),
            method: Set(method.word().to_owned()),
            account_id: Set(work.by.account()),
            claimed_at: Set(work.now),
        });
        claim::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    let counters =
        regions
            .into_iter()
            .map(
                |(region_id, [claimed_on_list, claimed_outside_list])| ClaimProgress {
                    region_id,
                    due: 0,
                    claimed_on_list,
                    claimed_outside_list,
                    updated_at: work.now,
                },
            );
    add_counters(work, counters.collect()).await
}

/// `column = column + the new row's column`, for counters.
fn added(column: claim_progress::Column) -> SimpleExpr {
    let name = column.to_string();
    let table = claim_progress::Entity.table_name();
    Expr::col((Alias::new(table), Alias::new(&name)).into_column_ref()).add(Expr::col(
        (Alias::new("excluded"), Alias::new(&name)).into_column_ref(),
    ))
}

/// Adds to the counters of regions; one row a region, so far fewer than a statement takes.
async fn add_counters(work: &Work<'_>, counters: Vec<ClaimProgress>) -> Result<()> {
    use claim_progress::Column as C;
    let mut update = OnConflict::columns([C::CountyId, C::RegionId]);
    update.values(
        [C::Due, C::ClaimedOnList, C::ClaimedOutsideList].map(|column| (column, added(column))),
    );
    update.update_column(C::UpdatedAt);
    for chunk in counters.chunks(rows_per_statement(6)) {
        let rows = chunk.iter().map(|sum| claim_progress::ActiveModel {
            county_id: Set(work.by.county_id),
            region_id: Set(sum.region_id),
            due: Set(sum.due),
            claimed_on_list: Set(sum.claimed_on_list),
            claimed_outside_list: Set(sum.claimed_outside_list),
            updated_at: Set(work.now),
        });
        claim_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// Judges every claim of the county by this list and counts the county anew.
pub(in crate::certificates) async fn judge_anew(work: &Work<'_>, list_id: Uuid) -> Result<()> {
    let due = Query::select()
        .column(due_entry::Column::RegionId)
        .from(due_entry::Entity)
        .and_where(due_entry::Column::DueListId.eq(list_id))
        .and_where(
            Expr::col((due_entry::Entity, due_entry::Column::CertificateId))
                .equals((claim::Entity, claim::Column::CertificateId)),
        )
        .to_owned();
    let region = Func::coalesce([
        SimpleExpr::from(due.clone()),
        Expr::col((claim::Entity, claim::Column::RegionId)),
    ]);
    claim::Entity::update_many()
        .col_expr(claim::Column::OnList, Expr::exists(due))
        .col_expr(claim::Column::RegionId, region.into())
        .filter(claim::Column::CountyId.eq(work.by.county_id))
        .exec(&work.tx)
        .await?;
    recount(work, list_id).await
}

async fn recount(work: &Work<'_>, list_id: Uuid) -> Result<()> {
    let due: Vec<(Uuid, i64)> = due_entry::Entity::find()
        .select_only()
        .column(due_entry::Column::RegionId)
        .column_as(due_entry::Column::CertificateId.count(), "entries")
        .filter(due_entry::Column::DueListId.eq(list_id))
        .group_by(due_entry::Column::RegionId)
        .into_tuple()
        .all(&work.tx)
        .await?;
    let claimed: Vec<(Uuid, bool, i64)> = claim::Entity::find()
        .select_only()
        .columns([claim::Column::RegionId, claim::Column::OnList])
        .column_as(claim::Column::Id.count(), "claims")
        .filter(claim::Column::CountyId.eq(work.by.county_id))
        .group_by(claim::Column::RegionId)
        .group_by(claim::Column::OnList)
        .into_tuple()
        .all(&work.tx)
        .await?;
    let mut regions: BTreeMap<Uuid, ClaimProgress> = BTreeMap::new();
    let of = |region_id| ClaimProgress {
        region_id,
        due: 0,
        claimed_on_list: 0,
        claimed_outside_list: 0,
        updated_at: work.now,
    };
    for (region, count) in due {
        regions.entry(region).or_insert_with(|| of(region)).due += count;
    }
    for (region, on_list, count) in claimed {
        let sum = regions.entry(region).or_insert_with(|| of(region));
        *(if on_list {
            &mut sum.claimed_on_list
        } else {
            &mut sum.claimed_outside_list
        }) += count;
    }
    claim_progress::Entity::delete_many()
        .filter(claim_progress::Column::CountyId.eq(work.by.county_id))
        .exec(&work.tx)
        .await?;
    add_counters(work, regions.into_values().collect()).await
}

/// Codes due and claimed by region, in scope: as many rows as regions, however many claims.
///
/// # Errors
/// Database faults.
pub async fn progress(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<ClaimProgress>> {
    let columns =
        Columns::county(claim_progress::Column::CountyId).region(claim_progress::Column::RegionId);
    let rows = claim_progress::Entity::find()
        .filter(scope.filter(&columns))
        .order_by_asc(claim_progress::Column::RegionId)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ClaimProgress {
            region_id: row.region_id,
            due: row.due,
            claimed_on_list: row.claimed_on_list,
            claimed_outside_list: row.claimed_outside_list,
            updated_at: row.updated_at,
        })
        .collect())
}

/// Codes due by the list in force on a day and claimed before an instant, by region, in scope.
///
/// # Errors
/// Database faults.
pub async fn progress_through(
    db: &impl ConnectionTrait,
    scope: &Scope,
    day: chrono::NaiveDate,
    before: i64,
) -> Result<Vec<ClaimProgress>> {
    let list = super::due_lists::in_force_on(db, scope.county_id, day).await?;
    let columns = Columns::county(due_entry::Column::CountyId).region(due_entry::Column::RegionId);
    let due: Vec<(Uuid, i64)> = due_entry::Entity::find()
        .select_only()
        .column(due_entry::Column::RegionId)
        .column_as(due_entry::Column::CertificateId.count(), "entries")
        .filter(scope.filter(&columns))
        .filter(due_entry::Column::DueListId.eq(list))
        .group_by(due_entry::Column::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    let on_list = Expr::exists(
        Query::select()
            .expr(Expr::val(1))
            .from(due_entry::Entity)
            .and_where(due_entry::Column::DueListId.eq(list))
            .and_where(
                Expr::col((due_entry::Entity, due_entry::Column::CertificateId))
                    .equals((claim::Entity, claim::Column::CertificateId)),
            )
            .to_owned(),
    );
    let count = |condition: SimpleExpr| Expr::case(condition, 1).finally(0).sum().cast_as("bigint");
    let columns = Columns::county(claim::Column::CountyId).region(claim::Column::RegionId);
    let claimed: Vec<(Uuid, i64, i64, i64)> = claim::Entity::find()
        .select_only()
        .column(claim::Column::RegionId)
        .column_as(count(on_list.clone()), "on_list")
        .column_as(count(on_list.not()), "outside_list")
        .column_as(claim::Column::ClaimedAt.max(), "updated_at")
        .filter(scope.filter(&columns))
        .filter(claim::Column::ClaimedAt.lt(before))
        .group_by(claim::Column::RegionId)
        .into_tuple()
        .all(db)
        .await?;
    let mut regions: BTreeMap<Uuid, ClaimProgress> = BTreeMap::new();
    let of = |region_id| ClaimProgress {
        region_id,
        due: 0,
        claimed_on_list: 0,
        claimed_outside_list: 0,
        updated_at: 0,
    };
    for (region, count) in due {
        regions.entry(region).or_insert_with(|| of(region)).due = count;
    }
    for (region, on_list, outside_list, updated_at) in claimed {
        let sum = regions.entry(region).or_insert_with(|| of(region));
        sum.claimed_on_list = on_list;
        sum.claimed_outside_list = outside_list;
        sum.updated_at = updated_at;
    }
    Ok(regions.into_values().collect())
}

impl NewClaim {
    /// A claim with an id of its own.
    pub(in crate::certificates) fn made(
        certificate_id: Uuid,
        person_id: Uuid,
        region_id: Uuid,
        on_list: bool,
    ) -> Self {
        Self {
            id: clock::new_id(),
            certificate_id,
            person_id,
            region_id,
            on_list,
        }
    }
}

fn to_claim(row: ClaimRow) -> Claim {
    Claim {
        id: row.id,
        certificate_id: row.certificate_id,
        person_id: row.person_id,
        person_name: row.person_name,
        number_masked: row.number_masked,
        item_code: row.item_code,
        region_id: row.region_id,
        on_list: row.on_list,
        method: ClaimMethod::of_word(&row.method),
        claimed_at: row.claimed_at,
    }
}
