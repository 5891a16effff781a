//! Exams, from the bank to the ledger, as teachers, learners and their phones would tell it.

mod bank;
mod rush;
mod sitting;

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::caller::sign_token;
use anpei::platform::scope::Grant;
use anpei::platform::{Caller, Role, clock};
use chrono::{DateTime, Duration, Utc};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{County, Kind, TestApp, answer, person};

/// A county with a bank of a hundred single-choice, twenty multiple-choice and twenty true-or-false questions, some
/// workers of township A, and a clock that is set by hand.
pub struct Hall {
    pub app: Arc<TestApp>,
    pub county: County,
    pub workers: Vec<(Uuid, Uuid)>,
}

/// A time of that day.
pub fn at(time: &str) -> DateTime<Utc> {
    format!("2020-05-12T{time}+08:00").parse().unwrap()
}

/// The bank as a sheet: the right answer of a single one is the option that says so.
fn sheet() -> String {
    let mut sheet = String::from("题型,题目,选项A,选项B,选项C,选项D,答案,解析,难度,标签\n");
    for n in 0..100 {
        let tag = if n < 20 { "电工" } else { "通用" };
        sheet += &format!(
            "单选题,单选第{n}题：{},对的{n},错的一,错的二,错的三,A,因为{n},{},{tag}\n",
            subject(n),
            n % 5 + 1
        );
    }
    for n in 0..20 {
        sheet += &format!(
            "多选题,多选第{n}题：{},对的甲{n},对的乙{n},错的丙,错的丁,AB,因为两项,3,通用\n",
            subject(n + 100)
        );
    }
    for n in 0..20 {
        let answer = if n % 2 == 0 { "对" } else { "错" };
        sheet += &format!(
            "判断题,判断第{n}题：{},,,,,{answer},说明,2,通用\n",
            subject(n + 120)
        );
    }
    sheet
}

/// Something that no other question is about.
fn subject(n: usize) -> String {
    let words = [
        "配电", "焊接", "登高", "消防", "起重", "防毒", "急救", "标志", "机械", "通风", "接地",
        "照明", "锅炉", "粉尘", "噪声",
    ];
    let of = |k: usize| words[k % words.len()];
    format!("{}与{}和{}的要求{n}", of(n), of(n / 15 + 3), of(n / 7 + 5))
}

impl Hall {
    pub async fn open(kind: Kind, workers: usize) -> Self {
        Self::open_with(kind, workers, &[]).await
    }

    /// With further settings.
    pub async fn open_with(kind: Kind, workers: usize, more: &[&str]) -> Self {
        let app = Arc::new(TestApp::start_by(kind, more, Some(at("08:00:00"))).await);
        let county = County::make(&app).await;
        let mut hall = Self {
            app,
            county,
            workers: Vec::new(),
        };
        for n in 0..workers {
            let someone = person(n);
            let told = json!({
                "name": someone.name, "id_number": someone.id_number, "role": "other",
                "enterprise_id": hall.county.shop_a, "from_day": "2020-01-02"
            });
            let made = hall
                .asks(Role::CountyOfficer, "POST", "/v1/people", Some(&told))
                .await;
            let id: Uuid = made["id"].as_str().unwrap().parse().unwrap();
            let held = Held {
                role: Role::Worker,
                region_id: None,
                enterprise_id: None,
                person_id: Some(id),
            };
            let client = hall
                .county
                .account(&hall.app, &format!("worker-{n}"), held)
                .await;
            hall.workers.push((id, client.claims().sub));
        }
        hall
    }

    /// With the bank read in.
    pub async fn with_bank(kind: Kind, workers: usize) -> Self {
        let hall = Self::open(kind, workers).await;
        hall.fill().await;
        hall
    }

    /// Reads the bank in.
    pub async fn fill(&self) {
        let told = self
            .import(Role::CountyOfficer, sheet().into_bytes(), &[])
            .await
            .1;
        assert_eq!(
            (&told["created"], &told["refused"]),
            (&json!(140), &json!(0)),
            "{told}"
        );
    }

    pub fn now(&self, at: DateTime<Utc>) {
        self.app.state.clock.set(at);
    }

    fn token(&self, account: Uuid, grant: Grant) -> String {
        let mut caller = Caller::console(self.county.id);
        caller.account_id = account;
        caller.session = clock::new_id();
        caller.grants = vec![grant];
        sign_token(&self.app.state, &caller).unwrap()
    }

    /// Somebody of a role in the county (a trainer in township A), with a token of this moment.
    pub fn of_role(&self, role: Role) -> String {
        let township = !matches!(role, Role::CountyOfficer | Role::CountyAdmin);
        let manager = role == Role::EnterpriseManager;
        let grant = Grant {
            role,
            county: !township,
            regions: if township && !manager {
                vec![self.county.a]
            } else {
                Vec::new()
            },
            enterprise: manager.then_some(self.county.shop_a),
            person: None,
        };
        self.token(Uuid::from_u128(7), grant)
    }

    fn worker(&self, n: usize) -> String {
        let (person, account) = self.workers[n];
        let grant = Grant {
            role: Role::Worker,
            county: false,
            regions: Vec::new(),
            enterprise: None,
            person: Some(person),
        };
        self.token(account, grant)
    }

    async fn send(
        &self,
        token: String,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let method: Method = method.parse().unwrap();
        let request = self.app.request(method, path).bearer_auth(token);
        answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Asks as a role; must be answered.
    pub async fn asks(&self, role: Role, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, told) = self.send(self.of_role(role), method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
        told
    }

    /// Asks as a role.
    pub async fn tries(
        &self,
        role: Role,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        self.send(self.of_role(role), method, path, body).await
    }

    /// Asks as a worker.
    pub async fn worker_tries(
        &self,
        n: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        self.send(self.worker(n), method, path, body).await
    }

    /// Asks as a worker; must be answered.
    pub async fn worker_asks(
        &self,
        n: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let (status, told) = self.worker_tries(n, method, path, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
        told
    }

    /// Hands in a file of questions.
    pub async fn import(
        &self,
        role: Role,
        bytes: Vec<u8>,
        fields: &[(&str, &str)],
    ) -> (StatusCode, Value) {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("题库.csv");
        let form = reqwest::multipart::Form::new().part("file", part);
        let form = fields.iter().fold(form, |form, (name, value)| {
            form.text((*name).to_owned(), (*value).to_owned())
        });
        let request = self.app.request(Method::POST, "/v1/exams/question-imports");
        answer(request.bearer_auth(self.of_role(role)).multipart(form)).await
    }

    /// A published paper.
    pub async fn paper(&self, rules: &Value) -> String {
        let made = self
            .asks(Role::CountyOfficer, "POST", "/v1/exams/papers", Some(rules))
            .await;
        let id = made["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/exams/papers/{id}/publication");
        self.asks(Role::CountyOfficer, "POST", &path, None).await;
        id
    }

    pub async fn begin(&self, n: usize, paper: &str) -> Value {
        let path = format!("/v1/exams/papers/{paper}/attempts");
        self.worker_asks(
            n,
            "POST",
            &path,
            Some(&json!({"device_id": format!("phone {n}")})),
        )
        .await
    }

    pub async fn finish(self) {
        self.app.finish().await;
    }
}

/// The letters on this attempt's screen that are right.
pub fn right(question: &Value) -> String {
    let options = question["options"].as_array().unwrap();
    let text = question["text"].as_str().unwrap();
    if question["kind"] == "true_false" {
        let n: usize = text
            .chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()[..]
            .chars()
            .next()
            .map_or(0, |_| {
                let number: String = text
                    .chars()
                    .skip_while(|c| !c.is_ascii_digit())
                    .take_while(char::is_ascii_digit)
                    .collect();
                number.parse().unwrap()
            });
        return if n.is_multiple_of(2) {
            "A".into()
        } else {
            "B".into()
        };
    }
    let places = options
        .iter()
        .enumerate()
        .filter(|(_, option)| option.as_str().unwrap().starts_with("对的"));
    places
        .map(|(place, _)| char::from(b'A' + u8::try_from(place).unwrap()))
        .collect()
}

/// Answers to some questions of an attempt, given at an instant.
pub fn given(attempt: &Value, positions: impl Iterator<Item = usize>, at: DateTime<Utc>) -> Value {
    let questions = attempt["questions"].as_array().unwrap();
    let answers = positions.map(
        |n| json!({"position": n, "chosen": right(&questions[n]), "given_at": at.to_rfc3339()}),
    );
    json!({"answers": answers.collect::<Vec<_>>()})
}

pub fn seconds(count: i64) -> Duration {
    Duration::seconds(count)
}
