//! How the operations of codes are asked.

use anpei::platform::clock;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use entity::certificate_code as code;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::super::world::{Tenant, batch_of, certificate_sheet, id, inspected, staging};
use super::{Ask, body, query, stranger};
use crate::support::Person;

pub async fn ask(operation: &str, of: &Tenant, n: usize) -> Ask {
    match operation {
        "beginCodeClaim" => {
            living(of, "active").await;
            body(json!({"certificate_id": of.certificate}))
        }
        "completeCodeClaim" => completed(of).await,
        "suspendMyCode" => {
            living(of, "active").await;
            body(json!({"reason": "手机遗失"}))
        }
        "suspendCode" | "revokeCode" | "reinstateCode" => {
            let told = json!({"person_id": certified(of, n).await});
            let code = of.officer.make("/v1/codes/assisted-claims", &told).await;
            let code = id(&code["id"]);
            let why = json!({"reason": "核查"});
            if operation == "reinstateCode" {
                let path = format!("/v1/codes/{code}/suspension");
                of.officer.make(&path, &why).await;
            }
            body(why).on("code_id", code)
        }
        "assistCodeClaim" => body(json!({"person_id": certified(of, n).await})),
        "getCodePng" | "getCodeSvg" | "getCodeCard" => {
            living(of, "active").await;
            // What has ended is not printed: his may have moved to another phone meanwhile.
            let path = format!("/v1/codes?state=active&person_id={}", of.person);
            let codes = of.officer.read(&path).await;
            Ask::default().on("code_id", id(&codes["items"][0]["id"]))
        }
        "checkCode" => body(json!({"scanned": "https://example.org/"})),
        "logInspection" => body(json!({
            "client_id": clock::new_id(), "colour": "red", "reason": "forged", "region_id": of.region,
            "place": "东门工地"
        })),
        "settleInspection" => {
            let red = inspected(&of.officer, of.code, of.region).await;
            body(json!({"outcome": "sent_away", "words": "已清退"})).on("inspection_id", red)
        }
        "previewSuspension" => {
            body(json!({"selection": {"region_id": of.region, "item_code": "1.1"}}))
        }
        "stageSuspensionBatch" => {
            body(staging(&of.officer, certificate_of(of, n).await, of.region).await)
        }
        "applySuspensionBatch" | "undoSuspensionBatch" => {
            let certificate = certificate_of(of, n).await;
            let batch = batch_of(&of.officer, certificate, of.region).await;
            let why = (operation == "undoSuspensionBatch").then(|| json!({"reason": "查证属实"}));
            Ask {
                body: why,
                ..Ask::default()
            }
            .on("batch_id", batch)
        }
        "listCodes" | "listInspections" => query(format!("region_id={}", of.region)),
        _ => Ask::default(),
    }
}

/// Every living code as it was before anybody did anything to it: without a phone, in one state.
async fn living(of: &Tenant, state: &str) {
    let held = (state == "suspended").then(|| "officer".to_owned());
    let tx = of.app.state.db.begin_write().await.unwrap();
    code::Entity::update_many()
        .col_expr(code::Column::State, Expr::value(state))
        .col_expr(code::Column::HeldBy, Expr::value(held))
        .col_expr(code::Column::HolderKey, Expr::value(None::<Vec<u8>>))
        .filter(code::Column::State.ne("superseded"))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// A certificate of the tenant's person for which nobody has claimed a code yet.
pub async fn unclaimed(of: &Tenant, n: usize) -> Ask {
    let path = format!("/v1/places/regions/{}", of.region);
    let region = of.officer.read(&path).await["code"].clone();
    let name = of.worker.read("/v1/codes/mine").await["name"].clone();
    let item = [
        "1.3", "1.4", "1.5", "1.6", "2.1", "2.2", "2.3", "3.1", "3.2",
    ][n % 9];
    let (name, number) = (name.as_str().unwrap(), &of.id_number);
    let sheet = format!(
        "姓名,证书编号,作业代码,乡镇代码\n{name},T{number},{item},{}\n",
        region.as_str().unwrap()
    );
    let fields = [
        ("frozen_on", "2020-11-30".to_owned()),
        ("source", format!("补充{n}")),
    ];
    let path = "/v1/certificates/due-list-imports";
    let (_, report) = of
        .officer
        .hand_in(path, "名单.csv", sheet.into_bytes(), &fields)
        .await;
    assert_eq!(report["accepted"], 1, "{report}");
    body(json!({"certificate_number": format!("T{number}"), "item_code": item}))
}

/// A claim begun by the tenant's person, and what his phone signs.
async fn completed(of: &Tenant) -> Ask {
    living(of, "active").await;
    let begun = of.worker.make("/v1/codes/claims", &json!({})).await;
    let nonce = BASE64.decode(begun["nonce"].as_str().unwrap()).unwrap();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let raw = pair.public_key().as_ref();
    let key = anpei::codes::presentation::holder_key(raw).unwrap();
    let message = anpei::codes::presentation::claim_message(&nonce, &key);
    let signed = pair.sign(&SystemRandom::new(), &message).unwrap();
    let told =
        json!({"holder_key": BASE64.encode(raw), "signature": BASE64.encode(signed.as_ref())});
    body(told).on("code_claim_id", id(&begun["id"]))
}

/// Somebody nobody has seen yet, with a certificate on the register of the tenant's township.
async fn certified(of: &Tenant, n: usize) -> Uuid {
    let someone = Person {
        shop: of.place,
        ..stranger(n)
    };
    let path = format!("/v1/places/regions/{}", of.region);
    let region = of.officer.read(&path).await["code"].clone();
    let sheet = certificate_sheet(&someone, region.as_str().unwrap(), &["1.1"]);
    let path = "/v1/certificates/claim-imports";
    let (_, report) = of.officer.hand_in(path, "名单.csv", sheet, &[]).await;
    assert_eq!(report["accepted"], 1, "{report}");
    let path = format!("/v1/people?q={}", someone.id_number);
    id(&of.officer.read(&path).await["items"][0]["id"])
}

/// The certificate of somebody nobody has seen yet.
async fn certificate_of(of: &Tenant, n: usize) -> Uuid {
    let person = certified(of, n).await;
    let path = format!("/v1/certificates?person_id={person}");
    id(&of.officer.all(&path).await[0]["id"])
}
