//! Small writes from many hands, beside the driver's own commits of the same rows, grouped and durable.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anpei::places;
use anpei::platform::caller::sign_token;
use anpei::platform::scope::Grant;
use anpei::platform::{Caller, Role};
use rusqlite::types::Value;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use uuid::Uuid;

use crate::county::{self, Kind, Place};
use crate::load::{self, Load};
use crate::report::{Report, Rounds};
use crate::{Out, Told};

/// Clients that mark at once; the driver's limit commits as many together.
pub const HANDS: usize = 64;

pub async fn measure(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let place = Place::demo(kind).await?;
    let address = place.serve().await?;
    let token = place.token(address, "county_officer").await?;
    let people = county::ids(address, "/v1/people?limit=200", &token).await?;
    let classes = county::ids(address, "/v1/classes/sessions?limit=20", &token).await?;
    let time = Duration::from_millis(told.millis * 2);
    let mut rounds = Rounds::default();
    let (mut refused, mut p99) = (0, Vec::new());
    for round in 0..=told.rounds {
        let requests = Arc::new(marks(&people, &classes, &token, round));
        let shot = load.run(address, &requests, HANDS, time).await?;
        let limit = match kind {
            Kind::Sqlite => driver(&place, &ROWS, time)?,
            Kind::Postgres(_) => grouped(&place, &ROWS, time).await?,
        };
        if round > 0 {
            rounds.ours.push(shot.per_second);
            rounds.limit.push(limit);
            p99.push(shot.within(0.99));
            refused += shot.refused;
        }
    }
    let name = format!("{} · markAttendance by {HANDS} clients", kind.word());
    let beside = "the driver's own commits of as many rows, grouped";
    report.row(&name, beside, &rounds, "/s", "≥ 0.50");
    report.note(format!(
        "{}: markAttendance p99 {:.0} ms; {refused} refused",
        kind.word(),
        crate::report::median(&p99)
    ));
    Ok(())
}

/// Marks with another score each round, so that each is a change.
fn marks(people: &[Uuid], classes: &[Uuid], token: &str, round: usize) -> Vec<Vec<u8>> {
    let each = |(class, person): (&Uuid, &Uuid)| {
        let body = serde_json::json!({"person_id": person, "score": 60 + round});
        let path = format!("/v1/classes/sessions/{class}/marks");
        load::post(&path, token, &body.to_string())
    };
    let pairs = classes
        .iter()
        .flat_map(|class| people.iter().map(move |person| (class, person)));
    pairs.map(each).collect()
}

/// Rows of one mark: mark, ledger, audit entry, and the counters of person, township and enterprise.
const ROWS: [(&str, usize); 6] = [
    ("mark", 300),
    ("ledger", 250),
    ("audit", 300),
    ("person", 60),
    ("township", 60),
    ("enterprise", 60),
];

/// Rows of one scan: the scan, and the answer kept for whoever sends it again.
const SCAN: [(&str, usize); 2] = [("scan", 200), ("answer", 500)];
const MORNING: &str = "2020-06-01T08:10:00+08:00";

/// Phones that sign in at the same moment, each with a person of its own.
pub async fn check_ins(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let place = Place::demo_at(kind, MORNING).await?;
    let address = place.serve().await?;
    let officer = place.token(address, "county_officer").await?;
    let phones = phones(&place).await?;
    let time = Duration::from_millis(told.millis * 2);
    let mut rounds = Rounds::default();
    let (mut refused, mut p99) = (0, Vec::new());
    for round in 0..=told.rounds {
        let code = code_on_the_wall(address, &officer, round).await?;
        let body = serde_json::json!({
            "sent_at": MORNING, "device_id": "a phone of the bench",
            "scans": [{"token": code, "scanned_at": MORNING}],
        });
        let requests = phones
            .iter()
            .map(|token| load::post("/v1/classes/check-ins", token, &body.to_string()));
        let shot = load
            .run(address, &Arc::new(requests.collect()), HANDS, time)
            .await?;
        let limit = match kind {
            Kind::Sqlite => driver(&place, &SCAN, time)?,
            Kind::Postgres(_) => grouped(&place, &SCAN, time).await?,
        };
        if round > 0 {
            rounds.ours.push(shot.per_second);
            rounds.limit.push(limit);
            p99.push(shot.within(0.99));
            refused += shot.refused;
        }
    }
    let name = format!("{} · checkIn by {HANDS} phones", kind.word());
    let beside = "the driver's own commits of as many rows, grouped";
    report.row(&name, beside, &rounds, "/s", "≥ 0.50");
    report.note(format!(
        "{}: checkIn p99 {:.0} ms; {refused} refused",
        kind.word(),
        crate::report::median(&p99)
    ));
    Ok(())
}

/// Tokens of the sample county's people, as if each had signed in.
async fn phones(place: &Place) -> Out<Vec<String>> {
    let county = places::county(&place.state, None).await?;
    let people = place
        .state
        .db
        .read()
        .query_all_raw(Statement::from_string(
            place.state.db.read().get_database_backend(),
            "SELECT id FROM person LIMIT 12000".to_owned(),
        ))
        .await?;
    let token = |row: &QueryResult| {
        let mut caller = Caller::console(county.id);
        caller.account_id = anpei::platform::clock::new_id();
        caller.session = anpei::platform::clock::new_id();
        caller.grants = vec![Grant {
            role: Role::Worker,
            county: false,
            regions: Vec::new(),
            enterprise: None,
            person: Some(row.try_get("", "id")?),
        }];
        Ok(sign_token(&place.state, &caller)?)
    };
    people.iter().map(token).collect()
}

/// A new class of this morning, and the code on its wall.
async fn code_on_the_wall(address: SocketAddr, officer: &str, round: usize) -> Out<String> {
    let read = async |path: String| -> Out<serde_json::Value> {
        Ok(serde_json::from_slice(
            &county::read(address, &path, officer).await?,
        )?)
    };
    let regions = read("/v1/places/regions".to_owned()).await?;
    let plans = read("/v1/plans".to_owned()).await?;
    let township = regions["items"].as_array().and_then(|all| {
        let township = |region: &&serde_json::Value| region["kind"] == "township";
        all.iter().find(township)
    });
    let class = serde_json::json!({
        "region_id": township.ok_or("no township")?["id"], "plan_id": plans["items"][0]["id"],
        "title": format!("第{round}期"), "minutes": 360,
        "starts": "2020-06-01T08:30:00+08:00", "ends": "2020-06-01T16:30:00+08:00",
    });
    let made = reqwest::Client::new()
        .post(format!("http://{address}/v1/classes/sessions"))
        .bearer_auth(officer)
        .json(&class)
        .send()
        .await?;
    let made: serde_json::Value = made.error_for_status()?.json().await?;
    let id = made["id"].as_str().ok_or("no class")?;
    let path = format!("/v1/classes/sessions/{id}/check-in-token?direction=in");
    let codes = read(path).await?;
    let code = codes["tokens"][0]["token"].as_str();
    Ok(code.ok_or("no code")?.to_owned())
}

pub fn driver(place: &Place, rows: &[(&str, usize)], time: Duration) -> Out<f64> {
    let file = place.folder.path().join("driver.db");
    let mut db = rusqlite::Connection::open(file)?;
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
    for (table, _) in rows {
        db.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS row_{table} (id BLOB PRIMARY KEY, body BLOB)"
        ))?;
    }
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < time {
        let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for _ in 0..HANDS {
            for (table, size) in rows {
                let id = anpei::platform::clock::new_id();
                let row = [
                    Value::Blob(id.as_bytes().to_vec()),
                    Value::Blob(vec![7; *size]),
                ];
                tx.prepare_cached(&format!("INSERT INTO row_{table} VALUES (?, ?)"))?
                    .execute(rusqlite::params_from_iter(row))?;
            }
            done += 1;
        }
        tx.commit()?;
    }
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}

pub async fn grouped(place: &Place, rows: &[(&str, usize)], time: Duration) -> Out<f64> {
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = pool.connect(&place.url).await?;
    for (table, _) in rows {
        let sql =
            format!("CREATE TABLE IF NOT EXISTS row_{table} (id uuid PRIMARY KEY, body bytea)");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await?;
    }
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < time {
        let mut tx = pool.begin().await?;
        for (table, size) in rows {
            let ids: Vec<Uuid> = (0..HANDS)
                .map(|_| anpei::platform::clock::new_id())
                .collect();
            let bodies = vec![vec![7_u8; *size]; HANDS];
            let sql =
                format!("INSERT INTO row_{table} SELECT * FROM UNNEST($1::uuid[], $2::bytea[])");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(ids)
                .bind(bodies)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        done += HANDS;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
    Ok(done as f64 / began.elapsed().as_secs_f64())
}
