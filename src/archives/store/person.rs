//! Rows of one person, each kind as far as the caller reaches.

use chrono::NaiveDate;
use entity::{
    attendance_mark as mark, certificate, claim, class_session as class, employment, inspection,
    issuer_check, plan, region, training_record as ledger,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, RelationTrait,
};
use uuid::Uuid;

use crate::archives::export::MOST;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// A post.
#[derive(Clone, Debug, FromQueryResult)]
pub struct PostRow {
    pub region_id: Uuid,
    pub enterprise_name: String,
    pub role: String,
    pub from_day: NaiveDate,
    pub to_day: Option<NaiveDate>,
}

/// A line of the ledger.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RecordRow {
    pub id: Uuid,
    pub plan_title: String,
    pub region_id: Uuid,
    pub part: String,
    pub minutes: i64,
    pub person_times: i64,
    pub passes: i64,
    pub score_hundredths: Option<i32>,
    pub source: String,
    pub happened_on: NaiveDate,
    pub recorded_at: i64,
    pub corrects_id: Option<Uuid>,
    pub reason: Option<String>,
}

/// A mark of a class.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MarkRow {
    pub class_title: String,
    pub class_day: NaiveDate,
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
    pub minutes: i64,
    pub score_hundredths: Option<i32>,
    pub passed: Option<bool>,
    pub method: String,
    pub recorded_at: i64,
    pub replaced_by: Option<Uuid>,
}

/// A certificate.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CertificateRow {
    pub id: Uuid,
    pub number_masked: String,
    pub item_code: String,
    pub first_issued: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub enterprise_name: String,
    pub training_centre: String,
    pub reviewed_on: Option<NaiveDate>,
    pub review_due: Option<NaiveDate>,
    pub unbroken_ten_years: bool,
    pub standing: String,
    pub issuer_state: String,
}

/// A look at an issuer's site.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CheckRow {
    pub certificate_id: Uuid,
    pub checked_on: NaiveDate,
    pub result: String,
    pub valid_until: Option<NaiveDate>,
    pub review_due: Option<NaiveDate>,
    pub reviewed_on: Option<NaiveDate>,
    pub unbroken_ten_years: Option<bool>,
    pub note: String,
    pub recorded_at: i64,
}

/// A claim.
#[derive(Clone, Debug, FromQueryResult)]
pub struct ClaimRow {
    pub certificate_id: Uuid,
    pub on_list: bool,
    pub method: String,
    pub claimed_at: i64,
}

/// A check that somebody on duty logged.
#[derive(Clone, Debug, FromQueryResult)]
pub struct InspectionRow {
    pub checked_at: i64,
    pub place: String,
    pub colour: String,
    pub reason: String,
    pub by_role: String,
    /// The township or county of whoever checked.
    pub by_region: String,
}

pub(in crate::archives) async fn posts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<PostRow>> {
    let columns = Columns::county(employment::Column::CountyId)
        .region(employment::Column::RegionId)
        .enterprise(employment::Column::EnterpriseId)
        .person(employment::Column::PersonId);
    Ok(employment::Entity::find()
        .filter(scope.filter(&columns))
        .filter(employment::Column::PersonId.eq(person))
        .order_by_asc(employment::Column::FromDay)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}

pub(in crate::archives) async fn records(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<RecordRow>> {
    let columns = Columns::county(ledger::Column::CountyId)
        .region(ledger::Column::RegionId)
        .enterprise(ledger::Column::EnterpriseId)
        .person(ledger::Column::PersonId);
    Ok(ledger::Entity::find()
        .join(JoinType::InnerJoin, ledger::Relation::Plan.def())
        .column_as(plan::Column::Title, "plan_title")
        .filter(scope.filter(&columns))
        .filter(ledger::Column::PersonId.eq(person))
        .order_by_asc(ledger::Column::Id)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}

pub(in crate::archives) async fn marks(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<MarkRow>> {
    let columns = Columns::county(mark::Column::CountyId)
        .region(mark::Column::RegionId)
        .enterprise(mark::Column::EnterpriseId)
        .person(mark::Column::PersonId);
    Ok(mark::Entity::find()
        .join(JoinType::InnerJoin, mark::Relation::ClassSession.def())
        .column_as(class::Column::Title, "class_title")
        .column_as(class::Column::Day, "class_day")
        .filter(scope.filter(&columns))
        .filter(mark::Column::PersonId.eq(person))
        .order_by_asc(mark::Column::Id)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}

pub(in crate::archives) async fn certificates(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<CertificateRow>> {
    let columns = Columns::county(certificate::Column::CountyId)
        .region(certificate::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(certificate::Column::PersonId);
    Ok(certificate::Entity::find()
        .filter(scope.filter(&columns))
        .filter(certificate::Column::PersonId.eq(person))
        .order_by_asc(certificate::Column::Id)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}

pub(in crate::archives) async fn checks(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<CheckRow>> {
    let columns = Columns::county(issuer_check::Column::CountyId)
        .region(certificate::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(certificate::Column::PersonId);
    Ok(issuer_check::Entity::find()
        .join(
            JoinType::InnerJoin,
            issuer_check::Relation::Certificate.def(),
        )
        .filter(scope.filter(&columns))
        .filter(certificate::Column::PersonId.eq(person))
        .order_by_asc(issuer_check::Column::Id)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}

pub(in crate::archives) async fn claims(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<ClaimRow>> {
    let columns = Columns::county(claim::Column::CountyId)
        .region(claim::Column::RegionId)
        .enterprise(certificate::Column::EnterpriseId)
        .person(claim::Column::PersonId);
    Ok(claim::Entity::find()
        .join(JoinType::InnerJoin, claim::Relation::Certificate.def())
        .filter(scope.filter(&columns))
        .filter(claim::Column::PersonId.eq(person))
        .order_by_asc(claim::Column::Id)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}

/// Checks are of a township and of whom they are about: no enterprise learns of them.
pub(in crate::archives) async fn inspections(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
) -> Result<Vec<InspectionRow>> {
    let columns = Columns::county(inspection::Column::CountyId)
        .region(inspection::Column::RegionId)
        .person(inspection::Column::PersonId);
    let from: RelationDef = inspection::Entity::belongs_to(region::Entity)
        .from(inspection::Column::ByRegionId)
        .to(region::Column::Id)
        .into();
    Ok(inspection::Entity::find()
        .join(JoinType::InnerJoin, from)
        .column_as(region::Column::Name, "by_region")
        .filter(scope.filter(&columns))
        .filter(inspection::Column::PersonId.eq(person))
        .order_by_asc(inspection::Column::Id)
        .limit(MOST)
        .into_model()
        .all(db)
        .await?)
}
