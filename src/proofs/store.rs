//! Rows of certificates of training, and of the completions they stand for.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{completion, enterprise, person, person_progress, region, training_proof as proof};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select,
};
use uuid::Uuid;

use super::Proof;
use crate::platform::db::{joined, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Result, Scope};

/// Which certificates are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub plan_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
}

/// Somebody who has met a plan's demand, and what stands of it.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Due {
    pub(super) completion_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) region_id: Uuid,
    pub(super) enterprise_id: Option<Uuid>,
    pub(super) completed_on: NaiveDate,
    pub(super) name: String,
    pub(super) id_masked: String,
    pub(super) enterprise: Option<String>,
    pub(super) region: String,
    pub(super) county: String,
    pub(super) county_code: String,
    pub(super) minutes: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    completion_id: Uuid,
    person_id: Uuid,
    plan_id: Uuid,
    number: String,
    content: String,
    issued_at: i64,
    withdrawn_at: Option<i64>,
}

impl Row {
    fn proof(self) -> Result<Proof> {
        Ok(Proof {
            id: self.id,
            person_id: self.person_id,
            plan_id: self.plan_id,
            number: self.number,
            content: serde_json::from_str(&self.content)?,
            issued_at: self.issued_at,
            withdrawn_at: self.withdrawn_at,
        })
    }
}

/// Certificates with what became of their completion.
fn all() -> Select<proof::Entity> {
    let of: RelationDef = proof::Entity::belongs_to(completion::Entity)
        .from(proof::Column::CompletionId)
        .to(completion::Column::Id)
        .into();
    proof::Entity::find()
        .select_only()
        .columns([
            proof::Column::Id,
            proof::Column::CompletionId,
            proof::Column::PersonId,
            proof::Column::PlanId,
            proof::Column::Number,
            proof::Column::Content,
            proof::Column::IssuedAt,
        ])
        .column(completion::Column::WithdrawnAt)
        .join(JoinType::InnerJoin, of)
}

fn visible(scope: &Scope) -> Select<proof::Entity> {
    let columns = Columns::county(proof::Column::CountyId)
        .region(proof::Column::RegionId)
        .enterprise(proof::Column::EnterpriseId)
        .person(proof::Column::PersonId);
    all().filter(scope.filter(&columns))
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Proof>> {
    let row: Option<Row> = visible(scope)
        .filter(proof::Column::Id.eq(id))
        .into_model()
        .one(db)
        .await?;
    row.map(Row::proof).transpose()
}

pub(super) async fn of_number(db: &impl ConnectionTrait, number: &str) -> Result<Option<Proof>> {
    let row: Option<Row> = all()
        .filter(proof::Column::Number.eq(number))
        .into_model()
        .one(db)
        .await?;
    row.map(Row::proof).transpose()
}

pub(super) async fn page(
    db: &impl ConnectionTrait,
    scope: &Scope,
    of: Filter,
    page: &Page,
) -> Result<Vec<Proof>> {
    let mut query = visible(scope);
    if let Some(plan) = of.plan_id {
        query = query.filter(proof::Column::PlanId.eq(plan));
    }
    if let Some(person) = of.person_id {
        query = query.filter(proof::Column::PersonId.eq(person));
    }
    if let Some(after) = page.after {
        query = query.filter(proof::Column::Id.gt(after));
    }
    let rows: Vec<Row> = query
        .order_by_asc(proof::Column::Id)
        .limit(page.limit + 1)
        .into_model()
        .all(db)
        .await?;
    rows.into_iter().map(Row::proof).collect()
}

/// What these people have of a plan already, by the completion it stands for.
pub(super) async fn of_completions(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, Proof>> {
    let rows: Vec<Row> = all()
        .filter(proof::Column::CountyId.eq(county_id))
        .filter(proof::Column::PlanId.eq(plan_id))
        .filter(proof::Column::PersonId.is_in(persons.iter().copied()))
        .into_model()
        .all(db)
        .await?;
    let each = rows.into_iter();
    each.map(|row| Ok((row.completion_id, row.proof()?)))
        .collect()
}

/// Those of these people in reach whose completion of a plan stands.
pub(super) async fn due(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<Vec<Due>> {
    use completion::Column as C;
    use person_progress::Column as P;
    let columns = Columns::county(C::CountyId)
        .region(C::RegionId)
        .enterprise(C::EnterpriseId)
        .person(C::PersonId);
    let county = Alias::new("of_county");
    let minutes = Expr::col((person_progress::Entity, P::MinutesOnline))
        .add(Expr::col((person_progress::Entity, P::MinutesOffline)));
    let progress: RelationDef = completion::Entity::belongs_to(person_progress::Entity)
        .from((C::PersonId, C::PlanId))
        .to((P::PersonId, P::PlanId))
        .into();
    let rows = completion::Entity::find()
        .select_only()
        .column_as(C::Id, "completion_id")
        .columns([C::PersonId, C::RegionId, C::EnterpriseId, C::CompletedOn])
        .columns([person::Column::Name, person::Column::IdMasked])
        .column_as(enterprise::Column::Name, "enterprise")
        .column_as(region::Column::Name, "region")
        .expr_as(Expr::col((county.clone(), region::Column::Name)), "county")
        .expr_as(
            Expr::col((county.clone(), region::Column::Code)),
            "county_code",
        )
        .expr_as(Func::coalesce([minutes, Expr::val(0_i64)]), "minutes")
        .join(
            JoinType::InnerJoin,
            joined::<completion::Entity, person::Entity>(C::PersonId, person::Column::Id),
        )
        .join(
            JoinType::InnerJoin,
            joined::<completion::Entity, region::Entity>(C::RegionId, region::Column::Id),
        )
        .join_as(
            JoinType::InnerJoin,
            joined::<completion::Entity, region::Entity>(C::CountyId, region::Column::Id),
            county,
        )
        .join(
            JoinType::LeftJoin,
            joined::<completion::Entity, enterprise::Entity>(
                C::EnterpriseId,
                enterprise::Column::Id,
            ),
        )
        .join(JoinType::LeftJoin, progress)
        .filter(scope.filter(&columns))
        .filter(C::PlanId.eq(plan_id))
        .filter(C::PersonId.is_in(persons.iter().copied()))
        .filter(C::WithdrawnAt.is_null())
        .into_model()
        .all(db)
        .await?;
    Ok(rows)
}

pub(super) async fn insert(work: &Work<'_>, new: &[(Proof, &Due)]) -> Result<()> {
    for chunk in new.chunks(rows_per_statement(11)) {
        let rows = chunk.iter().map(|(new, due)| {
            Ok(proof::ActiveModel {
                id: Set(new.id),
                county_id: Set(work.by.county_id),
                completion_id: Set(due.completion_id),
                person_id: Set(new.person_id),
                plan_id: Set(new.plan_id),
                region_id: Set(due.region_id),
                enterprise_id: Set(due.enterprise_id),
                number: Set(new.number.clone()),
                content: Set(serde_json::to_string(&new.content)?),
                account_id: Set(work.by.account()),
                issued_at: Set(new.issued_at),
            })
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        proof::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}
