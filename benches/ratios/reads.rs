//! Reads with authentication beside a bare poem handler of the same bytes, and beside the same rows through bare sqlx.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anpei::platform::App;
use anpei::platform::caller::read_token;
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::{Data, Path};
use poem::{EndpointExt, Request, Response, Route, get, handler};
use sqlx::Row;
use uuid::Uuid;

use crate::county::{self, Kind, Place};
use crate::load::{self, CLIENTS, Load};
use crate::report::{self, Report, Rounds};
use crate::{Out, Told};

/// An operation, the rows it reads (with the county as $1 and its own id as $2), and what it is held to.
struct Read {
    name: &'static str,
    path: &'static str,
    sql: &'static [&'static str],
    bare_aim: &'static str,
    sqlx_aim: &'static str,
}

const READS: [Read; 6] = [
    Read {
        name: "getMe",
        path: "/v1/accounts/me",
        sql: &[],
        bare_aim: "≥ 0.60",
        sqlx_aim: "",
    },
    Read {
        name: "getBoard",
        path: "/v1/boards/progress",
        sql: &[],
        bare_aim: "≥ 0.60",
        sqlx_aim: "",
    },
    Read {
        name: "getToday",
        path: "/v1/me/today",
        sql: &[],
        bare_aim: "≥ 0.60",
        sqlx_aim: "",
    },
    Read {
        name: "getPerson",
        path: "/v1/people/{id}",
        sql: &[
            "SELECT * FROM person WHERE county_id = $1 AND id = $2",
            "SELECT * FROM employment WHERE county_id = $1 AND person_id = $2 AND to_day IS NULL",
        ],
        bare_aim: "",
        sqlx_aim: "≥ 0.80",
    },
    Read {
        name: "getEnterprise",
        path: "/v1/places/enterprises/{id}",
        sql: &["SELECT * FROM enterprise WHERE county_id = $1 AND id = $2"],
        bare_aim: "",
        sqlx_aim: "≥ 0.80",
    },
    Read {
        name: "listRegions",
        path: "/v1/places/regions",
        sql: &["SELECT * FROM region WHERE county_id = $1"],
        bare_aim: "",
        sqlx_aim: "≥ 0.80",
    },
];

/// Bare sqlx on the same database.
#[derive(Clone)]
enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

impl Pool {
    async fn open(place: &Place) -> Out<Self> {
        if place.url.starts_with("sqlite:") {
            use sqlx::sqlite::SqliteConnectOptions;
            let options: SqliteConnectOptions = place.url.parse()?;
            let options = options
                .pragma("cache_size", "-65536")
                .pragma("query_only", "ON");
            let pool = sqlx::sqlite::SqlitePoolOptions::new()
                .max_connections(4)
                .test_before_acquire(false);
            return Ok(Self::Sqlite(pool.connect_with(options).await?));
        }
        let pool = sqlx::postgres::PgPoolOptions::new()
            .max_connections(16)
            .test_before_acquire(false);
        Ok(Self::Postgres(pool.connect(&place.url).await?))
    }

    /// Runs the statements and reads every column of what they give.
    async fn rows(&self, sql: &[&'static str], county: Uuid, id: Uuid) -> sqlx::Result<usize> {
        let mut seen = 0;
        for sql in sql {
            let two = sql.contains("$2");
            match self {
                Self::Sqlite(pool) => {
                    let query = sqlx::query(*sql).bind(county);
                    let query = if two { query.bind(id) } else { query };
                    for row in query.fetch_all(pool).await? {
                        for column in 0..row.len() {
                            row.try_get_raw(column)?;
                        }
                        seen += 1;
                    }
                }
                Self::Postgres(pool) => {
                    let query = sqlx::query(*sql).bind(county);
                    let query = if two { query.bind(id) } else { query };
                    for row in query.fetch_all(pool).await? {
                        for column in 0..row.len() {
                            row.try_get_raw(column)?;
                        }
                        seen += 1;
                    }
                }
            }
        }
        Ok(seen)
    }
}

/// What the limits answer: the very bytes that ours answered.
#[derive(Clone)]
struct Limits {
    state: App,
    pool: Pool,
    county: Uuid,
    bodies: Arc<HashMap<&'static str, Vec<u8>>>,
}

fn bytes(limits: &Limits, name: &str) -> Response {
    let body = limits.bodies.get(name).cloned().unwrap_or_default();
    Response::builder()
        .content_type("application/json")
        .body(body)
}

#[handler]
fn same_bytes(limits: Data<&Limits>, name: Path<String>) -> Response {
    bytes(&limits, &name)
}

#[handler]
async fn through_sqlx(
    limits: Data<&Limits>,
    request: &Request,
    Path((name, id)): Path<(String, Uuid)>,
) -> Response {
    let token = request.header("authorization").unwrap_or_default();
    let token = token.strip_prefix("Bearer ").unwrap_or_default();
    if read_token(&limits.state, token).is_err() {
        return StatusCode::UNAUTHORIZED.into();
    }
    let read = READS.iter().find(|read| read.name == name);
    let sql = read.map(|read| read.sql).unwrap_or_default();
    match limits.pool.rows(sql, limits.county, id).await {
        Ok(1..) => bytes(&limits, &name),
        _ => StatusCode::NOT_FOUND.into(),
    }
}

async fn serve(limits: Limits) -> Out<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Route::new()
        .at("/bare/:name", get(same_bytes))
        .at("/sqlx/:name/:id", get(through_sqlx))
        .data(limits);
    let acceptor = TcpAcceptor::from_tokio(listener)?;
    tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
    Ok(address)
}

/// The requests of one read: ours, bare, through sqlx.
fn requests(read: &Read, ids: &[Uuid], token: &str) -> [Arc<Vec<Vec<u8>>>; 3] {
    let ours = ids
        .iter()
        .map(|id| load::get(&read.path.replace("{id}", &id.to_string()), token));
    let bare = load::get(&format!("/bare/{}", read.name), token);
    let sqlx = ids
        .iter()
        .map(|id| load::get(&format!("/sqlx/{}/{id}", read.name), token));
    [
        Arc::new(ours.collect()),
        Arc::new(vec![bare]),
        Arc::new(sqlx.collect()),
    ]
}

pub async fn measure(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let place = Place::demo(kind).await?;
    let address = place.serve().await?;
    let token = place.token(address, "county_officer").await?;
    let me: serde_json::Value =
        serde_json::from_slice(&county::read(address, "/v1/accounts/me", &token).await?)?;
    let county: Uuid = me["county_id"].as_str().ok_or("no county")?.parse()?;
    let people = county::ids(address, "/v1/people?limit=200", &token).await?;
    let enterprises = county::ids(address, "/v1/places/enterprises?limit=200", &token).await?;
    let mut bodies = HashMap::new();
    let mut asked = Vec::new();
    let wanted = |read: &&Read| told.read.is_empty() || told.read.iter().any(|r| r == read.name);
    let reads: Vec<&Read> = READS.iter().filter(wanted).collect();
    for read in &reads {
        let ids = match read.name {
            "getPerson" => people.clone(),
            "getEnterprise" => enterprises.clone(),
            _ => vec![Uuid::nil()],
        };
        let first = ids.first().ok_or("nothing to read")?.to_string();
        let body = county::read(address, &read.path.replace("{id}", &first), &token).await?;
        bodies.insert(read.name, body);
        asked.push((
            requests(read, &ids, &token),
            Rounds::default(),
            Rounds::default(),
            Vec::new(),
        ));
    }
    let limits = Limits {
        state: place.state.clone(),
        pool: Pool::open(&place).await?,
        county,
        bodies: Arc::new(bodies),
    };
    let beside = serve(limits).await?;
    let time = Duration::from_millis(told.millis);
    // The first round only warms up.
    for round in 0..=told.rounds {
        for (read, (requests, to_bare, to_sqlx, costs)) in reads.iter().zip(&mut asked) {
            let [ours, bare, sqlx] = &*requests;
            let mut shots = Vec::new();
            let mut cost = Vec::new();
            for (to, requests) in [(address, ours), (beside, bare), (beside, sqlx)] {
                if read.sql.is_empty() && Arc::ptr_eq(requests, sqlx) {
                    continue;
                }
                let shot = load.run(to, requests, CLIENTS, time).await?;
                if shot.refused > 0 {
                    return Err(format!("{}: {} refused", read.name, shot.refused).into());
                }
                shots.push(shot.per_second);
                cost.push(shot.cost);
            }
            if round == 0 {
                continue;
            }
            costs.push(cost);
            if let [ours, bare, rest @ ..] = shots.as_slice() {
                to_bare.ours.push(*ours);
                to_bare.limit.push(*bare);
                if let [sqlx] = rest {
                    to_sqlx.ours.push(*ours);
                    to_sqlx.limit.push(*sqlx);
                }
            }
        }
    }
    for (read, (_, to_bare, to_sqlx, costs)) in reads.iter().zip(&asked) {
        let name = format!("{} · {}", kind.word(), read.name);
        report.row(&name, "bare poem handler", to_bare, "req/s", read.bare_aim);
        if !to_sqlx.ours.is_empty() {
            report.row(
                &name,
                "bare sqlx, signed in",
                to_sqlx,
                "req/s",
                read.sqlx_aim,
            );
        }
        let middle = |place: usize| {
            let of: Vec<f64> = costs.iter().filter_map(|c| c.get(place).copied()).collect();
            (!of.is_empty()).then(|| format!("{:.1}", report::median(&of)))
        };
        let costs: Vec<String> = (0..3).map_while(middle).collect();
        let costs = costs.join(" / ");
        report.note(format!(
            "{name}: {costs} µs of processor an answer (ours / bare / sqlx)"
        ));
    }
    Ok(())
}
