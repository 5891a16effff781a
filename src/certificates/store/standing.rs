//! Rows of certificates picked for their standing, and those of people's codes.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{catalogue_version, certificate, claim};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};
use uuid::Uuid;

use super::{CertificateRow, reach, to_certificate, visible};
use crate::certificates::regime::{IssuerState, Standing};
use crate::certificates::rules::Certificate;
use crate::certificates::standing::{CertificateFacts, Picked};
use crate::platform::db::IN_LIST;
use crate::platform::page::Page;
use crate::platform::{Result, Scope};

/// Gives those in scope another standing; how each stood before. Rows are held in the order of ids, so that two who
/// change the same ones wait for each other in no ring.
pub(in crate::certificates) async fn set(
    tx: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[Uuid],
    standing: Standing,
) -> Result<Vec<(Uuid, Standing)>> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut before = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IN_LIST) {
        let rows: Vec<(Uuid, String)> = certificate::Entity::find()
            .select_only()
            .columns([certificate::Column::Id, certificate::Column::Standing])
            .filter(reach(scope))
            .filter(certificate::Column::Id.is_in(chunk.iter().copied()))
            .order_by_asc(certificate::Column::Id)
            .lock_exclusive()
            .into_tuple()
            .all(tx)
            .await?;
        let found: Vec<Uuid> = rows.iter().map(|(id, _)| *id).collect();
        let word = Expr::value(standing.word());
        certificate::Entity::update_many()
            .col_expr(certificate::Column::Standing, word)
            .filter(certificate::Column::Id.is_in(found))
            .exec(tx)
            .await?;
        let rows = rows.into_iter();
        before.extend(rows.map(|(id, word)| (id, Standing::of_word(&word))));
    }
    Ok(before)
}

fn fits(picked: &Picked) -> Condition {
    use certificate::Column as C;
    let ids = picked.ids.as_ref().map(|ids| ids.iter().copied());
    Condition::all()
        .add_option(ids.map(|ids| C::Id.is_in(ids)))
        .add_option(
            picked
                .training_centre
                .as_ref()
                .map(|name| C::TrainingCentre.eq(name)),
        )
        .add_option(picked.item_code.as_ref().map(|code| C::ItemCode.eq(code)))
        .add_option(picked.region_id.map(|id| C::RegionId.eq(id)))
        .add_option(picked.enterprise_id.map(|id| C::EnterpriseId.eq(id)))
        .add_option(picked.issued_from.map(|day| C::FirstIssued.gte(day)))
        .add_option(picked.issued_to.map(|day| C::FirstIssued.lte(day)))
}

pub(in crate::certificates) async fn count(
    db: &impl ConnectionTrait,
    scope: &Scope,
    picked: &Picked,
) -> Result<u64> {
    Ok(certificate::Entity::find()
        .filter(reach(scope))
        .filter(fits(picked))
        .count(db)
        .await?)
}

pub(in crate::certificates) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    picked: &Picked,
    page: &Page,
) -> Result<Vec<Certificate>> {
    let mut query = visible(scope).filter(fits(picked));
    if let Some(after) = page.after {
        query = query.filter(certificate::Column::Id.gt(after));
    }
    let query = query
        .order_by_asc(certificate::Column::Id)
        .limit(page.limit + 1);
    let rows = query.into_model::<CertificateRow>().all(db).await?;
    Ok(rows.into_iter().map(to_certificate).collect())
}

pub(in crate::certificates) async fn all(
    db: &impl ConnectionTrait,
    scope: &Scope,
    picked: &Picked,
) -> Result<Vec<(Uuid, Uuid)>> {
    Ok(certificate::Entity::find()
        .select_only()
        .columns([certificate::Column::Id, certificate::Column::PersonId])
        .filter(reach(scope))
        .filter(fits(picked))
        .order_by_asc(certificate::Column::Id)
        .into_tuple()
        .all(db)
        .await?)
}

#[derive(FromQueryResult)]
struct FactsRow {
    id: Uuid,
    person_id: Uuid,
    item_code: String,
    catalogue_version: String,
    first_issued: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    reviewed_on: Option<NaiveDate>,
    review_due: Option<NaiveDate>,
    unbroken_ten_years: bool,
    standing: String,
    issuer_state: String,
    region_id: Uuid,
    enterprise_id: Option<Uuid>,
    training_centre: String,
    claim_id: Option<Uuid>,
}

/// The certificates of these people with their claims, five thousand people a query.
pub(in crate::certificates) async fn facts_of_people(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    people: &[Uuid],
) -> Result<HashMap<Uuid, Vec<CertificateFacts>>> {
    let places = places(db).await?;
    let to_claim: RelationDef = certificate::Entity::belongs_to(claim::Entity)
        .from(certificate::Column::Id)
        .to(claim::Column::CertificateId)
        .into();
    let mut found: HashMap<Uuid, Vec<CertificateFacts>> = HashMap::with_capacity(people.len());
    for chunk in people.chunks(IN_LIST) {
        let rows = certificate::Entity::find()
            .join(JoinType::LeftJoin, to_claim.clone())
            .column_as(claim::Column::Id, "claim_id")
            .filter(certificate::Column::CountyId.eq(county_id))
            .filter(certificate::Column::PersonId.is_in(chunk.iter().copied()))
            .order_by_asc(certificate::Column::Id)
            .into_model::<FactsRow>()
            .all(db)
            .await?;
        for row in rows {
            let place = places.get(&row.catalogue_version).copied();
            let of_person = found.entry(row.person_id).or_default();
            of_person.push(to_facts(row, place.unwrap_or(u8::MAX)));
        }
    }
    Ok(found)
}

/// The place of each catalogue among all, the oldest first.
async fn places(db: &impl ConnectionTrait) -> Result<HashMap<String, u8>> {
    let versions: Vec<String> = catalogue_version::Entity::find()
        .select_only()
        .column(catalogue_version::Column::Version)
        .order_by_asc(catalogue_version::Column::EffectiveFrom)
        .order_by_asc(catalogue_version::Column::Version)
        .into_tuple()
        .all(db)
        .await?;
    Ok(versions.into_iter().zip(0..).collect())
}

fn to_facts(row: FactsRow, catalogue: u8) -> CertificateFacts {
    CertificateFacts {
        id: row.id,
        item_code: row.item_code,
        catalogue,
        first_issued: row.first_issued,
        valid_until: row.valid_until,
        reviewed_on: row.reviewed_on,
        review_due: row.review_due,
        unbroken_ten_years: row.unbroken_ten_years,
        standing: Standing::of_word(&row.standing),
        issuer_state: IssuerState::of_word(&row.issuer_state),
        region_id: row.region_id,
        enterprise_id: row.enterprise_id,
        training_centre: row.training_centre,
        claimed: row.claim_id.is_some(),
    }
}
