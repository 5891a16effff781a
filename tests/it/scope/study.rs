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
        "setMyNoticeChoices" => body(json!({"not_sent": ["exams"]})),
        "readMyNotices" => body(json!({"through": of.person})),
        "listCourses" | "getCourse" | "listCourseVersions" | "getPlanLearning"
        | "listMyCourses" | "getLessonContent" => query(String::new()),
        _ => return None,
    })
}
