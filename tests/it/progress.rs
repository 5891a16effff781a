//! Learning online, as learners, their phones and a cheat or two would tell it.

mod cheats;
mod evenings;
mod presence;

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::caller::sign_token;
use anpei::platform::scope::Grant;
use anpei::platform::{Caller, Role, clock};
use chrono::{DateTime, Duration, Utc};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, County, Kind, TestApp, answer, courses, person};

/// A course of two lessons of ten minutes and its learners, in township A; and a clock that is set by hand.
pub struct Study {
    pub app: Arc<TestApp>,
    pub county: County,
    pub officer: Client,
    course: String,
    pub lessons: [Uuid; 2],
    pub learners: Vec<Learner>,
}

/// A learner with a course of his.
pub struct Learner {
    pub person: Uuid,
    pub enrolment: Uuid,
    account: Uuid,
}

/// A phone with an opened player.
pub struct Player {
    pub id: String,
    pub learner: usize,
    /// When the answer to the opening came, by the server's clock; the phone counts from there.
    pub opened: DateTime<Utc>,
    pub place: i64,
    pub seq: i64,
}

/// A time of that evening.
pub fn at(time: &str) -> DateTime<Utc> {
    format!("2020-05-12T{time}+08:00").parse().unwrap()
}

pub fn seconds(count: i64) -> Duration {
    Duration::seconds(count)
}

impl Study {
    /// At 18:00, with this many learners; a presence check about every so many seconds.
    pub async fn open(kind: Kind, learners: usize, presence_every: Option<i64>) -> Self {
        let app = Arc::new(TestApp::start_at(kind, at("18:00:00")).await);
        let county = County::make(&app).await;
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        let course = courses::articles("安全生产基础", 20, &[600, 600]);
        let course = courses::published(&officer, &course).await;
        courses::assign(&officer, county.plan, &[&course], presence_every).await;
        let mut study = Self {
            app,
            county,
            officer,
            course,
            lessons: [Uuid::nil(); 2],
            learners: Vec::new(),
        };
        for n in 0..learners {
            let learner = study.enrol(n).await;
            study.learners.push(learner);
        }
        study
    }

    async fn enrol(&mut self, n: usize) -> Learner {
        let someone = person(n);
        let told = json!({
            "name": someone.name, "id_number": someone.id_number, "role": "other",
            "enterprise_id": self.county.shop_a, "from_day": "2020-01-02"
        });
        let made = self.officer.make("/v1/people", &told).await;
        let person: Uuid = made["id"].as_str().unwrap().parse().unwrap();
        let held = Held {
            role: Role::Worker,
            region_id: None,
            enterprise_id: None,
            person_id: Some(person),
        };
        let login = format!("worker-{n}");
        let client = self.county.account(&self.app, &login, held).await;
        let enrolment = courses::enrolled(&client, &self.course).await;
        let lessons = courses::lessons(&client, &enrolment).await;
        let id = |of: &Value, name: &str| -> Uuid { of[name].as_str().unwrap().parse().unwrap() };
        self.lessons = [id(&lessons[0], "lesson_id"), id(&lessons[1], "lesson_id")];
        let enrolment = id(&enrolment, "id");
        Learner {
            person,
            enrolment,
            account: client.claims().sub,
        }
    }

    /// A learner's token of this moment: hours go by in these stories.
    fn token(&self, n: usize) -> String {
        let learner = &self.learners[n];
        let mut caller = Caller::console(self.county.id);
        caller.account_id = learner.account;
        caller.session = clock::new_id();
        caller.grants = vec![Grant {
            role: Role::Worker,
            county: false,
            regions: Vec::new(),
            enterprise: None,
            person: Some(learner.person),
        }];
        sign_token(&self.app.state, &caller).unwrap()
    }

    /// Sends what a learner's phone has to say at an instant.
    pub async fn ask(
        &self,
        n: usize,
        when: DateTime<Utc>,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        self.app.state.clock.set(when);
        let method = if body.is_some() || path.ends_with("/players") {
            Method::POST
        } else {
            Method::GET
        };
        let request = self.app.request(method, path).bearer_auth(self.token(n));
        answer(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Opens a lesson.
    pub async fn player(&self, n: usize, lesson: usize, when: DateTime<Utc>) -> Player {
        let path = format!(
            "/v1/courses/enrolments/{}/lessons/{}/players",
            self.learners[n].enrolment, self.lessons[lesson]
        );
        let (status, opened) = self.ask(n, when, &path, None).await;
        assert_eq!(status, StatusCode::OK, "{opened}");
        Player {
            id: opened["id"].as_str().unwrap().to_owned(),
            learner: n,
            opened: when,
            place: opened["place"].as_i64().unwrap(),
            seq: 0,
        }
    }

    /// Sends heartbeats that must be taken.
    pub async fn send(&self, player: &Player, beats: &[Value], when: DateTime<Utc>) -> Value {
        let body = json!({"heartbeats": beats});
        let (status, told) = self.try_send(player, player.learner, &body, when).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }

    /// Sends heartbeats in the name of anybody.
    pub async fn try_send(
        &self,
        player: &Player,
        n: usize,
        body: &Value,
        when: DateTime<Utc>,
    ) -> (StatusCode, Value) {
        let path = format!("/v1/courses/players/{}/heartbeats", player.id);
        self.ask(n, when, &path, Some(body)).await
    }

    /// Where a learner stands.
    pub async fn progress(&self, n: usize, when: DateTime<Utc>) -> Value {
        let path = format!(
            "/v1/courses/enrolments/{}/progress",
            self.learners[n].enrolment
        );
        let (status, told) = self.ask(n, when, &path, None).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }

    /// What stands in the ledger of a learner's.
    pub async fn ledger(&self, n: usize) -> Vec<Value> {
        let login = format!("county_officer-{}", self.county.id.simple());
        let officer = self.county.back(&self.app, &login).await;
        let path = format!("/v1/hours/records?person_id={}", self.learners[n].person);
        officer.all(&path).await
    }

    /// Ends the story: everything must add up.
    pub async fn finish(self) {
        drop(self.officer);
        self.app.finish().await;
    }
}

impl Player {
    /// What the phone notes of a stretch played from where it is, that ends at an instant.
    pub fn plays(&mut self, length: i64, ends: DateTime<Utc>) -> Value {
        let beat = json!({
            "seq": self.seq, "place_from": self.place, "place_to": self.place + length,
            "at_ms": (ends - self.opened).num_milliseconds(),
        });
        self.seq += 1;
        self.place += length;
        beat
    }
}

/// What of a lesson was played, as pairs.
pub fn played(progress: &Value, lesson: usize) -> Vec<(i64, i64)> {
    let stretch = |told: &Value| {
        (
            told["place_from"].as_i64().unwrap(),
            told["place_to"].as_i64().unwrap(),
        )
    };
    let told = &progress["lessons"][lesson];
    told["played"]
        .as_array()
        .unwrap()
        .iter()
        .map(stretch)
        .collect()
}
