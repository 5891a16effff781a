//! Mails to officers: each week how their township stands, each month how the county does.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::rules::{month, pace, week};
use super::words::{self, Reported};
use crate::accounts::{self, Mailbox};
use crate::boards::{self, Board, RegionRow};
use crate::notices::{self, Channel, Message};
use crate::plans::Plan;
use crate::platform::scope::Role;
use crate::platform::{Caller, Result, Scope, State};

/// Writes the reports that are due for a plan; how many. Each officer gets one a week, or a month, of it.
pub(super) async fn post(state: &State, by: &Caller, plan: &Plan) -> Result<u64> {
    let today = state.clock.today();
    let scope = Scope::county(by.county_id);
    let townships = accounts::mailboxes_of(state, by.county_id, Role::TownshipOfficer).await?;
    let county = accounts::mailboxes_of(state, by.county_id, Role::CountyOfficer).await?;
    if townships.is_empty() && county.is_empty() {
        return Ok(0);
    }
    let now = boards::board(state, &scope, Some(plan.id), None).await?;
    let mut messages = Vec::new();
    for (period, days, boxes, whole) in [
        (week(today), 7, townships, false),
        (month(today), 30, county, true),
    ] {
        let before = before(state, &scope, plan, today - Days::new(days)).await?;
        let of = Report {
            plan,
            period: &period,
            now: &now,
            before: &before,
            today,
            url: state.settings.public_url.trim_end_matches('/'),
        };
        messages.extend(boxes.iter().filter_map(|(region, mailbox)| {
            of.to(mailbox, if whole { None } else { Some(*region) })
        }));
    }
    let count = u64::try_from(messages.len()).unwrap_or(u64::MAX);
    let work = state.begin_plain(by).await?;
    notices::post_all(&work, by.county_id, messages).await?;
    work.commit(&()).await?;
    Ok(count)
}

/// People completed by region, and in all, at the end of a day.
async fn before(
    state: &State,
    scope: &Scope,
    plan: &Plan,
    day: NaiveDate,
) -> Result<HashMap<Option<Uuid>, i64>> {
    let board = boards::board(state, scope, Some(plan.id), Some(day)).await?;
    let rows = board
        .regions
        .iter()
        .map(|row| (Some(row.id), row.completed));
    let mut completed: HashMap<Option<Uuid>, i64> = rows.collect();
    completed.insert(None, board.completed);
    Ok(completed)
}

struct Report<'a> {
    plan: &'a Plan,
    period: &'a str,
    now: &'a Board,
    before: &'a HashMap<Option<Uuid>, i64>,
    today: NaiveDate,
    url: &'a str,
}

impl Report<'_> {
    /// The report to one officer: of his township, or of the county with all of them.
    fn to(&self, mailbox: &Mailbox, region: Option<Uuid>) -> Option<Message> {
        let rows = &self.now.regions;
        let (row, parts): (&RegionRow, Vec<&RegionRow>) = match region {
            Some(id) => (rows.iter().find(|row| row.id == id)?, Vec::new()),
            None => (&self.now.total, rows.iter().collect()),
        };
        let terms = &self.plan.terms;
        let span = (terms.period_from, terms.period_to);
        let mut named = row.clone();
        if region.is_none() {
            named.name = "全县".to_owned();
        }
        let reported = Reported {
            plan: self.plan,
            period: self.period,
            row: &named,
            pace: pace(row.quota, row.completed, span, self.today),
            since: row.completed - self.before.get(&region).copied().unwrap_or(0),
        };
        Some(Message {
            cause: format!(
                "report:{}:{}:{}",
                self.plan.id, self.period, mailbox.account_id
            ),
            channel: Channel::Mail,
            to: mailbox.email.clone(),
            template: "quota_report",
            words: words::report(&mailbox.name, &reported, &parts, self.url),
            picture: None,
        })
    }
}
