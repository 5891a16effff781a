//! What is missing of a plan, and where to get it, on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

use crate::boards::rules::Reason;
use crate::boards::why::{Coming, Why};
use crate::plans::{Demand, DemandKind};
use crate::platform::App;

/// One demand of a plan.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct DemandView {
    /// What is demanded.
    pub kind: DemandKind,
    /// Minutes, or 1 for an exam or a finished class.
    pub required: i64,
    /// What is there.
    pub has: i64,
    /// What is missing; 0 when it is met.
    pub missing: i64,
    /// The same in the reader's words.
    pub words: String,
    /// Where to get it; absent when it is met.
    pub remedy: Option<String>,
}

/// A class to come.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ComingClass {
    /// The class.
    pub id: Uuid,
    /// The plan it counts toward.
    pub plan_id: Uuid,
    /// Title.
    pub title: String,
    /// Where.
    pub place: String,
    /// When it begins.
    pub starts: DateTime<FixedOffset>,
    /// When it ends.
    pub ends: DateTime<FixedOffset>,
    /// Minutes of training it gives.
    pub minutes: i32,
    /// Seats.
    pub capacity: Option<i32>,
}

/// How a person stands toward a plan, demand by demand.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct RequirementView {
    /// The plan.
    pub plan_id: Uuid,
    /// Its title.
    pub plan_title: String,
    /// Its last day.
    pub period_to: NaiveDate,
    /// The person.
    pub person_id: Uuid,
    /// His name.
    pub name: String,
    /// Nothing is missing.
    pub complete: bool,
    /// The day the plan was met; absent while it is not.
    pub completed_on: Option<NaiveDate>,
    /// The township the completion counts for: that of the employer of that day.
    pub counted_region_id: Option<Uuid>,
    /// The employer it counts for, where it is one on file.
    pub counted_enterprise_id: Option<Uuid>,
    /// When this was read.
    pub as_of: DateTime<FixedOffset>,
    /// Every demand of the plan, met or not.
    pub demands: Vec<DemandView>,
    /// Announced classes of the person's township, while anything is missing.
    pub classes: Vec<ComingClass>,
}

pub(crate) fn coming_view(state: &App, class: Coming) -> ComingClass {
    ComingClass {
        id: class.id,
        plan_id: class.plan_id,
        title: class.title,
        place: class.place,
        starts: state.clock.local(class.starts_at),
        ends: state.clock.local(class.ends_at),
        minutes: class.minutes,
        capacity: class.capacity,
    }
}

pub(crate) fn requirement_view(state: &App, why: Why) -> RequirementView {
    let demand = |(demand, told): (Demand, Reason)| DemandView {
        kind: demand.kind,
        required: demand.required,
        has: demand.has,
        missing: demand.missing(),
        words: told.words,
        remedy: told.remedy,
    };
    RequirementView {
        plan_id: why.plan.id,
        plan_title: why.plan.terms.title,
        period_to: why.plan.terms.period_to,
        person_id: why.person_id,
        name: why.name,
        complete: why.complete,
        completed_on: why.completed_on,
        counted_region_id: why.counted_at.map(|(region, _)| region),
        counted_enterprise_id: why.counted_at.and_then(|(_, enterprise)| enterprise),
        as_of: state.clock.local(why.as_of),
        demands: why.demands.into_iter().map(demand).collect(),
        classes: why
            .classes
            .into_iter()
            .map(|class| coming_view(state, class))
            .collect(),
    }
}
