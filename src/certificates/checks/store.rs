//! Rows of looks at the issuer's site.

use chrono::NaiveDate;
use entity::{account, certificate, issuer_check};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::rules::{Check, CheckResult};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

#[derive(FromQueryResult)]
struct CheckRow {
    id: Uuid,
    certificate_id: Uuid,
    checked_on: NaiveDate,
    result: String,
    valid_until: Option<NaiveDate>,
    review_due: Option<NaiveDate>,
    reviewed_on: Option<NaiveDate>,
    unbroken_ten_years: Option<bool>,
    note: String,
    checked_by: Option<String>,
    recorded_at: i64,
}

fn visible(scope: &Scope) -> Select<issuer_check::Entity> {
    let columns = Columns::county(issuer_check::Column::CountyId)
        .region(certificate::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(certificate::Column::PersonId);
    issuer_check::Entity::find()
        .join(
            JoinType::InnerJoin,
            issuer_check::Relation::Certificate.def(),
        )
        .join(JoinType::LeftJoin, issuer_check::Relation::Account.def())
        .column_as(account::Column::Login, "checked_by")
        .filter(scope.filter(&columns))
}

/// A page of a certificate's looks, in the order they were entered.
pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    certificate_id: Uuid,
    page: &Page,
) -> Result<Vec<Check>> {
    let mut query = visible(scope).filter(issuer_check::Column::CertificateId.eq(certificate_id));
    if let Some(after) = page.after {
        query = query.filter(issuer_check::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(issuer_check::Column::Id)
        .limit(page.limit + 1)
        .into_model::<CheckRow>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(to_check).collect())
}

/// The latest day on which a certificate was looked up.
pub(super) async fn last_day(
    db: &impl ConnectionTrait,
    certificate_id: Uuid,
) -> Result<Option<NaiveDate>> {
    Ok(issuer_check::Entity::find()
        .select_only()
        .column(issuer_check::Column::CheckedOn)
        .filter(issuer_check::Column::CertificateId.eq(certificate_id))
        .order_by_desc(issuer_check::Column::CheckedOn)
        .into_tuple()
        .one(db)
        .await?)
}

pub(super) async fn insert(work: &Work<'_>, check: &Check) -> Result<()> {
    let row = issuer_check::ActiveModel {
        id: Set(check.id),
        county_id: Set(work.by.county_id),
        certificate_id: Set(check.certificate_id),
        account_id: Set(work.by.account()),
        checked_on: Set(check.checked_on),
        result: Set(check.result.word().to_owned()),
        valid_until: Set(check.valid_until),
        review_due: Set(check.review_due),
        reviewed_on: Set(check.reviewed_on),
        unbroken_ten_years: Set(check.unbroken_ten_years),
        note: Set(check.note.clone()),
        recorded_at: Set(work.now),
    };
    issuer_check::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

fn to_check(row: CheckRow) -> Check {
    Check {
        id: row.id,
        certificate_id: row.certificate_id,
        checked_on: row.checked_on,
        result: CheckResult::of_word(&row.result),
        valid_until: row.valid_until,
        review_due: row.review_due,
        reviewed_on: row.reviewed_on,
        unbroken_ten_years: row.unbroken_ten_years,
        note: row.note,
        checked_by: row.checked_by,
        recorded_at: row.recorded_at,
    }
}
