//! The keys of codes on the command line: first keys, rotation, revocation, codes made anew.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use super::Output;
use crate::codes::{keys, refresh};
use crate::places;
use crate::platform::{App, Caller, Result};

/// Whose keys.
#[derive(Args, Clone)]
pub(super) struct Whose {
    /// The county's code, where there are several.
    #[arg(long)]
    county: Option<String>,
}

/// Where the root is that vouches for a change.
#[derive(Args, Clone)]
pub(super) struct Vouched {
    /// The file of a root's private half; `keys/codes-root-1.key` of the data folder when absent.
    #[arg(long)]
    root: Option<PathBuf>,
}

impl Whose {
    async fn caller(&self, state: &App) -> Result<Caller> {
        let county = places::county(state, self.county.as_deref()).await?;
        Ok(Caller::console(county.id))
    }
}

pub(super) async fn init(state: &App, whose: &Whose, output: Output) -> Result<()> {
    let made = keys::init(state, &whose.caller(state).await?, false).await?;
    output.print(&made, || {
        let files: Vec<_> = made.root_files.iter().map(|f| f.display().to_string()).collect();
        format!(
            "签发密钥 issuer key {}\n根公钥 roots to pin:\n  {}\n根私钥文件 private halves of the roots:\n  {}\n请把它们移到离线介质分开保存，服务运行不需要 · move them to media of their own, apart from each other and from this machine: the service does not need them",
            made.kid,
            made.roots.join("\n  "),
            files.join("\n  "),
        )
    })
}

pub(super) async fn rotate(
    state: &App,
    whose: &Whose,
    vouched: &Vouched,
    output: Output,
) -> Result<()> {
    let by = whose.caller(state).await?;
    let kid = keys::rotate(state, &by, vouched.root.as_deref()).await?;
    output.print(&json!({"kid": kid}), || {
        format!("{kid}: 新码由此密钥签发，旧码仍然有效 · new codes are signed with it, older ones stay good")
    })
}

pub(super) async fn revoke(
    state: &App,
    whose: &Whose,
    vouched: &Vouched,
    kid: &str,
    cut_off: Option<DateTime<FixedOffset>>,
    output: Output,
) -> Result<()> {
    let by = whose.caller(state).await?;
    let second = cut_off.map(|at| at.timestamp());
    keys::revoke(state, &by, kid, second, vouched.root.as_deref()).await?;
    output.print(&json!({"revoked": kid, "cut_off": cut_off}), || {
        format!(
            "{kid} 已吊销；请运行 anpei keys reissue 重新签发它签过的码 · revoked: run anpei keys reissue to make its codes anew"
        )
    })
}

pub(super) async fn reissue(state: &App, whose: &Whose, output: Output) -> Result<()> {
    let by = whose.caller(state).await?;
    let bar = if output.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(refresh::living(state, &by).await?)
    };
    let shown = bar.clone();
    let told = move |count: usize| shown.inc(u64::try_from(count).unwrap_or(0));
    let changed = refresh::reissue_all(state, &by, told).await?;
    bar.finish_and_clear();
    output.print(&changed, || {
        let count = |kind: &str| changed.get(kind).copied().unwrap_or(0);
        format!(
            "重新签发 {0}，暂停 {1}，恢复 {2}，撤销 {3} · {0} made anew, {1} held, {2} released, {3} revoked",
            count("reissued"),
            count("held"),
            count("released"),
            count("revoked"),
        )
    })
}

/// The issuer keys of every county, a line each.
pub(super) async fn lines(state: &App) -> Result<(serde_json::Value, Vec<String>)> {
    let (mut all, mut lines) = (Vec::new(), Vec::new());
    for county_id in places::counties(state).await? {
        let regions = places::regions(state.db.read(), county_id).await?;
        let Some(county) = regions.get(county_id) else {
            continue;
        };
        for key in keys::list(state, &Caller::console(county_id)).await? {
            let standing = match (key.signs, key.revoked_from.or(key.cut_off)) {
                (_, Some(_)) => "已吊销 revoked",
                (true, None) => "签发中 signs",
                (false, None) => "保留 kept",
            };
            let day = state.clock.local(key.not_after.saturating_mul(1_000_000));
            let demo = if key.demo { "\t演示 demo" } else { "" };
            lines.push(format!(
                "code-{}\t{} {}\t{standing}\t→ {}{demo}",
                key.kid,
                county.code,
                county.name,
                day.date_naive()
            ));
            all.push(json!({"county": county.code, "key": key}));
        }
    }
    Ok((serde_json::Value::Array(all), lines))
}
