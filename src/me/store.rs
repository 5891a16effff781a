//! Rows of the caller's own.

pub(super) mod waiting;

use chrono::NaiveDate;
use entity::{certificate, claim, class_session as class, employment, person};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::plans::{self, Plan, Progress};
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};
use crate::sheets::posts::TargetRole;

/// A plan and what the caller has of it.
#[derive(Clone, Debug)]
pub struct Mine {
    pub plan: Plan,
    pub progress: Progress,
    pub completed_on: Option<NaiveDate>,
}

/// The caller's certificates in a line.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub certificates: i64,
    /// Of these, with a code claimed.
    pub claimed: i64,
    /// The next day on which one of them expires; none when none is known to.
    pub next_expiry: Option<NaiveDate>,
}

pub(super) async fn name(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person_id: Uuid,
) -> Result<Option<String>> {
    let row = person::Entity::find_by_id(person_id)
        .filter(person::Column::CountyId.eq(scope.county_id))
        .one(db)
        .await?;
    Ok(row.map(|row| row.name))
}

/// Published plans whose period holds the day and that ask for one of the person's present posts; a plan he has
/// begun stays his, whatever post he holds now.
pub(super) async fn requirements(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person_id: Uuid,
    day: NaiveDate,
) -> Result<Vec<Mine>> {
    let posts: Vec<String> = employment::Entity::find()
        .select_only()
        .column(employment::Column::Role)
        .filter(employment::Column::PersonId.eq(person_id))
        .filter(employment::Column::ToDay.is_null())
        .into_tuple()
        .all(db)
        .await?;
    let roles: Vec<TargetRole> = posts.iter().map(|word| TargetRole::of_word(word)).collect();
    let open = plans::open_on(db, scope.county_id, day).await?;
    let ids: Vec<Uuid> = open.iter().map(|plan| plan.id).collect();
    let mut has = plans::standing_in_many(db, &ids, person_id).await?;
    Ok(open
        .into_iter()
        .filter_map(|plan| {
            let begun = has.remove(&plan.id);
            let asked = plan
                .terms
                .target_roles
                .iter()
                .any(|role| roles.contains(role));
            let (progress, completed_on) = match begun {
                Some(found) => found,
                None if asked => (Progress::default(), None),
                None => return None,
            };
            Some(Mine {
                plan,
                progress,
                completed_on,
            })
        })
        .collect())
}

pub(super) async fn certificates(
    db: &impl ConnectionTrait,
    person_id: Uuid,
    day: NaiveDate,
) -> Result<Held> {
    let claims = certificate::Entity::belongs_to(claim::Entity)
        .from(certificate::Column::Id)
        .to(claim::Column::CertificateId);
    let found: Option<(i64, i64)> = certificate::Entity::find()
        .select_only()
        .column_as(certificate::Column::Id.count(), "held")
        .column_as(claim::Column::Id.count(), "claimed")
        .join(JoinType::LeftJoin, claims.into())
        .filter(certificate::Column::PersonId.eq(person_id))
        .into_tuple()
        .one(db)
        .await?;
    let next: Option<NaiveDate> = certificate::Entity::find()
        .select_only()
        .column(certificate::Column::ValidUntil)
        .filter(certificate::Column::PersonId.eq(person_id))
        .filter(certificate::Column::ValidUntil.gte(day))
        .order_by_asc(certificate::Column::ValidUntil)
        .into_tuple()
        .one(db)
        .await?;
    let (certificates, claimed) = found.unwrap_or_default();
    Ok(Held {
        certificates,
        claimed,
        next_expiry: next,
    })
}

/// Classes of a day in scope that are not cancelled.
pub(super) async fn classes_on(
    db: &impl ConnectionTrait,
    scope: &Scope,
    day: NaiveDate,
) -> Result<i64> {
    let columns = Columns::county(class::Column::CountyId).region(class::Column::RegionId);
    let count = class::Entity::find()
        .filter(scope.filter(&columns))
        .filter(class::Column::Day.eq(day))
        .filter(class::Column::State.ne("cancelled"))
        .count(db)
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
