//! Something of one's own in the path, something of a stranger's in the body or the query.

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::world::{Tenant, World};
use crate::support::{Client, Kind, Person, answer, person};

/// A request, and how it is refused.
struct Mixed {
    method: Method,
    path: String,
    body: Option<Value>,
    /// The code it is refused by; none where it gives an empty page.
    code: Option<&'static str>,
}

fn post(path: String, body: Value, code: &'static str) -> Mixed {
    Mixed {
        method: Method::POST,
        path,
        body: Some(body),
        code: Some(code),
    }
}

fn get(path: String, code: Option<&'static str>) -> Mixed {
    Mixed {
        method: Method::GET,
        path,
        body: None,
        code,
    }
}

/// What a township officer tries with a thing of another township, or of another county.
fn tries(home: &Tenant, foreign: &Tenant) -> Vec<Mixed> {
    let Tenant {
        person,
        class,
        shop,
        ..
    } = home;
    let post_of = |enterprise| json!({"enterprise_id": enterprise, "role": "other", "from_day": "2021-05-01"});
    let times = json!({
        "person_id": foreign.person, "check_in": "2020-05-12T08:30:00+08:00",
        "check_out": "2020-05-12T16:30:00+08:00"
    });
    let theirs = json!({"region_id": foreign.region, "name": "迁来的厂"});
    vec![
        post(
            format!("/v1/people/{person}/employment"),
            post_of(foreign.shop),
            "enterprise_unknown",
        ),
        post(
            format!("/v1/classes/sessions/{class}/roster"),
            json!({"person_ids": [person, foreign.person]}),
            "not_found",
        ),
        post(
            format!("/v1/classes/sessions/{class}/marks"),
            times,
            "not_found",
        ),
        Mixed {
            method: Method::PUT,
            ..post(
                format!("/v1/places/enterprises/{shop}"),
                theirs,
                "region_unknown",
            )
        },
        get(format!("/v1/people?enterprise_id={}", foreign.shop), None),
        get(
            format!("/v1/certificates?person_id={}", foreign.person),
            None,
        ),
        get(
            format!("/v1/hours/people/{}/plans/{}", foreign.person, home.plan),
            Some("not_found"),
        ),
    ]
}

/// What a county officer tries with a thing of another county.
fn county_tries(home: &Tenant, foreign: &Tenant) -> Vec<Mixed> {
    let Tenant { plan, region, .. } = home;
    let line =
        json!({"region_id": foreign.region, "amount": 5, "day": "2020-03-01", "reason": "x"});
    let end = json!({"successor_id": foreign.region, "last_day": "2020-12-31"});
    let class = json!({
        "region_id": region, "plan_id": foreign.plan, "title": "借来的班", "minutes": 360,
        "starts": "2020-08-03T08:30:00+08:00", "ends": "2020-08-03T16:30:00+08:00"
    });
    let plan_of = |path: String| {
        get(
            format!("{path}?plan_id={}", foreign.plan),
            Some("not_found"),
        )
    };
    vec![
        post(
            format!("/v1/plans/{plan}/quota-lines"),
            line,
            "region_unknown",
        ),
        post(
            format!("/v1/places/regions/{region}/successor"),
            end,
            "region_unknown",
        ),
        post("/v1/classes/sessions".into(), class, "not_found"),
        get(
            format!("/v1/hours/people/{}/plans/{}", home.person, foreign.plan),
            Some("not_found"),
        ),
        plan_of(format!("/v1/boards/progress/regions/{region}/enterprises")),
        plan_of(format!(
            "/v1/boards/progress/enterprises/{}/people",
            home.shop
        )),
        get(format!("/v1/hours/records?plan_id={}", foreign.plan), None),
        get(
            format!("/v1/classes/sessions?plan_id={}", foreign.plan),
            None,
        ),
    ]
}

async fn check(by: &Client, all: Vec<Mixed>) {
    for Mixed {
        method,
        path,
        body,
        code,
    } in all
    {
        let request = by.request(method, &path);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let (status, told) = answer(request).await;
        match code {
            Some(code) => assert_eq!(told["code"], code, "{path}: {status} {told}"),
            None => assert_eq!(
                (status, &told["items"]),
                (StatusCode::OK, &json!([])),
                "{path}"
            ),
        }
    }
}

#[rstest]
#[tokio::test]
async fn nothing_of_a_stranger_is_reached_through_something_of_ones_own(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let world = World::make(kind).await;
    let township = &world.callers[Role::TownshipOfficer.word()];
    for foreign in [&world.neighbour, &world.elsewhere] {
        check(township, tries(&world.home, foreign)).await;
    }
    let county = &world.callers[Role::CountyOfficer.word()];
    check(county, county_tries(&world.home, &world.elsewhere)).await;
    world.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_sheet_cannot_be_put_into_another_townships_class(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let world = World::make(kind).await;
    for role in [Role::Trainer, Role::TownshipOfficer] {
        for foreign in [&world.neighbour, &world.elsewhere] {
            let fields = [
                ("plan_id", world.home.plan.to_string()),
                ("class_id", foreign.class.to_string()),
            ];
            let sheet = Person::sheet(&[person(900)], "第1期");
            let (status, told) = world.callers[role.word()]
                .hand_in("/v1/classes/attendance-uploads", "a.csv", sheet, &fields)
                .await;
            assert_eq!(
                (status, &told["code"]),
                (StatusCode::NOT_FOUND, &json!("not_found")),
                "{told}"
            );
        }
    }
    world.finish().await;
}
