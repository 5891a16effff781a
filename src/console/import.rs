//! Imports on the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::Subcommand;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::Output;
use crate::classes::assess::{self, Target};
use crate::classes::rules::Judged;
use crate::classes::sheet::read_attendance;
use crate::classes::uploads;
use crate::platform::idempotency::Retry;
use crate::platform::intake::{Handed, ImportReport, handed};
use crate::platform::{App, Caller, Code, Fault, Result};
use crate::{certificates, people, places, plans, sheets};

/// Where and how.
#[derive(clap::Args)]
pub(super) struct Common {
    /// Only tell what would happen; write nothing.
    #[arg(long)]
    preview: bool,
    /// The county's code, where there are several.
    #[arg(long)]
    county: Option<String>,
    #[command(flatten)]
    output: Output,
}

#[derive(Subcommand)]
pub(super) enum Import {
    /// 企业 · Enterprises.
    Enterprises {
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// 人员 · People with their posts.
    People {
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
    /// 签到表 · Sign-in sheets.
    Attendance {
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The plan they count toward; the newest published one when absent.
        #[arg(long)]
        plan: Option<Uuid>,
        /// The township that held the classes, by code; told from the sheets when absent.
        #[arg(long)]
        region: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// 应领名单 · A due list.
    DueList {
        file: PathBuf,
        /// The day the list was frozen.
        #[arg(long)]
        frozen_on: NaiveDate,
        /// Whose list it is.
        #[arg(long)]
        source: String,
        #[command(flatten)]
        common: Common,
    },
    /// 领码名单 · Claims.
    Claims {
        file: PathBuf,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(state: &App, what: Import) -> Result<ExitCode> {
    match what {
        Import::Enterprises { file, common } => {
            let by = console(state, &common).await?;
            let report = places::imports::import_enterprises(
                state,
                &by,
                Retry::never(),
                handed(&file)?.bytes,
                common.preview,
            )
            .await?;
            tell(&report, common.output)
        }
        Import::People { file, common } => {
            let by = console(state, &common).await?;
            let report = people::imports::import_people(
                state,
                &by,
                Retry::never(),
                handed(&file)?.bytes,
                common.preview,
            )
            .await?;
            tell(&report, common.output)
        }
        Import::DueList {
            file,
            frozen_on,
            source,
            common,
        } => {
            let by = console(state, &common).await?;
            let handed = handed(&file)?;
            let Handed { bytes, name, .. } = handed;
            let retry = Retry::never();
            let report = certificates::import_due_list(
                state,
                &by,
                retry,
                bytes,
                &name,
                frozen_on,
                &source,
                common.preview,
            )
            .await?;
            tell(&report, common.output)
        }
        Import::Claims { file, common } => {
            let by = console(state, &common).await?;
            let report = certificates::import_claims(
                state,
                &by,
                Retry::never(),
                handed(&file)?.bytes,
                common.preview,
            )
            .await?;
            tell(&report, common.output)
        }
        Import::Attendance {
            files,
            plan,
            region,
            common,
        } => attendance(state, &files, plan, region, &common).await,
    }
}

async fn console(state: &App, common: &Common) -> Result<Caller> {
    Ok(Caller::console(
        places::county(state, common.county.as_deref()).await?.id,
    ))
}

fn tell(report: &ImportReport, output: Output) -> Result<ExitCode> {
    output.print(report, || {
        let mut text = format!(
            "读取 {} 行：接受 {}（新增 {}，更改 {}，不变 {}），退回 {} · lines {} accepted {} refused {}",
            report.lines,
            report.accepted,
            report.created,
            report.changed,
            report.unchanged,
            report.refused,
            report.lines,
            report.accepted,
            report.refused
        );
        for line in &report.refused_lines {
            text.push_str(&format!("\n  第 {} 行 row {}: {} ({})", line.line, line.sheet_row, line.detail, line.code));
        }
        text
    })?;
    Ok(if report.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    })
}

#[derive(Serialize)]
struct FileReport {
    file: String,
    rows: usize,
    counts: BTreeMap<String, i64>,
    refused: Vec<Refused>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effects: Option<BTreeMap<String, i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Refused {
    line: u32,
    sheet_row: u32,
    why: &'static str,
}

async fn attendance(
    state: &App,
    files: &[PathBuf],
    plan: Option<Uuid>,
    region: Option<String>,
    common: &Common,
) -> Result<ExitCode> {
    // A preview needs no county yet: what it judges by is in the sheet.
    let county = match places::county(state, common.county.as_deref()).await {
        Ok(county) => Some(county),
        Err(fault) if common.preview && fault.code == Code::NotFound => None,
        Err(fault) => return Err(fault),
    };
    let county_id = county.map(|county| county.id).unwrap_or_default();
    let by = Caller::console(county_id);
    let regions = places::regions(state.db.read(), county_id).await?;
    let region_id = match region {
        Some(text) => {
            let named = regions.named(&text, state.clock.today());
            Some(
                named
                    .ok_or_else(|| Fault::new(Code::RegionUnknown).with("region", &text))?
                    .id,
            )
        }
        None => None,
    };
    let bar = indicatif::ProgressBar::new(files.len() as u64);
    if common.output.json {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut reports = Vec::with_capacity(files.len());
    for path in files {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let target = Target {
            region_id,
            class_id: None,
        };
        let report = one(state, &by, path, plan, target, common.preview).await;
        reports.push(report.unwrap_or_else(|fault| FileReport {
            file: name,
            rows: 0,
            counts: BTreeMap::new(),
            refused: Vec::new(),
            effects: None,
            error: Some(json!({"code": fault.code.word(), "detail": fault.to_string()})),
        }));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let failed = reports.iter().any(|report| report.error.is_some());
    common.output.print(&reports, || {
        reports.iter().map(line_of).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn line_of(report: &FileReport) -> String {
    match &report.error {
        Some(error) => format!("{}  {error}", report.file),
        None => {
            let accepted = report.counts.get("accepted").copied().unwrap_or(0);
            format!(
                "{}  {} 行 rows：接受 accepted {accepted}，退回 refused {}",
                report.file,
                report.rows,
                report.refused.len()
            )
        }
    }
}

async fn one(
    state: &App,
    by: &Caller,
    path: &Path,
    plan: Option<Uuid>,
    target: Target,
    preview: bool,
) -> Result<FileReport> {
    let file = handed(path)?;
    let newest = plans::newest_plan(state.db.read(), by.county_id).await?;
    let per_hour = newest
        .as_ref()
        .map_or(45, |plan| plan.terms.minutes_per_hour);
    let (name, bytes) = (file.name.clone(), file.bytes.clone());
    let sheet = sheets::off_thread(move || {
        let book = sheets::read(&bytes, &sheets::Limits::default())?;
        read_attendance(&book, &name, per_hour)
    })
    .await?;
    let (verdicts, _) = assess::judge_against(state.db.read(), state, by.county_id, &sheet).await?;
    let counts = assess::counts(&verdicts)
        .into_iter()
        .map(|(word, n)| (word.to_owned(), n))
        .collect();
    let refused = sheet
        .lines
        .iter()
        .zip(&verdicts)
        .filter_map(|(line, verdict)| match verdict {
            Judged::Accepted => None,
            Judged::Refused(why) => Some(Refused {
                line: line.line,
                sheet_row: line.sheet_row,
                why: why.word(),
            }),
        });
    let mut report = FileReport {
        file: file.name.clone(),
        rows: sheet.lines.len(),
        counts,
        refused: refused.collect(),
        effects: None,
        error: None,
    };
    if !preview {
        let plan_id = plan
            .or(newest.map(|plan| plan.id))
            .ok_or_else(|| Fault::new(Code::PlanNotPublished))?;
        let upload = uploads::take(state, by, file, plan_id, target).await?;
        report.counts = upload.counts;
        report.effects = Some(upload.effects);
    }
    Ok(report)
}
