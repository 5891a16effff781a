//! Copies (备份与恢复): the database, the files and the keys as three packs; and back into an empty place, compared.
//!
//! Invariants: a copy is of one moment, taken while others write; keys lie in a pack of their own, to be kept elsewhere;
//! nothing is written into a place that holds something; what was restored is compared with what was counted. May not
//! enter: what a row means.

mod pack;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::boards::doctor::{self, Check};
use crate::platform::config::{Settings, make_private_folder};
use crate::platform::{Fault, Result, State, dump};
use pack::{Entry, Manifest};

/// What a copy fills in a folder.
const HELD: [&str; 4] = ["keys", "files", "objects", ROOM];
/// Where a pack is unpacked at first.
const ROOM: &str = "restoring";

/// The database in its pack.
const DATABASE: &str = "database";

/// The end of a county's audit chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    pub county: Uuid,
    pub seq: i64,
    pub hash: String,
}

/// What a database holds, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Rows by table.
    pub tables: BTreeMap<String, i64>,
    pub chains: Vec<Chain>,
}

/// What a copy says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    /// The program that made it.
    pub version: String,
    /// When, in microseconds since 1970.
    pub made_at: i64,
    /// Whether the database is `PostgreSQL`'s; a copy goes back into the kind it came from.
    pub postgres: bool,
    pub contents: Contents,
}

/// What was packed where.
#[derive(Clone, Debug, Serialize)]
pub struct Packed {
    pub file: PathBuf,
    pub entries: usize,
    pub bytes: u64,
}

/// What a copy came to.
#[derive(Clone, Debug, Serialize)]
pub struct Copied {
    pub packs: Vec<Packed>,
    pub rows: i64,
}

/// Beside the database's pack: `FILE.files` and `FILE.keys`.
fn beside(file: &Path, what: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{what}"));
    PathBuf::from(name)
}

/// Makes a copy of what stands at this moment.
///
/// # Errors
/// `internal` when a tool or the disk refuses, or a file is there already.
pub async fn backup(state: &State, file: &Path) -> Result<Copied> {
    let settings = &state.settings;
    let room = tempfile::tempdir_in(&settings.data)
        .map_err(|e| Fault::internal(format!("{}: {e}", settings.data.display())))?;
    let dumped = room.path().join(DATABASE);
    let contents = dump_database(state, &dumped).await?;
    let rows = contents.tables.values().sum();
    let about = About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: state.clock.now(),
        postgres: state.db.is_postgres(),
        contents,
    };
    let data = settings.data.clone();
    let file = file.to_owned();
    let work = move || {
        let of = |name: &'static str| (name, data.join(name));
        // The database first: an object is written before its row and never changed.
        let packs = [
            (file.clone(), vec![(DATABASE, dumped)]),
            (beside(&file, "files"), vec![of("files"), of("objects")]),
            (beside(&file, "keys"), vec![of("keys")]),
        ];
        let packed = packs.iter().map(|(into, parts)| {
            let made = pack::pack(into, parts, &about)?;
            Ok(packed(into, &made.entries))
        });
        packed.collect::<Result<Vec<_>>>()
    };
    let packs = tokio::task::spawn_blocking(work).await;
    let packs = packs.map_err(|e| Fault::internal(e.to_string()))??;
    drop(room);
    Ok(Copied { packs, rows })
}

fn packed(file: &Path, entries: &[Entry]) -> Packed {
    Packed {
        file: file.to_owned(),
        entries: entries.len(),
        bytes: entries.iter().map(|entry| entry.bytes).sum(),
    }
}

/// Writes the database into a file, and counts what is in it: of the same moment.
async fn dump_database(state: &State, into: &Path) -> Result<Contents> {
    if state.db.is_postgres() {
        let tx = state.db.begin_read().await?;
        let snapshot = store::snapshot(&tx).await?;
        let contents = store::contents(&tx).await?;
        dump::postgres(&state.settings, into, &snapshot).await?;
        tx.commit().await?;
        Ok(contents)
    } else {
        dump::sqlite(&state.settings, into).await?;
        let copy = dump::open(into).await?;
        let contents = store::contents(&copy).await?;
        copy.close().await?;
        Ok(contents)
    }
}

/// What came of a copy put back.
#[derive(Clone, Debug)]
pub struct Restored {
    pub about: About,
    pub packs: Vec<Packed>,
    /// Rows and chains as counted, then what `anpei doctor` finds.
    pub checks: Vec<Check>,
}

impl Restored {
    /// Whether all is as it was copied.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }
}

/// Puts a copy back into an empty place; `keys` names their pack where it does not lie beside the file.
///
/// # Errors
/// `invalid_field` for a place that holds something, or a copy of the other kind of database; `internal` for a pack that
/// is not whole: then nothing was put into the database.
pub async fn restore(settings: Settings, file: &Path, keys: Option<&Path>) -> Result<Restored> {
    let sqlite = settings.sqlite_file();
    must_be_empty(&settings, sqlite.as_deref())?;
    let about: Manifest<About> = pack::manifest(file)?;
    if about.about.postgres == sqlite.is_some() {
        return Err(Fault::field(
            "FILE",
            "备份与目标数据库类型不同 · the copy is of the other kind of database",
        ));
    }
    let packs = match put_back(&settings, file, keys, sqlite.as_deref()).await {
        Ok(packs) => packs,
        Err(fault) => {
            clear(&settings, sqlite.as_deref())?;
            return Err(fault);
        }
    };
    let about = about.about;
    // As it was copied, before any step of a newer program is taken.
    let state = State::open_unmigrated(settings).await?;
    let found = store::contents(state.db.read()).await?;
    let mut checks = compare(&about.contents, &found);
    state.db.migrate().await?;
    checks.extend(doctor::checks(&state).await?);
    state.db.close().await;
    Ok(Restored {
        about,
        packs,
        checks,
    })
}

/// Puts the packs into the folder and the database.
async fn put_back(
    settings: &Settings,
    file: &Path,
    keys: Option<&Path>,
    sqlite: Option<&Path>,
) -> Result<Vec<Packed>> {
    let room = settings.data.join(ROOM);
    let packs = {
        let (file, data, room) = (file.to_owned(), settings.data.clone(), room.clone());
        let keys = keys.map_or_else(|| beside(&file, "keys"), Path::to_owned);
        let work = move || unpack_all(&file, &keys, &data, &room);
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|e| Fault::internal(e.to_string()))??
    };
    let dumped = room.join(DATABASE);
    let failed =
        |path: &Path, e: std::io::Error| Fault::internal(format!("{}: {e}", path.display()));
    match sqlite {
        None => dump::postgres_back(settings, &dumped).await?,
        Some(into) => {
            std::fs::copy(&dumped, into).map_err(|e| failed(into, e))?;
        }
    }
    std::fs::remove_dir_all(&room).map_err(|e| failed(&room, e))?;
    Ok(packs)
}

/// Takes away what was put there: the place was empty before, and the next try finds it so.
fn clear(settings: &Settings, sqlite: Option<&Path>) -> Result<()> {
    let failed =
        |path: &Path, e: std::io::Error| Fault::internal(format!("{}: {e}", path.display()));
    for path in HELD.map(|name| settings.data.join(name)) {
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(|e| failed(&path, e))?;
        }
    }
    if let Some(file) = sqlite.filter(|file| file.exists()) {
        std::fs::remove_file(file).map_err(|e| failed(file, e))?;
    }
    Ok(())
}

fn must_be_empty(settings: &Settings, database: Option<&Path>) -> Result<()> {
    make_private_folder(&settings.data)?;
    let held = HELD.iter().map(|name| settings.data.join(name));
    let mut held = held.chain(database.map(Path::to_owned));
    if let Some(path) = held.find(|path| path.exists()) {
        return Err(Fault::field(
            "--data",
            format!(
                "{}: 请指定空文件夹 · is there already; name an empty folder",
                path.display()
            ),
        ));
    }
    Ok(())
}

fn unpack_all(file: &Path, keys: &Path, data: &Path, room: &Path) -> Result<Vec<Packed>> {
    let files = beside(file, "files");
    // All three are read before the first is unpacked.
    let (of_base, of_files, of_keys): (Manifest<About>, Manifest<About>, Manifest<About>) = (
        pack::manifest(file)?,
        pack::manifest(&files)?,
        pack::manifest(keys)?,
    );
    let made = |of: &Manifest<About>| of.about.made_at;
    if made(&of_base) != made(&of_files) || made(&of_base) != made(&of_keys) {
        return Err(Fault::field(
            "FILE",
            "三个备份文件不是同一次备份 · the three packs are not of one copy",
        ));
    }
    let parts = [
        (file, &of_base, room),
        (files.as_path(), &of_files, data),
        (keys, &of_keys, data),
    ];
    let unpacked = parts.into_iter().map(|(from, of, into)| {
        pack::unpack(from, &of.entries, into)?;
        Ok(packed(from, &of.entries))
    });
    unpacked.collect()
}

fn compare(copied: &Contents, found: &Contents) -> Vec<Check> {
    let differs: Vec<String> = copied
        .tables
        .iter()
        .filter(|(name, rows)| found.tables.get(*name) != Some(rows))
        .map(|(name, _)| name.clone())
        .collect();
    let rows: i64 = copied.tables.values().sum();
    let detail = if differs.is_empty() {
        format!("{rows} rows of {} tables", copied.tables.len())
    } else {
        format!("differ: {}", differs.join(", "))
    };
    vec![
        Check {
            name: "rows_are_those_copied".into(),
            ok: differs.is_empty(),
            detail,
        },
        Check {
            name: "audit_chains_end_where_they_did".into(),
            ok: copied.chains == found.chains,
            detail: format!("{} counties", copied.chains.len()),
        },
    ]
}
