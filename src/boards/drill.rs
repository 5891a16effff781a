//! Below the board: a township's enterprises, an enterprise's people.

use chrono::NaiveDate;
use uuid::Uuid;

use super::store::past::{of_enterprises, of_people};
use super::{past, plan_of, reached_region, store};
use crate::people;
use crate::places::visible_enterprises;
use crate::plans;
use crate::platform::page::Page;
use crate::platform::{Fault, Result, Scope, State};
use crate::sheets::posts::TargetRole;

/// One enterprise's figures.
#[derive(Clone, Debug)]
pub struct EnterpriseRow {
    pub id: Uuid,
    pub name: String,
    pub credit_code: Option<String>,
    pub people_on_file: i64,
    pub completed: i64,
    pub person_times: i64,
    pub by_role: [i64; 4],
    /// Certificates on the register.
    pub certificates: i64,
    pub claimed: i64,
    /// When the training figures last changed, in microseconds since 1970.
    pub updated_at: Option<i64>,
}

/// What a drill-down asks for: of which plan, as of which day, which page.
#[derive(Clone, Copy)]
pub struct Drill<'a> {
    /// The newest that is not a draft where none is named.
    pub plan_id: Option<Uuid>,
    /// As things stand where none is named.
    pub day: Option<NaiveDate>,
    pub page: &'a Page,
}

/// The enterprises of a township by id, with their figures: a query a figure and page, however many there are.
///
/// # Errors
/// `not_found` for a township out of reach; `invalid_field` for a day to come.
pub async fn enterprises(
    state: &State,
    scope: &Scope,
    region_id: Uuid,
    text: Option<&str>,
    drill: Drill<'_>,
) -> Result<Vec<EnterpriseRow>> {
    let Drill { plan_id, day, page } = drill;
    let past = past(state, day)?;
    let tx = state.db.begin_read().await?;
    reached_region(&tx, scope, region_id).await?;
    let plan = plan_of(&tx, scope.county_id, plan_id).await?;
    let rows = visible_enterprises(&tx, scope, Some(region_id), text, page).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let progress = match (&plan, day) {
        (Some(plan), None) => plans::progress_by_enterprise(&tx, scope, plan.id, &ids).await?,
        (Some(plan), Some(day)) => of_enterprises(&tx, scope, plan.id, &ids, day).await?,
        (None, _) => Vec::new(),
    };
    let on_file = store::people_on_file(&tx, &ids, past).await?;
    let claims = store::claims(&tx, &ids, past).await?;
    tx.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (certificates, claimed) = claims.get(&row.id).copied().unwrap_or_default();
            let mut figures = EnterpriseRow {
                people_on_file: on_file.get(&row.id).copied().unwrap_or(0),
                completed: 0,
                person_times: 0,
                by_role: [0; 4],
                certificates,
                claimed,
                updated_at: None,
                id: row.id,
                name: row.name,
                credit_code: row.credit_code,
            };
            for part in progress
                .iter()
                .filter(|part| part.enterprise_id == Some(figures.id))
            {
                figures.updated_at = figures.updated_at.max(Some(part.updated_at));
                figures.completed += part.counters.people;
                figures.person_times += part.counters.person_times;
                for (slot, role) in figures.by_role.iter_mut().zip(TargetRole::ALL) {
                    *slot += if role == part.role {
                        part.counters.people
                    } else {
                        0
                    };
                }
            }
            figures
        })
        .collect())
}

/// One person's standing.
#[derive(Clone, Debug)]
pub struct PersonRow {
    pub id: Uuid,
    pub name: String,
    pub id_masked: String,
    pub role: Option<TargetRole>,
    pub minutes_online: i64,
    pub minutes_offline: i64,
    pub passed: bool,
    pub completed_on: Option<NaiveDate>,
    pub certificates: i64,
    pub claimed: i64,
}

/// The people who work at an enterprise now, or did on a day, by id, with what they have toward the plan.
///
/// # Errors
/// `not_found` for an enterprise out of reach; `invalid_field` for a day to come.
pub async fn persons(
    state: &State,
    scope: &Scope,
    enterprise_id: Uuid,
    drill: Drill<'_>,
) -> Result<Vec<PersonRow>> {
    let Drill { plan_id, day, page } = drill;
    let past = past(state, day)?;
    let tx = state.db.begin_read().await?;
    store::enterprise(&tx, scope, enterprise_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let plan = plan_of(&tx, scope.county_id, plan_id).await?;
    let people = people::employed_at(&tx, scope, enterprise_id, day, page).await?;
    let ids: Vec<Uuid> = people.iter().map(|row| row.person.id).collect();
    let mut progress = match (&plan, day) {
        (Some(plan), None) => plans::standing_of_many(&tx, plan.id, &ids).await?,
        (Some(plan), Some(day)) => of_people(&tx, plan.id, &ids, day).await?,
        (None, _) => std::collections::HashMap::new(),
    };
    let claims = store::claims_of_people(&tx, &ids, past).await?;
    tx.commit().await?;
    Ok(people
        .into_iter()
        .map(|row| {
            let (has, completed_on) = progress.remove(&row.person.id).unwrap_or_default();
            let (certificates, claimed) = claims.get(&row.person.id).copied().unwrap_or_default();
            PersonRow {
                id: row.person.id,
                name: row.person.name,
                id_masked: row.person.id_masked,
                role: row.post.map(|post| post.role),
                minutes_online: has.minutes_online,
                minutes_offline: has.minutes_offline,
                passed: has.passes > 0,
                completed_on,
                certificates,
                claimed,
            }
        })
        .collect())
}
