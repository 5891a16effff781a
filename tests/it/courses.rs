//! Courses, from a trainer's draft to hours in the ledger, as those who write and learn them would tell it.

mod bounds;
mod versions;

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::media::{begun, mp4, piece};
use crate::support::courses::{self, COURSES};
use crate::support::{Client, County, Kind, TestApp, person};

/// A county with a trainer, an officer and a worker of township A.
pub struct School {
    pub app: Arc<TestApp>,
    pub county: County,
    pub officer: Client,
    pub trainer: Client,
    pub worker: Client,
    pub person: Value,
}

impl School {
    pub async fn open(kind: Kind) -> Self {
        let start = "2020-05-12T18:00:00+08:00".parse().unwrap();
        let app = Arc::new(TestApp::start_at(kind, start).await);
        let county = County::make(&app).await;
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
        let (person, worker) = worker(&app, &county, &officer, 0, "other").await;
        Self {
            app,
            county,
            officer,
            trainer,
            worker,
            person,
        }
    }

    /// A file of the trainer's that is ready; its id.
    pub async fn file(&self, purpose: &str, bytes: &[u8]) -> String {
        let path = begun(&self.trainer, purpose, "文件", bytes.len()).await;
        let told = piece(&self.trainer, &path, 0, bytes).await;
        assert_eq!(told.0, StatusCode::NO_CONTENT, "{}", told.2);
        path.rsplit('/').next().unwrap().to_owned()
    }

    /// A published test of one true-or-false question, and what is right.
    pub async fn paper(&self) -> String {
        let question = json!({"kind": "true_false", "text": "触电时应先断电", "answer": "A"});
        self.officer.make("/v1/exams/questions", &question).await;
        let paper = json!({"title": "随堂测验", "minutes": 10, "pass_percent": 100,
            "sections": [{"kind": "true_false", "count": 1, "points": 10}]});
        let made = self.officer.make("/v1/exams/papers", &paper).await;
        let id = made["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/exams/papers/{id}/publication");
        self.officer.make(&path, &Value::Null).await;
        id
    }

    /// Sits a test and gives this answer; whether it was passed.
    pub async fn sit(&self, paper: &str, chosen: &str) -> bool {
        let path = format!("/v1/exams/papers/{paper}/attempts");
        let begun = self.worker.make(&path, &json!({})).await;
        let path = format!(
            "/v1/exams/attempts/{}/submission",
            begun["id"].as_str().unwrap()
        );
        let given =
            json!({"answers": [{"position": 0, "chosen": chosen, "given_at": begun["now"]}]});
        self.worker.make(&path, &given).await["passed"] == true
    }

    pub fn after(&self, seconds: i64) {
        let now = self.app.state.clock.now() + seconds * 1_000_000;
        let now = chrono::DateTime::from_timestamp_micros(now).unwrap();
        self.app.state.clock.set(now);
    }

    /// Plays a lesson through, honestly.
    pub async fn plays(&self, enrolment: &Value, lesson: &Value) -> Value {
        let seconds = lesson["seconds"].as_i64().unwrap();
        let (enrolment, lesson) = (&enrolment["id"], &lesson["lesson_id"]);
        let path = format!(
            "/v1/courses/enrolments/{}/lessons/{}/players",
            enrolment.as_str().unwrap(),
            lesson.as_str().unwrap()
        );
        let opened = self.worker.make(&path, &Value::Null).await;
        self.after(seconds);
        let beats = json!({"heartbeats": [
            {"seq": 0, "place_from": 0, "place_to": 0, "at_ms": 0},
            {"seq": 1, "place_from": 0, "place_to": seconds, "at_ms": seconds * 1_000},
        ]});
        let path = format!(
            "/v1/courses/players/{}/heartbeats",
            opened["id"].as_str().unwrap()
        );
        self.worker.make(&path, &beats).await
    }

    pub async fn content(&self, enrolment: &Value, lesson: &Value) -> Value {
        let path = format!(
            "/v1/courses/enrolments/{}/lessons/{}",
            enrolment["id"].as_str().unwrap(),
            lesson["lesson_id"].as_str().unwrap()
        );
        self.worker.read(&path).await
    }

    pub async fn finish(self) {
        let Self {
            app,
            officer,
            trainer,
            worker,
            ..
        } = self;
        drop((officer, trainer, worker));
        app.finish().await;
    }
}

/// Somebody in a post at township A's enterprise, with an account.
pub async fn worker(
    app: &Arc<TestApp>,
    county: &County,
    officer: &Client,
    n: usize,
    role: &str,
) -> (Value, Client) {
    let someone = person(n);
    let told = json!({"name": someone.name, "id_number": someone.id_number, "role": role,
        "enterprise_id": county.shop_a, "from_day": "2020-01-02"});
    let made = officer.make("/v1/people", &told).await;
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(made["id"].as_str().unwrap().parse().unwrap()),
    };
    let client = county.account(app, &format!("worker-{n}"), held).await;
    (made["id"].clone(), client)
}

/// A picture of one colour.
pub fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(64, 36, image::Rgb([200, 30, 30]));
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[rstest]
#[tokio::test]
async fn a_course_goes_from_a_trainers_draft_to_a_workers_hours(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let film = mp4(300_000);
    let (video, cover) = (
        school.file("video", &film).await,
        school.file("picture", &png()).await,
    );
    let document = school.file("document", b"%PDF-1.7\n%%EOF\n").await;
    let paper = school.paper().await;
    let draft = json!({
        "title": "安全用电", "summary": "触电怎么办", "cover_id": cover, "minutes": 8, "tags": ["用电", " 用电 "],
        "chapters": [
            {"title": "看一看", "lessons": [
                {"title": "触电急救", "kind": "video", "seconds": 240, "media_id": video},
                {"title": "规程", "kind": "document", "seconds": 120, "media_id": document},
            ]},
            {"title": "想一想", "lessons": [
                {"title": "先断电", "kind": "article", "seconds": 120,
                    "body": format!("## 断电\n\n<script>x()</script>\n\n![开关](media:{cover})")},
                {"title": "测一测", "kind": "quiz", "paper_id": paper},
            ]},
        ],
    });
    let made = school.trainer.make(COURSES, &draft).await;
    assert_eq!(
        (&made["state"], &made["tags"]),
        (&json!("draft"), &json!(["用电"]))
    );
    let id = made["id"].as_str().unwrap();
    // The county publishes, not the trainer; until then nobody learns it.
    let path = format!("{COURSES}/{id}/publication");
    let refused = school.trainer.post(&path, &Value::Null).await;
    assert_eq!(refused.0, StatusCode::FORBIDDEN);
    let enrol = format!("{COURSES}/{id}/enrolments");
    assert_eq!(
        school.worker.post(&enrol, &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    let published = courses::publish(&school.officer, id).await;
    assert_eq!(
        (
            &published["state"],
            &published["version"]["number"],
            &published["is_ahead"]
        ),
        (&json!("published"), &json!(1), &json!(false))
    );
    // It is for those whose plan asks for it.
    assert_eq!(
        school.worker.post(&enrol, &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    courses::assign(&school.officer, school.county.plan, &[id], None).await;
    let mine = school.worker.read("/v1/courses/mine").await;
    let mine = &mine["items"][0];
    assert_eq!(
        (
            &mine["title"],
            &mine["lessons"],
            &mine["seconds"],
            &mine["plan_ids"]
        ),
        (
            &json!("安全用电"),
            &json!(4),
            &json!(480),
            &json!([school.county.plan])
        )
    );
    let shown = school
        .app
        .request(Method::GET, mine["cover_path"].as_str().unwrap());
    assert_eq!(shown.send().await.unwrap().status(), StatusCode::OK);

    let enrolment = courses::enrolled(&school.worker, id).await;
    assert_eq!(enrolment["plan_id"], json!(school.county.plan));
    let again = courses::enrolled(&school.worker, id).await;
    assert_eq!(again["id"], enrolment["id"], "begun once");
    let lessons = courses::lessons(&school.worker, &enrolment).await;
    let chapters: Vec<&Value> = lessons.iter().map(|lesson| &lesson["chapter"]).collect();
    assert_eq!(chapters, [0, 0, 1, 1]);
    // The player reads the video piece by piece, with no token but the link.
    let told = school.content(&enrolment, &lessons[0]).await;
    let link = told["content_path"].as_str().unwrap();
    let mut seen = Vec::new();
    while seen.len() < film.len() {
        let range = format!("bytes={}-{}", seen.len(), seen.len() + 65_535);
        let request = school.app.request(Method::GET, link).header("Range", range);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        seen.extend(answer.bytes().await.unwrap());
    }
    assert!(seen == film, "the video is as it was handed in");
    let article = school.content(&enrolment, &lessons[2]).await;
    let html = article["html"].as_str().unwrap();
    assert!(
        html.contains("<h2>断电</h2>") && !html.contains("<script"),
        "{html}"
    );
    let source = html
        .split("src=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let picture = school
        .app
        .request(Method::GET, &source.replace("&amp;", "&"));
    let picture = picture.send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    let quiz = school.content(&enrolment, &lessons[3]).await;
    assert_eq!(
        (&quiz["kind"], &quiz["paper_id"]),
        (&json!("quiz"), &json!(paper))
    );

    for lesson in &lessons[..3] {
        let told = school.plays(&enrolment, lesson).await;
        assert_eq!(
            (&told["lesson_done"], &told["course_finished"]),
            (&json!(true), &json!(false))
        );
    }
    // A quiz is not played.
    let path = format!(
        "/v1/courses/enrolments/{}/lessons/{}/players",
        enrolment["id"].as_str().unwrap(),
        lessons[3]["lesson_id"].as_str().unwrap()
    );
    let refused = school.worker.post(&path, &Value::Null).await;
    assert_eq!(refused.1["code"], "lesson_not_played");
    let records = format!(
        "/v1/hours/records?person_id={}",
        school.person.as_str().unwrap()
    );
    assert!(!school.sit(&paper, "B").await);
    assert!(
        school.officer.all(&records).await.is_empty(),
        "nothing before the whole is finished"
    );
    assert!(school.sit(&paper, "A").await);
    let ledger = school.officer.all(&records).await;
    assert_eq!(ledger.len(), 1);
    assert_eq!(
        (
            &ledger[0]["minutes"],
            &ledger[0]["source"],
            &ledger[0]["part"]
        ),
        (&json!(8), &json!("course"), &json!("online"))
    );
    // Passed again, it counts no second time.
    assert!(school.sit(&paper, "A").await);
    assert_eq!(school.officer.all(&records).await.len(), 1);
    let mine = school.worker.read("/v1/courses/mine").await;
    assert!(mine["items"][0]["enrolments"][0]["finished_at"].is_string());
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_quiz_that_was_passed_before_is_done_when_the_course_is_begun(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let paper = school.paper().await;
    let mut course = courses::articles("消防", 10, &[600]);
    let quiz = json!({"title": "测一测", "kind": "quiz", "paper_id": paper});
    course["chapters"][0]["lessons"]
        .as_array_mut()
        .unwrap()
        .push(quiz);
    let id = courses::published(&school.officer, &course).await;
    assert!(school.sit(&paper, "A").await);
    let enrolment = courses::enrolled(&school.worker, &id).await;
    assert_eq!(enrolment["lessons_done"], 1);
    let lessons = courses::lessons(&school.worker, &enrolment).await;
    assert_eq!(
        (&lessons[0]["done"], &lessons[1]["done"]),
        (&json!(false), &json!(true))
    );
    let told = school.plays(&enrolment, &lessons[0]).await;
    assert_eq!(told["course_finished"], true);
    // For its own sake: no plan, no hours.
    assert!(enrolment.get("plan_id").is_none());
    let records = format!(
        "/v1/hours/records?person_id={}",
        school.person.as_str().unwrap()
    );
    assert!(school.officer.all(&records).await.is_empty());
    school.finish().await;
}
