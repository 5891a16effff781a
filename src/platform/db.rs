//! The database: a connection pool to read, one to write, and the little that differs between the two kinds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection,
    DatabaseTransaction, EntityTrait, RelationDef, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use secrecy::ExposeSecret;

use super::config::Settings;
use super::error::{Code, Fault, Result};

/// The most values one statement may bind on either database, with room to spare (`SQLite`: 32,766).
const MAX_BINDS: usize = 30_000;

/// Two pools by purpose: `SQLite` takes one writer at a time, so its write pool has one connection.
pub struct Db {
    read: DatabaseConnection,
    write: DatabaseConnection,
    committed: tokio::sync::watch::Sender<u64>,
    waiting: AtomicUsize,
}

/// Counts one who waits for as long as he does, however it ends.
struct InLine<'a>(&'a AtomicUsize);

impl<'a> InLine<'a> {
    fn at(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Db {
    /// Connects.
    ///
    /// # Errors
    /// `database_unavailable`.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let url = settings.database();
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            let write = connect(sqlite(url, 1, false)).await?;
            let read = connect(sqlite(url, 4, true)).await?;
            Ok(Self::over(read, write))
        } else {
            // Two pools here too: writers that wait for each other must not keep readers out.
            let write = connect(postgres(url)).await?;
            let read = connect(postgres(url)).await?;
            Ok(Self::over(read, write))
        }
    }

    fn over(read: DatabaseConnection, write: DatabaseConnection) -> Self {
        Self {
            read,
            write,
            committed: tokio::sync::watch::channel(0).0,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Writers that wait for a connection at this moment.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// The pools by what they are for: connections open, and those of them that nobody uses.
    #[must_use]
    pub fn pools(&self) -> [(&'static str, u32, usize); 2] {
        let of = |pool: &DatabaseConnection| {
            if is_postgres(pool) {
                let pool = pool.get_postgres_connection_pool();
                (pool.size(), pool.num_idle())
            } else {
                let pool = pool.get_sqlite_connection_pool();
                (pool.size(), pool.num_idle())
            }
        };
        let (read, write) = (of(&self.read), of(&self.write));
        [("read", read.0, read.1), ("write", write.0, write.1)]
    }

    /// Woken by each unit of work this instance commits; what others commit has to be looked for.
    #[must_use]
    pub fn committed(&self) -> tokio::sync::watch::Receiver<u64> {
        self.committed.subscribe()
    }

    /// Tells those who watch that something was committed here.
    pub(super) fn note_commit(&self) {
        self.committed.send_modify(|times| *times += 1);
    }

    /// Brings the schema up to date, one instance at a time.
    ///
    /// # Errors
    /// `internal` when a step fails; the steps before it stand.
    pub async fn migrate(&self) -> Result<()> {
        use migration::MigratorTrait;
        if self.is_postgres() {
            // Held by one connection for the length of a transaction; others wait here.
            let gate = self.begin_write().await?;
            gate.execute_unprepared("SELECT pg_advisory_xact_lock(7190051)")
                .await?;
            migration::Migrator::up(&self.write, None).await?;
            gate.commit().await?;
        } else {
            migration::Migrator::up(&self.write, None).await?;
        }
        Ok(())
    }

    /// Whether a table is there: asked before any step is taken.
    ///
    /// # Errors
    /// `internal` when the schema cannot be read.
    pub async fn has_table(&self, name: &str) -> Result<bool> {
        Ok(migration::SchemaManager::new(&self.write)
            .has_table(name)
            .await?)
    }

    /// Whether the database has had as many steps as this program knows; read only, so it never waits for a writer.
    ///
    /// # Errors
    /// `internal` when there is no history.
    pub async fn is_up_to_date(&self) -> Result<bool> {
        use migration::MigratorTrait;
        let count = Statement::from_string(
            self.read.get_database_backend(),
            "SELECT CAST(COUNT(*) AS BIGINT) AS steps FROM seaql_migrations",
        );
        let row = self.read.query_one_raw(count).await?;
        let steps: i64 = row.map_or(Ok(0), |row| row.try_get("", "steps"))?;
        Ok(usize::try_from(steps).unwrap_or(0) >= migration::Migrator::migrations().len())
    }

    /// Steps that the database has not had yet.
    ///
    /// # Errors
    /// `internal` when the history cannot be read.
    pub async fn pending_steps(&self) -> Result<Vec<String>> {
        use migration::MigratorTrait;
        let steps = migration::Migrator::get_pending_migrations(&self.write).await?;
        Ok(steps.iter().map(|step| step.name().to_owned()).collect())
    }

    /// For reads outside a transaction.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Begins a transaction that will write: IMMEDIATE on `SQLite`, so that it waits its turn instead of failing.
    ///
    /// # Errors
    /// `database_unavailable` when no connection comes free in time.
    pub async fn begin_write(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let _waits = InLine::at(&self.waiting);
        begin(&self.write, options).await
    }

    /// Begins a read-only transaction: several reads that must agree with each other.
    ///
    /// # Errors
    /// `database_unavailable`.
    pub async fn begin_read(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            isolation_level: self
                .is_postgres()
                .then_some(sea_orm::IsolationLevel::RepeatableRead),
            access_mode: self.is_postgres().then_some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        };
        begin(&self.read, options).await
    }

    #[must_use]
    pub fn is_postgres(&self) -> bool {
        is_postgres(&self.write)
    }

    /// Whether a trivial question is answered.
    ///
    /// # Errors
    /// `database_unavailable`.
    pub async fn ping(&self) -> Result<()> {
        self.read.ping().await.map_err(|e| Fault {
            cause: Some(e.to_string()),
            ..Fault::new(Code::DatabaseUnavailable)
        })
    }

    /// Closes both pools, which folds `SQLite`'s journal away.
    pub async fn close(&self) {
        let _ = self.read.clone().close().await;
        let _ = self.write.clone().close().await;
    }
}

/// Begins in a task of its own: whoever is cut off meanwhile would leave its connection within a transaction, and the
/// next to take it in the past (sqlx 0.9.0, transact-rs/sqlx#4385).
async fn begin(
    pool: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction> {
    let pool = pool.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that begins a transaction"
    )]
    let begun = tokio::spawn(async move { pool.begin_with_options(options).await });
    let begun = begun.await.map_err(|e| Fault::internal(e.to_string()))?;
    Ok(begun?)
}

/// Puts writers of the same thing in line until the transaction ends. `SQLite` has one writer anyway.
///
/// # Errors
/// `internal` when the statement fails.
pub async fn lock_in_line(tx: &impl ConnectionTrait, name: &str) -> Result<()> {
    if is_postgres(tx) {
        let lock = Statement::from_sql_and_values(
            DatabaseBackend::Postgres,
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            [name.into()],
        );
        tx.execute_raw(lock).await?;
    }
    Ok(())
}

/// Whether the other side speaks `PostgreSQL`.
pub fn is_postgres(db: &impl ConnectionTrait) -> bool {
    db.get_database_backend() == DatabaseBackend::Postgres
}

/// A join of two tables that no relation of an entity names.
pub fn joined<A: EntityTrait, B: EntityTrait>(from: A::Column, to: B::Column) -> RelationDef {
    A::belongs_to(B::default()).from(from).to(to).into()
}

/// How many rows of `columns` values go into one statement.
#[must_use]
pub const fn rows_per_statement(columns: usize) -> usize {
    let rows = MAX_BINDS / columns;
    if rows > 5_000 { 5_000 } else { rows }
}

/// How many values go into one `IN (…)`.
pub const IN_LIST: usize = 5_000;

async fn connect(options: ConnectOptions) -> Result<DatabaseConnection> {
    Database::connect(options).await.map_err(|e| Fault {
        cause: Some(e.to_string()),
        ..Fault::new(Code::DatabaseUnavailable)
    })
}

fn postgres(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(8)
        .sqlx_logging(false)
        // Asked anew only of one that lay idle: a question before each question doubles the way there.
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .acquire_timeout(Duration::from_secs(30));
    options
}

fn sqlite(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .sqlx_logging(false)
        // A file does not hang up.
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(30))
        .map_sqlx_sqlite_opts(move |options| {
            // FULL: a commit that was answered survives a power cut.
            let options = options
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("foreign_keys", "ON")
                .pragma("busy_timeout", "5000")
                .pragma("cache_size", "-65536")
                .pragma("temp_store", "MEMORY")
                .statement_cache_capacity(256);
            if read_only {
                options.pragma("query_only", "ON")
            } else {
                options
            }
        });
    options
}
