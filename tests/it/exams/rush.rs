//! Many phones in one exam, and the service killed in the middle: what was acknowledged is there, and grades are what a
//! recount of it gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anpei::platform::clock;
use chrono::{DateTime, FixedOffset};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Hall, right};
use crate::support::{County, Kind, Program, TestApp, free, id_number};

/// Questions of the exam.
const QUESTIONS: usize = 40;

/// The exam as its phones see it.
struct Rush {
    address: String,
    http: reqwest::Client,
    paper: String,
    /// Answers acknowledged so far, on all phones.
    acknowledged: AtomicUsize,
    /// Requests that had to be sent again.
    again: AtomicUsize,
}

/// What a phone was promised, and what it was told in the end.
struct Phone {
    token: String,
    attempt: String,
    /// The last answer to each question that was acknowledged.
    promised: BTreeMap<usize, String>,
    right: usize,
    result: Value,
    waits: Vec<Duration>,
}

impl Rush {
    /// Sends until it is answered, as a phone does that loses its network.
    async fn send(&self, token: &str, method: Method, path: &str, body: &Value) -> Value {
        loop {
            let request = self
                .http
                .request(method.clone(), format!("{}{path}", self.address))
                .bearer_auth(token)
                .json(body);
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(_) => {
                    self.again.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                    continue;
                }
            };
            let status = answer.status();
            match answer.json().await {
                Ok(told) if status == StatusCode::OK => return told,
                Ok(told) if status == StatusCode::SERVICE_UNAVAILABLE => {
                    drop::<Value>(told);
                    self.again.fetch_add(1, Ordering::SeqCst);
                }
                Ok(told) => panic!("{path}: {status} {told:?}"),
                // Cut off in the middle of the answer.
                Err(_) => {
                    self.again.fetch_add(1, Ordering::SeqCst);
                }
            }
        }
    }

    /// One phone's exam: each answer as it is given, some of them changed, the whole submitted.
    async fn sit(self: Arc<Self>, n: usize, token: String) -> Phone {
        let path = format!("/v1/exams/papers/{}/attempts", self.paper);
        let phone = json!({"device_id": n.to_string()});
        let begun = self.send(&token, Method::POST, &path, &phone).await;
        let attempt = begun["id"].as_str().unwrap().to_owned();
        let questions = begun["questions"].as_array().unwrap();
        let path = format!("/v1/exams/attempts/{attempt}/answers");
        let mut waits = Vec::with_capacity(QUESTIONS);
        let started: DateTime<FixedOffset> = begun["now"].as_str().unwrap().parse().unwrap();
        let mut promised = BTreeMap::new();
        // Some answer all rightly, some none, and everybody changes his mind now and then.
        for (place, question) in questions.iter().enumerate() {
            let right = right(question);
            let wrong = ["A", "B"]
                .into_iter()
                .find(|letter| *letter != right)
                .unwrap();
            let mut chosen = vec![if (n + place * 7).is_multiple_of(5) {
                wrong
            } else {
                &right
            }];
            if (n + place).is_multiple_of(9) {
                chosen.insert(0, wrong);
            }
            for chosen in chosen {
                let at = started + Duration::from_millis(waits.len() as u64);
                let given = json!({"answers": [{"position": place, "chosen": chosen,
                    "given_at": at.to_rfc3339()}]});
                let began = Instant::now();
                let saved = self.send(&token, Method::PUT, &path, &given).await;
                waits.push(began.elapsed());
                assert_eq!(saved["saved"], json!([place]), "{saved}");
                promised.insert(place, chosen.to_owned());
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        }
        let right = (promised.iter())
            .filter(|(place, chosen)| right(&questions[**place]) == **chosen)
            .count();
        let path = format!("/v1/exams/attempts/{attempt}/submission");
        let result = self.send(&token, Method::POST, &path, &json!({})).await;
        let retried = self.send(&token, Method::POST, &path, &json!({})).await;
        assert_eq!(
            retried["points"], result["points"],
            "a retry yields the same result"
        );
        Phone {
            token,
            attempt,
            promised,
            right,
            result,
            waits,
        }
    }
}

/// So many people on file, and their tokens.
async fn people(hall: &mut Hall, phones: usize) -> Vec<String> {
    let mut sheet = "姓名,身份证号码,岗位,工作单位,入职日期\n".to_owned();
    let shop = "东山街道机械厂";
    for n in 0..phones {
        sheet += &format!("考生,{},其他从业人员,{shop},2020-01-02\n", id_number(n));
    }
    let officer = hall
        .county
        .sign_in(
            &hall.app,
            anpei::platform::Role::CountyOfficer,
            hall.county.id,
        )
        .await;
    let (status, told) = officer
        .hand_in("/v1/people/imports", "a.csv", sheet.into_bytes(), &[])
        .await;
    assert_eq!(
        (status, &told["created"]),
        (StatusCode::OK, &json!(phones)),
        "{told}"
    );
    let people = officer.all("/v1/people").await;
    hall.workers = (people.iter())
        .map(|person| {
            (
                person["id"].as_str().unwrap().parse().unwrap(),
                clock::new_id(),
            )
        })
        .collect::<Vec<(Uuid, Uuid)>>();
    (0..phones).map(|n| hall.worker(n)).collect()
}

/// All phones sit one exam; the service is killed when half of the answers are acknowledged.
async fn rush(kind: Kind, phones: usize) -> String {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let mut hall = Hall {
        app,
        county,
        workers: Vec::new(),
    };
    hall.fill().await;
    let rules = json!({"title": "统考", "minutes": 120, "pass_percent": 60, "review": "marks",
        "sections": [{"kind": "single", "count": QUESTIONS, "points": 1}]});
    let paper = hall.paper(&rules).await;
    let tokens = people(&mut hall, phones).await;
    let left = hall.app.stopped().await;
    let address = free();
    let program = Program::after(&left, &address, &[]).await;
    let rush = Arc::new(Rush {
        address: program.address.clone(),
        http: reqwest::Client::new(),
        paper,
        acknowledged: AtomicUsize::new(0),
        again: AtomicUsize::new(0),
    });
    let began = Instant::now();
    let mut sitting = JoinSet::new();
    for (n, token) in tokens.into_iter().enumerate() {
        sitting.spawn(rush.clone().sit(n, token));
    }
    let half = phones * QUESTIONS / 2;
    while rush.acknowledged.load(Ordering::SeqCst) < half {
        tokio::task::yield_now().await;
    }
    program.kill().await;
    let down = Instant::now();
    let before = rush.acknowledged.load(Ordering::SeqCst);
    let program = Program::after(&left, &address, &[]).await;
    let outage = down.elapsed();
    let sat = sitting.join_all().await;
    let took = began.elapsed();
    let answers = rush.acknowledged.load(Ordering::SeqCst);
    assert!(before < answers, "it was killed in the middle");
    for phone in &sat {
        assert_eq!(
            phone.result["points"],
            json!(phone.right as f64),
            "as a recount gives"
        );
        assert_eq!(
            phone.result["passed"],
            json!(phone.right * 10 >= QUESTIONS * 6)
        );
        let path = format!("/v1/exams/attempts/{}", phone.attempt);
        let kept = rush
            .send(&phone.token, Method::GET, &path, &Value::Null)
            .await;
        let questions = kept["questions"].as_array().unwrap();
        for (place, chosen) in &phone.promised {
            assert_eq!(
                questions[*place]["chosen"], **chosen,
                "acknowledged, and lost"
            );
        }
    }
    let mut waits: Vec<Duration> = sat.into_iter().flat_map(|phone| phone.waits).collect();
    waits.sort_unstable();
    let at = |part: usize| waits[(waits.len() - 1) * part / 1_000].as_millis();
    let told = format!(
        "{phones} phones, {answers} answers in {:.1} s ({:.0} a second), p50 {} ms, p99 {} ms, killed after {before}, \
         away for {:.2} s, {} sent again",
        took.as_secs_f64(),
        answers as f64 / (took - outage).as_secs_f64(),
        at(500),
        at(990),
        outage.as_secs_f64(),
        rush.again.load(Ordering::SeqCst),
    );
    drop(program);
    left.remove().await;
    told
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_answer_is_lost_when_the_service_is_killed_in_an_exam(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    rush(kind, 20).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "make exam-rush"]
async fn five_hundred_phones_sit_one_exam(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    println!("{kind:?}: {}", rush(kind, 500).await);
}
