//! What waits for the caller: counts of his reach, each a small query over rows that are open.

use chrono::NaiveDate;
use entity::{
    attendance_mark as mark, certificate, claim_review as review, class_session as class,
    inspection, mark_objection as objection, quota_line, quota_loan as loan, walk_in,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QuerySelect, RelationDef, Select,
};

use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

async fn count<E>(db: &impl ConnectionTrait, query: Select<E>) -> Result<i64>
where
    E: EntityTrait,
    E::Model: Sync,
{
    Ok(i64::try_from(query.count(db).await?).unwrap_or(i64::MAX))
}

/// One's own marks that stand and were neither confirmed nor objected to, and one's objections without an answer.
pub(in crate::me) async fn own(db: &impl ConnectionTrait, scope: &Scope) -> Result<(i64, i64)> {
    let own = mark::Entity::find()
        .filter(mark::Column::CountyId.eq(scope.county_id))
        .filter(mark::Column::PersonId.is_in(scope.persons.iter().copied()))
        .filter(mark::Column::ReplacedBy.is_null())
        .filter(mark::Column::ConfirmedAt.is_null());
    let open = objection::Entity::find()
        .filter(objection::Column::CountyId.eq(scope.county_id))
        .filter(objection::Column::PersonId.is_in(scope.persons.iter().copied()))
        .filter(objection::Column::State.eq("open"));
    let (marks, open) = (count(db, own).await?, count(db, open).await?);
    // Who objected has said his word.
    Ok(((marks - open).max(0), open))
}

/// Objections to be answered, of these the overdue ones, and walk-ins that nobody matched yet.
pub(in crate::me) async fn classes(
    db: &impl ConnectionTrait,
    scope: &Scope,
    overdue_before: i64,
) -> Result<(i64, i64, i64)> {
    let columns = Columns::county(objection::Column::CountyId).region(objection::Column::RegionId);
    let open = objection::Entity::find()
        .filter(scope.filter(&columns))
        .filter(objection::Column::State.eq("open"));
    let overdue = open
        .clone()
        .filter(objection::Column::RaisedAt.lt(overdue_before));
    let classes: RelationDef = walk_in::Entity::belongs_to(class::Entity)
        .from(walk_in::Column::ClassId)
        .to(class::Column::Id)
        .into();
    let columns = Columns::county(class::Column::CountyId).region(class::Column::RegionId);
    let waiting = walk_in::Entity::find()
        .join(JoinType::InnerJoin, classes)
        .filter(scope.filter(&columns))
        .filter(walk_in::Column::State.eq("pending"));
    Ok((
        count(db, open).await?,
        count(db, overdue).await?,
        count(db, waiting).await?,
    ))
}

/// Loans that wait for the word of a township in reach, and quota lines it has not acknowledged.
pub(in crate::me) async fn quotas(db: &impl ConnectionTrait, scope: &Scope) -> Result<(i64, i64)> {
    let side = |region: loan::Column, word: loan::Column| {
        Condition::all()
            .add(scope.filter(&Columns::county(loan::Column::CountyId).region(region)))
            .add(word.is_null())
    };
    let loans = loan::Entity::find()
        .filter(loan::Column::State.eq("proposed"))
        .filter(
            Condition::any()
                .add(side(
                    loan::Column::FromRegionId,
                    loan::Column::LenderConsentedAt,
                ))
                .add(side(
                    loan::Column::ToRegionId,
                    loan::Column::BorrowerConsentedAt,
                )),
        );
    let columns =
        Columns::county(quota_line::Column::CountyId).region(quota_line::Column::RegionId);
    let lines = quota_line::Entity::find()
        .filter(scope.filter(&columns))
        .filter(quota_line::Column::AcknowledgedAt.is_null());
    Ok((count(db, loans).await?, count(db, lines).await?))
}

/// Claims whose cards are to be looked at.
pub(in crate::me) async fn reviews(db: &impl ConnectionTrait, scope: &Scope) -> Result<i64> {
    let columns = Columns::county(review::Column::CountyId).region(review::Column::RegionId);
    let open = review::Entity::find()
        .filter(scope.filter(&columns))
        .filter(review::Column::DecidedAt.is_null());
    count(db, open).await
}

/// Reds that were logged and not settled.
pub(in crate::me) async fn reds(db: &impl ConnectionTrait, scope: &Scope) -> Result<i64> {
    let columns =
        Columns::county(inspection::Column::CountyId).region(inspection::Column::RegionId);
    let open = inspection::Entity::find()
        .filter(scope.filter(&columns))
        .filter(inspection::Column::Colour.eq("red"))
        .filter(inspection::Column::SettledAt.is_null());
    count(db, open).await
}

/// Certificates of the enterprises in reach that end between two days.
pub(in crate::me) async fn expiring(
    db: &impl ConnectionTrait,
    scope: &Scope,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<i64> {
    use certificate::Column as C;
    let columns = Columns::county(C::CountyId).enterprise(C::EnterpriseId);
    let soon = certificate::Entity::find()
        .filter(scope.filter(&columns))
        .filter(C::ValidUntil.between(from, to));
    count(db, soon).await
}
