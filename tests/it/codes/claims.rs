//! A code is claimed, and what a claim that cannot be leaves behind.

use anpei::codes::keys;
use anpei::platform::{Caller, Role};
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{HEADER, Town, due_list, line, person_of, worker};
use crate::support::{Client, Kind, Phone};

#[rstest]
#[tokio::test]
async fn a_worker_claims_one_code_for_all_his_certificates_and_the_board_counts_them(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let begun = town.worker.make("/v1/codes/claims", &json!({})).await;
    let items: Vec<&str> = begun["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["item_code"].as_str().unwrap())
        .collect();
    assert_eq!(items, ["1.2", "2.1"], "he sees what he claims: {begun}");
    let phone = Phone::new();
    let (status, code) = phone.complete(&town.worker, &begun).await;
    assert_eq!(status, StatusCode::OK, "{code}");
    assert_eq!(
        (&code["state"], &code["bound"], &code["name"]),
        (&json!("active"), &json!(true), &json!("王军"))
    );
    assert_eq!(code["items"][1]["valid_until"], "2024-03-01");
    assert_eq!(town.worker.read("/v1/codes/mine").await, code);
    let claims = town.officer.all("/v1/certificates/claims").await;
    assert_eq!(claims.len(), 2, "both certificates are claimed");
    assert!(claims.iter().all(|claim| claim["method"] == "holder"));
    let board = town.officer.read("/v1/boards/progress").await;
    assert_eq!(board["claimed"], 2, "{board}");
    let kinds: Vec<&Value> = code["events"].as_array().unwrap().iter().collect();
    assert_eq!(kinds.len(), 1);
    assert_eq!(kinds[0]["kind"], "claimed");
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_retried_completion_makes_no_second_code(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let begun = town.worker.make("/v1/codes/claims", &json!({})).await;
    let phone = Phone::new();
    let path = format!("/v1/codes/claims/{}/proof", begun["id"].as_str().unwrap());
    let proof = phone.proof(&begun);
    let send = || async {
        let request = town
            .worker
            .request(reqwest::Method::POST, &path)
            .header("Idempotency-Key", "one-claim")
            .json(&proof);
        crate::support::answer(request).await
    };
    let (first, second) = tokio::join!(send(), send());
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(first.1, second.1, "the swallowed answer comes again");
    let (status, told) = phone.complete(&town.worker, &begun).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("claim_done")),
        "without the key it is a second completion"
    );
    assert_eq!(town.officer.all("/v1/codes").await.len(), 1);
    town.finish().await;
}

/// What a claim could change: codes, claims, and the codes the board counts.
async fn figures(officer: &Client) -> Value {
    let board = officer.read("/v1/boards/progress").await;
    json!([
        officer.all("/v1/codes").await,
        officer.all("/v1/certificates/claims").await,
        board["claimed"],
    ])
}

async fn refused(by: &Client, path: &str, body: &Value, status: StatusCode, code: &str) {
    let (got, told) = by.post(path, body).await;
    assert_eq!((got, &told["code"]), (status, &json!(code)), "{told}");
    assert!(
        told["detail"].as_str().unwrap().chars().count() > 8,
        "it says what to do: {told}"
    );
}

#[rstest]
#[tokio::test]
async fn a_claim_that_cannot_be_says_why_and_changes_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let claims = "/v1/codes/claims";
    let (_, first) = town.claimed().await;
    // 李强 has no certificate; 赵敏 has one of her own.
    let list = format!("{HEADER}{}", line("赵敏", 3, "4.1"));
    due_list(&town.officer, &list, "补充").await;
    let (status, _) = town
        .officer
        .post(
            "/v1/people",
            &json!({
                "name": "李强", "id_number": crate::support::id_number(2), "enterprise_id": town.county.shop_a,
                "role": "other", "from_day": "2020-02-01"
            }),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let li = person_of(&town.officer, 2).await;
    let zhao = person_of(&town.officer, 3).await;
    let li = worker(&town.app, &town.county, "li.qiang", li).await;
    let zhao = worker(&town.app, &town.county, "zhao.min", zhao).await;
    let before = figures(&town.officer).await;

    refused(
        &li,
        claims,
        &json!({}),
        StatusCode::CONFLICT,
        "no_certificate",
    )
    .await;
    refused(
        &town.worker,
        claims,
        &json!({}),
        StatusCode::CONFLICT,
        "code_exists",
    )
    .await;
    refused(
        &zhao,
        claims,
        &json!({"new_phone": true}),
        StatusCode::CONFLICT,
        "no_code",
    )
    .await;
    let certificates = town.officer.all("/v1/certificates").await;
    let of_wang = certificates
        .iter()
        .find(|one| one["person_name"] == "王军")
        .unwrap();
    let told = json!({"certificate_id": of_wang["id"]});
    let unknown = StatusCode::UNPROCESSABLE_ENTITY;
    refused(&zhao, claims, &told, unknown, "certificate_unknown").await;

    // Begun by one, completed by another; signed by another key; too late.
    let begun = zhao.make(claims, &json!({})).await;
    let path = format!("{claims}/{}/proof", begun["id"].as_str().unwrap());
    let phone = Phone::new();
    let proof = phone.proof(&begun);
    refused(
        &town.worker,
        &path,
        &proof,
        StatusCode::NOT_FOUND,
        "not_found",
    )
    .await;
    let mut wrong = proof.clone();
    wrong["holder_key"] = Phone::new().proof(&begun)["holder_key"].clone();
    refused(&zhao, &path, &wrong, unknown, "proof_invalid").await;
    wrong["holder_key"] = json!("bm90IGEga2V5");
    refused(&zhao, &path, &wrong, unknown, "holder_key_invalid").await;
    town.pass(10 * 60);
    refused(&zhao, &path, &proof, StatusCode::CONFLICT, "claim_expired").await;

    assert_eq!(figures(&town.officer).await, before, "nothing changed");
    assert_eq!(town.worker.read("/v1/codes/mine").await, first);
    drop((li, zhao));
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn without_issuer_keys_nobody_claims_and_the_operator_is_named(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let other = crate::support::County::make_other(&town.app).await;
    let officer = other
        .sign_in(&town.app, Role::CountyOfficer, other.id)
        .await;
    let (status, told) = town.bundle_of("330698").await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            &json!("issuer_key_missing")
        )
    );
    keys::init(&town.app.state, &Caller::console(other.id), false)
        .await
        .unwrap();
    let (status, _) = town.bundle_of("330698").await;
    assert_eq!(status, StatusCode::OK);
    let (status, told) = town.bundle_of("999999").await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
    drop(officer);
    town.finish().await;
}

impl Town {
    /// The trust bundle of a county by its code: the status, and the problem where there is one.
    async fn bundle_of(&self, county: &str) -> (StatusCode, Value) {
        let path = format!("/v1/codes/trust-bundle?county={county}");
        crate::support::answer(self.app.request(reqwest::Method::GET, &path)).await
    }
}

#[rstest]
#[tokio::test]
async fn an_officer_claims_for_somebody_without_a_phone_and_his_paper_is_yellow(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let told = json!({"person_id": town.person});
    let code = town.township.make("/v1/codes/assisted-claims", &told).await;
    assert_eq!(
        (&code["method"], &code["bound"]),
        (&json!("assisted"), &json!(false))
    );
    let path = "/v1/codes/assisted-claims";
    refused(
        &town.township,
        path,
        &told,
        StatusCode::CONFLICT,
        "code_exists",
    )
    .await;
    let mine = town.worker.read("/v1/codes/mine").await;
    let paper = crate::support::printed(&mine);
    let kept = town.bundle(None).await;
    let offline = town.offline(&paper, &kept);
    assert_eq!(offline.reason.word(), "paper");
    assert_eq!(town.online(&paper).await, super::said("yellow", "paper"));
    // Later he has a phone: the first one takes the paper's place without being counted as a change.
    let (phone, newer) = town.claimed().await;
    assert_eq!(town.online(&paper).await, super::said("red", "superseded"));
    let shown = phone.show(&newer, town.now(), None);
    assert_eq!(town.online(&shown).await, super::said("green", "valid"));
    let claims = town.officer.all("/v1/certificates/claims").await;
    assert_eq!(claims.len(), 2, "counted once: {claims:?}");
    town.finish().await;
}
