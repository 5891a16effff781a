//! What a board's answers look like on the wire.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

use super::views::text;
use crate::boards::answers::{CallList, Called, Funnel, Lagging, TrendTold};
use crate::boards::rules::Board;
use crate::plans::rules::Counts;
use crate::plans::{Demand, Plan};
use crate::platform::App;
use crate::platform::locale::Lang;
use crate::sheets::posts::TargetRole;

/// How far a township's people are.
#[derive(Debug, Clone, Object)]
pub struct FunnelStep {
    /// The township.
    pub region_id: Uuid,
    /// Its name.
    pub name: String,
    /// Quota: who is to be trained (任务).
    pub assigned: i64,
    /// On the list of a class of the plan, or beyond (报名).
    pub enrolled: i64,
    /// With a finished class or course (参训).
    pub attended: i64,
    /// With a passed exam (合格).
    pub passed: i64,
    /// Who met the plan (完成).
    pub complete: i64,
}

/// The funnel of each township, and of all.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct FunnelView {
    /// The plan.
    pub plan_id: Uuid,
    /// When the figures were read; after a settlement they hold the corrections since.
    pub as_of: DateTime<FixedOffset>,
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
    /// The townships in code order; none for whoever reaches none.
    pub regions: Vec<FunnelStep>,
    /// Their sum, or the caller's own enterprises; its region id is empty (all zeros).
    pub total: FunnelStep,
}

/// A point of the trend.
#[derive(Debug, Clone, Object)]
pub struct TrendPointView {
    /// The last day counted.
    pub day: NaiveDate,
    /// Distinct people who met the plan by then.
    pub completed: i64,
    /// Finished classes and courses by then.
    pub person_times: i64,
    /// Where the straight line from nothing to the quota stands.
    pub straight_line: i64,
}

/// The trend, and where it ends at this pace.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct TrendView {
    /// The plan.
    pub plan_id: Uuid,
    /// When the figures were read.
    pub as_of: DateTime<FixedOffset>,
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
    /// Its first day.
    pub period_from: NaiveDate,
    /// Its last day.
    pub period_to: NaiveDate,
    /// Which figure is set against the quota.
    pub counts: Counts,
    /// Quota on the last day counted.
    pub quota: i64,
    /// Done so far, in the figure that the plan's rate counts.
    pub done: i64,
    /// How far ahead of the straight line; negative when behind.
    pub ahead: i64,
    /// Days the pace was measured over: the last 28, or fewer at the beginning.
    pub pace_days: i64,
    /// Done a day over these days, two decimals.
    pub per_day: String,
    /// What will stand on the last day at this pace.
    pub ends_at: i64,
    /// That against the quota, in percent; absent where the quota is 0.
    pub ends_at_rate: Option<String>,
    /// What a day must bring to reach the quota; absent when it is reached or no day is left.
    pub needed_per_day: Option<String>,
    /// The day on which the quota was or will be reached at this pace; absent when never.
    pub reaches_on: Option<NaiveDate>,
    /// The points in day order; the last one may lie within a week or month.
    pub points: Vec<TrendPointView>,
}

/// Somebody to call.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CallView {
    /// The person.
    pub person_id: Uuid,
    /// Name.
    pub name: String,
    /// ID number, masked.
    pub id_number: String,
    /// Phone, masked; absent where none is known.
    pub phone: Option<String>,
    /// Employer, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// Employer's name.
    pub enterprise_name: String,
    /// The post held now.
    pub role: TargetRole,
    /// Minutes to done; an exam weighs one class hour.
    pub effort_minutes: i64,
    /// What is missing, in the reader's words.
    pub missing: Vec<String>,
}

/// Calls to one enterprise.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CallsOfEnterprise {
    /// Employer, where it is one on file.
    pub enterprise_id: Option<Uuid>,
    /// Its name.
    pub enterprise_name: String,
    /// People of the list who work there.
    pub people: i64,
}

/// The shortest call list that closes a township's gap.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct CallListView {
    /// The plan.
    pub plan_id: Uuid,
    /// The township.
    pub region_id: Uuid,
    /// Its quota.
    pub quota: i64,
    /// Done, in the figure that the plan's rate counts.
    pub done: i64,
    /// Missing to the quota.
    pub gap: i64,
    /// Whether the people named close it.
    pub closes_gap: bool,
    /// When the figures were read.
    pub as_of: DateTime<FixedOffset>,
    /// When the training figures last changed; absent before the first.
    pub progress_updated_at: Option<DateTime<FixedOffset>>,
    /// Whom to call, nearest to done first.
    pub people: Vec<CallView>,
    /// The same by employer, most people first: one call may bring many.
    pub enterprises: Vec<CallsOfEnterprise>,
}

/// An enterprise with people still missing.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct LaggingView {
    /// The enterprise.
    pub enterprise_id: Uuid,
    /// Name.
    pub name: String,
    /// People of the plan's roles who work there now.
    pub on_file: i64,
    /// Of these, who began.
    pub begun: i64,
    /// Of these, who met the plan.
    pub completed: i64,
    /// Of these, who is missing.
    pub missing: i64,
    /// The last day on which anybody there was trained.
    pub last_training_day: Option<NaiveDate>,
}

/// The enterprises that lag most.
#[derive(Debug, Clone, Object)]
pub struct LaggingList {
    /// The plan.
    pub plan_id: Uuid,
    /// When the figures were read.
    pub as_of: DateTime<FixedOffset>,
    /// Most people missing first.
    pub items: Vec<LaggingView>,
}

pub(super) fn funnel_view(
    state: &App,
    (plan, board, rows): (Plan, Board, Vec<Funnel>),
) -> FunnelView {
    let (as_of, updated_at) = (board.as_of, board.total.progress_updated_at);
    let step = |row: Funnel| FunnelStep {
        region_id: row.region.id,
        name: row.region.name,
        assigned: row.region.quota,
        enrolled: row.enrolled,
        attended: row.attended,
        passed: row.passed,
        complete: row.region.completed,
    };
    let steps: Vec<FunnelStep> = rows.into_iter().map(step).collect();
    let sum = |figure: fn(&FunnelStep) -> i64| steps.iter().map(figure).sum();
    FunnelView {
        plan_id: plan.id,
        as_of: state.clock.local(as_of),
        progress_updated_at: updated_at.map(|at| state.clock.local(at)),
        total: FunnelStep {
            region_id: Uuid::nil(),
            name: "合计 Total".to_owned(),
            assigned: sum(|row| row.assigned),
            enrolled: sum(|row| row.enrolled),
            attended: sum(|row| row.attended),
            passed: sum(|row| row.passed),
            complete: sum(|row| row.complete),
        },
        regions: if board.regions.is_empty() {
            Vec::new()
        } else {
            steps
        },
    }
}

pub(super) fn trend_view(state: &App, told: TrendTold) -> TrendView {
    let TrendTold {
        plan,
        quota,
        trend,
        as_of,
        updated_at,
    } = told;
    let decimals = u32::try_from(plan.terms.rate_decimals).unwrap_or(1);
    let forecast = trend.forecast;
    TrendView {
        plan_id: plan.id,
        as_of: state.clock.local(as_of),
        progress_updated_at: updated_at.map(|at| state.clock.local(at)),
        period_from: plan.terms.period_from,
        period_to: plan.terms.period_to,
        counts: plan.terms.counts,
        quota,
        done: forecast.done,
        ahead: forecast.ahead,
        pace_days: forecast.pace_days,
        per_day: forecast.per_day.to_string(),
        ends_at: forecast.ends_at,
        ends_at_rate: text(crate::plans::rate_percent(
            forecast.ends_at,
            quota,
            decimals,
        )),
        needed_per_day: text(forecast.needed_per_day),
        reaches_on: forecast.reaches_on,
        points: trend
            .points
            .into_iter()
            .map(|point| TrendPointView {
                day: point.day,
                completed: point.completed,
                person_times: point.person_times,
                straight_line: point.straight_line,
            })
            .collect(),
    }
}

pub(super) fn call_list_view(state: &App, list: CallList, lang: Lang) -> CallListView {
    let mut enterprises: Vec<CallsOfEnterprise> = Vec::new();
    for (called, _) in &list.people {
        match enterprises
            .iter_mut()
            .find(|row| row.enterprise_name == called.enterprise_name)
        {
            Some(row) => row.people += 1,
            None => enterprises.push(CallsOfEnterprise {
                enterprise_id: called.enterprise_id,
                enterprise_name: called.enterprise_name.clone(),
                people: 1,
            }),
        }
    }
    enterprises.sort_by_key(|row| std::cmp::Reverse(row.people));
    let counts = list.plan.terms.counts;
    let named = i64::try_from(list.people.len()).unwrap_or(i64::MAX);
    let updated_at = list.region.progress_updated_at;
    CallListView {
        plan_id: list.plan.id,
        region_id: list.region.id,
        quota: list.region.quota,
        done: list.region.done(counts),
        gap: list.gap,
        closes_gap: named >= list.gap,
        as_of: state.clock.local(list.as_of),
        progress_updated_at: updated_at.map(|at| state.clock.local(at)),
        enterprises,
        people: list
            .people
            .into_iter()
            .map(|(called, missing)| call_view(&list.plan, called, &missing, lang))
            .collect(),
    }
}

fn call_view(plan: &Plan, called: Called, missing: &[Demand], lang: Lang) -> CallView {
    let words =
        |demand: &Demand| crate::boards::rules::reason(&plan.terms, demand, false, "", lang).words;
    CallView {
        person_id: called.person_id,
        name: called.name,
        id_number: called.id_masked,
        phone: called.phone_masked,
        enterprise_id: called.enterprise_id,
        enterprise_name: called.enterprise_name,
        role: called.role,
        effort_minutes: called.effort,
        missing: missing.iter().map(words).collect(),
    }
}

pub(super) fn lagging_view(
    state: &App,
    (plan, as_of, rows): (Plan, i64, Vec<Lagging>),
) -> LaggingList {
    LaggingList {
        plan_id: plan.id,
        as_of: state.clock.local(as_of),
        items: rows
            .into_iter()
            .map(|row| LaggingView {
                enterprise_id: row.enterprise_id,
                name: row.name,
                on_file: row.on_file,
                begun: row.begun,
                completed: row.completed,
                missing: row.on_file - row.completed,
                last_training_day: row.last_day,
            })
            .collect(),
    }
}
