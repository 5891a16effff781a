//! Signing in by phone, calling the roll, and the worker's word on his marks, as those in the room would tell it.

mod objections;
mod odd;
mod roll;
mod scans;
mod steps;

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, TestApp, person};

/// A class in township A on 12 May 2020 from 08:30 to 16:30, some workers with phones, and a clock that is set by hand.
pub struct Hall {
    pub app: Arc<TestApp>,
    pub county: County,
    pub class: String,
    /// The workers' ids.
    pub people: Vec<String>,
}

/// A time of that day, as the county writes it.
pub fn at(time: &str) -> DateTime<Utc> {
    format!("2020-05-12T{time}+08:00").parse().unwrap()
}

pub fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339()
}

/// A scan as its phone remembers it.
#[derive(Clone)]
pub struct Scan {
    pub token: String,
    pub scanned_at: DateTime<Utc>,
}

impl Hall {
    /// The class, with this many workers of township A on file, each with an account.
    pub async fn open(kind: Kind, workers: usize) -> Self {
        let app = Arc::new(TestApp::start_at(kind, at("07:30:00")).await);
        let county = County::make(&app).await;
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        drop(county.sign_in(&app, Role::Trainer, county.a).await);
        let class = json!({
            "region_id": county.a, "plan_id": county.plan, "title": "东山街道第1期", "minutes": 360,
            "starts": text(at("08:30:00")), "ends": text(at("16:30:00")), "capacity": 2
        });
        let class = officer.make("/v1/classes/sessions", &class).await;
        let mut people = Vec::new();
        for n in 0..workers {
            let someone = person(n);
            let told = json!({
                "name": someone.name, "id_number": someone.id_number, "role": "other",
                "enterprise_id": county.shop_a, "from_day": "2020-01-02"
            });
            let made = officer.make("/v1/people", &told).await;
            let held = Held {
                role: Role::Worker,
                region_id: None,
                enterprise_id: None,
                person_id: Some(made["id"].as_str().unwrap().parse().unwrap()),
            };
            drop(county.account(&app, &format!("worker-{n}"), held).await);
            people.push(made["id"].as_str().unwrap().to_owned());
        }
        Self {
            class: class["id"].as_str().unwrap().to_owned(),
            app,
            county,
            people,
        }
    }

    pub fn now(&self, at: DateTime<Utc>) {
        self.app.state.clock.set(at);
    }

    pub async fn trainer(&self) -> Client {
        let login = format!("trainer-{}", self.county.a.simple());
        self.county.back(&self.app, &login).await
    }

    pub async fn officer(&self) -> Client {
        let login = format!("county_officer-{}", self.county.id.simple());
        self.county.back(&self.app, &login).await
    }

    pub async fn worker(&self, n: usize) -> Client {
        self.county.back(&self.app, &format!("worker-{n}")).await
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/classes/sessions/{}/{rest}", self.class)
    }

    /// The code on the wall at an instant, scanned three seconds later.
    pub async fn scanned(&self, direction: &str, when: DateTime<Utc>) -> Scan {
        self.now(when);
        let path = self.path(&format!("check-in-token?direction={direction}"));
        let codes = self.trainer().await.read(&path).await;
        Scan {
            token: codes["tokens"][0]["token"].as_str().unwrap().to_owned(),
            scanned_at: when + Duration::seconds(3),
        }
    }

    /// A worker's phone sends its scans at an instant; what became of them.
    pub async fn sends(&self, n: usize, scans: &[Scan], arrives: DateTime<Utc>) -> Vec<Value> {
        self.sends_from(n, &format!("phone of worker {n}"), scans, arrives)
            .await
    }

    /// The same from somebody's phone.
    pub async fn sends_from(
        &self,
        n: usize,
        phone: &str,
        scans: &[Scan],
        arrives: DateTime<Utc>,
    ) -> Vec<Value> {
        self.now(arrives);
        let body = batch(phone, scans, arrives);
        let told = self
            .worker(n)
            .await
            .make("/v1/classes/check-ins", &body)
            .await;
        told["outcomes"].as_array().unwrap().clone()
    }

    pub async fn marks(&self) -> Vec<Value> {
        self.trainer().await.all(&self.path("marks")).await
    }

    pub async fn calls(&self, lines: &Value) -> Value {
        let body = json!({"lines": lines});
        self.trainer().await.make(&self.path("roll"), &body).await
    }

    pub async fn close(self) {
        self.app.finish().await;
    }
}

/// What a phone sends, by its own clock.
pub fn batch(phone: &str, scans: &[Scan], sent_at: DateTime<Utc>) -> Value {
    let scans: Vec<_> = scans
        .iter()
        .map(|scan| json!({"token": scan.token, "scanned_at": text(scan.scanned_at)}))
        .collect();
    json!({"sent_at": text(sent_at), "device_id": phone, "scans": scans})
}

pub fn field<'a>(all: &'a [Value], name: &str) -> Vec<&'a str> {
    all.iter()
        .map(|one| one[name].as_str().unwrap_or_default())
        .collect()
}
