//! The board over ledgers of very different length: the counters make it cost the same.

use std::time::Instant;

use anpei::platform::{Action, Caller};
use anpei::{boards, places};
use sea_orm::ConnectionTrait;

use crate::county::{Kind, Place};
use crate::report::{Report, Rounds};
use crate::{Out, Told};

/// Boards of one round.
const BOARDS: u32 = 200;
/// Lines of one class.
const CLASS: u64 = 40;

pub async fn measure(told: &Told, kind: &Kind, report: &mut Report) -> Out<()> {
    let mut places = Vec::new();
    for records in &told.records {
        let place = Place::demo(kind).await?;
        let began = Instant::now();
        grow(kind, &place, *records).await?;
        let seconds = began.elapsed().as_secs();
        report.note(format!(
            "{}: a ledger of {records} records made by SQL in {seconds} s",
            kind.word()
        ));
        places.push((*records, place, Rounds::default()));
    }
    for round in 0..=told.rounds {
        let mut first = None;
        for (_, place, rounds) in &mut places {
            let micros = boards(place).await?;
            let limit = *first.get_or_insert(micros);
            if round > 0 {
                rounds.ours.push(micros);
                rounds.limit.push(limit);
            }
        }
    }
    for (records, _, rounds) in &places {
        let name = format!("{} · board over {records} records", kind.word());
        report.row(&name, "over the shortest", rounds, "µs", "1.0");
    }
    Ok(())
}

/// The mean time of a board that nothing was kept for, in microseconds.
async fn boards(place: &Place) -> Out<f64> {
    let county = places::county(&place.state, None).await?;
    let scope = Caller::console(county.id).may(Action::ReadBoard)?;
    let began = Instant::now();
    for _ in 0..BOARDS {
        boards::board(&place.state, &scope, None, None).await?;
    }
    Ok(began.elapsed().as_secs_f64() * 1e6 / f64::from(BOARDS))
}

/// Copies the sample county's ledger and classes until there are so many; everything else stays as it is.
async fn grow(kind: &Kind, place: &Place, records: u64) -> Out<()> {
    let tx = place.state.db.begin_write().await?;
    for (table, wanted) in [
        ("class_session", records / CLASS),
        ("training_record", records),
    ] {
        let row = tx
            .query_one_raw(sea_orm::Statement::from_string(
                tx.get_database_backend(),
                format!("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM {table}"),
            ))
            .await?;
        let there = row.ok_or("no count")?.try_get::<i64>("", "n")?;
        let times = wanted / u64::try_from(there.max(1))?;
        if times == 0 {
            continue;
        }
        let columns = columns(kind, &tx, table).await?;
        let copied = columns
            .iter()
            .map(|column| match (column.as_str(), kind) {
                // No source is entered twice for a person.
                ("id" | "source_id", Kind::Sqlite) => "randomblob(16)".to_owned(),
                ("id" | "source_id", Kind::Postgres(_)) => "gen_random_uuid()".to_owned(),
                // Titles are one of a kind for a day and a township.
                ("title", _) => "old.title || n.n".to_owned(),
                (column, _) => format!("old.{column}"),
            })
            .collect::<Vec<_>>()
            .join(", ");
        let columns = columns.join(", ");
        let numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ";
        let sql = format!(
            "{numbers}{times}) INSERT INTO {table} ({columns}) SELECT {copied} FROM n, {table} AS old"
        );
        // PostgreSQL wants the WITH beside the SELECT, SQLite takes it in front; both take it in front of INSERT.
        tx.execute_unprepared(&sql).await?;
    }
    tx.commit().await?;
    if let Kind::Postgres(_) = kind {
        let begun = place.state.db.begin_write().await?;
        begun.execute_unprepared("ANALYZE").await?;
        begun.commit().await?;
    }
    Ok(())
}

async fn columns(kind: &Kind, db: &impl ConnectionTrait, table: &str) -> Out<Vec<String>> {
    let sql = match kind {
        Kind::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
        Kind::Postgres(_) => format!(
            "SELECT column_name::text AS name FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}'"
        ),
    };
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| Ok(row.try_get("", "name")?))
        .collect()
}
