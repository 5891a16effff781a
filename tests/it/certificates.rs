//! Certificates: who is due a code, who claimed one, on the list and outside it.

mod checks;
mod standing;
mod status;

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use crate::support::{Client, County, Kind, TestApp, id_number};

fn line(name: &str, n: usize, item: &str, region: &str) -> String {
    let number = id_number(n);
    format!("{name},{number},T{number},{item},2018-03-01,2024-03-01,{region},东山街道机械厂\n")
}

const HEADER: &str = "姓名,身份证号码,证书编号,作业代码,初领日期,有效期至,乡镇代码,工作单位\n";

async fn import_list(by: &Client, sheet: &str) -> (StatusCode, serde_json::Value) {
    let fields = [
        ("frozen_on", "2020-11-01".to_owned()),
        ("source", "台账".to_owned()),
    ];
    let path = "/v1/certificates/due-list-imports";
    by.hand_in(path, "应领名单.csv", sheet.as_bytes().to_vec(), &fields)
        .await
}

#[rstest]
#[tokio::test]
async fn claims_are_counted_on_and_outside_a_frozen_list(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let list = format!(
        "{HEADER}{}{}{}",
        line("王军", 1, "1.1", "330699001"),
        line("王军", 1, "2.1", "330699001"),
        line("李强", 2, "1.1", "330699002")
    );
    let (_, report) = import_list(&officer, &list).await;
    assert_eq!(
        (&report["accepted"], &report["refused"]),
        (&json!(3), &json!(0)),
        "one person may hold several certificates of one number: {report}"
    );
    let (status, again) = import_list(&officer, &list).await;
    assert_eq!(
        (status, &again["created"]),
        (StatusCode::OK, &json!(0)),
        "{again}"
    );
    let other = format!("{HEADER}{}", line("李强", 2, "1.1", "330699002"));
    let (status, told) = import_list(&officer, &other).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("due_list_exists")),
        "a frozen list stays as it is"
    );

    let claims = format!(
        "{HEADER}{}{}{}",
        line("王军", 1, "1.1", "330699001"),
        line("赵敏", 3, "9.1", "330699001"),
        line("钱某", 4, "99.9", "330699001")
    );
    let path = "/v1/certificates/claim-imports";
    let (_, report) = officer
        .hand_in(path, "领码.csv", claims.clone().into_bytes(), &[])
        .await;
    assert_eq!(
        report["refused_lines"][0]["code"], "item_unknown",
        "{report}"
    );
    let (_, report) = officer
        .hand_in(path, "领码.csv", claims.into_bytes(), &[])
        .await;
    assert_eq!(
        (&report["created"], &report["unchanged"]),
        (&json!(0), &json!(2))
    );
    let board = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (
            &board["due"],
            &board["claimed_on_list"],
            &board["claimed_outside_list"],
            &board["claim_rate"]
        ),
        (&json!(3), &json!(1), &json!(1), &json!("66.67"))
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_holder_claims_the_code_of_his_own_certificate_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let list = format!(
        "{HEADER}{}{}",
        line("王军", 1, "1.1", "330699001"),
        line("李强", 2, "1.1", "330699001")
    );
    import_list(&officer, &list).await;
    let people = officer.all("/v1/people?q=王军").await;
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(people[0]["id"].as_str().unwrap().parse().unwrap()),
    };
    let worker = county.account(&app, "wangjun", held).await;
    let own = json!({"certificate_number": format!("T{}", id_number(1)), "item_code": "1.1"});
    let claim = worker.make("/v1/certificates/claims", &own).await;
    assert_eq!(
        (&claim["on_list"], &claim["method"]),
        (&json!(true), &json!("holder"))
    );
    let (status, twice) = worker.post("/v1/certificates/claims", &own).await;
    assert_eq!(
        (status, &twice["code"]),
        (StatusCode::CONFLICT, &json!("already_claimed"))
    );
    let other = json!({"certificate_number": format!("T{}", id_number(2)), "item_code": "1.1"});
    let (status, told) = worker.post("/v1/certificates/claims", &other).await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("certificate_unknown")
        ),
        "another's certificate is as unknown as none"
    );
    assert_eq!(worker.all("/v1/certificates").await.len(), 1);
    assert_eq!(
        officer.read("/v1/boards/progress").await["claim_rate"],
        "50.00"
    );
    drop((worker, officer));
    app.finish().await;
}
