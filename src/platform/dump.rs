//! A database as one file, consistent while others write, and back: `SQLite` by itself, `PostgreSQL` by its own tools.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::Url;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use secrecy::ExposeSecret;
use tokio::process::Command;

use super::config::Settings;
use super::error::{Fault, Result};

/// Writes an `SQLite` database as it stands at this moment into a file that is not there yet.
///
/// # Errors
/// `internal` when the database or the disk refuses.
pub async fn sqlite(settings: &Settings, into: &Path) -> Result<()> {
    let url = settings.database();
    // A connection of its own: whoever reads meanwhile reads on, and the one writer goes on writing.
    let mut options = ConnectOptions::new(url.expose_secret());
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let path = into.to_string_lossy().replace('\'', "''");
    db.execute_unprepared(&format!("VACUUM INTO '{path}'"))
        .await?;
    db.close().await?;
    Ok(())
}

/// Opens such a file to be read.
///
/// # Errors
/// `internal` when it is none.
pub async fn open(file: &Path) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", file.display()));
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

/// Writes a `PostgreSQL` database as a snapshot sees it, by the `pg_dump` of its own version.
///
/// # Errors
/// `internal` with what the tool said.
pub async fn postgres(settings: &Settings, into: &Path, snapshot: &str) -> Result<()> {
    let mut tool = tool(settings, "pg_dump")?;
    tool.arg("--format=custom")
        .arg("--no-owner")
        .arg(format!("--snapshot={snapshot}"))
        .arg("--file")
        .arg(into);
    run("pg_dump", tool).await
}

/// Reads such a file into an empty `PostgreSQL` database.
///
/// # Errors
/// `internal` with what the tool said.
pub async fn postgres_back(settings: &Settings, from: &Path) -> Result<()> {
    let mut tool = tool(settings, "pg_restore")?;
    tool.arg("--no-owner")
        .arg("--exit-on-error")
        .arg("--single-transaction")
        .arg(from);
    run("pg_restore", tool).await
}

/// A tool told where the database is; the password goes by its surroundings, where no list of processes shows it.
fn tool(settings: &Settings, name: &str) -> Result<Command> {
    let secret = settings.database();
    let mut url = Url::parse(secret.expose_secret())
        .map_err(|e| Fault::internal(format!("ANPEI_DATABASE_URL: {e}")))?;
    let path = settings
        .postgres_tools
        .as_ref()
        .map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let mut command = Command::new(path);
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", password);
        // Only an address without a host refuses, and that has no password.
        let _ = url.set_password(None);
    }
    command
        .arg(format!("--dbname={url}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

async fn run(name: &str, mut tool: Command) -> Result<()> {
    let fail = |why: String| {
        Fault::internal(format!(
            "{name}: {why} (--postgres-tools names the folder of the tools of the server's version)"
        ))
    };
    let done = tool.output().await.map_err(|e| fail(e.to_string()))?;
    if done.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&done.stderr);
    Err(fail(told.trim().to_owned()))
}
