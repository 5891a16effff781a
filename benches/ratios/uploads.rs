//! A sheet from .xlsx to committed rows and counters, beside parsing it and inserting the same rows with the raw driver.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anpei::classes::assess::Target;
use anpei::classes::uploads;
use anpei::platform::Caller;
use anpei::platform::intake::handed;
use anpei::{demo, places, plans};
use calamine::Reader;
use futures_util::StreamExt;
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::county::{Kind, Place};
use crate::report::{Report, Rounds};
use crate::{Out, Told};

/// Rounds: each takes seconds.
const ROUNDS: usize = 3;
const PLACE: &str = "东山街道";

pub async fn measure(told: &Told, kind: &Kind, report: &mut Report) -> Out<()> {
    let files = tempfile::tempdir()?;
    let sheet = files.path().join("sheet.xlsx");
    write_sheet(&sheet, told.lines)?;
    let county = files.path().join("county");
    write_county(&county)?;
    let mut rounds = Rounds::default();
    let mut peaks = Vec::new();
    let mut written = String::new();
    for _ in 0..ROUNDS.min(told.rounds) {
        let empty = Place::make(kind, None).await?;
        demo::load(&empty.state, &county, false).await?;
        let ours = Place::make(kind, Some(&empty)).await?;
        let raw = Place::make(kind, Some(&empty)).await?;
        let before = resident()?;
        let began = Instant::now();
        commit(&ours, &sheet, told.lines).await?;
        rounds.ours.push(began.elapsed().as_secs_f64());
        peaks.push(peak()? - before);
        ours.state.db.close().await;
        raw.state.db.close().await;
        let (seconds, rows) = if let Kind::Sqlite = kind {
            sqlite(&ours, &raw, &sheet)?
        } else {
            postgres(&ours, &raw, &sheet).await?
        };
        rounds.limit.push(seconds);
        written = rows;
    }
    let name = format!(
        "{} · {} attendance lines, end to end",
        kind.word(),
        told.lines
    );
    report.row(
        &name,
        "calamine + raw bulk insert of the same rows",
        &rounds,
        "s",
        "≤ 3",
    );
    report.note(format!(
        "{}: {:.0} MB above what was there before the upload at its peak; {written}",
        kind.word(),
        crate::report::median(&peaks),
    ));
    Ok(())
}

/// Reads, previews and commits the sheet by the action that every upload takes.
async fn commit(place: &Place, sheet: &Path, lines: usize) -> Out<()> {
    let county = places::county(&place.state, Some("330699")).await?;
    let by = Caller::console(county.id);
    let plan = plans::newest_plan(place.state.db.read(), county.id).await?;
    let plan = plan.ok_or("no plan")?.id;
    let taken = uploads::take(&place.state, &by, handed(sheet)?, plan, Target::default()).await?;
    if usize::try_from(taken.accepted)? != lines {
        return Err(format!(
            "{} of {lines} lines accepted: {:?}",
            taken.accepted, taken.counts
        )
        .into());
    }
    Ok(())
}

/// Rows that the limit inserts: those of every table the upload filled from nothing, in an order foreign keys allow.
fn ordered(mut tables: Vec<String>) -> Vec<String> {
    let first = [
        "class_session",
        "attendance_upload",
        "person",
        "employment",
        "attendance_mark",
        "upload_line",
        "training_record",
    ];
    tables.sort_by_key(|table| first.iter().position(|first| first == table).unwrap_or(99));
    tables
}

fn parse(sheet: &Path) -> Out<usize> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(sheet)?;
    let name = book.sheet_names().first().cloned().unwrap_or_default();
    Ok(book.worksheet_range(&name)?.rows().count())
}

fn sqlite(ours: &Place, raw: &Place, sheet: &Path) -> Out<(f64, String)> {
    let from = rusqlite::Connection::open(ours.folder.path().join("anpei.db"))?;
    let mut into = rusqlite::Connection::open(raw.folder.path().join("anpei.db"))?;
    into.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON",
    )?;
    let count = |db: &rusqlite::Connection, table: &str| -> rusqlite::Result<i64> {
        db.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| {
            row.get(0)
        })
    };
    let tables: Vec<String> = from
        .prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut told = String::new();
    let mut rows = Vec::new();
    for table in ordered(tables) {
        if count(&into, &table)? > 0 || count(&from, &table)? == 0 {
            continue;
        }
        let mut all = from.prepare(&format!("SELECT * FROM {table} ORDER BY rowid"))?;
        let width = all.column_count();
        let read = all.query_map([], |row| {
            (0..width)
                .map(|at| row.get(at))
                .collect::<Result<Vec<rusqlite::types::Value>, _>>()
        })?;
        let read: Vec<Vec<rusqlite::types::Value>> = read.collect::<Result<_, _>>()?;
        write!(told, "{} {table}, ", read.len())?;
        rows.push((table, width, read));
    }
    let began = Instant::now();
    parse(sheet)?;
    let tx = into.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (table, width, rows) in &rows {
        let marks = vec!["?"; *width].join(",");
        let mut insert = tx.prepare(&format!("INSERT INTO {table} VALUES ({marks})"))?;
        for row in rows {
            insert.execute(rusqlite::params_from_iter(row))?;
        }
    }
    tx.commit()?;
    Ok((
        began.elapsed().as_secs_f64(),
        format!("rows: {}", told.trim_end_matches(", ")),
    ))
}

async fn postgres(ours: &Place, raw: &Place, sheet: &Path) -> Out<(f64, String)> {
    let open = async |place: &Place| -> Out<PgConnection> {
        Ok(place.url.parse::<PgConnectOptions>()?.connect().await?)
    };
    let (mut from, mut into) = (open(ours).await?, open(raw).await?);
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .fetch_all(&mut from)
    .await?;
    let (mut told, mut rows) = (String::new(), Vec::new());
    for table in ordered(tables) {
        let count = || sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let there: i64 = sqlx::query_scalar(count()).fetch_one(&mut into).await?;
        let here: i64 = sqlx::query_scalar(count()).fetch_one(&mut from).await?;
        if there > 0 || here == 0 {
            continue;
        }
        let mut stream = from
            .copy_out_raw(&format!("COPY {table} TO STDOUT"))
            .await?;
        let mut bytes = Vec::new();
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(&part?);
        }
        write!(told, "{here} {table}, ")?;
        rows.push((table, bytes));
    }
    let began = Instant::now();
    parse(sheet)?;
    sqlx::query("BEGIN").execute(&mut into).await?;
    for (table, bytes) in &rows {
        let mut copy = into
            .copy_in_raw(&format!("COPY {table} FROM STDIN"))
            .await?;
        copy.send(bytes.as_slice()).await?;
        copy.finish().await?;
    }
    sqlx::query("COMMIT").execute(&mut into).await?;
    Ok((
        began.elapsed().as_secs_f64(),
        format!("rows: {}", told.trim_end_matches(", ")),
    ))
}

/// A county of one township and forty enterprises.
fn write_county(folder: &Path) -> Out<()> {
    std::fs::create_dir_all(folder.join("attendance"))?;
    let plan = serde_json::json!({
        "county": {"code": "330699", "name": "样例县"},
        "title": "样例县培训方案",
        "year": 2020,
        "period": ["2020-01-01", "2020-12-31"],
        "target_roles": ["其他从业人员"],
        "required_minutes": {"offline": 360, "online": 0},
        "pass_mark": 80,
    });
    std::fs::write(folder.join("plan.json"), plan.to_string())?;
    let quotas = format!("乡镇代码,乡镇（街道）,任务数\n330699001,{PLACE},100000\n");
    std::fs::write(folder.join("quotas.csv"), quotas)?;
    let mut enterprises = String::from("企业名称,乡镇代码,行业\n");
    for n in 0..40 {
        writeln!(enterprises, "{PLACE}第{n}机械厂,330699001,工贸")?;
    }
    std::fs::write(folder.join("enterprises.xlsx"), enterprises)?;
    Ok(())
}

/// A sign-in sheet of so many people, each once.
fn write_sheet(path: &PathBuf, lines: usize) -> Out<()> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, format!("{PLACE}第1期"))?;
    let head = [
        "姓名",
        "身份证号码",
        "工作单位",
        "岗位",
        "签到时间",
        "签退时间",
        "考核成绩",
    ];
    for (column, title) in (0..).zip(head) {
        sheet.write_string(1, column, title)?;
    }
    for line in 0..lines {
        let row = u32::try_from(line + 2)?;
        let letter = |n: usize| char::from_u32(0x4E00 + u32::try_from(n % 20_000).unwrap_or(0));
        let name: String = ['王']
            .into_iter()
            .chain(letter(line))
            .chain(letter(line / 20_000))
            .collect();
        sheet.write_string(row, 0, name)?;
        sheet.write_string(row, 1, id_number(line)?)?;
        sheet.write_string(row, 2, format!("{PLACE}第{}机械厂", line % 40))?;
        sheet.write_string(row, 3, "其他从业人员")?;
        sheet.write_string(row, 4, "2020-05-12 08:30")?;
        sheet.write_string(row, 5, "2020-05-12 16:30")?;
        sheet.write_string(row, 6, "90")?;
    }
    book.save(path)?;
    Ok(())
}

/// The n-th valid ID number (GB 11643) under an area code that no county has.
pub fn id_number(n: usize) -> Out<String> {
    let day = 19_600_101 + n / 1_000 % 28 + n / 28_000 * 10_000;
    let body = format!("330699{day}{:03}", n % 1_000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body
        .bytes()
        .zip(weights)
        .map(|(c, w)| u32::from(c - b'0') * w)
        .sum();
    let last = b"10X98765432"
        .get(sum as usize % 11)
        .copied()
        .ok_or("no check digit")?;
    Ok(format!("{body}{}", char::from(last)))
}

/// A figure of /proc/self/status in MB.
fn status(name: &str) -> Out<f64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let figure = line
        .and_then(|line| line.split_whitespace().nth(1))
        .ok_or("no such figure")?;
    Ok(figure.parse::<f64>()? / 1_024.0)
}

/// What is resident now; the peak is counted from here.
fn resident() -> Out<f64> {
    std::fs::write("/proc/self/clear_refs", "5")?;
    status("VmRSS")
}

fn peak() -> Out<f64> {
    status("VmHWM")
}
