//! The certificate code: claimed on a phone, shown at a gate, checked with and without a network, ended and given back.

mod batches;
mod bundles;
mod claims;
mod formats;
mod fuzz;
mod gate;
mod inspections;
mod issuers;
mod life;
mod lists;
mod made;
mod others;
mod prints;
mod reviews;
mod strict;
mod threats;
mod vectors;

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::codes::bundle::{self, Kept};
use anpei::codes::keys;
use anpei::codes::verdict::{self, Asked, Colour, Reason, Verdict};
use anpei::platform::{Caller, Role};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use crate::support::{Client, County, Kind, Phone, TestApp, answer, id_number};

/// The day of these stories.
pub const NOON: &str = "2020-06-01T04:00:00Z";

pub const HEADER: &str = "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位\n";

/// A county with issuer keys, a worker with certificates on its due list, and those he meets.
pub struct Town {
    pub app: Arc<TestApp>,
    pub county: County,
    /// The county's officer.
    pub officer: Client,
    pub township: Client,
    pub inspector: Client,
    /// 王军, an electrician (1.2) and welder (2.1).
    pub worker: Client,
    pub person: Uuid,
}

/// A line of a list: a certificate first issued in 2018 and good for six years.
pub fn line(name: &str, n: usize, item: &str) -> String {
    let number = id_number(n);
    format!("{name},{number},T{number},{item},2018-03-01,2024-03-01,330699001,东山街道机械厂\n")
}

impl Town {
    pub async fn make(kind: Kind) -> Self {
        let at: DateTime<Utc> = NOON.parse().unwrap();
        Self::of(Arc::new(TestApp::start_at(kind, at).await)).await
    }

    pub async fn of(app: Arc<TestApp>) -> Self {
        let county = County::make(&app).await;
        keys::init(&app.state, &Caller::console(county.id), false)
            .await
            .unwrap();
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        let list = format!(
            "{HEADER}{}{}",
            line("王军", 1, "1.2"),
            line("王军", 1, "2.1")
        );
        due_list(&officer, &list, "台账").await;
        let township = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
        let inspector = county.sign_in(&app, Role::Inspector, county.id).await;
        let person = person_of(&officer, 1).await;
        let worker = worker(&app, &county, "wang.jun", person).await;
        Self {
            app,
            county,
            officer,
            township,
            inspector,
            worker,
            person,
        }
    }

    /// Seconds since 1970 by the server's clock.
    pub fn now(&self) -> i64 {
        self.app.state.clock.now() / 1_000_000
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        let at = self.app.state.clock.now() + seconds * 1_000_000;
        let at = DateTime::from_timestamp_micros(at).unwrap();
        self.app.state.clock.set(at);
    }

    pub async fn roots(&self) -> Vec<[u8; 32]> {
        let (status, told) =
            answer(self.app.request(reqwest::Method::GET, "/v1/codes/roots")).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let roots = told["roots"].as_array().unwrap().iter();
        roots
            .map(|root| {
                hex::decode(root.as_str().unwrap())
                    .unwrap()
                    .try_into()
                    .unwrap()
            })
            .collect()
    }

    /// The trust bundle, as a verifier fetches it.
    pub async fn fetch(&self) -> Vec<u8> {
        let request = self
            .app
            .request(reqwest::Method::GET, "/v1/codes/trust-bundle");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["content-type"], "application/cose");
        answer.bytes().await.unwrap().to_vec()
    }

    /// The trust bundle, read and kept.
    pub async fn bundle(&self, kept: Option<&Kept>) -> Kept {
        bundle::read(&self.fetch().await, &self.roots().await, kept).unwrap()
    }

    /// The verdict of a verifier without a network.
    pub fn offline(&self, text: &str, kept: &Kept) -> Verdict {
        let asked = Asked {
            text,
            now: self.now(),
            for_item: None,
            challenge: None,
            seen_before: false,
        };
        verdict::judge(&asked, Some(kept))
    }

    /// The verdict of the server for anybody, as colour and reason.
    pub async fn online(&self, text: &str) -> (String, String) {
        let told = self.verify(&serde_json::json!({"scanned": text})).await;
        let word = |value: &Value| value.as_str().unwrap().to_owned();
        (word(&told["colour"]), word(&told["reason"]["code"]))
    }

    /// The verdict of the server for anybody.
    pub async fn verify(&self, body: &Value) -> Value {
        let request = self
            .app
            .request(reqwest::Method::POST, "/v1/codes/verification")
            .json(body);
        let (status, told) = answer(request).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }

    /// A worker with a code on his phone.
    pub async fn claimed(&self) -> (Phone, Value) {
        let phone = Phone::new();
        let code = phone.claim(&self.worker, &serde_json::json!({})).await;
        (phone, code)
    }

    pub async fn finish(self) {
        let Self {
            app,
            officer,
            township,
            inspector,
            worker,
            ..
        } = self;
        drop((officer, township, inspector, worker));
        app.finish().await;
    }
}

/// Imports a due list.
pub async fn due_list(by: &Client, sheet: &str, source: &str) {
    let fields = [
        ("frozen_on", "2020-05-01".to_owned()),
        ("source", source.to_owned()),
    ];
    let path = "/v1/certificates/due-list-imports";
    let bytes = sheet.as_bytes().to_vec();
    let (status, report) = by.hand_in(path, "应领名单.csv", bytes, &fields).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!(report["refused"], 0, "{report}");
}

/// The n-th invented person on file.
pub async fn person_of(by: &Client, n: usize) -> Uuid {
    let found = by.read(&format!("/v1/people?q={}", id_number(n))).await;
    found["items"][0]["id"].as_str().unwrap().parse().unwrap()
}

/// A worker's account.
pub async fn worker(app: &Arc<TestApp>, county: &County, login: &str, person: Uuid) -> Client {
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(person),
    };
    county.account(app, login, held).await
}

/// What a verdict says, shortly.
pub fn told(verdict: &Verdict) -> (Colour, Reason) {
    (verdict.colour, verdict.reason)
}

/// What the server said, shortly.
pub fn said(colour: &str, reason: &str) -> (String, String) {
    (colour.to_owned(), reason.to_owned())
}
