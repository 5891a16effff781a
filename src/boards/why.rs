//! Why somebody has not met a plan yet, or that he has: each demand, what is there, what is missing, where to get it.

use chrono::NaiveDate;
use uuid::Uuid;

use super::rules::{Reason, reason};
use super::store::why as rows;
use crate::plans::{self, Demand, Plan, PlanState, demands, is_complete};
use crate::platform::locale::Lang;
use crate::platform::{Fault, Result, Scope, State};
use crate::{people, places};

pub use rows::{Coming, enrolled};

/// Classes named as a remedy.
const NAMED_CLASSES: u64 = 5;

/// How a person stands toward a plan, demand by demand.
#[derive(Clone, Debug)]
pub struct Why {
    pub plan: Plan,
    pub person_id: Uuid,
    pub name: String,
    pub complete: bool,
    pub completed_on: Option<NaiveDate>,
    /// The township and enterprise for which the completion is counted, frozen on the day it was reached.
    pub counted_at: Option<(Uuid, Option<Uuid>)>,
    pub demands: Vec<(Demand, Reason)>,
    /// Announced classes of the person's township, while anything is missing.
    pub classes: Vec<Coming>,
    /// When this was read, in microseconds since 1970.
    pub as_of: i64,
}

/// How a person in scope stands toward a plan, in the reader's words.
///
/// # Errors
/// `not_found` for a person out of reach, another county's plan or a draft.
pub async fn why(
    state: &State,
    scope: &Scope,
    person_id: Uuid,
    plan_id: Uuid,
    lang: Lang,
) -> Result<Why> {
    let tx = state.db.begin_read().await?;
    let person = people::find_visible(&tx, scope, person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let plan = plans::any_plan(&tx, scope.county_id, plan_id).await?;
    if plan.state == PlanState::Draft {
        return Err(Fault::not_found());
    }
    let (progress, completed_on) = plans::progress_of(&tx, plan_id, person_id).await?;
    let complete = is_complete(&plan.terms, &progress);
    let works_at = rows::works_at(&tx, person_id).await?;
    let regions = places::regions(&tx, scope.county_id).await?;
    let home = works_at
        .as_ref()
        .and_then(|(region, _)| regions.standing(*region, state.clock.today()));
    let classes = match home.filter(|_| !complete) {
        Some(home) => rows::coming(&tx, plan_id, &[home], state.clock.now(), NAMED_CLASSES).await?,
        None => Vec::new(),
    };
    let counted_at = rows::counted_at(&tx, plan_id, person_id).await?;
    tx.commit().await?;
    let ask = home.and_then(|home| regions.get(home)).map_or(
        lang.pick("所在乡镇（街道）", "the township"),
        |region| region.name.as_str(),
    );
    let told = demands(&plan.terms, &progress).into_iter().map(|demand| {
        let words = reason(&plan.terms, &demand, !classes.is_empty(), ask, lang);
        (demand, words)
    });
    Ok(Why {
        demands: told.collect(),
        plan,
        person_id,
        name: person.name,
        complete,
        completed_on,
        counted_at,
        classes,
        as_of: state.clock.now(),
    })
}
