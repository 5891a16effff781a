//! Keys that change: in use without a restart, everything sealed anew in the background, the old one put away.

mod folders;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anpei::people::ID_PURPOSE;
use anpei::platform::caller::sign_token;
use anpei::platform::reseal::Column;
use anpei::platform::{App, Caller, Role, jobs, keys as in_use};
use anpei::server::{self, keys};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, answer, id_number, person};

const HOUR: i64 = 3_600;

/// A county with people from a sheet, the sheet itself, and somebody with a phone.
async fn sealed_county(app: &Arc<TestApp>, people: usize) -> (County, Client, String) {
    let county = County::make(app).await;
    let officer = county.sign_in(app, Role::CountyOfficer, county.id).await;
    let people: Vec<Person> = (0..people).map(person).collect();
    let (status, seen) = officer
        .hand_in(
            "/v1/classes/attendance-uploads",
            "第1期.csv",
            Person::sheet(&people, "东山街道企业员工安全培训签到表（第1期）"),
            &[("plan_id", county.plan.to_string())],
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    let upload = format!(
        "/v1/classes/attendance-uploads/{}",
        seen["id"].as_str().unwrap()
    );
    officer.make(&format!("{upload}/commit"), &json!({})).await;
    (county, officer, upload)
}

/// Puts the n-th person on file by hand, with a phone.
async fn hire(by: &Client, county: &County, n: usize) -> String {
    let new = json!({"name": "陈真", "id_number": id_number(n), "phone": "13812345678",
        "enterprise_id": county.shop_a, "role": "other", "from_day": "2020-01-01"});
    let made = by.make("/v1/people", &new).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn number_of(by: &Client, person: &str) -> Value {
    let path = format!("/v1/people/{person}/id-number");
    by.make(&path, &json!({"reason": "核对领码名单"})).await["id_number"].clone()
}

/// How many values and files each key seals.
async fn by_key(app: &App) -> BTreeMap<u8, i64> {
    let mut all = BTreeMap::new();
    for place in keys::uses(app).await.unwrap() {
        for (key, times) in place.by_key {
            *all.entry(key).or_default() += times;
        }
    }
    all
}

async fn standing(app: &App, key: &str) -> &'static str {
    let listed = keys::list(app).await.unwrap();
    let found = listed.iter().find(|listed| listed.key == key);
    found.map_or("gone", |listed| listed.standing)
}

#[rstest]
#[tokio::test]
async fn new_keys_are_used_without_a_restart_and_the_old_ones_leave_when_nothing_needs_them(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer, upload) = sealed_county(&app, 5).await;
    let chen = hire(&officer, &county, 900).await;
    let before = by_key(&app.state).await;
    assert_eq!(before.keys().copied().collect::<Vec<_>>(), [1]);
    // A command beside the running server.
    let command = app.later(0).await;
    let (names, _) = keys::rotate(&command).await.unwrap();
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["field-2", "token-2"]);
    // What another instance signs with the new key is known here at once, before this one has looked.
    let claims = officer.claims();
    let caller = Caller {
        account_id: claims.sub,
        county_id: claims.county,
        login: claims.login,
        grants: claims.grants,
        lang: anpei::platform::locale::Lang::default(),
        session: claims.sid,
    };
    assert_eq!(app.state.seal.token_now(), 1);
    let new_token = sign_token(&command, &caller).unwrap();
    let me = || app.request(Method::GET, "/v1/accounts/me");
    let told = answer(me().bearer_auth(new_token)).await;
    assert_eq!(told.0, StatusCode::OK, "{}", told.1);
    // Once it has looked, what is new is sealed and signed with it; what is old is read as before.
    in_use::look(&app.state).await.unwrap();
    let (seal, old) = (&app.state.seal, officer.token.clone());
    assert_eq!((seal.field_now(), seal.token_now()), (2, 2));
    assert_eq!(number_of(&officer, &chen).await, id_number(900));
    let wu = hire(&officer, &county, 901).await;
    assert_eq!(by_key(&app.state).await[&2], 2);
    // The old one cannot go while it seals anything.
    let field_1 = "field-1".parse().unwrap();
    let refused = keys::drop_key(&app.later(2 * HOUR).await, field_1).await;
    let total: i64 = before.values().sum();
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains(&total.to_string())
    );
    // The job moves everything, the sheet too.
    let soon = app.later(31).await;
    assert!(jobs::step(&soon, server::dispatch).await.unwrap());
    assert_eq!(by_key(&app.state).await, BTreeMap::from([(2, total + 2)]));
    assert_eq!(keys::stale(&app.state).await.unwrap(), 0);
    assert_eq!(number_of(&officer, &chen).await, id_number(900));
    assert_eq!(number_of(&officer, &wu).await, id_number(901));
    let sheet = officer.request(Method::GET, &format!("{upload}/refused.xlsx"));
    assert_eq!(sheet.send().await.unwrap().status(), StatusCode::OK);
    // Not at once: transactions begun before, and check-ins of phones without a network.
    assert!(keys::drop_key(&soon, field_1).await.is_err());
    let to = keys::drop_key(&app.later(HOUR + 60).await, field_1).await;
    assert!(to.unwrap().ends_with("keys/dropped/field-1.key"));
    let token_1 = "token-1".parse().unwrap();
    let too_soon = keys::drop_key(&app.later(95 * HOUR).await, token_1).await;
    assert!(too_soon.is_err());
    keys::drop_key(&app.later(97 * HOUR).await, token_1)
        .await
        .unwrap();
    in_use::look(&app.state).await.unwrap();
    assert_eq!(standing(&app.state, "field-1").await, "gone");
    assert_eq!(standing(&app.state, "field-2").await, "current");
    let told = answer(me().bearer_auth(old)).await;
    assert_eq!(
        told.1["code"], "unauthenticated",
        "signed with a key put away"
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn sealing_anew_goes_on_where_it_was_cut_and_twice_at_once_is_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let (county, officer, _) = sealed_county(&app, 700).await;
    let chen = hire(&officer, &county, 900).await;
    keys::rotate(&app.state).await.unwrap();
    let column = Column::new("person", "id_sealed", ID_PURPOSE);
    let uses = || async { column.uses(app.state.db.read()).await.unwrap() };
    assert_eq!(uses().await, BTreeMap::from([(1, 701)]));
    // Cut after its first step.
    let (told, mut first) = tokio::sync::mpsc::unbounded_channel();
    let state = app.state.clone();
    let cut = tokio::spawn(async move {
        let tell = move |moved: i64| {
            let _ = told.send(moved);
        };
        column.reseal(&state, &tell).await
    });
    let moved = first.recv().await.unwrap();
    cut.abort();
    let _ = cut.await;
    // A commit that was on its way when it was cut still arrives: who locks all rows waits for it.
    let tx = app.state.db.begin_write().await.unwrap();
    if app.state.db.is_postgres() {
        let all = "SELECT id FROM person FOR UPDATE";
        tx.execute_unprepared(all).await.unwrap();
    }
    tx.commit().await.unwrap();
    let half = uses().await;
    assert!(
        half[&2] >= moved,
        "a step that was told of is there: {half:?}"
    );
    assert_eq!(half.values().sum::<i64>(), 701);
    // Two at once share what is left.
    let left = half.get(&1).copied().unwrap_or(0);
    let other = app.later(0).await;
    let counted = AtomicI64::new(0);
    let tell = |moved: i64| {
        counted.fetch_add(moved, Ordering::SeqCst);
    };
    let (a, b) = tokio::join!(
        column.reseal(&app.state, &tell),
        column.reseal(&other, &tell)
    );
    assert_eq!(a.unwrap() + b.unwrap(), left, "each value is moved once");
    assert_eq!(counted.load(Ordering::SeqCst), left);
    assert_eq!(uses().await, BTreeMap::from([(2, 701)]));
    assert_eq!(number_of(&officer, &chen).await, id_number(900));
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_key_waits_for_the_jobs_whose_words_it_sealed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    app.stop_jobs().await;
    let path = "/v1/accounts/password-resets";
    let asked = app.request(Method::POST, path);
    let (status, _) = answer(asked.json(&json!({"login": "nobody"}))).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    keys::rotate(&app.state).await.unwrap();
    let later = app.later(2 * HOUR).await;
    keys::reseal(&later, |_| ()).await.unwrap();
    assert_eq!(by_key(&app.state).await, BTreeMap::from([(1, 1)]));
    assert_eq!(keys::stale(&app.state).await.unwrap(), 0);
    let field_1 = "field-1".parse().unwrap();
    let refused = keys::drop_key(&later, field_1).await.unwrap_err();
    assert!(refused.to_string().contains("1 jobs"), "{refused}");
    // Once it is done, nothing of it is left.
    assert!(jobs::step(&app.state, server::dispatch).await.unwrap());
    assert!(by_key(&app.state).await.is_empty());
    keys::drop_key(&later, field_1).await.unwrap();
    app.finish().await;
}

/// Every sealed column of the entities, as `table.column`.
fn sealed_columns() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("entity/src");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let Some((_, rest)) = text.split_once("table_name = \"") else {
            continue;
        };
        let table = rest.split('"').next().unwrap();
        let fields = text.lines().filter_map(|line| {
            let name = line.trim().strip_prefix("pub ")?.split(':').next()?;
            name.ends_with("_sealed").then_some(name)
        });
        found.extend(fields.map(|field| format!("{table}.{field}")));
    }
    found.sort();
    found
}

#[test]
fn every_sealed_column_is_sealed_anew() {
    let columns = server::keys::SEALED.into_iter().flatten();
    let mut ours: Vec<_> = columns
        .map(|column| format!("{}.{}", column.table, column.column))
        .collect();
    ours.sort();
    assert!(ours.len() > 5, "{ours:?}");
    assert_eq!(ours, sealed_columns(), "each once, in its room's SEALED");
}
