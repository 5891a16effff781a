//! Two instances on one database, one of them the built program, with everybody at the doors at once: what each may do
//! once is done once, wherever the request and its repeats arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anpei::platform::Role;
use futures_util::future::join_all;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{Client, County, Kind, Person, Program, Smtp, TestApp, answer, person};

const SHEETS: usize = 6;
const PEOPLE: usize = 20;
const LINES: usize = 10;
const INVITED: usize = 12;
const KNOCKS: usize = 14;
const CALLED: usize = 3;

/// The two doors, by turns.
struct Doors {
    both: [String; 2],
    http: reqwest::Client,
    token: String,
}

impl Doors {
    /// A request at one of them, signed in.
    fn at(&self, n: usize, method: Method, path: &str) -> RequestBuilder {
        let request = self.open(n, method, path);
        request.bearer_auth(&self.token)
    }

    /// A request at one of them.
    fn open(&self, n: usize, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.both[n % 2]))
    }

    /// The same request with the same key, so many times at once, at both doors by turns; what each was told.
    async fn at_once(
        &self,
        path: &str,
        body: &Value,
        key: &str,
        times: usize,
    ) -> Vec<(StatusCode, Value)> {
        let mut tries = JoinSet::new();
        for n in 0..times {
            let request = self
                .at(n, Method::POST, path)
                .header("Idempotency-Key", key)
                .json(body);
            tries.spawn(answer(request));
        }
        tries.join_all().await
    }

    /// Hands in a sheet at one door, and commits it at both.
    async fn sheet(self: Arc<Self>, n: usize, plan: String) {
        let people: Vec<Person> = (0..PEOPLE).map(person).collect();
        let part =
            reqwest::multipart::Part::bytes(Person::sheet(&people, &format!("东山街道第{n}期")));
        let form = reqwest::multipart::Form::new()
            .part("file", part.file_name("a.csv"))
            .text("plan_id", plan);
        let path = "/v1/classes/attendance-uploads";
        let (status, seen) = answer(self.at(n, Method::POST, path).multipart(form)).await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        let commit = format!("{path}/{}/commit", seen["id"].as_str().unwrap());
        let told = self
            .at_once(&commit, &json!({}), &format!("commit-{n}"), 3)
            .await;
        assert_all_alike(&told);
    }

    /// Calls the same roll at both doors with no key at all: a line has a name of its own, and counts once.
    async fn roll(self: Arc<Self>, class: String, people: Vec<String>) {
        let path = format!("/v1/classes/sessions/{class}/roll");
        let lines = people.iter().enumerate().map(|(n, id)| {
            json!({"line": n.to_string(), "person_id": id, "check_in": "2020-06-12T08:30:00+08:00",
                "check_out": "2020-06-12T16:30:00+08:00"})
        });
        let roll = json!({"lines": lines.collect::<Vec<_>>()});
        let calls = (0..4).map(|n| answer(self.at(n, Method::POST, &path).json(&roll)));
        for (status, told) in join_all(calls).await {
            assert_eq!(
                (status, &told["accepted"]),
                (StatusCode::OK, &json!(CALLED)),
                "{told}"
            );
        }
    }

    /// Looks at the board at both doors until told to stop: always an answer, and never a figure that goes back.
    async fn watch(self: Arc<Self>, n: usize, over: Arc<AtomicBool>) -> usize {
        let (mut looks, mut last) = (0, 0);
        while !over.load(Ordering::SeqCst) {
            let path = "/v1/boards/progress?as_of=2020-12-31";
            let (status, board) = answer(self.at(n, Method::GET, path)).await;
            assert_eq!(status, StatusCode::OK, "{board}");
            let times = board["person_times"].as_i64().unwrap();
            let completed = usize::try_from(board["completed"].as_i64().unwrap()).unwrap();
            assert!(
                times >= last && completed <= PEOPLE,
                "{last} before {board}"
            );
            (looks, last) = (looks + 1, times);
        }
        looks
    }
}

/// Each was told the same; nobody was told that it went wrong.
fn assert_all_alike(told: &[(StatusCode, Value)]) {
    assert_eq!(told[0].0, StatusCode::OK, "{}", told[0].1);
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_under_mixed_load_do_everything_once() {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let more = ["--smtp-url", url.as_str()];
    let app = Arc::new(TestApp::start_with(Kind::Postgres, &more).await);
    let county = County::make(&app).await;
    let other = Program::beside(&app, &more).await;
    let officer = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    drop(county.sign_in(&app, Role::Trainer, county.a).await);
    let (class, called) = class(&officer, &county).await;
    let doors = Arc::new(Doors {
        both: [app.address.clone(), other.address.clone()],
        http: reqwest::Client::new(),
        token: officer.token.clone(),
    });

    let over = Arc::new(AtomicBool::new(false));
    let watches: Vec<_> = (0..2)
        .map(|n| tokio::spawn(doors.clone().watch(n, over.clone())))
        .collect();
    let mut load = JoinSet::new();
    for n in 0..SHEETS {
        load.spawn(doors.clone().sheet(n, county.plan.to_string()));
    }
    load.spawn(doors.clone().roll(class, called));
    for n in 0..LINES {
        let (doors, path) = (
            doors.clone(),
            format!("/v1/plans/{}/quota-lines", county.plan),
        );
        let line = json!({"region_id": county.a, "amount": 1, "day": "2020-03-01", "reason": format!("追加{n}")});
        load.spawn(async move {
            assert_all_alike(&doors.at_once(&path, &line, &format!("line-{n}"), 4).await);
        });
    }
    for n in 0..INVITED {
        let doors = doors.clone();
        let guest = json!({"login": format!("guest{n}"), "name": "陈力", "role": "trainer",
            "email": format!("guest{n}@example.com"), "region_id": county.a});
        load.spawn(async move {
            let told = doors
                .at_once("/v1/accounts/invitations", &guest, &format!("guest-{n}"), 2)
                .await;
            assert_all_alike(&told);
        });
    }
    let login = format!("trainer-{}", county.a.simple());
    let knocks = tokio::spawn(knock(doors.clone(), login.clone()));
    while let Some(done) = load.join_next().await {
        done.unwrap();
    }
    over.store(true, Ordering::SeqCst);
    for looks in join_all(watches).await {
        assert!(looks.unwrap() > 0);
    }

    // Lock-out: five were judged, whichever door they came to; now the right word is not heard at either.
    let knocked = knocks.await.unwrap();
    let tally = |status| knocked.iter().filter(|told| **told == status).count();
    assert_eq!(tally(StatusCode::UNAUTHORIZED), 5, "{knocked:?}");
    assert_eq!(tally(StatusCode::TOO_MANY_REQUESTS), KNOCKS - 5);
    for door in 0..2 {
        let right = json!({"login": login, "password": "correct horse battery"});
        let request = doors.open(door, Method::POST, "/v1/accounts/session");
        let told = answer(request.json(&right)).await;
        assert_eq!(told.0, StatusCode::TOO_MANY_REQUESTS);
    }
    // Keys: each quota line was written once.
    let lines = officer
        .all(&format!("/v1/plans/{}/quota-lines", county.plan))
        .await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in &lines {
        *times
            .entry(line["reason"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let extra: Vec<_> = times
        .iter()
        .filter(|(reason, _)| reason.starts_with("追加"))
        .collect();
    assert_eq!(
        (extra.len(), extra.iter().all(|(_, n)| **n == 1)),
        (LINES, true),
        "{times:?}"
    );
    // Counters: every sheet counted once, at both doors the same.
    for door in 0..2 {
        let path = "/v1/boards/progress?as_of=2020-12-31";
        let (_, board) = answer(doors.at(door, Method::GET, path)).await;
        let shown = ["completed", "person_times", "quota"].map(|field| board[field].as_i64());
        let due = [PEOPLE, SHEETS * PEOPLE + CALLED, 15 + LINES].map(|n| i64::try_from(n).ok());
        assert_eq!(shown, due);
    }
    // Outbox: one mail for each invitation.
    let mut guests = BTreeSet::new();
    for _ in 0..INVITED {
        let mail = smtp.next().await;
        assert_eq!(mail["again"], false, "{mail}");
        assert!(
            guests.insert(mail["to"][0].as_str().unwrap().to_owned()),
            "{mail}"
        );
    }
    // All are noted as sent at the first try, and no more of them ever came.
    loop {
        let rows = officer.all("/v1/notices/outbox").await;
        if rows.iter().all(|row| row["state"] == "sent") {
            assert_eq!(rows.len(), INVITED);
            assert!(rows.iter().all(|row| row["attempts"] == 1), "{rows:?}");
            break;
        }
    }
    drop((officer, doors, other));
    app.finish().await;
    let rest = smtp.kill().await;
    assert!(rest.is_empty(), "{rest:?}");
}

/// A class of a later day, and some people of the sheets who are called there.
async fn class(officer: &Client, county: &County) -> (String, Vec<String>) {
    let class = json!({
        "region_id": county.a, "plan_id": county.plan, "title": "东山街道补训班", "minutes": 360,
        "starts": "2020-06-12T08:30:00+08:00", "ends": "2020-06-12T16:30:00+08:00"
    });
    let class = officer.make("/v1/classes/sessions", &class).await;
    let mut people = Vec::new();
    for n in 0..CALLED {
        let someone = person(2 * n);
        let told = json!({
            "name": someone.name, "id_number": someone.id_number, "role": "other",
            "enterprise_id": county.shop_a, "from_day": "2020-01-02"
        });
        let made = officer.make("/v1/people", &told).await;
        people.push(made["id"].as_str().unwrap().to_owned());
    }
    (class["id"].as_str().unwrap().to_owned(), people)
}

/// Wrong passwords for one login, at both doors at once.
async fn knock(doors: Arc<Doors>, login: String) -> Vec<StatusCode> {
    let mut tries = JoinSet::new();
    for n in 0..KNOCKS {
        let wrong = json!({"login": login, "password": "wrong password"});
        let request = doors.open(n, Method::POST, "/v1/accounts/session");
        tries.spawn(answer(request.json(&wrong)));
    }
    let told = tries.join_all().await;
    told.into_iter().map(|(status, _)| status).collect()
}
