//! A county made from a folder of files, only through the rooms' own actions: what works here works for everybody.
//!
//! May not enter: any writing of its own, any knowledge of one county's files.

mod accounts;
mod courses;
mod exams;
mod folder;
mod phones;

use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;

use crate::classes::assess::Target;
use crate::classes::uploads;
use crate::places::{NewRegion, Region, RegionKind};
use crate::plans::{self, NewQuotaLine, Plan, PlanState};
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::intake::handed;
use crate::platform::{App, Caller, Code, Fault, Result, Scope};
use crate::{certificates, hours, places};

pub use accounts::ACCOUNTS_FILE;
use folder::{CountyFile, QuotaRow};

/// What loading did.
#[derive(Debug, Serialize)]
pub struct Summary {
    pub county: String,
    pub plan: String,
    pub enterprises: i64,
    pub files: usize,
    pub files_already_there: usize,
    pub lines: i64,
    pub accepted: i64,
    pub refused: i64,
    pub due: i64,
    pub claims: i64,
    /// People whose codes were made now.
    pub codes: usize,
    /// Questions of the sample bank.
    pub questions: i64,
    /// Sample courses.
    pub courses: i64,
    pub accounts: Vec<accounts::DemoAccount>,
    pub accounts_file: String,
    /// Files that could not be taken, with why.
    pub failed: Vec<(String, String)>,
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} · {}", self.county, self.plan)?;
        writeln!(
            f,
            "企业 {} 家；签到表 {} 份（{} 份已在库），{} 行，接受 {}，退回 {}；应领 {}，领码 {}，签发安全码 {}；题库 {} 题，课程 {} 门",
            self.enterprises,
            self.files,
            self.files_already_there,
            self.lines,
            self.accepted,
            self.refused,
            self.due,
            self.claims,
            self.codes,
            self.questions,
            self.courses
        )?;
        writeln!(
            f,
            "{} enterprises; {} sheets ({} already there), {} lines, {} accepted, {} refused; {} due, {} claims, {} codes made, {} questions, {} courses",
            self.enterprises,
            self.files,
            self.files_already_there,
            self.lines,
            self.accepted,
            self.refused,
            self.due,
            self.claims,
            self.codes,
            self.questions,
            self.courses
        )?;
        for (file, why) in &self.failed {
            writeln!(f, "未能读取 failed: {file}: {why}")?;
        }
        writeln!(
            f,
            "演示账号 demo accounts (样例县为虚构 the county is invented): {}",
            self.accounts_file
        )?;
        for account in &self.accounts {
            writeln!(
                f,
                "  {:<18} {:<24} {}  {}",
                account.role, account.login, account.password, account.region
            )?;
        }
        Ok(())
    }
}

/// Loads a county's folder. Safe to run twice: what is there stays, what is missing is added.
///
/// # Errors
/// What a room's action refuses; a single sheet that cannot be read is told of in the summary.
pub async fn load(state: &App, from: &Path, show: bool) -> Result<Summary> {
    let file = folder::county(from)?;
    let quotas = folder::quotas(from)?;
    let county = match places::county(state, Some(&file.county.code)).await {
        Ok(county) => county,
        Err(fault) if fault.code == Code::NotFound => {
            let first = NaiveDate::from_ymd_opt(file.year, 1, 1).unwrap_or_default();
            places::create_county(state, &file.county.code, &file.county.name, first).await?
        }
        Err(fault) => return Err(fault),
    };
    hours::law::ensure_rules(state).await?;
    let by = Caller::console(county.id);
    let plan = plan_of(state, &by, &file).await?;
    set_quotas(state, &by, &plan, &quotas).await?;
    let read = |name: &str| folder::bytes(&from.join(name));
    let enterprises = places::imports::import_enterprises(
        state,
        &by,
        Retry::never(),
        read("enterprises.xlsx")?,
        false,
    )
    .await?;
    let mut summary = Summary {
        county: format!("{} {}", county.code, county.name),
        plan: plan.terms.title.clone(),
        enterprises: enterprises.accepted,
        files: 0,
        files_already_there: 0,
        lines: 0,
        accepted: 0,
        refused: 0,
        due: 0,
        claims: 0,
        codes: 0,
        questions: 0,
        courses: 0,
        accounts: Vec::new(),
        accounts_file: state
            .settings
            .data
            .join(ACCOUNTS_FILE)
            .display()
            .to_string(),
        failed: Vec::new(),
    };
    refusals(&mut summary, "enterprises.xlsx", &enterprises);
    attendance(state, &by, &plan, from, show, &mut summary).await?;
    certificate_files(state, &by, &file, from, &mut summary).await?;
    summary.codes = phones::ensure(state, &by).await?;
    summary.questions = exams::ensure(state, &by, from).await?;
    summary.courses = courses::ensure(state, &by, from).await?;
    summary.accounts = accounts::ensure(state, &by, &county).await?;
    Ok(summary)
}

fn refusals(summary: &mut Summary, file: &str, report: &crate::platform::intake::ImportReport) {
    if let Some(first) = report.refused_lines.first() {
        let why = format!(
            "{} refused, the first in row {}: {}",
            report.refused, first.sheet_row, first.detail
        );
        tracing::warn!(file, why, "lines were refused");
        summary.refused += report.refused;
    }
}

async fn plan_of(state: &App, by: &Caller, file: &CountyFile) -> Result<Plan> {
    let terms = file.terms();
    let mut plan = match plans::of_title(state, by.county_id, terms.year, &terms.title).await? {
        Some(plan) => plan,
        None => plans::create_plan(state, by, Retry::never(), terms).await?,
    };
    if plan.state == PlanState::Draft {
        plan = plans::publish_plan(state, by, Retry::never(), plan.id, Seen::nothing()).await?;
    }
    Ok(plan)
}

/// Townships that are not there yet, and the lines that bring each quota to what the file says.
async fn set_quotas(state: &App, by: &Caller, plan: &Plan, quotas: &[QuotaRow]) -> Result<()> {
    let day = plan.terms.period_from;
    let regions = places::regions(state.db.read(), by.county_id).await?;
    let totals =
        plans::quota_totals(state.db.read(), &Scope::county(by.county_id), plan.id, None).await?;
    for row in quotas {
        let region: Region = match regions.by_code_on(&row.code, day) {
            Some(region) => region.clone(),
            None => {
                let new = NewRegion {
                    code: row.code.clone(),
                    name: row.name.clone(),
                    kind: RegionKind::Township,
                    valid_from: day,
                };
                places::create_region(state, by, Retry::never(), new).await?
            }
        };
        let now = totals.get(&region.id).copied();
        let amount = row.quota - now.unwrap_or(0);
        if amount != 0 || now.is_none() {
            let reason = if now.is_none() {
                "年度任务分解"
            } else {
                "任务数更正"
            }
            .to_owned();
            let line = NewQuotaLine {
                region_id: region.id,
                amount,
                day,
                reason,
            };
            plans::add_quota_line(state, by, Retry::never(), plan.id, line).await?;
        }
    }
    Ok(())
}

async fn attendance(
    state: &App,
    by: &Caller,
    plan: &Plan,
    from: &Path,
    show: bool,
    summary: &mut Summary,
) -> Result<()> {
    let files = folder::files(&from.join("attendance"))?;
    summary.files = files.len();
    let bar = if show {
        indicatif::ProgressBar::new(files.len() as u64)
    } else {
        indicatif::ProgressBar::hidden()
    };
    for path in files {
        let file = handed(&path)?;
        let name = file.name.clone();
        if uploads::was_taken(state, by, &file.hash).await? {
            summary.files_already_there += 1;
        }
        match uploads::take(state, by, file, plan.id, Target::default()).await {
            Ok(upload) => {
                summary.lines += upload.lines;
                summary.accepted += upload.accepted;
                summary.refused += upload.refused;
            }
            // A file that cannot be read at all must not keep the others out.
            Err(fault) if fault.code.status() < 500 => {
                summary.failed.push((name, fault.to_string()))
            }
            Err(fault) => return Err(fault),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

async fn certificate_files(
    state: &App,
    by: &Caller,
    file: &CountyFile,
    from: &Path,
    summary: &mut Summary,
) -> Result<()> {
    let (frozen_on, source) = file.due_list();
    let list = from.join("due_list.xlsx");
    if list.exists() {
        let bytes = folder::bytes(&list)?;
        let retry = Retry::never();
        let report = certificates::import_due_list(
            state,
            by,
            retry,
            bytes,
            "due_list.xlsx",
            frozen_on,
            &source,
            false,
        )
        .await?;
        summary.due = report.accepted;
        refusals(summary, "due_list.xlsx", &report);
    }
    let claims = from.join("claims.csv");
    if claims.exists() {
        let report =
            certificates::import_claims(state, by, Retry::never(), folder::bytes(&claims)?, false)
                .await?;
        summary.claims = report.accepted;
        refusals(summary, "claims.csv", &report);
    }
    Ok(())
}

/// A fault of a folder's file.
fn unreadable(path: &Path, why: impl std::fmt::Display) -> Fault {
    Fault::new(Code::BadRequest).with("reason", format!("{}: {why}", path.display()))
}
