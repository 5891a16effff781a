//! Rows of reviews.

use chrono::NaiveDate;
use entity::{claim_review as review, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Select,
};
use uuid::Uuid;

use super::rules::{Dates, ReviewState};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Reviews removed in one transaction.
const SOME: u64 = 100;

/// A review with the person it is of.
#[derive(Clone, Debug)]
pub struct Review {
    pub id: Uuid,
    pub county_id: Uuid,
    pub person_id: Uuid,
    pub person_name: String,
    pub id_masked: String,
    /// The township he works in, where he has a post.
    pub region_id: Option<Uuid>,
    pub item_code: String,
    pub dates: Dates,
    pub state: ReviewState,
    pub photos: Photos,
    /// Why it was refused.
    pub reason: String,
    /// Whoever approved it looked it up at the issuer's.
    pub issuer_checked: bool,
    /// What it became on the register.
    pub certificate_id: Option<Uuid>,
    /// Microseconds since 1970.
    pub asked_at: i64,
    pub decided_at: Option<i64>,
}

/// Where its photos are kept.
#[derive(Clone, Debug)]
pub struct Photos {
    pub front: String,
    pub back: Option<String>,
    pub portrait: Option<String>,
}

impl Photos {
    /// The keys of all of them.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let more = [self.back.as_deref(), self.portrait.as_deref()];
        std::iter::once(self.front.as_str()).chain(more.into_iter().flatten())
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    county_id: Uuid,
    person_id: Uuid,
    person_name: String,
    id_masked: String,
    region_id: Option<Uuid>,
    item_code: String,
    first_issued: NaiveDate,
    valid_until: NaiveDate,
    review_due: Option<NaiveDate>,
    state: String,
    front_key: String,
    back_key: Option<String>,
    portrait_key: Option<String>,
    reason: String,
    issuer_checked: bool,
    certificate_id: Option<Uuid>,
    asked_at: i64,
    decided_at: Option<i64>,
}

fn named(query: Select<review::Entity>) -> Select<review::Entity> {
    query
        .join(JoinType::InnerJoin, review::Relation::Person.def())
        .column_as(person::Column::Name, "person_name")
        .column_as(person::Column::IdMasked, "id_masked")
}

fn visible(scope: &Scope) -> Select<review::Entity> {
    let columns = Columns::county(review::Column::CountyId)
        .region(review::Column::RegionId)
        .person(review::Column::PersonId);
    review::Entity::find().filter(scope.filter(&columns))
}

fn undecided() -> [&'static str; 2] {
    [ReviewState::Open.word(), ReviewState::Waiting.word()]
}

/// A review in scope.
pub(super) async fn review(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Review>> {
    let query = named(visible(scope)).filter(review::Column::Id.eq(id));
    Ok(query.into_model::<Row>().one(db).await?.map(to_review))
}

/// Which reviews a list asks for.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) state: Option<ReviewState>,
    pub(super) region_id: Option<Uuid>,
    pub(super) item_code: Option<String>,
}

/// Reviews in scope, the oldest first.
pub(super) async fn reviews(
    db: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted,
    page: &Page,
) -> Result<Vec<Review>> {
    let mut query = named(visible(scope));
    if let Some(state) = wanted.state {
        query = query.filter(review::Column::State.eq(state.word()));
    }
    if let Some(region) = wanted.region_id {
        query = query.filter(review::Column::RegionId.eq(region));
    }
    if let Some(item) = &wanted.item_code {
        query = query.filter(review::Column::ItemCode.eq(item));
    }
    if let Some(after) = page.after {
        query = query.filter(review::Column::Id.gt(after));
    }
    let query = query.order_by_asc(review::Column::Id).limit(page.limit + 1);
    let rows = query.into_model::<Row>().all(db).await?;
    Ok(rows.into_iter().map(to_review).collect())
}

/// Whether somebody has a review of this item that is not decided.
pub(super) async fn has_open(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person: Uuid,
    item_code: &str,
) -> Result<bool> {
    let open = review::Entity::find()
        .filter(review::Column::CountyId.eq(county_id))
        .filter(review::Column::PersonId.eq(person))
        .filter(review::Column::ItemCode.eq(item_code))
        .filter(review::Column::State.is_in(undecided()));
    Ok(open.count(db).await? > 0)
}

/// The newest portrait that was approved of a person.
pub(super) async fn portrait(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    person: Uuid,
) -> Result<Option<String>> {
    let key: Option<Option<String>> = review::Entity::find()
        .select_only()
        .column(review::Column::PortraitKey)
        .filter(review::Column::CountyId.eq(county_id))
        .filter(review::Column::PersonId.eq(person))
        .filter(review::Column::State.eq(ReviewState::Approved.word()))
        .filter(review::Column::PortraitKey.is_not_null())
        .order_by_desc(review::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    Ok(key.flatten())
}

pub(super) async fn insert(work: &Work<'_>, new: &Review) -> Result<()> {
    let row = review::ActiveModel {
        id: Set(new.id),
        county_id: Set(new.county_id),
        region_id: Set(new.region_id),
        person_id: Set(new.person_id),
        item_code: Set(new.item_code.clone()),
        first_issued: Set(new.dates.first_issued),
        valid_until: Set(new.dates.valid_until),
        review_due: Set(new.dates.review_due),
        state: Set(new.state.word().to_owned()),
        front_key: Set(new.photos.front.clone()),
        back_key: Set(new.photos.back.clone()),
        portrait_key: Set(new.photos.portrait.clone()),
        reason: Set(String::new()),
        issuer_checked: Set(false),
        certificate_id: Set(None),
        asked_at: Set(new.asked_at),
        decided_at: Set(None),
        decided_by: Set(None),
    };
    review::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Writes what became of a review.
pub(super) async fn save(work: &Work<'_>, decided: &Review) -> Result<()> {
    use review::Column as C;
    let by = decided.decided_at.and_then(|_| work.by.account());
    review::Entity::update_many()
        .col_expr(C::State, decided.state.word().into())
        .col_expr(C::FirstIssued, decided.dates.first_issued.into())
        .col_expr(C::ValidUntil, decided.dates.valid_until.into())
        .col_expr(C::ReviewDue, decided.dates.review_due.into())
        .col_expr(C::Reason, decided.reason.clone().into())
        .col_expr(C::IssuerChecked, decided.issuer_checked.into())
        .col_expr(C::CertificateId, decided.certificate_id.into())
        .col_expr(C::DecidedAt, decided.decided_at.into())
        .col_expr(C::DecidedBy, by.into())
        .filter(C::CountyId.eq(work.by.county_id))
        .filter(C::Id.eq(decided.id))
        .exec(&work.tx)
        .await?;
    Ok(())
}

fn old(county_id: Uuid, before: i64) -> Condition {
    Condition::all()
        .add(review::Column::CountyId.eq(county_id))
        .add(review::Column::State.is_not_in(undecided()))
        .add(review::Column::DecidedAt.lt(before))
}

/// How many were decided before an instant.
pub(super) async fn count_old(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<u64> {
    Ok(review::Entity::find()
        .filter(old(county_id, before))
        .count(db)
        .await?)
}

/// Some of those decided before an instant, held until the transaction ends.
pub(super) async fn some_old(
    tx: &impl ConnectionTrait,
    county_id: Uuid,
    before: i64,
) -> Result<Vec<(Uuid, Photos)>> {
    let rows = review::Entity::find()
        .filter(old(county_id, before))
        .order_by_asc(review::Column::Id)
        .limit(SOME)
        .lock_exclusive()
        .all(tx)
        .await?;
    let photos = |row: review::Model| Photos {
        front: row.front_key,
        back: row.back_key,
        portrait: row.portrait_key,
    };
    Ok(rows.into_iter().map(|row| (row.id, photos(row))).collect())
}

pub(super) async fn remove(tx: &impl ConnectionTrait, ids: &[Uuid]) -> Result<()> {
    review::Entity::delete_many()
        .filter(review::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

fn to_review(row: Row) -> Review {
    Review {
        id: row.id,
        county_id: row.county_id,
        person_id: row.person_id,
        person_name: row.person_name,
        id_masked: row.id_masked,
        region_id: row.region_id,
        item_code: row.item_code,
        dates: Dates {
            first_issued: row.first_issued,
            valid_until: row.valid_until,
            review_due: row.review_due,
        },
        state: ReviewState::of_word(&row.state),
        photos: Photos {
            front: row.front_key,
            back: row.back_key,
            portrait: row.portrait_key,
        },
        reason: row.reason,
        issuer_checked: row.issuer_checked,
        certificate_id: row.certificate_id,
        asked_at: row.asked_at,
        decided_at: row.decided_at,
    }
}
