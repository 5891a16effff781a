//! Two instances on one database with everybody at the doors at once: what each may do once is done once, wherever the
//! request and its repeats arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{County, Kind, Person, Smtp, TestApp, answer, person};

const SHEETS: usize = 6;
const PEOPLE: usize = 20;
const LINES: usize = 10;
const INVITED: usize = 12;
const KNOCKS: usize = 14;

/// The two doors, by turns.
struct Doors {
    both: [Arc<TestApp>; 2],
    token: String,
}

impl Doors {
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
            let request = self.both[n % 2]
                .request(Method::POST, path)
                .bearer_auth(&self.token)
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
        let request = self.both[n % 2].request(Method::POST, path);
        let (status, seen) = answer(request.bearer_auth(&self.token).multipart(form)).await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        let commit = format!("{path}/{}/commit", seen["id"].as_str().unwrap());
        let told = self
            .at_once(&commit, &json!({}), &format!("commit-{n}"), 3)
            .await;
        assert_all_alike(&told);
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
    let app = Arc::new(TestApp::start_with(Kind::Postgres, &["--smtp-url", &url]).await);
    let other = Arc::new(TestApp::beside(&app).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyAdmin, county.id).await;
    drop(county.sign_in(&app, Role::Trainer, county.a).await);
    let doors = Arc::new(Doors {
        both: [app.clone(), other.clone()],
        token: officer.token.clone(),
    });

    let mut load = JoinSet::new();
    for n in 0..SHEETS {
        load.spawn(doors.clone().sheet(n, county.plan.to_string()));
    }
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
    let knocks = tokio::spawn(knock(doors.both.clone(), login.clone()));
    while let Some(done) = load.join_next().await {
        done.unwrap();
    }

    // Lock-out: five were judged, whichever door they came to; now the right word is not heard at either.
    let knocked = knocks.await.unwrap();
    let tally = |status| knocked.iter().filter(|told| **told == status).count();
    assert_eq!(tally(StatusCode::UNAUTHORIZED), 5, "{knocked:?}");
    assert_eq!(tally(StatusCode::TOO_MANY_REQUESTS), KNOCKS - 5);
    for door in &doors.both {
        let right = json!({"login": login, "password": "correct horse battery"});
        let told = answer(
            door.request(Method::POST, "/v1/accounts/session")
                .json(&right),
        )
        .await;
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
    for door in &doors.both {
        let path = "/v1/boards/progress?as_of=2020-12-31";
        let (_, board) = answer(door.request(Method::GET, path).bearer_auth(&doors.token)).await;
        let shown = ["completed", "person_times", "quota"].map(|field| board[field].as_i64());
        let due = [PEOPLE, SHEETS * PEOPLE, 15 + LINES].map(|n| i64::try_from(n).ok());
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
    app.assert_sound().await;
    drop((officer, doors));
    other.finish().await;
    app.finish().await;
}

/// Wrong passwords for one login, at both doors at once.
async fn knock(doors: [Arc<TestApp>; 2], login: String) -> Vec<StatusCode> {
    let mut tries = JoinSet::new();
    for n in 0..KNOCKS {
        let wrong = json!({"login": login, "password": "wrong password"});
        let request = doors[n % 2].request(Method::POST, "/v1/accounts/session");
        tries.spawn(answer(request.json(&wrong)));
    }
    let told = tries.join_all().await;
    told.into_iter().map(|(status, _)| status).collect()
}
