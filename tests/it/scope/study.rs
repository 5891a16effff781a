//! The tenant's person in a course, with a lesson open; and how courses are asked for.

use serde_json::{Value, json};
use uuid::Uuid;

use super::asks::{Ask, body, query};
use super::world::{Tenant, id};
use crate::support::{Client, courses};

/// A course of the county's, his enrolment in it, its lesson, and a player he opened.
pub async fn learning(officer: &Client, plan: Uuid, himself: &Client) -> (Uuid, Uuid, Uuid, Uuid) {
    let course = courses::articles("安全生产基础", 10, &[600]);
    let course = courses::published(officer, &course).await;
    let asked = officer.read(&format!("/v1/courses/plans/{plan}")).await;
    let mut all: Vec<&str> = (asked["course_ids"].as_array().unwrap().iter())
        .map(|id| id.as_str().unwrap())
        .collect();
    all.push(&course);
    courses::assign(officer, plan, &all, None).await;
    let enrolment = courses::enrolled(himself, &course).await;
    let lesson = courses::lessons(himself, &enrolment).await[0]["lesson_id"].clone();
    let (enrolled, lesson) = (id(&enrolment["id"]), id(&lesson));
    let path = format!("/v1/courses/enrolments/{enrolled}/lessons/{lesson}/players");
    let opened = himself.make(&path, &json!(null)).await;
    (id(&json!(course)), enrolled, lesson, id(&opened["id"]))
}

pub async fn ask(operation: &str, of: &Tenant, n: usize) -> Option<Ask> {
    let draft = || courses::articles(&format!("课程{n}"), 10, &[600]);
    Some(match operation {
        "createCourse" => body(draft()),
        "updateCourse" => body(draft()),
        "publishCourse" | "retireCourse" => {
            let made = of.officer.make(courses::COURSES, &draft()).await;
            Ask::default().on("course_id", id(&made["id"]))
        }
        "setPlanLearning" => {
            let path = format!("/v1/courses/plans/{}", of.plan);
            let asked: Value = of.officer.read(&path).await;
            body(json!({"course_ids": asked["course_ids"]}))
        }
        "enrolInCourse" => body(json!({})),
        "rateClass" => rated(of, n).await,
        "getPlanRatings" => query(format!("plan_id={}", of.plan)),
        "setMyNoticeChoices" => body(json!({"not_sent": ["exams"]})),
        "readMyNotices" => body(json!({"through": of.person})),
        "listCourses" | "getCourse" | "listCourseVersions" | "getPlanLearning"
        | "listMyCourses" | "getLessonContent" => query(String::new()),
        _ => return None,
    })
}

/// A class of this week that the tenant's person was in.
async fn rated(of: &Tenant, n: usize) -> Ask {
    let now = chrono::DateTime::from_timestamp_micros(of.app.state.clock.now()).unwrap();
    let begins = now - chrono::Duration::hours(20);
    let mut plan = json!({
        "title": format!("第{n}号评价方案"), "year": 2021, "period_from": "2021-01-01",
        "period_to": "2099-12-31", "target_roles": ["other"], "required_offline": 360
    });
    let made = of.officer.make("/v1/plans", &plan).await;
    plan = made["id"].clone();
    let path = format!("/v1/plans/{}/publication", id(&plan));
    of.officer.make(&path, &Value::Null).await;
    let (starts, ends) = (
        begins.to_rfc3339(),
        (begins + chrono::Duration::hours(3)).to_rfc3339(),
    );
    let class = json!({
        "region_id": of.region, "plan_id": plan, "title": format!("评价班{n}"), "minutes": 60,
        "starts": starts, "ends": ends
    });
    let class = of.officer.make("/v1/classes/sessions", &class).await;
    let marks = format!("/v1/classes/sessions/{}/marks", id(&class["id"]));
    let mark = json!({"person_id": of.person, "score": 90, "check_in": starts, "check_out": ends});
    of.officer.make(&marks, &mark).await;
    body(json!({"satisfied": true})).on("class_id", id(&class["id"]))
}
