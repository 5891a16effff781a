//! The files of a county's folder: `plan.json`, `quotas.csv` and sheets.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;

use super::unreadable;
use crate::plans::Terms;
use crate::plans::rules::Counts;
use crate::platform::Result;
use crate::sheets::{self, Field, Limits, Schema, posts, words};

/// `plan.json`.
#[derive(Debug, Deserialize)]
pub(super) struct CountyFile {
    pub(super) county: CountyName,
    title: String,
    pub(super) year: i32,
    period: (NaiveDate, NaiveDate),
    #[serde(default)]
    target_roles: Vec<String>,
    #[serde(default)]
    required_minutes: Minutes,
    #[serde(default)]
    pass_mark: Option<i32>,
    #[serde(default)]
    counts: Option<Counts>,
    #[serde(default)]
    rate_decimals: Option<i32>,
    #[serde(default)]
    minutes_per_hour: Option<i32>,
    #[serde(default)]
    due_list: Option<DueListTold>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CountyName {
    pub(super) code: String,
    pub(super) name: String,
}

#[derive(Debug, Default, Deserialize)]
struct Minutes {
    #[serde(default)]
    offline: Option<i32>,
    #[serde(default)]
    online: Option<i32>,
}

#[derive(Debug, Deserialize)]
struct DueListTold {
    frozen_on: NaiveDate,
    source: String,
}

impl CountyFile {
    /// What the plan says.
    pub(super) fn terms(&self) -> Terms {
        let mut target_roles: Vec<_> = self
            .target_roles
            .iter()
            .map(|text| posts::role(text))
            .collect();
        if target_roles.is_empty() {
            target_roles = posts::TargetRole::ALL.to_vec();
        }
        Terms {
            title: self.title.clone(),
            year: self.year,
            period_from: self.period.0,
            period_to: self.period.1,
            target_roles,
            required_online: self.required_minutes.online.unwrap_or(0),
            required_offline: self.required_minutes.offline.unwrap_or(0),
            pass_mark: self.pass_mark,
            counts: self.counts.unwrap_or(Counts::People),
            rate_decimals: self.rate_decimals.unwrap_or(1),
            minutes_per_hour: self.minutes_per_hour.unwrap_or(45),
        }
    }

    /// When the due list was frozen and whose it is; the period's last day where the file does not tell.
    pub(super) fn due_list(&self) -> (NaiveDate, String) {
        self.due_list.as_ref().map_or_else(
            || (self.period.1, self.county.name.clone()),
            |told| (told.frozen_on, told.source.clone()),
        )
    }
}

/// Reads `plan.json`.
pub(super) fn county(folder: &Path) -> Result<CountyFile> {
    let path = folder.join("plan.json");
    let bytes = bytes(&path)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|e| unreadable(&path, e))
}

/// A township and its quota.
pub(super) struct QuotaRow {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) quota: i64,
}

const QUOTAS: Schema = Schema {
    fields: &[
        Field {
            key: "region_code",
            words: words::REGION_CODE,
        },
        Field {
            key: "region",
            words: words::REGION,
        },
        Field {
            key: "quota",
            words: &[
                "任务数",
                "目标任务数",
                "年度任务数",
                "培训任务数",
                "任务",
                "指标",
                "指标数",
                "quota",
                "target",
            ],
        },
    ],
    required: &["region_code", "region", "quota"],
};

/// Reads `quotas.csv`, whatever its columns' order.
pub(super) fn quotas(folder: &Path) -> Result<Vec<QuotaRow>> {
    let path = folder.join("quotas.csv");
    let book = sheets::read(&bytes(&path)?, &Limits::default())?;
    let mut rows = Vec::new();
    for table in sheets::tables(&book, &QUOTAS)? {
        for line in table.lines() {
            let quota = line.text("quota").replace(',', "");
            let quota = quota
                .parse()
                .map_err(|_| unreadable(&path, format!("row {}: {quota}", line.sheet_row)))?;
            rows.push(QuotaRow {
                code: line.text("region_code"),
                name: line.text("region"),
                quota,
            });
        }
    }
    Ok(rows)
}

/// The files of a folder in the order of their names; hidden ones and folders are none of them.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|e| unreadable(folder, e))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    let hidden = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(['.', '~']))
    };
    files.retain(|path| path.is_file() && !hidden(path));
    files.sort();
    Ok(files)
}

/// A file's bytes.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| unreadable(path, e))
}
