//! What each command does: the same actions as over HTTP, with progress, a summary, and `--json` for machines.

mod accounts;
mod board;
mod codes;
mod copies;
mod import;
mod keys;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};
use serde::Serialize;
use tokio::net::TcpListener;

use crate::platform::config::Settings;
use crate::platform::error;
use crate::platform::locale::Lang;
use crate::platform::{App, Fault, Result, State, keys as sealed_with, production, telemetry};
use crate::{certificates, codes as issuing, demo, hours, places, server, spec};

/// 安培：县级安全培训与领码服务 · Training and certification for a county.
#[derive(Parser)]
#[command(name = "anpei", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动服务 · Serve the API.
    Serve {
        /// Address to listen on.
        #[arg(long, env = "ANPEI_LISTEN", default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Address on which Prometheus may fetch `/metrics`; none when absent.
        #[arg(long, env = "ANPEI_METRICS_LISTEN")]
        metrics_listen: Option<SocketAddr>,
    },
    /// 升级数据库结构 · Bring the schema up to date.
    Migrate {
        #[command(flatten)]
        output: Output,
    },
    /// 载入演示县 · Load a demo county through the same actions as everybody.
    Demo {
        /// A folder laid out as `samples/xinchang_2020`.
        #[arg(long, default_value = "samples/xinchang_2020")]
        from: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// 导入表格 · Import sheets.
    Import {
        #[command(subcommand)]
        what: import::Import,
    },
    /// 打印接口文档 · Print the `OpenAPI` document.
    Spec,
    /// 账号 · Accounts.
    User {
        #[command(subcommand)]
        what: accounts::User,
    },
    /// 密钥 · Keys: list, rotate, seal anew, put away.
    Keys {
        #[command(subcommand)]
        what: keys::Keys,
    },
    /// 县 · Counties.
    County {
        #[command(subcommand)]
        what: County,
    },
    /// 进度看板 · The board: both rates, by township.
    Board {
        /// The county's code, where there are several.
        #[arg(long)]
        county: Option<String>,
        /// The plan; the newest when absent.
        #[arg(long)]
        plan: Option<uuid::Uuid>,
        #[command(flatten)]
        output: Output,
    },
    /// 备份：数据库、文件、密钥各一个文件 · Copy database, files and keys into FILE, FILE.files and FILE.keys.
    Backup {
        /// A file that is not there yet.
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// 恢复到空文件夹并核对 · Put a copy back into an empty place and compare it.
    Restore {
        /// The file that `backup` wrote.
        file: PathBuf,
        /// The pack of keys, where it does not lie beside it.
        #[arg(long)]
        keys: Option<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// 核对全部计数与审计链 · Recount everything and walk the audit chain.
    Doctor {
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Subcommand)]
enum County {
    /// Create a county with nothing in it.
    Add {
        /// Statistical code.
        code: String,
        /// Name.
        name: String,
        /// First day; the year's first when absent.
        #[arg(long)]
        from: Option<NaiveDate>,
    },
}

/// How a command answers.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Output {
    /// Answer in JSON, for machines.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Output {
    fn print(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(value)?);
        } else {
            println!("{}", text());
        }
        Ok(())
    }
}

/// Runs a command; the exit code says whether all is well.
///
/// # Errors
/// What went wrong, in words.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let Cli { settings, command } = cli;
    telemetry::start(&settings);
    match command {
        Command::Serve {
            listen,
            metrics_listen,
        } => serve(settings, listen, metrics_listen).await,
        Command::Migrate { output } => migrate(settings, output).await,
        Command::Demo { from, output } => {
            let state = open(settings).await?;
            let summary = demo::load(&state, &from, !output.json).await?;
            output.print(&summary, || summary.to_string())?;
            Ok(if summary.failed.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Import { what } => import::run(&open(settings).await?, what).await,
        Command::Spec => {
            println!(
                "{}",
                serde_json::to_string_pretty(&spec::finished(&server::api()))?
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::User { what } => accounts::run(&open(settings).await?, what).await,
        Command::Keys { what } => keys::run(&open_existing(settings).await?, what).await,
        Command::County {
            what: County::Add { code, name, from },
        } => {
            let state = open(settings).await?;
            let from = from.unwrap_or_else(|| state.clock.today());
            let county = places::create_county(&state, &code, &name, from).await?;
            hours::law::ensure_rules(&state).await?;
            println!("{} {}", county.code, county.name);
            Ok(ExitCode::SUCCESS)
        }
        Command::Board {
            county,
            plan,
            output,
        } => board::run(&open_existing(settings).await?, county, plan, output).await,
        Command::Backup { file, output } => copies::backup(settings, &file, output).await,
        Command::Restore { file, keys, output } => {
            copies::restore(settings, &file, keys.as_deref(), output).await
        }
        Command::Doctor { output } => {
            // As it is: a doctor that brings the schema up to date cannot tell that it was not.
            must_exist(&settings)?;
            board::doctor(&State::open_unmigrated(settings).await?, output).await
        }
    }
}

/// A fault as a person at the machine reads it: Chinese first, then English with its cause.
#[must_use]
pub fn told(fault: &Fault) -> String {
    let zh = error::words(fault.code, &fault.args, Lang::Zh);
    format!("{zh}\n{fault}")
}

/// Opens the data, brought up to date, with the catalogue in place.
async fn open(settings: Settings) -> Result<App> {
    let state = State::open(settings).await?;
    certificates::ensure_catalogue(&state).await?;
    certificates::ensure_rules(&state).await?;
    hours::law::ensure_rules(&state).await?;
    Ok(state)
}

/// Opens data that is there: a mistyped folder is an error, not a new and sound county.
async fn open_existing(settings: Settings) -> Result<App> {
    must_exist(&settings)?;
    open(settings).await
}

fn must_exist(settings: &Settings) -> Result<()> {
    let folder = settings.data.display();
    if settings.database_url.is_none() && !settings.data.join("anpei.db").exists() {
        return Err(Fault::field(
            "--data",
            format!("{folder}/anpei.db: 没有数据库 · no database there"),
        ));
    }
    Ok(())
}

async fn migrate(settings: Settings, output: Output) -> Result<ExitCode> {
    let state = State::open_unmigrated(settings).await?;
    let pending = state.db.pending_steps().await.unwrap_or_default();
    state.db.migrate().await?;
    sealed_with::register_first(&state).await?;
    certificates::ensure_catalogue(&state).await?;
    certificates::ensure_rules(&state).await?;
    hours::law::ensure_rules(&state).await?;
    output.print(&serde_json::json!({"applied": pending}), || {
        match pending.len() {
            0 => "已是最新 · up to date".to_owned(),
            n => format!("已升级 {n} 步 · {n} steps applied"),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    settings: Settings,
    listen: SocketAddr,
    metrics_listen: Option<SocketAddr>,
) -> Result<ExitCode> {
    let demo_accounts = settings.data.join(demo::ACCOUNTS_FILE);
    if settings.production {
        let mut weak = production::weaknesses(&settings, listen);
        if demo_accounts.exists() {
            let path = demo_accounts.display();
            weak.push(format!(
                "{path}: 生产模式不允许演示账号 · no demo accounts in production"
            ));
        }
        if !weak.is_empty() {
            return Err(Fault::field("--production", weak.join("\n")));
        }
    }
    let production = settings.production;
    let state = open(settings).await?;
    if production && issuing::keys::any_demo(&state).await? {
        return Err(Fault::field(
            "--production",
            "生产模式不允许演示签发密钥 · no issuer keys of the demo in production",
        ));
    }
    let listener = bind(listen).await?;
    let address = address_of(&listener)?;
    println!("安培 Anpei: http://{address}  ·  文档 docs: http://{address}/docs");
    if demo_accounts.exists() {
        println!("演示账号 demo accounts: {}", demo_accounts.display());
    }
    if let Some(listen) = metrics_listen {
        let listener = bind(listen).await?;
        println!("指标 metrics: http://{}/metrics", address_of(&listener)?);
        let mut stopping = state.stopping.subscribe();
        let stop = async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        tokio::spawn(server::serve_metrics(state.clone(), listener, stop));
    }
    server::serve(state, listener, stop_signal()).await?;
    Ok(ExitCode::SUCCESS)
}

async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(listen)
        .await
        .map_err(|e| Fault::internal(format!("{listen}: {e}")))
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr> {
    listener
        .local_addr()
        .map_err(|e| Fault::internal(e.to_string()))
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
