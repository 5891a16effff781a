//! Keys on the command line.

use std::process::ExitCode;

use chrono::{DateTime, FixedOffset};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::Output;
use super::codes::{self, Vouched, Whose};
use crate::platform::keyring::Name;
use crate::platform::{App, Result};
use crate::server::keys;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// 建立签码密钥 · Make a county's roots and its first issuer key for codes.
    Init {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// 列出密钥 · List the keys, and how much each still seals.
    List {
        #[command(flatten)]
        output: Output,
    },
    /// 更换密钥 · Use new keys from now on; what is sealed is sealed anew by a running server.
    Rotate {
        /// Only make them: copy them to every instance's keys folder, then rotate.
        #[arg(long, conflicts_with = "issuer")]
        prepare: bool,
        /// The key that signs codes instead: a root has to vouch for the next one.
        #[arg(long)]
        issuer: bool,
        #[command(flatten)]
        vouched: Vouched,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// 吊销签码密钥 · Revoke an issuer key: codes it signed after the cut-off, or all it signed, count no more.
    Revoke {
        /// Its id, as `anpei keys list` shows it behind `code-`.
        kid: String,
        /// Codes issued until then stay good, as `2026-03-01T08:00:00+08:00`.
        #[arg(long)]
        cut_off: Option<DateTime<FixedOffset>>,
        #[command(flatten)]
        vouched: Vouched,
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// 批量重签 · Make anew every code that a revoked key or changed certificates ask for.
    Reissue {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// 重新加密 · Seal anew, here and now, what older keys sealed.
    Reseal {
        #[command(flatten)]
        output: Output,
    },
    /// 停用旧密钥 · Put away a key that nothing needs any more.
    Drop {
        /// Its name, as `field-1`.
        key: Name,
        #[command(flatten)]
        output: Output,
    },
}

pub(super) async fn run(state: &App, what: Keys) -> Result<ExitCode> {
    match what {
        Keys::List { output } => list(state, output).await?,
        Keys::Init { whose, output } => codes::init(state, &whose, output).await?,
        Keys::Rotate {
            issuer: true,
            vouched,
            whose,
            output,
            ..
        } => codes::rotate(state, &whose, &vouched, output).await?,
        Keys::Rotate {
            prepare, output, ..
        } => rotate(state, prepare, output).await?,
        Keys::Revoke {
            kid,
            cut_off,
            vouched,
            whose,
            output,
        } => codes::revoke(state, &whose, &vouched, &kid, cut_off, output).await?,
        Keys::Reissue { whose, output } => codes::reissue(state, &whose, output).await?,
        Keys::Reseal { output } => reseal(state, output).await?,
        Keys::Drop { key, output } => {
            let to = keys::drop_key(state, key).await?;
            output.print(&json!({"key": key.to_string(), "moved_to": to}), || {
                format!(
                    "{key} → {}\n旧备份仍需要它，请随备份保存 · old copies of the database still need it: keep it with them",
                    to.display()
                )
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(state: &App, output: Output) -> Result<()> {
    let listed = keys::list(state).await?;
    let uses = keys::uses(state).await?;
    let (issuers, issuer_lines) = codes::lines(state).await?;
    output.print(
        &json!({"keys": listed, "uses": uses, "issuers": issuers}),
        || {
            let mut lines = issuer_lines.clone();
            for key in &listed {
                let seals = key
                    .seals
                    .map_or_else(String::new, |n| format!("\t加密 seals {n}"));
                let since = key.since.as_deref().unwrap_or("—");
                lines.push(format!("{}\t{}\t{since}{seals}", key.key, key.standing));
            }
            for place in &uses {
                let each = place
                    .by_key
                    .iter()
                    .map(|(id, times)| format!("field-{id}: {times}"));
                lines.push(format!(
                    "  {}\t{}",
                    place.place,
                    each.collect::<Vec<_>>().join(", ")
                ));
            }
            lines.join("\n")
        },
    )
}

async fn rotate(state: &App, prepare: bool, output: Output) -> Result<()> {
    let (names, job) = if prepare {
        (keys::prepare(state).await?, None)
    } else {
        let (names, job) = keys::rotate(state).await?;
        (names, Some(job))
    };
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    output.print(&json!({"keys": names, "job_id": job}), || {
        let what = if prepare {
            "已生成，尚未使用；请复制到每台实例的 keys 文件夹，再运行 anpei keys rotate · made, not in use: copy them to every instance's keys folder, then run anpei keys rotate"
        } else {
            "已启用；旧数据由运行中的服务在后台重新加密，也可运行 anpei keys reseal · in use; a running server seals anew what older keys sealed, or run anpei keys reseal"
        };
        format!("{}: {what}", names.join(", "))
    })
}

async fn reseal(state: &App, output: Output) -> Result<()> {
    let bar = if output.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(u64::try_from(keys::stale(state).await?).unwrap_or(0))
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let shown = bar.clone();
    let told = move |moved| shown.inc(u64::try_from(moved).unwrap_or(0));
    let done = keys::reseal(state, told).await?;
    bar.finish_and_clear();
    output.print(&done, || {
        format!(
            "已重新加密 {} 项、{} 个文件 · {0} values and {1} files sealed anew",
            done.values, done.files
        )
    })
}
