//! The keys of the installation across all rooms: put in use, counted, and everything sealed moved on to the newest.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::keyring::{Kind, Name};
use crate::platform::keys::{self, Standing};
use crate::platform::reseal::Column;
use crate::platform::{App, Caller, Fault, Result, jobs};
use crate::{accounts, certificates, classes, codes, corrections, notices, people};

/// The kind of job that seals everything anew.
pub const RESEAL_JOB: &str = "keys.reseal";
/// Where words are sealed that go with their job: they are waited for, not sealed anew.
const WAITING: &str = "jobs";
/// By then every instance has taken up the keys in use, and seals nothing with the one before.
const WAIT: i64 = 3 * keys::LOOK.as_micros() as i64;

/// Every column of sealed values, room by room.
pub const SEALED: [&[Column]; 7] = [
    notices::SEALED,
    people::SEALED,
    accounts::SEALED,
    classes::SEALED,
    certificates::SEALED,
    codes::SEALED,
    corrections::SEALED,
];

/// What is sealed in one place, by key.
#[derive(Clone, Debug, Serialize)]
pub struct Use {
    /// `person.id_sealed`, `files`, or [`WAITING`].
    pub place: String,
    /// How many values or files each key seals, by its id.
    pub by_key: BTreeMap<u8, i64>,
}

/// A key and what it is needed for.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub key: String,
    /// `current`, `kept`, `prepared`, `missing` or `dropped`.
    pub standing: &'static str,
    /// In use since, with the county's offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Values and files it seals; only a field key seals any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seals: Option<i64>,
}

/// What was sealed anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resealed {
    pub values: i64,
    pub files: i64,
}

fn columns() -> impl Iterator<Item = Column> {
    SEALED.into_iter().flatten().copied()
}

/// What is sealed where, with which key.
///
/// # Errors
/// Database faults; `internal` when the files cannot be read.
pub async fn uses(app: &App) -> Result<Vec<Use>> {
    let mut found = Vec::new();
    for column in columns() {
        found.push(Use {
            place: format!("{}.{}", column.table, column.column),
            by_key: column.uses(app.db.read()).await?,
        });
    }
    let files = app.clone();
    let by_key = blocking(move || files.files.uses()).await?;
    found.push(Use {
        place: "files".to_owned(),
        by_key,
    });
    found.push(Use {
        place: WAITING.to_owned(),
        by_key: accounts::resets::sealed_in_jobs(app).await?,
    });
    Ok(found)
}

/// Those that are sealed anew, and those that go by themselves.
fn lasting(uses: Vec<Use>) -> (Vec<Use>, Vec<Use>) {
    uses.into_iter().partition(|place| place.place != WAITING)
}

fn sealed_by(uses: &[Use], id: u8) -> i64 {
    uses.iter().filter_map(|place| place.by_key.get(&id)).sum()
}

/// Every key, with what it seals.
///
/// # Errors
/// As [`uses`].
pub async fn list(app: &App) -> Result<Vec<Listed>> {
    let uses = uses(app).await?;
    let told = |(name, standing, since): (Name, Standing, Option<i64>)| Listed {
        key: name.to_string(),
        standing: standing.word(),
        since: since.map(|since| app.clock.local(since).to_rfc3339()),
        seals: (name.kind == Kind::Field).then(|| sealed_by(&uses, name.id)),
    };
    Ok(keys::list(app).await?.into_iter().map(told).collect())
}

/// Makes the next keys without using them: to be copied to every instance first.
///
/// # Errors
/// As [`keys::prepare`].
pub async fn prepare(app: &App) -> Result<Vec<Name>> {
    let marks = keys::marks(app.db.read()).await?;
    keys::prepare(&*app.seal.read_again()?, &marks)
}

/// Puts the next keys in use, and has everything sealed anew in the background.
///
/// # Errors
/// Database faults; `internal` when the disk refuses.
pub async fn rotate(app: &App) -> Result<(Vec<Name>, Uuid)> {
    let by = Caller::console(Uuid::nil());
    let work = app.begin_plain(&by).await?;
    let names = keys::rotate(&work).await?;
    let job = jobs::queue_after(&work, RESEAL_JOB, &json!({}), 0, WAIT).await?;
    work.commit(&()).await?;
    keys::look(app).await?;
    jobs::wake(app);
    for name in &names {
        tracing::info!(key = %name, "a new key is in use");
    }
    Ok((names, job))
}

/// Puts away a key that nothing needs any more; where it went.
///
/// # Errors
/// `invalid_field` when something needs it or may.
pub async fn drop_key(app: &App, name: Name) -> Result<PathBuf> {
    if name.kind == Kind::Field && name.id != app.seal.field_now() {
        refuse_needed(name, uses(app).await?)?;
    }
    let ring = app.seal.read_again()?;
    if ring.get(name).is_none() {
        return Err(Fault::field(
            "key",
            format!("{name}: 没有此密钥 · there is no such key"),
        ));
    }
    keys::retire(app, name).await?;
    let to = ring.put_away(name)?;
    app.seal.read_again()?;
    Ok(to)
}

/// Refuses to put away a key that still seals something.
fn refuse_needed(name: Name, uses: Vec<Use>) -> Result<()> {
    let (lasting, waiting) = lasting(uses);
    let (left, jobs) = (sealed_by(&lasting, name.id), sealed_by(&waiting, name.id));
    let why = if left > 0 {
        format!(
            "{name}: 还有 {left} 项用它加密，请先运行 anpei keys reseal · it still seals {left} values; run anpei keys reseal first"
        )
    } else if jobs > 0 {
        format!(
            "{name}: 还有 {jobs} 个未完成的任务需要它，请等运行中的服务完成后再试 · {jobs} jobs that wait still need it; try again when a running server has done them"
        )
    } else {
        return Ok(());
    };
    Err(Fault::field("key", why))
}

/// Seals anew all that another key than the one in use sealed; `told` hears how many after each step.
///
/// # Errors
/// Database faults; `internal` when something cannot be opened.
pub async fn reseal(
    app: &App,
    told: impl Fn(i64) + Send + Sync + Clone + 'static,
) -> Result<Resealed> {
    keys::look(app).await?;
    let mut done = Resealed::default();
    for column in columns() {
        done.values += column.reseal(app, &told).await?;
    }
    let files = app.clone();
    done.files = blocking(move || files.files.reseal(&files.seal, &told)).await?;
    Ok(done)
}

/// How many values and files are sealed with another key than the one in use.
///
/// # Errors
/// As [`uses`].
pub async fn stale(app: &App) -> Result<i64> {
    let now = app.seal.field_now();
    let (all, _) = lasting(uses(app).await?);
    let each = all.iter().flat_map(|place| place.by_key.iter());
    Ok(each
        .filter(|(key, _)| **key != now)
        .map(|(_, times)| times)
        .sum())
}

/// The job: as [`reseal`], with its progress noted.
pub(super) async fn run_reseal(app: &App, job: Uuid) -> Result<Value> {
    keys::look(app).await?;
    let total = stale(app).await?;
    let done = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    let told = move |moved: i64| {
        let before = done.fetch_add(moved, std::sync::atomic::Ordering::SeqCst);
        jobs::note_progress(job, before + moved, total);
    };
    let resealed = reseal(app, told).await?;
    tracing::info!(
        values = resealed.values,
        files = resealed.files,
        "sealed anew"
    );
    Ok(serde_json::to_value(resealed)?)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Fault::internal(e.to_string()))?
}
