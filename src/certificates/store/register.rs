//! Rows of the register as they are written: by sheets, by a look at the issuer's, one by one.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{certificate, issuer_check};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::certificates::NUMBER_PURPOSE;
use crate::certificates::regime::{IssuerState, OnRecord, Standing};
use crate::certificates::rules::Facts;
use crate::people::rules::mask_id;
use crate::platform::Result;
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;

/// A certificate on the register, as an import finds it again.
#[derive(Clone)]
pub(in crate::certificates) struct Held {
    pub(in crate::certificates) id: Uuid,
    pub(in crate::certificates) region_id: Uuid,
    pub(in crate::certificates) facts: Facts,
    pub(in crate::certificates) issuer_state: IssuerState,
    /// Looked for at the issuer's since the day of the sheet, and not found.
    pub(in crate::certificates) not_found: bool,
}

/// The certificates with these numbers, by number and item, for a sheet of a day. Unscoped within the county: a sheet may
/// name anybody.
pub(in crate::certificates) async fn held(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    hashes: &[Vec<u8>],
    day: NaiveDate,
) -> Result<HashMap<(Vec<u8>, String), Held>> {
    let mut found = HashMap::new();
    for chunk in hashes.chunks(IN_LIST) {
        let rows = certificate::Entity::find()
            .filter(certificate::Column::CountyId.eq(county_id))
            .filter(certificate::Column::NumberHash.is_in(chunk.iter().cloned()))
            .all(db)
            .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let missed = not_found_since(db, &ids, day).await?;
        found.extend(rows.into_iter().map(|row| to_held(row, &missed)));
    }
    Ok(found)
}

fn to_held(row: certificate::Model, missed: &HashSet<Uuid>) -> ((Vec<u8>, String), Held) {
    let facts = Facts {
        first_issued: row.first_issued,
        valid_until: row.valid_until,
        reviewed_on: row.reviewed_on,
        review_due: row.review_due,
        training_centre: row.training_centre,
        enterprise_id: row.enterprise_id,
        enterprise_name: row.enterprise_name,
    };
    let held = Held {
        id: row.id,
        region_id: row.region_id,
        facts,
        issuer_state: IssuerState::of_word(&row.issuer_state),
        not_found: missed.contains(&row.id),
    };
    ((row.number_hash, row.item_code), held)
}

/// Which of these were looked for at the issuer's on that day or later, and not found.
async fn not_found_since(
    db: &impl ConnectionTrait,
    certificates: &[Uuid],
    day: NaiveDate,
) -> Result<HashSet<Uuid>> {
    let mut found = HashSet::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<Uuid> = issuer_check::Entity::find()
            .select_only()
            .column(issuer_check::Column::CertificateId)
            .filter(issuer_check::Column::CertificateId.is_in(chunk.iter().copied()))
            .filter(issuer_check::Column::Result.eq("not_found"))
            .filter(issuer_check::Column::CheckedOn.gte(day))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Holder and township of each of these certificates of a county.
pub(in crate::certificates) async fn holders(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    certificates: &[Uuid],
) -> Result<HashMap<Uuid, (Uuid, Uuid)>> {
    let mut found = HashMap::new();
    for chunk in certificates.chunks(IN_LIST) {
        let rows: Vec<(Uuid, Uuid, Uuid)> = certificate::Entity::find()
            .select_only()
            .columns([
                certificate::Column::Id,
                certificate::Column::PersonId,
                certificate::Column::RegionId,
            ])
            .filter(certificate::Column::CountyId.eq(county_id))
            .filter(certificate::Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        let rows = rows.into_iter();
        found.extend(rows.map(|(id, person, region)| (id, (person, region))));
    }
    Ok(found)
}

/// A certificate to be written, new or changed.
pub(in crate::certificates) struct Saved<'a> {
    pub(in crate::certificates) id: Uuid,
    pub(in crate::certificates) person_id: Uuid,
    /// The number in full: "T" and the holder's ID number.
    pub(in crate::certificates) number: String,
    pub(in crate::certificates) number_hash: &'a [u8],
    pub(in crate::certificates) item_code: &'a str,
    pub(in crate::certificates) catalogue_version: &'a str,
    pub(in crate::certificates) region_id: Uuid,
    pub(in crate::certificates) facts: Facts,
    pub(in crate::certificates) issuer_state: IssuerState,
}

/// Writes certificates, new ones and changed ones alike; number, item and holder of a certificate never change, and no
/// sheet changes its standing.
pub(in crate::certificates) async fn save_certificates(
    work: &Work<'_>,
    certificates: &[Saved<'_>],
) -> Result<()> {
    use certificate::Column as C;
    let update = OnConflict::columns([C::CountyId, C::NumberHash, C::ItemCode])
        .update_columns([
            C::FirstIssued,
            C::ValidUntil,
            C::ReviewedOn,
            C::ReviewDue,
            C::TrainingCentre,
            C::IssuerState,
            C::RegionId,
            C::EnterpriseId,
            C::EnterpriseName,
        ])
        .to_owned();
    for chunk in certificates.chunks(rows_per_statement(20)) {
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
        standing: Set(Standing::Active.word().to_owned()),
        issuer_state: Set(saved.issuer_state.word().to_owned()),
        reviewed_on: Set(saved.facts.reviewed_on),
        review_due: Set(saved.facts.review_due),
        unbroken_ten_years: Set(false),
        training_centre: Set(saved.facts.training_centre.clone()),
    })
}

/// Writes what was seen at the issuer's.
pub(in crate::certificates) async fn set_record(
    tx: &impl ConnectionTrait,
    id: Uuid,
    record: &OnRecord,
) -> Result<()> {
    use certificate::Column as C;
    certificate::Entity::update_many()
        .col_expr(C::ValidUntil, Expr::value(record.valid_until))
        .col_expr(C::ReviewDue, Expr::value(record.review_due))
        .col_expr(C::ReviewedOn, Expr::value(record.reviewed_on))
        .col_expr(C::UnbrokenTenYears, Expr::value(record.unbroken_ten_years))
        .col_expr(C::IssuerState, Expr::value(record.issuer_state.word()))
        .filter(C::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}
