//! A code suspended, revoked and given back; a phone lost; certificates that change.

use anpei::codes::bundle::{self, Refused};
use anpei::codes::verdict::{Colour, Reason};
use anpei::platform::jobs;
use anpei::server;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;

use super::{HEADER, Town, due_list, line, said, told};
use crate::support::{Kind, Phone, answer};

#[rstest]
#[tokio::test]
async fn a_revoked_code_is_red_at_once_online_and_offline_with_the_next_bundle_and_comes_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (phone, code) = town.claimed().await;
    let show = || phone.show(&code, town.now(), None);
    let before = town.fetch().await;
    let roots = town.roots().await;
    let old = bundle::read(&before, &roots, None).unwrap();
    let path = |what: &str| format!("/v1/codes/{}/{what}", code["id"].as_str().unwrap());
    let why = json!({"reason": "证书系伪造"});
    let revoked = town.township.make(&path("revocation"), &why).await;
    assert_eq!(
        (&revoked["state"], &revoked["reason"]),
        (&json!("revoked"), &json!("证书系伪造"))
    );
    assert_eq!(town.online(&show()).await, said("red", "revoked"));
    assert_eq!(
        told(&town.offline(&show(), &old)),
        (Colour::Green, Reason::Valid),
        "the guard has not heard of it yet"
    );
    let new = bundle::read(&town.fetch().await, &roots, Some(&old)).unwrap();
    assert_eq!(
        told(&town.offline(&show(), &new)),
        (Colour::Red, Reason::Revoked)
    );
    let back = bundle::read(&before, &roots, Some(&new));
    assert!(matches!(back, Err(Refused::RolledBack)), "{back:?}");

    let (status, again) = town.worker.post("/v1/codes/claims", &json!({})).await;
    assert_eq!(
        (status, &again["code"]),
        (StatusCode::CONFLICT, &json!("code_not_so")),
        "what an officer took away nobody takes back by himself"
    );
    let (status, again) = town.township.post(&path("revocation"), &why).await;
    assert_eq!(
        (status, &again["code"]),
        (StatusCode::CONFLICT, &json!("code_not_so"))
    );
    let back = town
        .township
        .make(&path("reinstatement"), &json!({"reason": "查证属实"}))
        .await;
    assert_eq!(back["state"], "active");
    assert_eq!(town.online(&show()).await, said("green", "valid"));
    let newest = bundle::read(&town.fetch().await, &roots, Some(&new)).unwrap();
    assert_eq!(
        told(&town.offline(&show(), &newest)),
        (Colour::Green, Reason::Valid)
    );
    let mine = town.worker.read("/v1/codes/mine").await;
    let kinds: Vec<&str> = mine["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["claimed", "revoked", "reinstated"],
        "its holder sees it all"
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn of_two_officers_who_saw_the_same_code_the_second_is_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let path = format!("/v1/codes/{}", code["id"].as_str().unwrap());
    let seen = town
        .township
        .request(Method::GET, &path)
        .send()
        .await
        .unwrap();
    let tag = seen.headers()["etag"].clone();
    let suspend = |reason: &str| {
        let request = town
            .township
            .request(Method::POST, &format!("{path}/suspension"));
        answer(
            request
                .header("If-Match", tag.clone())
                .json(&json!({"reason": reason})),
        )
    };
    assert_eq!(suspend("核查中").await.0, StatusCode::OK);
    let (status, told) = suspend("核查").await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale"))
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_stolen_phone_is_suspended_by_its_owner_and_a_new_one_ends_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (stolen, old) = town.claimed().await;
    let shown = |phone: &Phone, code| phone.show(code, town.now(), None);
    let held = town
        .worker
        .make("/v1/codes/mine/suspension", &json!({"reason": "手机被盗"}))
        .await;
    assert_eq!(
        (&held["state"], &held["held_by"]),
        (&json!("suspended"), &json!("holder"))
    );
    assert_eq!(
        town.online(&shown(&stolen, &old)).await,
        said("red", "suspended")
    );
    let fresh = Phone::new();
    let new = fresh.claim(&town.worker, &json!({"new_phone": true})).await;
    assert_ne!(new["id"], old["id"]);
    assert_eq!(
        town.online(&shown(&stolen, &old)).await,
        said("red", "superseded")
    );
    assert_eq!(
        town.online(&shown(&fresh, &new)).await,
        said("green", "valid")
    );
    // The thief's key does not fit the new code.
    assert_eq!(
        town.online(&shown(&stolen, &new)).await,
        said("red", "forged")
    );
    let path = format!("/v1/codes/{}", old["id"].as_str().unwrap());
    assert_eq!(town.officer.read(&path).await["replaced_by"], new["id"]);
    // Three phones a month; then an officer looks at it.
    for _ in 0..2 {
        Phone::new()
            .claim(&town.worker, &json!({"new_phone": true}))
            .await;
    }
    let (status, told) = town
        .worker
        .post("/v1/codes/claims", &json!({"new_phone": true}))
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("too_many_phones"))
    );
    let codes = town.officer.all("/v1/codes").await;
    let living = codes
        .iter()
        .filter(|code| code["state"] == "active")
        .count();
    assert_eq!((codes.len(), living), (4, 1), "one living code a person");
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_code_follows_its_certificates(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let town = Town::make(kind).await;
    let (phone, code) = town.claimed().await;
    // The newest list has another day for one of them, and a third certificate.
    let renewed = line("王军", 1, "1.2").replace("2024-03-01", "2026-03-01");
    let list = format!(
        "{HEADER}{renewed}{}{}",
        line("王军", 1, "2.1"),
        line("王军", 1, "3.1")
    );
    let fields = [
        ("frozen_on", "2020-06-01".to_owned()),
        ("source", "台账".to_owned()),
    ];
    let path = "/v1/certificates/due-list-imports";
    let (status, report) = town
        .officer
        .hand_in(path, "名单.csv", list.into_bytes(), &fields)
        .await;
    assert_eq!(status, StatusCode::OK, "{report}");
    while jobs::step(&town.app.state, server::dispatch).await.unwrap() {}
    let mine = town.worker.read("/v1/codes/mine").await;
    assert_ne!(mine["id"], code["id"]);
    assert_eq!(mine["bound"], true, "bound to the same phone");
    assert_eq!(mine["items"][0]["valid_until"], "2026-03-01", "{mine}");
    assert_eq!(mine["items"].as_array().unwrap().len(), 3);
    let claims = town.officer.all("/v1/certificates/claims").await;
    assert_eq!(claims.len(), 3, "what stands in a code is claimed");
    assert_eq!(
        town.online(&phone.show(&code, town.now(), None)).await,
        said("red", "superseded")
    );
    assert_eq!(
        town.online(&phone.show(&mine, town.now(), None)).await,
        said("green", "valid")
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn whoever_left_an_address_is_told_of_every_change(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let path = format!("/v1/people/{}/contact", town.person);
    let request = town.officer.request(Method::PUT, &path);
    let (status, told) = answer(request.json(&json!({"email": "wang@example.com"}))).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let (_, code) = town.claimed().await;
    let path = |what: &str| format!("/v1/codes/{}/{what}", code["id"].as_str().unwrap());
    town.township
        .make(&path("suspension"), &json!({"reason": "核查中"}))
        .await;
    town.township
        .make(&path("reinstatement"), &json!({"reason": "查证属实"}))
        .await;
    let admin = town
        .county
        .sign_in(
            &town.app,
            anpei::platform::Role::CountyAdmin,
            town.county.id,
        )
        .await;
    let outbox = admin.all("/v1/notices/outbox").await;
    let mails = outbox
        .iter()
        .filter(|mail| mail["template"] == "code_changed");
    assert_eq!(mails.count(), 3, "{outbox:?}");
    drop(admin);
    let list = format!("{HEADER}{}", line("赵敏", 3, "4.1"));
    due_list(&town.officer, &list, "补充").await;
    town.finish().await;
}
