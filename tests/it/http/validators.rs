//! Two officers at one thing: the second is told, and nothing of the first is lost.

use std::sync::Arc;

use anpei::platform::Role;
use futures_util::future::join_all;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{header, whole};
use crate::support::{Client, County, Kind, TestApp, answer, id_number};

/// Reads a thing with its validator.
async fn seen(by: &Client, path: &str) -> (Value, String) {
    let (status, headers, body) = whole(by.request(Method::GET, path)).await;
    assert_eq!(status, StatusCode::OK, "{path}");
    let tag = header(&headers, "etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 30, "{path}: {tag}");
    (serde_json::from_slice(&body).unwrap(), tag)
}

/// Changes a thing as it was last seen.
async fn change(
    by: &Client,
    method: Method,
    path: &str,
    tag: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let mut request = by.request(method, path);
    if !tag.is_empty() {
        request = request.header("If-Match", tag);
    }
    if !body.is_null() {
        request = request.json(body);
    }
    answer(request).await
}

fn assert_stale((status, told): (StatusCode, Value)) {
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale")),
        "{told}"
    );
    assert!(told["detail"].as_str().unwrap().contains("重新读取"));
}

#[rstest]
#[tokio::test]
async fn the_second_of_two_officers_is_told_and_nothing_is_lost(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (first, _, second) = county.officers(&app).await;
    let path = format!("/v1/places/enterprises/{}", county.shop_a);
    let (shown, tag) = seen(&first, &path).await;
    let (_, also) = seen(&second, &path).await;
    assert_eq!(tag, also, "one thing, one validator, whoever looks");
    let named = |name: &str| {
        let mut told = shown.clone();
        told.as_object_mut().unwrap().remove("id");
        told["name"] = json!(name);
        told
    };
    let (status, changed) = change(&first, Method::PUT, &path, &tag, &named("甲厂")).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    assert_stale(change(&second, Method::PUT, &path, &tag, &named("乙厂")).await);
    let (now, newer) = seen(&second, &path).await;
    assert_eq!(now["name"], "甲厂");
    // Read anew, it can be changed; however a proxy dressed the validator.
    let dressed = format!("W/{newer}");
    let (status, told) = change(&second, Method::PUT, &path, &dressed, &named("乙厂")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // Without If-Match the later one wins, as the papers say.
    let (status, told) = change(&first, Method::PUT, &path, "", &named("丙厂")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    drop((first, second));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn of_many_at_the_very_same_time_one_gets_through(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let path = format!("/v1/places/enterprises/{}", county.shop_a);
    for round in 0..5 {
        let (shown, tag) = seen(&officer, &path).await;
        let each = (0..8).map(|n| {
            let mut told = shown.clone();
            told.as_object_mut().unwrap().remove("id");
            told["name"] = json!(format!("第{round}轮第{n}人"));
            let (officer, path, tag) = (&officer, &path, &tag);
            async move {
                let (status, _) = change(officer, Method::PUT, path, tag, &told).await;
                (status, told["name"].clone())
            }
        });
        let told = join_all(each).await;
        let through: Vec<_> = told
            .iter()
            .filter(|(status, _)| *status == StatusCode::OK)
            .collect();
        assert_eq!(through.len(), 1, "{told:?}");
        let rest = told
            .iter()
            .filter(|(status, _)| *status == StatusCode::PRECONDITION_FAILED);
        assert_eq!(rest.count(), 7, "{told:?}");
        assert_eq!(officer.read(&path).await["name"], through[0].1);
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn every_kind_of_change_asks_what_its_caller_saw(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let by = &officer;
    let path_of = |room: &str, thing: &Value| format!("{room}/{}", thing["id"].as_str().unwrap());
    let draft = |title: &str| {
        json!({
            "title": title, "year": 2019, "period_from": "2019-01-01", "period_to": "2019-12-31",
            "target_roles": ["other"], "required_offline": 360
        })
    };
    // A plan: drafted, changed, published, closed.
    let plan = path_of("/v1/plans", &by.make("/v1/plans", &draft("甲方案")).await);
    let (_, first) = seen(by, &plan).await;
    let (status, told) = change(by, Method::PUT, &plan, &first, &draft("乙方案")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_stale(change(by, Method::PUT, &plan, &first, &draft("丙方案")).await);
    for step in ["publication", "closure"] {
        let (_, tag) = seen(by, &plan).await;
        let path = format!("{plan}/{step}");
        assert_stale(change(by, Method::POST, &path, &first, &Value::Null).await);
        let (status, told) = change(by, Method::POST, &path, &tag, &Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        assert_stale(change(by, Method::POST, &path, &tag, &Value::Null).await);
    }
    // A region that ends.
    let new = json!({"code": "330699777", "name": "老街", "kind": "township", "valid_from": "2020-01-01"});
    let region = path_of(
        "/v1/places/regions",
        &by.make("/v1/places/regions", &new).await,
    );
    let (_, tag) = seen(by, &region).await;
    let path = format!("{region}/successor");
    let end = |day: &str| json!({"successor_id": county.a, "last_day": day});
    let (status, _) = change(by, Method::POST, &path, &tag, &end("2020-06-30")).await;
    assert_eq!(status, StatusCode::OK);
    assert_stale(change(by, Method::POST, &path, &tag, &end("2020-07-31")).await);
    // A person who moves.
    let new = json!({
        "name": "王军", "id_number": id_number(1), "enterprise_id": county.shop_a,
        "role": "other", "from_day": "2019-01-01"
    });
    let person = path_of("/v1/people", &by.make("/v1/people", &new).await);
    let (_, tag) = seen(by, &person).await;
    let path = format!("{person}/employment");
    let post =
        |day: &str| json!({"enterprise_id": county.shop_b, "role": "other", "from_day": day});
    let (status, _) = change(by, Method::POST, &path, &tag, &post("2020-03-01")).await;
    assert_eq!(status, StatusCode::OK);
    assert_stale(change(by, Method::POST, &path, &tag, &post("2020-04-01")).await);
    // A class that is called off.
    let new = json!({
        "region_id": county.a, "plan_id": county.plan, "title": "第9期", "place": "", "teacher": "",
        "starts": "2020-05-12T08:30:00+08:00", "ends": "2020-05-12T16:30:00+08:00", "minutes": 360
    });
    let class = path_of(
        "/v1/classes/sessions",
        &by.make("/v1/classes/sessions", &new).await,
    );
    let (_, tag) = seen(by, &class).await;
    let path = format!("{class}/cancellation");
    let (status, told) = change(by, Method::POST, &path, &tag, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_stale(change(by, Method::POST, &path, &tag, &Value::Null).await);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_is_set_whole_asks_what_its_caller_saw(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let by = &officer;
    let twice = |path: String, read: String, first: Value, second: Value| async move {
        let (_, tag) = seen(by, &read).await;
        let (status, told) = change(by, Method::PUT, &path, &tag, &first).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
        assert_stale(change(by, Method::PUT, &path, &tag, &second).await);
        // Nothing of the second is there; read anew, it is taken.
        let (now, tag) = seen(by, &read).await;
        assert_eq!(now, told, "{path}");
        let (status, told) = change(by, Method::PUT, &path, &tag, &second).await;
        assert_eq!(status, StatusCode::OK, "{path}: {told}");
    };
    // How a person is reached: the two numbers look the same masked.
    let new = json!({
        "name": "王军", "id_number": id_number(1), "enterprise_id": county.shop_a,
        "role": "other", "from_day": "2019-01-01"
    });
    let person = by.make("/v1/people", &new).await;
    let path = format!("/v1/people/{}/contact", person["id"].as_str().unwrap());
    let phone = |phone: &str| json!({"phone": phone});
    let (first, second) = (phone("13800001234"), phone("13899991234"));
    twice(path.clone(), path, first, second).await;
    let path = format!("/v1/places/enterprises/{}/tags", county.shop_a);
    let tags = |tag: &str| json!({"tags": [tag]});
    let (first, second) = (tags("small_manufacturer"), tags("metal_smelting"));
    twice(path.clone(), path, first, second).await;
    let path = format!("/v1/plans/{}/quotas/{}/shares", county.plan, county.a);
    let shares = |amount: i64| {
        let share = json!({"enterprise_id": county.shop_a, "amount": amount});
        json!({"day": "2020-03-01", "shares": [share]})
    };
    twice(path.clone(), path, shares(4), shares(6)).await;
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_draft_that_became_law_meanwhile_is_not_discarded(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let by = &officer;
    let draft = json!({
        "role": "other", "industry": "general", "occasion": "yearly", "hours": 8,
        "effective_from": "2030-01-01", "source_zh": "第十三条", "source_en": "art. 13"
    });
    let made = by.make("/v1/hours/rules", &draft).await;
    let path = format!("/v1/hours/rules/{}", made["id"].as_str().unwrap());
    let discard = format!("{path}/discard");
    let (shown, tag) = seen(by, &path).await;
    assert_eq!(shown, made);
    assert_stale(change(by, Method::POST, &discard, "\"another\"", &Value::Null).await);
    let preview = by.read(&format!("{path}/preview")).await;
    let said = json!({"preview_token": preview["token"]});
    by.make(&format!("{path}/publication"), &said).await;
    assert_stale(change(by, Method::POST, &discard, &tag, &Value::Null).await);
    assert_eq!(by.read(&path).await["state"], "published");
    let made = by.make("/v1/hours/rules", &draft).await;
    let path = format!("/v1/hours/rules/{}", made["id"].as_str().unwrap());
    let (_, tag) = seen(by, &path).await;
    let discard = format!("{path}/discard");
    let (status, told) = change(by, Method::POST, &discard, &tag, &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // A draft is nobody's but theirs who make them.
    let kept = by.make("/v1/hours/rules", &draft).await;
    let township = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let path = format!("/v1/hours/rules/{}", kept["id"].as_str().unwrap());
    assert_eq!(township.get(&path).await.0, StatusCode::NOT_FOUND);
    drop((officer, township));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_change_sent_again_gets_its_first_answer_though_the_thing_is_another_by_now(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let path = format!("/v1/places/enterprises/{}", county.shop_a);
    let (_, tag) = seen(&officer, &path).await;
    let told = json!({"region_id": county.a, "name": "甲机械厂", "industry": "工贸"});
    let send = || {
        let request = officer
            .request(Method::PUT, &path)
            .header("If-Match", &tag)
            .header("Idempotency-Key", "one-change")
            .json(&told);
        answer(request)
    };
    let first = send().await;
    assert_eq!(first.0, StatusCode::OK, "{}", first.1);
    assert_eq!(send().await, first);
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_has_not_changed_is_not_sent_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    for path in [
        format!("/v1/places/regions/{}", county.a),
        format!("/v1/plans/{}", county.plan),
        "/v1/certificates/catalogue".to_owned(),
        "/v1/people".to_owned(),
        "/openapi.json".to_owned(),
        "/docs".to_owned(),
    ] {
        for encoding in ["identity", "gzip", "br"] {
            let request = || {
                officer
                    .request(Method::GET, &path)
                    .header("Accept-Encoding", encoding)
            };
            let (_, headers, body) = whole(request()).await;
            assert!(!body.is_empty());
            let tag = header(&headers, "etag");
            let (status, headers, body) = whole(request().header("If-None-Match", tag)).await;
            assert_eq!(
                (status, body.len()),
                (StatusCode::NOT_MODIFIED, 0),
                "{path} {encoding}"
            );
            assert!(!header(&headers, "etag").is_empty());
            let (status, _, _) = whole(request().header("If-None-Match", "\"other\"")).await;
            assert_eq!(status, StatusCode::OK);
        }
    }
    drop(officer);
    app.finish().await;
}
