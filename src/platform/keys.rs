//! Which keys a database was sealed with, and which of them seal and sign now.
//!
//! The database keeps a mark of each key in use, never a key. With the marks a folder of other keys is refused before
//! anything is sealed with them; the newest key that has a mark is the one in use, here and on every other instance.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use entity::key_check;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::db::{self, Db};
use super::error::{Code, Fault, Result};
use super::idempotency::Work;
use super::keyring::{Kind, Name, Ring};
use super::seal::Seal;
use super::{App, State};

/// How often an instance looks which keys are in use.
pub const LOOK: Duration = Duration::from_secs(10);
const MINUTE: i64 = 60 * 1_000_000;
const HOUR: i64 = 60 * MINUTE;

/// A key in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub mark: Vec<u8>,
    /// In use since, in microseconds since 1970.
    pub since: i64,
}

/// The keys in use, by name.
pub type Marks = BTreeMap<Name, Marked>;

/// What a key is to this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It seals or signs.
    Current,
    /// It opens what it sealed, and verifies what it signed.
    Kept,
    /// Made and not in use yet.
    Prepared,
    /// In use, and not in this folder.
    Missing,
    /// In this folder, and nothing needs it.
    Dropped,
}

impl Standing {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Kept => "kept",
            Self::Prepared => "prepared",
            Self::Missing => "missing",
            Self::Dropped => "dropped",
        }
    }
}

/// How long after its successor a key is needed for what nobody can count.
const fn needed(kind: Kind) -> i64 {
    match kind {
        // Transactions that began before, and what waits in a queue for minutes.
        Kind::Field => HOUR,
        // A check-in of a phone without a network is accepted for three days; access tokens live for minutes.
        Kind::Token => 96 * HOUR,
        Kind::Lookup => i64::MAX,
    }
}

/// Reads the keys for a database; makes the first ones only for a database that is as new.
///
/// # Errors
/// `keys_missing`, `keys_differ`.
pub(super) async fn open(db: &Db, folder: &Path) -> Result<Seal> {
    if !db.has_table("seaql_migrations").await? {
        return Seal::load_or_create(folder);
    }
    let seal = Seal::load(folder)?;
    if db.has_table("key_check").await? {
        let marks = marks(db.read()).await?;
        judge(&seal.ring(), &marks)?;
        take_up(&seal, &marks);
    }
    Ok(seal)
}

/// Writes down the keys of a database that has none written down: all that are in the folder.
///
/// # Errors
/// `keys_differ` when another instance wrote down others meanwhile.
pub async fn register_first(state: &State) -> Result<()> {
    if marks(state.db.read()).await?.is_empty() {
        let tx = state.db.begin_write().await?;
        db::lock_in_line(&tx, "keys").await?;
        if marks(&tx).await?.is_empty() {
            let ring = state.seal.ring();
            let names: Vec<_> = ring.names().collect();
            insert(&tx, &ring, &names, state.clock.now()).await?;
        }
        tx.commit().await?;
    }
    look(state).await
}

async fn insert(tx: &impl ConnectionTrait, ring: &Ring, names: &[Name], now: i64) -> Result<()> {
    let rows = names.iter().filter_map(|name| {
        Some(key_check::ActiveModel {
            kind: Set(name.kind.word().to_owned()),
            key_id: Set(name.id.into()),
            mark: Set(ring.mark(*name)?),
            since: Set(now),
        })
    });
    key_check::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([key_check::Column::Kind, key_check::Column::KeyId])
                .do_nothing()
                .to_owned(),
        )
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The keys in use.
///
/// # Errors
/// Database faults.
pub async fn marks(db: &impl ConnectionTrait) -> Result<Marks> {
    let rows = key_check::Entity::find().all(db).await?;
    let named = |row: key_check::Model| {
        let name = format!("{}-{}", row.kind, row.key_id).parse().ok()?;
        let marked = Marked {
            mark: row.mark,
            since: row.since,
        };
        Some((name, marked))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

/// That a folder holds every key in use, and the same ones.
fn judge(ring: &Ring, marks: &Marks) -> Result<()> {
    let lacking = |name: &Name| ring.get(*name).is_none();
    let names = marks.keys().copied();
    ring.must_lack_none(names.filter(lacking).collect())?;
    let differ = |(name, marked): (&Name, &Marked)| {
        (ring.mark(*name).as_ref() != Some(&marked.mark)).then_some(*name)
    };
    let others: Vec<_> = marks.iter().filter_map(differ).collect();
    if others.is_empty() {
        Ok(())
    } else {
        Err(ring.fault(Code::KeysDiffer, &others))
    }
}

/// The key of a kind that is in use, with since when.
fn current(marks: &Marks, kind: Kind) -> Option<(u8, i64)> {
    let of_kind = marks.iter().filter(|(name, _)| name.kind == kind);
    of_kind.map(|(name, marked)| (name.id, marked.since)).max()
}

fn take_up(seal: &Seal, marks: &Marks) {
    let (field, token) = (current(marks, Kind::Field), current(marks, Kind::Token));
    if let (Some((field, _)), Some((token, _))) = (field, token) {
        seal.use_keys(field, token);
    }
}

/// Looks which keys are in use, and takes them up.
///
/// # Errors
/// `keys_missing` and `keys_differ`: then this instance goes on with those it has, and is not ready.
pub async fn look(state: &State) -> Result<()> {
    let marks = marks(state.db.read()).await?;
    let ring = state.seal.read_again()?;
    let judged = judge(&ring, &marks);
    state.seal.set_whole(judged.is_ok());
    judged?;
    take_up(&state.seal, &marks);
    Ok(())
}

/// Looks every ten seconds until the server stops.
pub async fn watch(app: App) {
    let mut stopping = app.stopping.subscribe();
    let mut beat = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => return,
            _ = beat.tick() => {}
        }
        if let Err(fault) = look(&app).await {
            tracing::error!(%fault, "the keys in use cannot be taken up");
        }
    }
}

/// Makes the next key to seal with and the next to sign with, unless they are made, without using them.
///
/// # Errors
/// `internal` when the disk refuses.
pub fn prepare(ring: &Ring, marks: &Marks) -> Result<Vec<Name>> {
    let next = |kind| {
        let known = current(marks, kind).map_or(0, |(id, _)| id);
        match ring.newest(kind) {
            Some(id) if id > known => Ok(Name::new(kind, id)),
            _ => ring.make_next(kind, known),
        }
    };
    [Kind::Field, Kind::Token].into_iter().map(next).collect()
}

/// Puts the next keys in use, making them unless they were prepared. Call [`look`] once it is committed.
///
/// # Errors
/// Database faults; `internal` when the disk refuses.
pub async fn rotate(work: &Work<'_>) -> Result<Vec<Name>> {
    db::lock_in_line(&work.tx, "keys").await?;
    let names = prepare(&*work.state.seal.read_again()?, &marks(&work.tx).await?)?;
    let ring = work.state.seal.read_again()?;
    insert(&work.tx, &ring, &names, work.now).await?;
    Ok(names)
}

/// Every key in the folder or in use, with since when.
///
/// # Errors
/// Database faults.
pub async fn list(state: &State) -> Result<Vec<(Name, Standing, Option<i64>)>> {
    let marks = marks(state.db.read()).await?;
    let ring = state.seal.read_again()?;
    let names: std::collections::BTreeSet<_> = ring.names().chain(marks.keys().copied()).collect();
    let told = |name: Name| {
        let since = marks.get(&name).map(|marked| marked.since);
        (name, standing(name, &ring, &marks), since)
    };
    Ok(names.into_iter().map(told).collect())
}

fn standing(name: Name, ring: &Ring, marks: &Marks) -> Standing {
    let newest = current(marks, name.kind).map_or(0, |(id, _)| id);
    match (ring.get(name), marks.contains_key(&name)) {
        (None, _) => Standing::Missing,
        (Some(_), true) if name.id == newest => Standing::Current,
        (Some(_), true) => Standing::Kept,
        (Some(_), false) if name.id > newest => Standing::Prepared,
        (Some(_), false) => Standing::Dropped,
    }
}

/// Takes a key out of use. Whether something is still sealed with it was asked before.
///
/// # Errors
/// `invalid_field` for a key that is current, prepared or too lately succeeded.
pub async fn retire(state: &State, name: Name) -> Result<()> {
    let tx = state.db.begin_write().await?;
    db::lock_in_line(&tx, "keys").await?;
    let marks = marks(&tx).await?;
    may_retire(name, &marks, state.clock.now())?;
    key_check::Entity::delete_many()
        .filter(key_check::Column::Kind.eq(name.kind.word()))
        .filter(key_check::Column::KeyId.eq(i32::from(name.id)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

fn may_retire(name: Name, marks: &Marks, now: i64) -> Result<()> {
    let refuse = |zh: &str, en: &str| Err(Fault::field("key", format!("{name}: {zh} · {en}")));
    if name.kind == Kind::Lookup {
        return refuse(
            "检索密钥不可更换，否则查不到任何人",
            "with another look-up key nobody on file would be found",
        );
    }
    let newest = current(marks, name.kind).map_or(0, |(id, _)| id);
    if name.id >= newest {
        return refuse(
            "正在使用；请先运行 anpei keys rotate",
            "it is in use; run anpei keys rotate first",
        );
    }
    let next = marks
        .iter()
        .find(|(other, _)| other.kind == name.kind && other.id > name.id);
    let free_at = next.map_or(0, |(_, marked)| marked.since + needed(name.kind));
    if now < free_at {
        let minutes = (free_at - now + MINUTE - 1) / MINUTE;
        return refuse(
            &format!("仍可能被需要，请 {minutes} 分钟后再试"),
            &format!("something may still need it; try again in {minutes} minutes"),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn marked(names: &[(&str, i64)]) -> Marks {
        let each = names.iter().map(|(text, since)| {
            let mark = text.as_bytes().to_vec();
            let since = *since;
            (name(text), Marked { mark, since })
        });
        each.collect()
    }

    #[test]
    fn a_key_leaves_only_when_nothing_can_ask_for_it_any_more() {
        let marks = marked(&[
            ("field-1", 0),
            ("field-2", 10 * HOUR),
            ("lookup-1", 0),
            ("token-1", 0),
            ("token-2", 10 * HOUR),
        ]);
        let table = [
            ("field-1", 10 * HOUR, false),
            ("field-1", 11 * HOUR, true),
            ("field-2", 1_000 * HOUR, false),
            ("field-3", 1_000 * HOUR, false),
            ("token-1", 82 * HOUR, false),
            ("token-1", 106 * HOUR, true),
            ("lookup-1", 1_000 * HOUR, false),
        ];
        for (text, now, free) in table {
            assert_eq!(
                may_retire(name(text), &marks, now).is_ok(),
                free,
                "{text} at {now}"
            );
        }
    }

    #[test]
    fn a_folder_lacks_keys_or_holds_others() {
        let folder = tempfile::tempdir().unwrap();
        Ring::make_first(folder.path()).unwrap();
        let ring = Ring::read(folder.path()).unwrap();
        let own = |text: &str| {
            let mark = ring.mark(name(text)).unwrap();
            (name(text), Marked { mark, since: 0 })
        };
        let whole: Marks = ["field-1", "lookup-1", "token-1"].map(own).into();
        assert!(judge(&ring, &whole).is_ok());
        let fault = |marks: &Marks| judge(&ring, marks).unwrap_err();
        let more: Marks = whole
            .clone()
            .into_iter()
            .chain(marked(&[("field-2", 1)]))
            .collect();
        assert_eq!(fault(&more).code, Code::KeysMissing);
        let other: Marks = whole.into_iter().chain(marked(&[("token-1", 1)])).collect();
        assert_eq!(fault(&other).code, Code::KeysDiffer);
        assert!(fault(&other).to_string().contains("token-1"));
        assert_eq!(standing(name("field-2"), &ring, &more), Standing::Missing);
        assert_eq!(standing(name("field-1"), &ring, &more), Standing::Kept);
        assert_eq!(standing(name("token-1"), &ring, &more), Standing::Current);
    }
}
