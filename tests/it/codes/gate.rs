//! At the gate: with a network and without, for one job or any, by somebody on duty and by a stranger.

use anpei::codes::verdict::{Colour, Reason};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Town, said, told};
use crate::support::{Kind, answer};

#[rstest]
#[tokio::test]
async fn a_guard_in_a_basement_and_the_server_say_the_same(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (phone, code) = town.claimed().await;
    let kept = town.bundle(None).await;
    let shown = phone.show(&code, town.now(), None);
    assert!(shown.starts_with("HTTPS://"), "{shown}");
    assert_eq!(
        told(&town.offline(&shown, &kept)),
        (Colour::Green, Reason::Valid)
    );
    assert_eq!(town.online(&shown).await, said("green", "valid"));
    let welder = town.verify(&json!({"scanned": shown, "for": "2.1"})).await;
    assert_eq!(welder["colour"], "green");
    let high = town.verify(&json!({"scanned": shown, "for": "1.1"})).await;
    assert_eq!(
        (&high["colour"], &high["reason"]["code"]),
        (&json!("red"), &json!("not_for_this_item")),
        "a good electrician of low voltage is none of high voltage"
    );
    // A minute later it is a picture; under a challenge it is he.
    town.pass(60);
    assert_eq!(town.online(&shown).await, said("red", "proof_old"));
    let asked =
        json!({"scanned": phone.show(&code, town.now(), Some(*b"4711")), "challenge": "4711"});
    assert_eq!(town.verify(&asked).await["colour"], "green");
    let asked =
        json!({"scanned": phone.show(&code, town.now(), Some(*b"4712")), "challenge": "4711"});
    assert_eq!(
        town.verify(&asked).await["reason"]["code"],
        "challenge_wrong"
    );
    assert_eq!(
        town.online("https://example.org/v/123").await,
        said("grey", "not_ours")
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_stranger_sees_a_masked_name_and_an_inspector_the_whole(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (phone, code) = town.claimed().await;
    let shown = phone.show(&code, town.now(), None);
    let stranger = town.verify(&json!({"scanned": shown})).await;
    assert_eq!(stranger["name"], "王*");
    assert!(!stranger.to_string().contains("王军"), "{stranger}");
    let seen = town
        .inspector
        .make("/v1/codes/checks", &json!({"scanned": shown}))
        .await;
    assert_eq!(seen["verdict"]["name"], "王军");
    assert_eq!(seen["id_tail"], code["id_tail"]);
    assert_eq!(seen["code_id"], code["id"]);
    // A forged code is nobody's: no name is told from what nobody signed.
    let forged = shown.replacen("HTTPS://", "HTTPS://X", 1);
    assert_eq!(
        town.online(&forged).await,
        said("green", "valid"),
        "the host is ignored"
    );
    let mut bytes = shown.clone().into_bytes();
    let place = bytes.len() - 200;
    bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(bytes).unwrap();
    let seen = town
        .inspector
        .make("/v1/codes/checks", &json!({"scanned": forged}))
        .await;
    assert_eq!(seen["verdict"]["colour"], "red", "{seen}");
    assert_eq!(seen["verdict"]["name"], Value::Null);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_same_proof_twice_at_one_verifier_is_a_picture(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (phone, code) = town.claimed().await;
    let shown = json!({"scanned": phone.show(&code, town.now(), None)});
    let check = |key: &'static str| {
        let request = town.inspector.request(Method::POST, "/v1/codes/checks");
        answer(request.header("Idempotency-Key", key).json(&shown))
    };
    let (_, first) = check("one").await;
    assert_eq!(first["verdict"]["colour"], "green");
    let (_, again) = check("one").await;
    assert_eq!(
        again, first,
        "a lost answer asked for again is no second sight"
    );
    let (_, second) = check("two").await;
    assert_eq!(second["verdict"]["reason"]["code"], "replayed");
    let other = town.township.make("/v1/codes/checks", &shown).await;
    assert_eq!(
        other["verdict"]["colour"], "green",
        "another verifier has not seen it"
    );
    // What the phone shows next is another proof.
    town.pass(15);
    let next = json!({"scanned": phone.show(&code, town.now(), None)});
    let seen = town.inspector.make("/v1/codes/checks", &next).await;
    assert_eq!(seen["verdict"]["colour"], "green");
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_typed_code_is_as_good_as_paper_and_nobody_walks_through_all(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let typed = code["typed_code"].as_str().unwrap();
    let look = |typed: String| {
        let path = format!("/v1/codes/typed/{typed}");
        answer(town.app.request(Method::GET, &path))
    };
    let spoken = format!("{}-{}", &typed[..4], typed[4..].to_lowercase());
    let (status, seen) = look(spoken).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    assert_eq!(
        (&seen["colour"], &seen["reason"]["code"]),
        (&json!("yellow"), &json!("paper"))
    );
    assert_eq!(seen["name"], "王*");
    let (status, seen) = look("22222223".into()).await;
    assert_eq!(
        (status, &seen["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("typed_code_invalid")
        )
    );
    let (status, _) = look("22222222".into()).await;
    assert_eq!(
        status,
        StatusCode::NOT_FOUND,
        "rightly spelled, and nobody's"
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn who_asks_for_the_same_bundle_again_gets_no_bytes(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    town.claimed().await;
    let get = || town.app.request(Method::GET, "/v1/codes/trust-bundle");
    let first = get().send().await.unwrap();
    let tag = first.headers()["etag"].clone();
    let bytes = first.bytes().await.unwrap();
    assert!(bytes.len() < 2048, "{} bytes", bytes.len());
    let again = get()
        .header("if-none-match", tag.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    // Nothing changed, but it has grown old: the next version is of now.
    town.pass(11 * 60);
    let later = get().header("if-none-match", tag).send().await.unwrap();
    assert_eq!(later.status(), StatusCode::OK);
    let roots = town.roots().await;
    let read = |bytes: &[u8]| anpei::codes::bundle::read(bytes, &roots, None).unwrap();
    let (old, new) = (read(&bytes), read(&later.bytes().await.unwrap()));
    assert_eq!((old.version + 1, new.time), (new.version, town.now()));
    town.finish().await;
}
