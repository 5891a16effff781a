//! What was published never changes under whoever learns it.

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::School;
use crate::media::told;
use crate::support::courses::{self, COURSES};
use crate::support::{Kind, answer};

#[rstest]
#[tokio::test]
async fn whoever_began_an_older_version_finishes_that(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let id = courses::published(&school.officer, &courses::articles("焊接", 10, &[600])).await;
    courses::assign(&school.officer, school.county.plan, &[&id], None).await;
    let enrolment = courses::enrolled(&school.worker, &id).await;
    let lesson = &courses::lessons(&school.worker, &enrolment).await[0];
    let before = school.content(&enrolment, lesson).await;

    // The author goes on writing; nothing changes until it is published, and nothing then for who is at it.
    let mut next = courses::articles("焊接（修订）", 30, &[600, 1_200]);
    next["chapters"][0]["lessons"][0]["body"] = json!("另一种写法");
    let path = format!("{COURSES}/{id}");
    let (status, ahead) = school.officer.put(&path, &next).await;
    assert_eq!(status, StatusCode::OK, "{ahead}");
    assert_eq!(
        (&ahead["is_ahead"], &ahead["version"]["number"]),
        (&json!(true), &json!(1))
    );
    let mine = school.worker.read("/v1/courses/mine").await;
    assert_eq!(mine["items"][0]["title"], "焊接");
    let two = courses::publish(&school.officer, &id).await;
    assert_eq!(
        (&two["version"]["number"], &two["is_ahead"]),
        (&json!(2), &json!(false))
    );
    let same = courses::publish(&school.officer, &id).await;
    assert_eq!(
        same["version"], two["version"],
        "nothing new makes no version"
    );
    let versions = school.officer.read(&format!("{path}/versions")).await;
    let minutes: Vec<&Value> = (versions["items"].as_array().unwrap().iter())
        .map(|version| &version["minutes"])
        .collect();
    assert_eq!(minutes, [10, 30]);

    assert_eq!(school.content(&enrolment, lesson).await, before);
    assert_eq!(courses::lessons(&school.worker, &enrolment).await.len(), 1);
    let told = school.plays(&enrolment, lesson).await;
    assert_eq!(told["course_finished"], true);
    let records = format!(
        "/v1/hours/records?person_id={}",
        school.person.as_str().unwrap()
    );
    assert_eq!(school.officer.all(&records).await[0]["minutes"], 10);
    // Retired, it lets nobody begin; it is still there for who has it.
    school
        .officer
        .make(&format!("{path}/retirement"), &Value::Null)
        .await;
    let (_, other) = super::worker(&school.app, &school.county, &school.officer, 1, "other").await;
    let refused = other.post(&format!("{path}/enrolments"), &json!({})).await;
    assert_eq!(
        (refused.0, &refused.1["code"]),
        (StatusCode::CONFLICT, &json!("course_not_open"))
    );
    let listed = other.read("/v1/courses/mine").await;
    assert_eq!(listed["items"], json!([]));
    let mine = school.worker.read("/v1/courses/mine").await;
    assert_eq!(
        (
            &mine["items"][0]["is_open"],
            &mine["items"][0]["enrolments"][0]["id"]
        ),
        (&json!(false), &enrolment["id"])
    );
    courses::publish(&school.officer, &id).await;
    let begun = courses::enrolled(&other, &id).await;
    assert_eq!(courses::lessons(&other, &begun).await.len(), 2);
    drop(other);
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn of_two_authors_the_second_is_told(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let school = School::open(kind).await;
    let made = school
        .trainer
        .make(COURSES, &courses::articles("登高", 10, &[600]))
        .await;
    let path = format!("{COURSES}/{}", made["id"].as_str().unwrap());
    let (_, headers, _) = told(school.officer.request(Method::GET, &path)).await;
    let seen = headers["etag"].to_str().unwrap().to_owned();
    let mine = courses::articles("登高作业", 10, &[600]);
    assert_eq!(school.trainer.put(&path, &mine).await.0, StatusCode::OK);
    let late = school
        .officer
        .request(Method::PUT, &path)
        .header("If-Match", seen);
    let (status, refused) = answer(late.json(&courses::articles("高处", 10, &[600]))).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale"))
    );
    assert_eq!(school.trainer.read(&path).await["title"], "登高作业");
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_phones_begin_a_course_once(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let school = School::open(kind).await;
    let id = courses::published(&school.officer, &courses::articles("消防", 10, &[600])).await;
    let both =
        futures_util::future::join_all((0..8).map(|_| courses::enrolled(&school.worker, &id)))
            .await;
    assert!(
        both.iter().all(|begun| begun["id"] == both[0]["id"]),
        "{both:?}"
    );
    let mine = school.worker.read("/v1/courses/mine").await;
    assert_eq!(mine["items"][0]["enrolments"].as_array().unwrap().len(), 1);
    school.finish().await;
}
