//! What is refused, and why; whom a course is for; what is not removed.

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{School, png, worker};
use crate::support::courses::{self, COURSES};
use crate::support::{Client, County, Kind, answer};

async fn refused(by: &Client, course: &Value) -> Value {
    let made = by.make(COURSES, course).await;
    let path = format!("{COURSES}/{}/publication", made["id"].as_str().unwrap());
    let (status, told) = by.post(&path, &Value::Null).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    told
}

fn pointers(told: &Value) -> Vec<(String, String)> {
    let word = |of: &Value| of.as_str().unwrap().to_owned();
    let errors = told["errors"].as_array().unwrap().iter();
    errors
        .map(|error| (word(&error["at"]), word(&error["code"])))
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_course_that_is_not_whole_is_not_published_and_names_each_thing_it_lacks(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let officer = &school.officer;
    let empty = refused(officer, &json!({"title": "空课", "minutes": 10})).await;
    assert_eq!(empty["code"], "course_empty");
    let too_much = refused(officer, &courses::articles("注水", 11, &[600])).await;
    assert_eq!(
        (&too_much["code"], pointers(&too_much)[0].0.as_str()),
        (&json!("course_minutes"), "/minutes")
    );
    let lesson = |more: Value| {
        let mut lesson =
            json!({"title": "课时", "kind": "article", "seconds": 600, "body": "正文"});
        lesson
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        lesson
    };
    let of = |lessons: Vec<Value>| json!({"title": "缺课", "minutes": 1, "chapters": [{"title": "一", "lessons": lessons}]});
    let lacking = of(vec![
        lesson(json!({})),
        lesson(json!({"kind": "video"})),
        lesson(json!({"body": " "})),
        lesson(json!({"kind": "quiz"})),
    ]);
    let told = refused(officer, &lacking).await;
    let wanted = [
        (1, "media_id"),
        (2, "body"),
        (3, "paper_id"),
        (3, "seconds"),
    ];
    let wanted = wanted.map(|(place, field)| {
        let pointer = format!("/chapters/0/lessons/{place}/{field}");
        (pointer, "lesson_incomplete".to_owned())
    });
    assert_eq!(pointers(&told), wanted);
    // A file that is still on its way, a picture for a video, somebody else's county's paper.
    let going = crate::media::begun(&school.trainer, "video", "片", 100).await;
    let going = going.rsplit('/').next().unwrap();
    let picture = school.file("picture", &png()).await;
    let nowhere = "00000000-0000-0000-0000-00000000abcd";
    let lacking = of(vec![
        lesson(json!({"kind": "video", "media_id": going})),
        lesson(json!({"kind": "video", "media_id": picture})),
        lesson(json!({"body": format!("![图](media:{nowhere})")})),
        lesson(json!({"kind": "quiz", "seconds": 0, "paper_id": nowhere})),
        lesson(json!({"body": format!("![图](media:{picture})")})),
    ]);
    let told = refused(officer, &lacking).await;
    let wanted = [
        (0, "media_id", "course_file"),
        (1, "media_id", "course_file"),
        (2, "body", "course_file"),
        (3, "paper_id", "course_paper"),
    ];
    let wanted = wanted.map(|(place, field, code)| {
        (
            format!("/chapters/0/lessons/{place}/{field}"),
            code.to_owned(),
        )
    });
    assert_eq!(pointers(&told), wanted);
    // Nothing of all this is there for learners.
    assert_eq!(
        school.worker.read("/v1/courses/mine").await["items"],
        json!([])
    );
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_file_that_a_course_shows_is_not_removed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let [cover, shown, free, film] = [
        school.file("picture", &png()).await,
        school.file("picture", &png()).await,
        school.file("picture", &png()).await,
        school.file("video", &crate::media::mp4(2_000)).await,
    ];
    let mut course = courses::articles("图文", 10, &[600, 60]);
    course["cover_id"] = json!(cover);
    course["chapters"][0]["lessons"][0]["body"] = json!(format!("![图](media:{shown})"));
    course["chapters"][0]["lessons"][1] =
        json!({"title": "片", "kind": "video", "seconds": 60, "media_id": film});
    let made = school.trainer.make(COURSES, &course).await;
    let id = made["id"].as_str().unwrap();
    let remove = async |file: &str| {
        let path = format!("/v1/courses/media/{file}");
        answer(school.trainer.request(Method::DELETE, &path)).await
    };
    for round in ["drafted", "published"] {
        for file in [&cover, &shown, &film] {
            let (status, told) = remove(file).await;
            assert_eq!(
                (status, &told["code"]),
                (StatusCode::CONFLICT, &json!("media_in_use")),
                "{round}"
            );
        }
        courses::publish(&school.officer, id).await;
    }
    // Gone from the draft, they are still what was published.
    let bare = courses::articles("图文", 10, &[600]);
    let (status, _) = school.officer.put(&format!("{COURSES}/{id}"), &bare).await;
    assert_eq!(status, StatusCode::OK);
    for file in [&cover, &shown, &film] {
        assert_eq!(remove(file).await.0, StatusCode::CONFLICT);
    }
    assert_eq!(remove(&free).await.0, StatusCode::NO_CONTENT);
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_course_is_there_for_whom_it_is_meant(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let (app, county, officer) = (&school.app, &school.county, &school.officer);
    let (_, manager) = worker(app, county, officer, 1, "safety_manager").await;
    let mut heads = courses::articles("管理人员", 10, &[600]);
    heads["roles"] = json!(["safety_manager", "principal"]);
    let heads = courses::published(officer, &heads).await;
    let everybody = courses::published(officer, &courses::articles("所有人", 10, &[600])).await;
    let mut closed = courses::articles("方案内", 10, &[600]);
    closed["is_open"] = json!(false);
    let closed = courses::published(officer, &closed).await;
    let of = async |who: &Client| -> Vec<String> {
        let told = who.all("/v1/courses/mine").await;
        let id = |row: &Value| row["course_id"].as_str().unwrap().to_owned();
        told.iter().map(id).collect()
    };
    assert_eq!(of(&manager).await, [heads.clone(), everybody.clone()]);
    assert_eq!(of(&school.worker).await, std::slice::from_ref(&everybody));
    for hidden in [&heads, &closed] {
        let path = format!("{COURSES}/{hidden}/enrolments");
        let (status, _) = school.worker.post(&path, &json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    // A plan that asks for it lets everybody in whom it asks, whatever the course says.
    courses::assign(officer, county.plan, &[&heads, &closed], Some(300)).await;
    assert_eq!(
        of(&school.worker).await,
        [heads.clone(), everybody.clone(), closed.clone()]
    );
    let begun = courses::enrolled(&school.worker, &closed).await;
    assert_eq!(begun["plan_id"], json!(county.plan));
    // A plan that does not ask for it is not a way in.
    let path = format!("{COURSES}/{everybody}/enrolments");
    let (status, _) = school
        .worker
        .post(&path, &json!({"plan_id": county.plan}))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // Another county's people see none of it; its officer can ask for none of it.
    let other = County::make_other(app).await;
    let theirs = other.sign_in(app, Role::CountyOfficer, other.id).await;
    let told = theirs
        .put(
            &format!("/v1/courses/plans/{}", other.plan),
            &json!({"course_ids": [heads]}),
        )
        .await;
    assert_eq!(
        (told.0, &told.1["code"]),
        (StatusCode::CONFLICT, &json!("course_not_open"))
    );
    assert_eq!(theirs.read(COURSES).await["items"], json!([]));
    // A trainer sees what he wrote himself.
    assert_eq!(school.trainer.read(COURSES).await["items"], json!([]));
    drop((manager, theirs));
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_a_plan_asks_for_is_said_whole_and_no_course_is_lost_by_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let (plan, officer) = (school.county.plan, &school.officer);
    let id = courses::published(officer, &courses::articles("甲", 10, &[600])).await;
    courses::assign(officer, plan, &[&id, &id], Some(120)).await;
    let path = format!("/v1/courses/plans/{plan}");
    let asked = officer.read(&path).await;
    assert_eq!(
        asked,
        json!({"plan_id": plan, "course_ids": [id], "presence_every_seconds": 120})
    );
    let enrolment = courses::enrolled(&school.worker, &id).await;
    for (body, code) in [
        (
            json!({"course_ids": [], "presence_every_seconds": 59}),
            "invalid_body",
        ),
        (
            json!({"course_ids": ["00000000-0000-0000-0000-00000000abcd"]}),
            "course_not_open",
        ),
    ] {
        let (status, told) = officer.put(&path, &body).await;
        assert!(status.is_client_error(), "{told}");
        if code == "course_not_open" {
            assert_eq!(told["code"], code);
        }
        assert_eq!(officer.read(&path).await, asked);
    }
    courses::assign(officer, plan, &[], None).await;
    let lesson = &courses::lessons(&school.worker, &enrolment).await[0];
    let told = school.plays(&enrolment, lesson).await;
    assert_eq!(
        told["course_finished"], true,
        "begun for the plan, it counts"
    );
    let records = format!(
        "/v1/hours/records?person_id={}",
        school.person.as_str().unwrap()
    );
    assert_eq!(officer.all(&records).await.len(), 1);
    school.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_question_is_asked_by_its_picture_which_is_not_removed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let school = School::open(kind).await;
    let [exit, stop, film] = [
        school.file("picture", &png()).await,
        school.file("picture", &png()).await,
        school.file("video", &crate::media::mp4(2_000)).await,
    ];
    let question = |picture: &str| {
        json!({"kind": "single", "text": "这个标志表示什么？", "options": ["安全出口", "禁止通行"],
            "answer": "A", "picture_id": picture})
    };
    let asked = "/v1/exams/questions";
    for (picture, status) in [
        (exit.as_str(), StatusCode::OK),
        (&stop, StatusCode::OK),
        // The same words and the same picture: known. A video is no picture.
        (&exit, StatusCode::CONFLICT),
        (&film, StatusCode::UNPROCESSABLE_ENTITY),
        (
            "00000000-0000-0000-0000-00000000abcd",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let (told, body) = school.trainer.post(asked, &question(picture)).await;
        assert_eq!(told, status, "{body}");
    }
    let paper = json!({"title": "标志", "minutes": 10, "pass_percent": 60,
        "sections": [{"kind": "single", "count": 2, "points": 1}]});
    let made = school.officer.make("/v1/exams/papers", &paper).await;
    let path = format!("/v1/exams/papers/{}", made["id"].as_str().unwrap());
    school
        .officer
        .make(&format!("{path}/publication"), &Value::Null)
        .await;
    let begun = school
        .worker
        .make(&format!("{path}/attempts"), &json!({}))
        .await;
    for asked in begun["questions"].as_array().unwrap() {
        let picture = school
            .app
            .request(Method::GET, asked["picture_path"].as_str().unwrap());
        let picture = picture.send().await.unwrap();
        assert_eq!(picture.headers()["content-type"], "image/jpeg");
    }
    let path = format!("/v1/courses/media/{exit}");
    let (status, told) = answer(school.trainer.request(Method::DELETE, &path)).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("media_in_use"))
    );
    school.finish().await;
}
