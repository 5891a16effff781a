//! The county's table: the quotas of many townships set as one change.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::balance::{RegionQuota, rows_of};
use super::{rules, store};
use crate::places::Regions;
use crate::plans::{QuotaLine, store as plan_store};
use crate::platform::error::FieldFault;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};
use crate::{audit, fresh, places};

/// What a township's quota shall come to.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Row {
    pub region_id: Uuid,
    pub quota: i64,
}

/// What the quotas of these townships shall come to from a day on, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    pub day: NaiveDate,
    pub reason: String,
    pub rows: Vec<Row>,
}

/// Sets the quotas of many townships: all of them or none. A township not named keeps its own; each that changes gets a
/// dated line.
///
/// # Errors
/// `not_found`, `stale`, `region_unknown`, `invalid_field` with the row at fault.
pub async fn set(
    state: &State,
    by: &Caller,
    retry: Retry,
    plan_id: Uuid,
    table: Table,
    seen: Seen<Vec<RegionQuota>>,
) -> Result<Vec<RegionQuota>> {
    let scope = by.may(Action::ManageQuotas)?;
    if table.reason.trim().is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "reason")
            .at("/reason"));
    }
    let work = fresh!(state.begin(by, retry).await?);
    plan_store::plan_for_update(&work.tx, &scope, plan_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let all = places::regions(&work.tx, by.county_id).await?;
    let was = store::lines(&work.tx, &scope, plan_id, None).await?;
    let before: i64 = was.iter().map(|line| line.amount).sum();
    let mut amounts: HashMap<Uuid, Vec<(NaiveDate, i64)>> = HashMap::new();
    for line in &was {
        let of = amounts.entry(line.region_id).or_default();
        of.push((line.day, line.amount));
    }
    seen.check(&rows_of(&all, was))?;
    let changes = changes(&all, &amounts, &table)?.into_iter();
    let lines: Vec<(QuotaLine, &str, Option<Uuid>)> = changes
        .map(|(region_id, amount)| {
            let known = amounts.contains_key(&region_id);
            let kind = if known { "adjusted" } else { "allotted" };
            let line = QuotaLine {
                id: clock::new_id(),
                plan_id,
                region_id,
                amount,
                day: table.day,
                reason: table.reason.clone(),
                recorded_at: work.now,
            };
            (line, kind, None)
        })
        .collect();
    let moved: i64 = lines.iter().map(|(line, ..)| line.amount).sum();
    plan_store::insert_quota_lines(&work.tx, work.by, plan_id, &lines).await?;
    let detail =
        json!({"townships": lines.len(), "from": before, "to": before + moved, "day": table.day});
    let subject = ("plan", plan_id.to_string());
    audit::record(&work, "plans.set_quotas", subject, detail).await?;
    let now = rows_of(&all, store::lines(&work.tx, &scope, plan_id, None).await?);
    work.commit(&now).await?;
    Ok(now)
}

/// By how much each township's quota changes; every row at fault is named.
fn changes(
    all: &Regions,
    amounts: &HashMap<Uuid, Vec<(NaiveDate, i64)>>,
    table: &Table,
) -> Result<Vec<(Uuid, i64)>> {
    let (mut lines, mut faults, mut named) = (Vec::new(), Vec::new(), HashSet::new());
    for (place, row) in table.rows.iter().enumerate() {
        let fault = |field: &str, code, args| FieldFault {
            at: format!("/rows/{place}/{field}"),
            code,
            args,
        };
        let known = all.get(row.region_id).filter(|one| one.parent_id.is_some());
        if known.is_none() || !named.insert(row.region_id) {
            let args = vec![("region", row.region_id.to_string())];
            faults.push(fault("region_id", Code::RegionUnknown, args));
            continue;
        }
        let before = amounts.get(&row.region_id).map_or(&[][..], Vec::as_slice);
        let amount = row.quota - before.iter().map(|(_, amount)| amount).sum::<i64>();
        if !rules::fits(before, table.day, amount) {
            let reason = "0–100,000,000".to_owned();
            let args = vec![("field", "quota".to_owned()), ("reason", reason)];
            faults.push(fault("quota", Code::InvalidField, args));
        } else if amount != 0 {
            lines.push((row.region_id, amount));
        }
    }
    if faults.is_empty() {
        Ok(lines)
    } else {
        Err(Fault::fields(faults))
    }
}
