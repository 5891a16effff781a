//! What somebody on duty chose to log: the township settles the reds, and the holder sees who checked him.

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::{Role, clock};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{HEADER, NOON, Town, due_list, line, person_of, worker};
use crate::support::{Client, Kind, Phone, Smtp, TestApp, answer, secret_in};

const PATH: &str = "/v1/codes/inspections";

/// A red on a code, seen on a building site.
fn red(code: &Value) -> Value {
    json!({
        "client_id": clock::new_id(), "colour": "red", "reason": "suspended", "code_id": code["id"], "for": "1.2",
        "place": "东门工地", "note": "持证人称不知情"
    })
}

fn path_of(inspection: &Value) -> String {
    format!("{PATH}/{}", inspection["id"].as_str().unwrap())
}

async fn township_inspector(town: &Town, login: &str, region: Uuid) -> Client {
    let held = Held {
        role: Role::Inspector,
        region_id: Some(region),
        enterprise_id: None,
        person_id: None,
    };
    town.county.account(&town.app, login, held).await
}

#[rstest]
#[tokio::test]
async fn a_red_that_was_logged_is_open_until_its_township_settles_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let logged = town.inspector.make(PATH, &red(&code)).await;
    assert_eq!(
        (&logged["state"], &logged["person_name"], &logged["by_role"]),
        (&json!("open"), &json!("王军"), &json!("inspector"))
    );
    assert_eq!(
        logged["region_id"],
        json!(town.county.a),
        "where the code's holder works"
    );
    let open = town.township.all(&format!("{PATH}?open=true")).await;
    assert_eq!(
        open,
        std::slice::from_ref(&logged),
        "the township has it to settle"
    );
    let settlement = format!("{}/settlement", path_of(&logged));
    let said = json!({"outcome": "sent_away", "words": "已清退，企业已约谈"});
    let (status, told) = town.inspector.post(&settlement, &said).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::FORBIDDEN, &json!("forbidden")),
        "whoever logged it does not settle it"
    );
    let seen = town.township.request(Method::GET, &path_of(&logged));
    let tag = seen.send().await.unwrap().headers()["etag"].clone();
    let settle = |by: &Client| {
        let request = by.request(Method::POST, &settlement);
        answer(request.header("If-Match", tag.clone()).json(&said))
    };
    let (status, settled) = settle(&town.township).await;
    assert_eq!(status, StatusCode::OK, "{settled}");
    assert_eq!(settled["state"], "settled");
    assert_eq!(settled["settlement"]["outcome"], "sent_away");
    let (status, told) = settle(&town.officer).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale")),
        "of two officers the second is told"
    );
    let (status, told) = town.officer.post(&settlement, &said).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("inspection_not_open"))
    );
    assert_eq!(town.inspector.read(&path_of(&logged)).await, settled);
    assert!(
        town.township
            .all(&format!("{PATH}?open=true"))
            .await
            .is_empty()
    );
    assert_eq!(
        town.township.all(&format!("{PATH}?open=false")).await.len(),
        1
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn only_reds_are_settled_and_a_forged_code_is_nobodys(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let green = json!({
        "client_id": clock::new_id(), "colour": "green", "reason": "valid", "code_id": code["id"], "place": "东门工地"
    });
    let green = town.inspector.make(PATH, &green).await;
    assert_eq!(green["state"], "noted");
    let said = json!({"outcome": "mended", "words": "无"});
    let settlement = format!("{}/settlement", path_of(&green));
    let (status, told) = town.township.post(&settlement, &said).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("inspection_not_open"))
    );
    let forged = json!({
        "client_id": clock::new_id(), "colour": "red", "reason": "forged", "place": "西门工地",
        "region_id": town.county.b
    });
    let forged = town.inspector.make(PATH, &forged).await;
    assert_eq!(
        (&forged["state"], &forged["person_id"], &forged["code_id"]),
        (&json!("open"), &Value::Null, &Value::Null)
    );
    let of_holder = format!("{PATH}?person_id={}", town.person);
    assert_eq!(town.officer.all(&of_holder).await, [green]);
    assert_eq!(
        town.officer.all(&format!("{PATH}?colour=red")).await,
        std::slice::from_ref(&forged)
    );
    let (status, _) = town.township.get(&path_of(&forged)).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it was in another township");
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_phones_queue_sent_twice_is_logged_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let mut kept = red(&code);
    kept["checked_at"] = json!("2020-05-20T09:30:00+08:00");
    let (first, second) = tokio::join!(
        town.inspector.post(PATH, &kept),
        town.inspector.post(PATH, &kept)
    );
    assert_eq!(
        (first.0, second.0),
        (StatusCode::OK, StatusCode::OK),
        "{first:?}"
    );
    assert_eq!(first.1, second.1);
    assert_eq!(first.1["checked_at"], "2020-05-20T09:30:00+08:00");
    assert_eq!(town.officer.all(PATH).await.len(), 1);
    let other = kept.clone();
    kept["place"] = json!("北门工地");
    let (status, told) = town.inspector.post(PATH, &kept).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("conflict")),
        "the same id for another check"
    );
    // Another account's queue has ids of its own.
    town.township.make(PATH, &other).await;
    let send = || {
        let request = town.inspector.request(Method::POST, PATH);
        let mut other = other.clone();
        other["client_id"] = json!("0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e");
        answer(request.header("Idempotency-Key", "check-1").json(&other))
    };
    assert_eq!(send().await, send().await);
    assert_eq!(town.officer.all(PATH).await.len(), 3);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_cannot_be_is_not_logged(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let stranger = json!("0197c5a0-5b1e-7c3a-9d2f-3e4a5b6c7d8e");
    let cases = [
        ("colour", json!("green"), "invalid_field"),
        ("reason", json!("fine"), "invalid_field"),
        (
            "checked_at",
            json!("2020-06-01T12:03:00+08:00"),
            "invalid_field",
        ),
        (
            "checked_at",
            json!("2020-05-02T11:59:00+08:00"),
            "invalid_field",
        ),
        ("for", json!("电工"), "item_unknown"),
        ("code_id", stranger.clone(), "code_unknown"),
        ("region_id", stranger, "region_unknown"),
        ("place", json!("  "), "field_missing"),
        ("code_id", Value::Null, "field_missing"),
    ];
    for (field, value, wanted) in cases {
        let mut told = red(&code);
        told[field] = value;
        let (status, answer) = town.inspector.post(PATH, &told).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(wanted)),
            "{field}: {answer}"
        );
    }
    let mut unnamed = red(&code);
    unnamed["colour"] = json!("yellow");
    unnamed["reason"] = json!("paper");
    unnamed["code_id"] = Value::Null;
    let (_, answer) = town.inspector.post(PATH, &unnamed).await;
    assert_eq!(
        answer["code"], "field_missing",
        "yellow is always somebody's"
    );
    assert!(town.officer.all(PATH).await.is_empty());
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_holder_sees_who_checked_him_and_strangers_and_other_inspectors_see_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    assert_eq!(
        code["checks"],
        json!([]),
        "nothing is kept of a check by itself"
    );
    let here = township_inspector(&town, "inspector.a", town.county.a).await;
    let there = township_inspector(&town, "inspector.b", town.county.b).await;
    let logged = here.make(PATH, &red(&code)).await;
    // Nobody signed in sees none of it, an inspector nobody's but his own.
    let stranger = town.app.request(Method::GET, &path_of(&logged));
    assert_eq!(answer(stranger).await.0, StatusCode::UNAUTHORIZED);
    for other in [&there, &town.inspector] {
        assert_eq!(other.get(&path_of(&logged)).await.0, StatusCode::NOT_FOUND);
        assert!(other.all(PATH).await.is_empty());
    }
    let (status, _) = town.worker.get(&path_of(&logged)).await;
    assert_eq!(
        status,
        StatusCode::FORBIDDEN,
        "its holder has a view of his own"
    );
    let mine = town.worker.read("/v1/codes/mine").await;
    let check = &mine["checks"][0];
    assert_eq!(mine["checks"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &check["place"],
            &check["colour"],
            &check["by_role"],
            &check["by_region"]
        ),
        (
            &json!("东门工地"),
            &json!("red"),
            &json!("inspector"),
            &json!("东山街道")
        )
    );
    let told = mine["checks"].to_string();
    assert!(!told.contains("inspector.a"), "a role, not a name: {told}");
    assert!(
        !told.contains("不知情"),
        "what was noted is not for him: {told}"
    );
    let path = format!("/v1/archives/people/{}/exports", town.person);
    let taken = town.worker.make(&path, &json!({})).await;
    assert_eq!(taken["inspections"].as_array().unwrap().len(), 1, "{taken}");
    assert_eq!(taken["inspections"][0]["by_region"], "东山街道");
    // Who was not checked is told of no check.
    let list = format!("{HEADER}{}", line("李强", 2, "4.1"));
    due_list(&town.officer, &list, "补充").await;
    let other = worker(
        &town.app,
        &town.county,
        "li.qiang",
        person_of(&town.officer, 2).await,
    )
    .await;
    let code = Phone::new().claim(&other, &json!({})).await;
    assert_eq!(code["checks"], json!([]));
    drop((here, there, other));
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn officers_with_an_address_are_told_of_a_red_and_of_nothing_else(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let mut smtp = Smtp::start(&[]).await;
    let url = smtp.url();
    let at = NOON.parse().unwrap();
    let app = TestApp::start_by(kind, &["--smtp-url", &url], Some(at)).await;
    let town = Town::of(Arc::new(app)).await;
    let (_, code) = town.claimed().await;
    let admin = town
        .county
        .sign_in(&town.app, Role::CountyAdmin, town.county.id)
        .await;
    for (login, region) in [("east", town.county.a), ("west", town.county.b)] {
        let invited = json!({
            "login": login, "name": "刘站长", "email": format!("{login}@example.com"), "role": "township_officer",
            "region_id": region
        });
        admin.make("/v1/accounts/invitations", &invited).await;
        // Until he has taken it he is nobody who is told anything.
        let token = secret_in(&smtp.next().await, "/#/invitation/");
        let taken = json!({"token": token, "password": "a longer passphrase"});
        let door = "/v1/accounts/invitations/acceptance";
        let (status, told) = answer(town.app.request(Method::POST, door).json(&taken)).await;
        assert_eq!(status, StatusCode::OK, "{told}");
    }
    let logged = town.inspector.make(PATH, &red(&code)).await;
    let yellow = json!({
        "client_id": clock::new_id(), "colour": "yellow", "reason": "paper", "code_id": code["id"], "place": "东门工地"
    });
    town.inspector.make(PATH, &yellow).await;
    let outbox = admin.all("/v1/notices/outbox").await;
    let mails: Vec<&Value> = outbox
        .iter()
        .filter(|mail| mail["template"] == "red_inspection")
        .collect();
    assert_eq!(mails.len(), 1, "{outbox:?}");
    assert!(mails[0]["recipient"].as_str().unwrap().starts_with('e'));
    let audited = town
        .county
        .sign_in(&town.app, Role::Auditor, town.county.id)
        .await
        .all("/v1/audit/entries")
        .await;
    let of_it = audited
        .iter()
        .find(|entry| entry["subject_id"] == logged["id"])
        .unwrap();
    assert_eq!(of_it["action"], "codes.log_inspection", "{of_it}");
    drop(admin);
    town.finish().await;
}
