//! Courses as their authors and their learners make them, for stories in which they are there already.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Client;

pub const COURSES: &str = "/v1/courses/courses";

/// A course open to all, with an article for each of these seconds.
pub fn articles(title: &str, minutes: i64, seconds: &[i64]) -> Value {
    let lessons: Vec<Value> = (seconds.iter().enumerate())
        .map(|(n, seconds)| {
            json!({"title": format!("第{}课", n + 1), "kind": "article", "seconds": seconds, "body": "先**断电**，再检修。"})
        })
        .collect();
    json!({"title": title, "minutes": minutes, "is_open": true,
        "chapters": [{"title": "第一章", "lessons": lessons}]})
}

/// Drafts and publishes a course, as an officer may; its id.
pub async fn published(officer: &Client, course: &Value) -> String {
    let made = officer.make(COURSES, course).await;
    let id = made["id"].as_str().unwrap().to_owned();
    publish(officer, &id).await;
    id
}

pub async fn publish(officer: &Client, id: &str) -> Value {
    let path = format!("{COURSES}/{id}/publication");
    officer.make(&path, &Value::Null).await
}

/// Says what a plan asks for.
pub async fn assign(officer: &Client, plan: uuid::Uuid, courses: &[&str], presence: Option<i64>) {
    let mut asked = json!({"course_ids": courses});
    if let Some(seconds) = presence {
        asked["presence_every_seconds"] = json!(seconds);
    }
    let path = format!("/v1/courses/plans/{plan}");
    let (status, told) = officer.put(&path, &asked).await;
    assert_eq!(status, StatusCode::OK, "{told}");
}

/// Begins a course; the enrolment.
pub async fn enrolled(learner: &Client, course: &str) -> Value {
    let path = format!("{COURSES}/{course}/enrolments");
    learner.make(&path, &json!({})).await
}

/// The lessons of a course that was begun.
pub async fn lessons(learner: &Client, enrolment: &Value) -> Vec<Value> {
    let id = enrolment["id"].as_str().unwrap();
    let path = format!("/v1/courses/enrolments/{id}/progress");
    let told = learner.read(&path).await;
    told["lessons"].as_array().unwrap().clone()
}
