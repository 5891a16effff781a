//! The tenant's person in a course, with a lesson open.

use std::sync::Arc;

use anpei::platform::clock;
use entity::{course_version, enrolment, lesson};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::json;
use uuid::Uuid;

use super::world::id;
use crate::support::{Client, County, TestApp};

/// His enrolment, its lesson, and a player he opened.
pub async fn learning(
    app: &Arc<TestApp>,
    county: &County,
    region: Uuid,
    person: Uuid,
    himself: &Client,
) -> (Uuid, Uuid, Uuid) {
    let db = app.state.db.begin_write().await.unwrap();
    let [version, video, enrolled] = [clock::new_id(), clock::new_id(), clock::new_id()];
    let row = course_version::ActiveModel {
        id: Set(version),
        county_id: Set(county.id),
        course_id: Set(version),
        minutes: Set(30),
    };
    course_version::Entity::insert(row)
        .exec_without_returning(&db)
        .await
        .unwrap();
    let row = lesson::ActiveModel {
        id: Set(video),
        county_id: Set(county.id),
        version_id: Set(version),
        kind: Set("video".to_owned()),
        title: Set("安全生产基础".to_owned()),
        seconds: Set(600),
    };
    lesson::Entity::insert(row)
        .exec_without_returning(&db)
        .await
        .unwrap();
    let row = enrolment::ActiveModel {
        id: Set(enrolled),
        county_id: Set(county.id),
        person_id: Set(person),
        course_id: Set(version),
        version_id: Set(version),
        plan_id: Set(Some(county.plan)),
        region_id: Set(Some(region)),
        enterprise_id: Set(None),
        role: Set("other".to_owned()),
        credited_seconds: Set(0),
        lessons_done: Set(0),
        started_at: Set(app.state.clock.now()),
        finished_at: Set(None),
    };
    enrolment::Entity::insert(row)
        .exec_without_returning(&db)
        .await
        .unwrap();
    db.commit().await.unwrap();
    let path = format!("/v1/courses/enrolments/{enrolled}/lessons/{video}/players");
    let opened = himself.make(&path, &json!(null)).await;
    (enrolled, video, id(&opened["id"]))
}
