//! Rows of plans, quotas, progress and counters.

use std::collections::{BTreeMap, HashMap};

use entity::{
    completion, enterprise_progress, person_progress, plan, plan_progress, plan_version, quota_line,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoColumnRef, OnConflict, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityName, EntityTrait, Iden, Iterable, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

use super::QuotaLine;
use super::count::Place;
use super::rules::{Counters, Counts, Credit, Plan, PlanState, Progress, Terms};
use crate::platform::db::{IN_LIST, rows_per_statement};
use crate::platform::idempotency::Work;
use crate::platform::page::Page;
use crate::platform::scope::Columns;
use crate::platform::{Caller, Result, Scope, clock};
use crate::sheets::cells::TargetRole;

// A plan belongs to the county; every role of the county may read it, so the county is the whole scope.
fn visible(scope: &Scope) -> Select<plan::Entity> {
    plan::Entity::find().filter(plan::Column::CountyId.eq(scope.county_id))
}

pub(super) async fn plan(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Plan>> {
    visible(scope)
        .filter(plan::Column::Id.eq(id))
        .one(db)
        .await?
        .map(to_plan)
        .transpose()
}

pub(super) async fn plan_for_update(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: Uuid,
) -> Result<Option<Plan>> {
    visible(scope)
        .filter(plan::Column::Id.eq(id))
        .lock_exclusive()
        .one(db)
        .await?
        .map(to_plan)
        .transpose()
}

pub(super) async fn plans(
    db: &impl ConnectionTrait,
    scope: &Scope,
    year: Option<i32>,
    page: &Page,
) -> Result<Vec<Plan>> {
    let mut query = visible(scope);
    if let Some(year) = year {
        query = query.filter(plan::Column::Year.eq(year));
    }
    if let Some(after) = page.after {
        query = query.filter(plan::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(plan::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    rows.into_iter().map(to_plan).collect()
}

/// The plan of the latest period that is not a draft: what a board shows when none is named.
///
/// # Errors
/// Database faults.
pub async fn newest_plan(db: &impl ConnectionTrait, county_id: Uuid) -> Result<Option<Plan>> {
    let row = plan::Entity::find()
        .filter(plan::Column::CountyId.eq(county_id))
        .filter(plan::Column::State.ne(PlanState::Draft.word()))
        .order_by_desc(plan::Column::PeriodFrom)
        .order_by_desc(plan::Column::Id)
        .one(db)
        .await?;
    row.map(to_plan).transpose()
}

pub(super) async fn plan_of_title(
    db: &impl ConnectionTrait,
    county_id: Uuid,
    year: i32,
    title: &str,
) -> Result<Option<Uuid>> {
    let row = plan::Entity::find()
        .filter(plan::Column::CountyId.eq(county_id))
        .filter(plan::Column::Year.eq(year))
        .filter(plan::Column::Title.eq(title))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

fn row_of(plan: &Plan, now: i64) -> Result<plan::ActiveModel> {
    let terms = &plan.terms;
    Ok(plan::ActiveModel {
        id: Set(plan.id),
        county_id: Set(plan.county_id),
        title: Set(terms.title.clone()),
        year: Set(terms.year),
        period_from: Set(terms.period_from),
        period_to: Set(terms.period_to),
        state: Set(plan.state.word().to_owned()),
        version: Set(plan.version),
        target_roles: Set(serde_json::to_string(&terms.target_roles)?),
        required_online: Set(terms.required_online),
        required_offline: Set(terms.required_offline),
        exam_required: Set(terms.pass_mark.is_some()),
        pass_mark: Set(terms.pass_mark),
        counts: Set(terms.counts.word().to_owned()),
        rate_decimals: Set(terms.rate_decimals),
        minutes_per_hour: Set(terms.minutes_per_hour),
        created_at: Set(now),
        updated_at: Set(now),
    })
}

pub(super) async fn insert_plan(tx: &impl ConnectionTrait, plan: &Plan, now: i64) -> Result<()> {
    plan::Entity::insert(row_of(plan, now)?)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

pub(super) async fn save_plan(tx: &impl ConnectionTrait, plan: &Plan, now: i64) -> Result<()> {
    let mut row = row_of(plan, now)?;
    row.created_at = sea_orm::ActiveValue::NotSet;
    plan::Entity::update_many()
        .set(row)
        .filter(plan::Column::Id.eq(plan.id))
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn insert_version(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    account: Option<Uuid>,
    now: i64,
) -> Result<()> {
    let row = plan_version::ActiveModel {
        plan_id: Set(plan.id),
        version: Set(plan.version),
        body: Set(serde_json::to_string(&plan.terms)?),
        published_at: Set(now),
        account_id: Set(account),
    };
    plan_version::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A region's quota toward a plan; `None` when it was never allotted one.
pub(super) async fn quota_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    region_id: Uuid,
) -> Result<Option<i64>> {
    let lines: Vec<i64> = quota_line::Entity::find()
        .select_only()
        .column(quota_line::Column::Amount)
        .filter(quota_line::Column::PlanId.eq(plan_id))
        .filter(quota_line::Column::RegionId.eq(region_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok((!lines.is_empty()).then(|| lines.iter().sum()))
}

pub(super) async fn insert_quota_line(
    tx: &impl ConnectionTrait,
    by: &Caller,
    line: &QuotaLine,
    kind: &str,
) -> Result<()> {
    let row = quota_line::ActiveModel {
        id: Set(line.id),
        county_id: Set(by.county_id),
        plan_id: Set(line.plan_id),
        region_id: Set(line.region_id),
        kind: Set(kind.to_owned()),
        amount: Set(line.amount),
        day: Set(line.day),
        reason: Set(line.reason.clone()),
        account_id: Set(by.account()),
        recorded_at: Set(line.recorded_at),
    };
    quota_line::Entity::insert(row)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn visible_lines(scope: &Scope, plan_id: Uuid) -> Select<quota_line::Entity> {
    let columns =
        Columns::county(quota_line::Column::CountyId).region(quota_line::Column::RegionId);
    quota_line::Entity::find()
        .filter(scope.filter(&columns))
        .filter(quota_line::Column::PlanId.eq(plan_id))
}

pub(super) async fn quota_lines(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    page: &Page,
) -> Result<Vec<QuotaLine>> {
    let mut query = visible_lines(scope, plan_id);
    if let Some(after) = page.after {
        query = query.filter(quota_line::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(quota_line::Column::Id)
        .limit(page.limit + 1)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| QuotaLine {
            id: row.id,
            plan_id: row.plan_id,
            region_id: row.region_id,
            amount: row.amount,
            day: row.day,
            reason: row.reason,
            recorded_at: row.recorded_at,
        })
        .collect())
}

/// The quotas of a plan by region, in scope.
///
/// # Errors
/// Database faults.
pub async fn quota_totals(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<HashMap<Uuid, i64>> {
    let lines: Vec<(Uuid, i64)> = visible_lines(scope, plan_id)
        .select_only()
        .columns([quota_line::Column::RegionId, quota_line::Column::Amount])
        .into_tuple()
        .all(db)
        .await?;
    let mut totals = HashMap::new();
    for (region, amount) in lines {
        *totals.entry(region).or_default() += amount;
    }
    Ok(totals)
}

/// `column = column + the new row's column`, for counters.
fn added<C: Iden + Copy>(table: &'static str, column: C) -> SimpleExpr {
    let name = column.to_string();
    Expr::col((Alias::new(table), Alias::new(&name)).into_column_ref()).add(Expr::col(
        (Alias::new("excluded"), Alias::new(&name)).into_column_ref(),
    ))
}

pub(super) async fn add_progress(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    sums: &[(Uuid, Progress)],
) -> Result<()> {
    use person_progress::Column as C;
    let table = person_progress::Entity.table_name();
    let mut update = OnConflict::columns([C::PlanId, C::PersonId]);
    update.values(
        [
            C::MinutesOnline,
            C::MinutesOffline,
            C::PersonTimes,
            C::Passes,
        ]
        .map(|c| (c, added(table, c))),
    );
    for chunk in sums.chunks(rows_per_statement(7)) {
        let rows = chunk
            .iter()
            .map(|(person, sum)| person_progress::ActiveModel {
                plan_id: Set(plan.id),
                person_id: Set(*person),
                county_id: Set(plan.county_id),
                minutes_online: Set(sum.minutes_online),
                minutes_offline: Set(sum.minutes_offline),
                person_times: Set(sum.person_times),
                passes: Set(sum.passes),
            });
        person_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn progress_of_many(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<Vec<(Uuid, Progress)>> {
    let mut found = Vec::with_capacity(persons.len());
    for chunk in persons.chunks(IN_LIST) {
        let rows = person_progress::Entity::find()
            .filter(person_progress::Column::PlanId.eq(plan_id))
            .filter(person_progress::Column::PersonId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (row.person_id, to_progress(&row))),
        );
    }
    Ok(found)
}

/// What a person has toward a plan, and the day he completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn progress_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    person_id: Uuid,
) -> Result<(Progress, Option<chrono::NaiveDate>)> {
    let row = person_progress::Entity::find_by_id((plan_id, person_id))
        .one(db)
        .await?;
    let completed = completion::Entity::find()
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.eq(person_id))
        .filter(completion::Column::WithdrawnAt.is_null())
        .one(db)
        .await?;
    Ok((
        row.as_ref().map(to_progress).unwrap_or_default(),
        completed.map(|row| row.completed_on),
    ))
}

/// What these people have toward a plan, and the day each completed it. The caller has seen to the scope.
///
/// # Errors
/// Database faults.
pub async fn standing_of_many(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<HashMap<Uuid, (Progress, Option<chrono::NaiveDate>)>> {
    let mut found: HashMap<_, _> = progress_of_many(db, plan_id, persons)
        .await?
        .into_iter()
        .map(|(person, has)| (person, (has, None)))
        .collect();
    let completed: Vec<(Uuid, chrono::NaiveDate)> = completion::Entity::find()
        .select_only()
        .columns([
            completion::Column::PersonId,
            completion::Column::CompletedOn,
        ])
        .filter(completion::Column::PlanId.eq(plan_id))
        .filter(completion::Column::PersonId.is_in(persons.iter().copied()))
        .filter(completion::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    for (person, day) in completed {
        found
            .entry(person)
            .or_insert_with(|| (Progress::default(), None))
            .1 = Some(day);
    }
    Ok(found)
}

/// Who of these has a standing completion, and where it is counted.
pub(super) async fn completions_of(
    db: &impl ConnectionTrait,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<Vec<(Uuid, Place)>> {
    let mut found = Vec::new();
    for chunk in persons.chunks(IN_LIST) {
        let rows = completion::Entity::find()
            .filter(completion::Column::PlanId.eq(plan_id))
            .filter(completion::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(completion::Column::WithdrawnAt.is_null())
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| {
            (
                row.person_id,
                (
                    row.region_id,
                    row.enterprise_id,
                    TargetRole::of_word(&row.role),
                ),
            )
        }));
    }
    Ok(found)
}

pub(super) async fn insert_completions(
    work: &Work<'_>,
    plan: &Plan,
    reached: &[(Uuid, &Credit)],
) -> Result<()> {
    for chunk in reached.chunks(rows_per_statement(12)) {
        let rows = chunk
            .iter()
            .map(|(person, credit)| completion::ActiveModel {
                id: Set(clock::new_id()),
                county_id: Set(plan.county_id),
                plan_id: Set(plan.id),
                person_id: Set(*person),
                region_id: Set(credit.region_id),
                enterprise_id: Set(credit.enterprise_id),
                role: Set(credit.role.word().to_owned()),
                plan_version: Set(plan.version),
                completed_on: Set(credit.day),
                recorded_at: Set(work.now),
                withdrawn_at: Set(None),
                withdrawn_reason: Set(None),
            });
        completion::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn withdraw_completions(
    work: &Work<'_>,
    plan_id: Uuid,
    persons: &[Uuid],
) -> Result<()> {
    for chunk in persons.chunks(IN_LIST) {
        completion::Entity::update_many()
            .col_expr(completion::Column::WithdrawnAt, work.now.into())
            .filter(completion::Column::PlanId.eq(plan_id))
            .filter(completion::Column::PersonId.is_in(chunk.iter().copied()))
            .filter(completion::Column::WithdrawnAt.is_null())
            .exec(&work.tx)
            .await?;
    }
    Ok(())
}

pub(super) async fn add_counters(
    tx: &impl ConnectionTrait,
    plan: &Plan,
    places: &BTreeMap<Place, Counters>,
) -> Result<()> {
    let mut regions: BTreeMap<(Uuid, TargetRole), Counters> = BTreeMap::new();
    for ((region, _, role), counters) in places {
        regions.entry((*region, *role)).or_default().add(counters);
    }
    {
        use plan_progress::Column as C;
        let table = plan_progress::Entity.table_name();
        let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::Role]);
        let keys = ["plan_id", "region_id", "role", "county_id"];
        update.values(
            C::iter()
                .filter(|c| !keys.contains(&c.to_string().as_str()))
                .map(|c| (c, added(table, c))),
        );
        let rows = regions
            .iter()
            .map(|((region, role), sum)| plan_progress::ActiveModel {
                plan_id: Set(plan.id),
                region_id: Set(*region),
                role: Set(role.word().to_owned()),
                county_id: Set(plan.county_id),
                people: Set(sum.people),
                person_times: Set(sum.person_times),
                online_times: Set(sum.online_times),
                offline_times: Set(sum.offline_times),
                passes: Set(sum.passes),
                minutes_online: Set(sum.minutes_online),
                minutes_offline: Set(sum.minutes_offline),
            });
        plan_progress::Entity::insert_many(rows)
            .on_conflict(update)
            .exec_without_returning(tx)
            .await?;
    }
    use enterprise_progress::Column as C;
    let table = enterprise_progress::Entity.table_name();
    let mut update = OnConflict::columns([C::PlanId, C::RegionId, C::EnterpriseId, C::Role]);
    let keys = ["plan_id", "region_id", "enterprise_id", "role", "county_id"];
    update.values(
        C::iter()
            .filter(|c| !keys.contains(&c.to_string().as_str()))
            .map(|c| (c, added(table, c))),
    );
    let known: Vec<_> = places
        .iter()
        .filter_map(|((r, e, role), sum)| e.map(|e| (*r, e, *role, sum)))
        .collect();
    for chunk in known.chunks(rows_per_statement(12)) {
        let rows =
            chunk.iter().map(
                |(region, enterprise, role, sum)| enterprise_progress::ActiveModel {
                    plan_id: Set(plan.id),
                    region_id: Set(*region),
                    enterprise_id: Set(*enterprise),
                    role: Set(role.word().to_owned()),
                    county_id: Set(plan.county_id),
                    people: Set(sum.people),
                    person_times: Set(sum.person_times),
                    online_times: Set(sum.online_times),
                    offline_times: Set(sum.offline_times),
                    passes: Set(sum.passes),
                    minutes_online: Set(sum.minutes_online),
                    minutes_offline: Set(sum.minutes_offline),
                },
            );
        enterprise_progress::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Counters of one place in one role.
#[derive(Clone, Copy, Debug)]
pub struct ProgressRow {
    pub region_id: Uuid,
    pub enterprise_id: Option<Uuid>,
    pub role: TargetRole,
    pub counters: Counters,
}

/// Counters by region and role, in scope: as many rows as regions and roles, however long the ledger.
///
/// # Errors
/// Database faults.
pub async fn progress_by_region(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
) -> Result<Vec<ProgressRow>> {
    let columns =
        Columns::county(plan_progress::Column::CountyId).region(plan_progress::Column::RegionId);
    let rows = plan_progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(plan_progress::Column::PlanId.eq(plan_id))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ProgressRow {
            region_id: row.region_id,
            enterprise_id: None,
            role: TargetRole::of_word(&row.role),
            counters: Counters {
                people: row.people,
                person_times: row.person_times,
                online_times: row.online_times,
                offline_times: row.offline_times,
                passes: row.passes,
                minutes_online: row.minutes_online,
                minutes_offline: row.minutes_offline,
            },
        })
        .collect())
}

/// Counters by enterprise and role, in scope, of the enterprises named.
///
/// # Errors
/// Database faults.
pub async fn progress_by_enterprise(
    db: &impl ConnectionTrait,
    scope: &Scope,
    plan_id: Uuid,
    enterprises: &[Uuid],
) -> Result<Vec<ProgressRow>> {
    use enterprise_progress::Column as C;
    let columns = Columns::county(C::CountyId)
        .region(C::RegionId)
        .enterprise(C::EnterpriseId);
    let rows = enterprise_progress::Entity::find()
        .filter(scope.filter(&columns))
        .filter(C::PlanId.eq(plan_id))
        .filter(C::EnterpriseId.is_in(enterprises.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| ProgressRow {
            region_id: row.region_id,
            enterprise_id: Some(row.enterprise_id),
            role: TargetRole::of_word(&row.role),
            counters: Counters {
                people: row.people,
                person_times: row.person_times,
                online_times: row.online_times,
                offline_times: row.offline_times,
                passes: row.passes,
                minutes_online: row.minutes_online,
                minutes_offline: row.minutes_offline,
            },
        })
        .collect())
}

const fn to_progress(row: &person_progress::Model) -> Progress {
    Progress {
        minutes_online: row.minutes_online,
        minutes_offline: row.minutes_offline,
        person_times: row.person_times,
        passes: row.passes,
    }
}

fn to_plan(row: plan::Model) -> Result<Plan> {
    Ok(Plan {
        id: row.id,
        county_id: row.county_id,
        state: PlanState::of_word(&row.state),
        version: row.version,
        terms: Terms {
            title: row.title,
            year: row.year,
            period_from: row.period_from,
            period_to: row.period_to,
            target_roles: serde_json::from_str(&row.target_roles)?,
            required_online: row.required_online,
            required_offline: row.required_offline,
            pass_mark: row.pass_mark,
            counts: Counts::of_word(&row.counts),
            rate_decimals: row.rate_decimals,
            minutes_per_hour: row.minutes_per_hour,
        },
    })
}
