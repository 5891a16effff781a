//! Rows of what comes near: certificates by their days, and who has not met a plan and was not told so.

use chrono::NaiveDate;
use entity::{certificate, completion, employment, notice};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::certificates::regime::{IssuerState, OnRecord, Standing};
use crate::people::held;
use crate::plans::Plan;
use crate::platform::Result;

/// A certificate with a recorded day that comes near.
pub(super) struct Due {
    pub(super) id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) item_code: String,
    pub(super) record: OnRecord,
}

/// Certificates in force of a county with a recorded day in a span, by id.
pub(super) async fn certificates(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    (from, through): (NaiveDate, NaiveDate),
    after: Option<Uuid>,
    most: u64,
) -> Result<Vec<Due>> {
    use certificate::Column as C;
    let near = Condition::any()
        .add(C::ValidUntil.between(from, through))
        .add(C::ReviewDue.between(from, through));
    let mut query = certificate::Entity::find()
        .filter(C::CountyId.eq(county_id))
        .filter(C::Standing.eq(Standing::Active.word()))
        .filter(near);
    if let Some(after) = after {
        query = query.filter(C::Id.gt(after));
    }
    let rows = query.order_by_asc(C::Id).limit(most).all(db).await?;
    let due = rows.into_iter().map(|row| Due {
        id: row.id,
        person_id: row.person_id,
        item_code: row.item_code,
        record: OnRecord {
            first_issued: row.first_issued,
            valid_until: row.valid_until,
            reviewed_on: row.reviewed_on,
            review_due: row.review_due,
            unbroken_ten_years: row.unbroken_ten_years,
            issuer_state: IssuerState::of_word(&row.issuer_state),
        },
    });
    Ok(due.collect())
}

/// People in a post that a plan asks, who have not met it and were not told of this cause; `most` at most.
pub(super) async fn not_done(
    db: &impl ConnectionTrait,
    plan: &Plan,
    cause: &str,
    most: u64,
) -> Result<Vec<Uuid>> {
    use employment::Column as E;
    let person = || Expr::col((employment::Entity, E::PersonId));
    let done = Query::select()
        .expr(Expr::val(1))
        .from(completion::Entity)
        .and_where(completion::Column::PlanId.eq(plan.id))
        .and_where(completion::Column::WithdrawnAt.is_null())
        .and_where(
            Expr::col((completion::Entity, completion::Column::PersonId))
                .equals((employment::Entity, E::PersonId)),
        )
        .to_owned();
    let told = Query::select()
        .expr(Expr::val(1))
        .from(notice::Entity)
        .and_where(notice::Column::Cause.eq(cause))
        .and_where(
            Expr::col((notice::Entity, notice::Column::PersonId))
                .equals((employment::Entity, E::PersonId)),
        )
        .to_owned();
    let roles = plan.terms.target_roles.iter().map(|role| role.word());
    let people = employment::Entity::find()
        .select_only()
        .expr_as(person(), "person_id")
        .distinct()
        .filter(E::CountyId.eq(plan.county_id))
        .filter(E::Role.is_in(roles))
        .filter(held(None))
        .filter(Expr::exists(done).not())
        .filter(Expr::exists(told).not())
        .order_by_asc(E::PersonId)
        .limit(most)
        .into_tuple()
        .all(db)
        .await?;
    Ok(people)
}
