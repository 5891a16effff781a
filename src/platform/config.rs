//! Settings: one struct, read once from the command line and the environment.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::error::{Fault, Result};

/// What an instance is told from outside. `--data` and `DATABASE_URL` mean the same in every command.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Folder for the database, keys and files.
    #[arg(long, env = "ANPEI_DATA", default_value = "data", global = true)]
    pub data: PathBuf,
    /// `postgres://…` or `sqlite://…`; without it a `SQLite` file under the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<SecretString>,
    /// Refuse to serve with demo accounts in the folder.
    #[arg(long, env = "ANPEI_PRODUCTION", global = true)]
    pub production: bool,
    /// The SMTP server mails leave by: `smtps://user:password@host`, or `smtp://host:port`. Without it they are kept as
    /// files under DATA/mail.
    #[arg(long, env = "ANPEI_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<SecretString>,
    /// Where course files are kept: `s3://bucket[/prefix]`. Without it they lie under DATA/objects.
    #[arg(long, env = "ANPEI_OBJECTS_URL", global = true)]
    pub objects_url: Option<String>,
    /// The address of an S3-compatible store; without it Amazon's own.
    #[arg(long, env = "ANPEI_OBJECTS_ENDPOINT", global = true)]
    pub objects_endpoint: Option<String>,
    /// The store's region.
    #[arg(
        long,
        env = "ANPEI_OBJECTS_REGION",
        default_value = "us-east-1",
        global = true
    )]
    pub objects_region: String,
    /// The id of the store's access key.
    #[arg(long, env = "ANPEI_OBJECTS_KEY", global = true)]
    pub objects_key: Option<String>,
    /// The secret of the store's access key.
    #[arg(
        long,
        env = "ANPEI_OBJECTS_SECRET",
        hide_env_values = true,
        global = true
    )]
    pub objects_secret: Option<SecretString>,
    /// Whom mails come from.
    #[arg(
        long,
        env = "ANPEI_MAIL_FROM",
        default_value = "安培 Anpei <anpei@localhost.localdomain>",
        global = true
    )]
    pub mail_from: String,
    /// Where a message gateway (short messages) takes signed POSTs.
    #[arg(long, env = "ANPEI_GATEWAY_URL", global = true)]
    pub gateway_url: Option<String>,
    /// The secret its messages are signed with (Standard Webhooks, `whsec_…`).
    #[arg(
        long,
        env = "ANPEI_GATEWAY_SECRET",
        hide_env_values = true,
        global = true
    )]
    pub gateway_secret: Option<SecretString>,
    /// The address people reach this service by, for links in messages.
    #[arg(
        long,
        env = "ANPEI_PUBLIC_URL",
        default_value = "http://127.0.0.1:8080",
        global = true
    )]
    pub public_url: String,
    /// The county's telephone for questions about codes, printed on cards and shown to whoever scans one.
    #[arg(long, env = "ANPEI_HOTLINE", global = true)]
    pub hotline: Option<String>,
    /// Sign-ins a minute from one address; an office behind one address signs in together.
    #[arg(
        long,
        env = "ANPEI_ADDRESS_LIMIT",
        default_value_t = 120,
        global = true
    )]
    pub address_limit: u32,
    /// Addresses of proxies whose X-Forwarded-For is believed, parted by commas.
    #[arg(
        long,
        env = "ANPEI_TRUSTED_PROXIES",
        value_delimiter = ',',
        global = true
    )]
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// The county's offset from UTC, in minutes.
    #[arg(
        long,
        env = "ANPEI_UTC_OFFSET_MINUTES",
        default_value_t = 480,
        global = true
    )]
    pub utc_offset_minutes: i32,
    /// Log lines as JSON instead of text.
    #[arg(long, env = "ANPEI_LOG_JSON", global = true)]
    pub log_json: bool,
    /// Which log lines appear (`tracing` filter).
    #[arg(
        long,
        env = "ANPEI_LOG",
        default_value = "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn",
        global = true
    )]
    pub log: String,
    /// Largest request body of an ordinary call, in bytes.
    #[arg(long, env = "ANPEI_BODY_LIMIT", default_value_t = 1 << 20, global = true, hide = true)]
    pub body_limit: usize,
    /// Largest upload, in bytes.
    #[arg(long, env = "ANPEI_UPLOAD_LIMIT", default_value_t = 33 << 20, global = true, hide = true)]
    pub upload_limit: usize,
    /// Seconds an instance that fell silent keeps a message; longer than a try may take (20).
    #[arg(
        long,
        env = "ANPEI_OUTBOX_LEASE_SECONDS",
        default_value_t = 60,
        global = true,
        hide = true
    )]
    pub outbox_lease_seconds: u32,
    /// The folder of `pg_dump` and `pg_restore` of the server's version; those found first when absent.
    #[arg(long, env = "ANPEI_POSTGRES_TOOLS", global = true)]
    pub postgres_tools: Option<PathBuf>,
    /// Hours of the county between which nobody is written to unless it is urgent, as `21-8`; `off` for never.
    #[arg(
        long,
        env = "ANPEI_QUIET_HOURS",
        default_value = "21-8",
        value_parser = QuietHours::read,
        global = true
    )]
    pub quiet_hours: QuietHours,
    /// Most messages a recipient gets in 24 hours that are not urgent; the rest wait.
    #[arg(
        long,
        env = "ANPEI_RECIPIENT_LIMIT",
        default_value_t = 20,
        global = true
    )]
    pub recipient_limit: u32,
    /// Seconds a request may take before the caller is told to try again.
    #[arg(
        long,
        env = "ANPEI_REQUEST_SECONDS",
        default_value_t = 60,
        global = true,
        hide = true
    )]
    pub request_seconds: u64,
    /// Sheets with more lines than this are committed as a background job.
    #[arg(
        long,
        env = "ANPEI_JOB_LINES",
        default_value_t = 5_000,
        global = true,
        hide = true
    )]
    pub job_lines: usize,
    /// Requests under way at once; more are told to come again.
    #[arg(
        long,
        env = "ANPEI_REQUESTS_AT_ONCE",
        default_value_t = 512,
        global = true,
        hide = true
    )]
    pub requests_at_once: usize,
    /// Writes under way or waiting for the database at once; more are told to come again.
    #[arg(
        long,
        env = "ANPEI_WRITES_AT_ONCE",
        default_value_t = 256,
        global = true,
        hide = true
    )]
    pub writes_at_once: usize,
    /// Uploads taken at once: each may hold a whole sheet in memory.
    #[arg(
        long,
        env = "ANPEI_UPLOADS_AT_ONCE",
        default_value_t = 8,
        global = true,
        hide = true
    )]
    pub uploads_at_once: usize,
    /// Pieces of course files taken at once: each holds up to 8 MiB in memory.
    #[arg(
        long,
        env = "ANPEI_CHUNKS_AT_ONCE",
        default_value_t = 16,
        global = true,
        hide = true
    )]
    pub chunks_at_once: usize,
    /// Event streams open at once.
    #[arg(
        long,
        env = "ANPEI_STREAMS_AT_ONCE",
        default_value_t = 256,
        global = true,
        hide = true
    )]
    pub streams_at_once: usize,
    /// Web origins that may call the API from a browser, with commas between: `https://app.example.cn`. None when absent.
    #[arg(
        long,
        env = "ANPEI_CORS_ORIGINS",
        value_delimiter = ',',
        value_parser = origin,
        global = true
    )]
    pub cors_origins: Vec<String>,
    /// TLS stands in front: browsers are told to come by https only.
    #[arg(long, env = "ANPEI_BEHIND_TLS", global = true)]
    pub behind_tls: bool,
}

/// One exact origin: scheme, host and, where it is not the usual one, port. No path, no `*`.
fn origin(text: &str) -> std::result::Result<String, String> {
    let wrong = || format!("{text}: https://host[:port]");
    let text = text.trim();
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .ok_or_else(wrong)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

/// Hours of a day in which what can wait is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// First quiet hour and first hour after; alike for none.
    pub from: u32,
    pub to: u32,
}

impl QuietHours {
    /// Reads `21-8` or `off`.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(text: &str) -> std::result::Result<Self, String> {
        let wanted = || "21-8 | off".to_owned();
        if text == "off" {
            return Ok(Self { from: 0, to: 0 });
        }
        let (from, to) = text.split_once('-').ok_or_else(wanted)?;
        let hour = |text: &str| text.trim().parse().ok().filter(|hour| *hour < 24);
        let (from, to) = hour(from).zip(hour(to)).ok_or_else(wanted)?;
        Ok(Self { from, to })
    }
}

impl Settings {
    /// The database's address; the default is a file under the data folder.
    #[must_use]
    pub fn database(&self) -> SecretString {
        self.database_url.clone().unwrap_or_else(|| {
            format!("sqlite://{}?mode=rwc", self.data.join("anpei.db").display()).into()
        })
    }
}

impl Settings {
    /// The file of an `SQLite` database; none for `PostgreSQL`.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let url = self.database();
        let path = url.expose_secret().strip_prefix("sqlite:")?;
        let path = path.split('?').next().unwrap_or_default();
        Some(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }
}

/// Makes a folder that only its owner can enter.
///
/// # Errors
/// `internal` when it cannot be made.
pub fn make_private_folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .map_err(|e| Fault::internal(format!("{}: {e}", path.display())))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
            .map_err(|e| Fault::internal(format!("{}: {e}", path.display())))?;
    }
    Ok(())
}

/// Writes a file that only its owner can read, in one piece: another process never sees half of it.
///
/// # Errors
/// `internal` when the disk refuses.
pub fn write_private_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = written(path, bytes)?;
    file.persist(path).map_err(|e| refused(path, &e.error))?;
    Ok(())
}

/// Writes such a file unless it is there; `false` when another process was first.
///
/// # Errors
/// `internal` when the disk refuses.
pub fn make_private_file(path: &Path, bytes: &[u8]) -> Result<bool> {
    match written(path, bytes)?.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(e) if e.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(refused(path, &e.error)),
    }
}

fn written(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile> {
    use std::io::Write;
    let folder = path
        .parent()
        .ok_or_else(|| Fault::internal("a file needs a folder"))?;
    let fail = |e: std::io::Error| refused(path, &e);
    // A named temporary file is made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    Ok(file)
}

fn refused(path: &Path, error: &std::io::Error) -> Fault {
    Fault::internal(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_is_exact() {
        for right in [
            "https://app.example.cn",
            "http://localhost:5173",
            "http://[::1]:80",
        ] {
            assert_eq!(origin(right).as_deref(), Ok(right));
        }
        for wrong in [
            "*",
            "https://*",
            "https://",
            "app.example.cn",
            "https://app.example.cn/",
            "https://a/b",
            "null",
            "https://App.example.cn",
        ] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
