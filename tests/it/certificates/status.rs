//! How a certificate stands on a day: by what is on record and the rules of that day.

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::import_list;
use crate::support::{Client, County, Kind, TestApp, answer, id_number};

const HEADER: &str =
    "姓名,证书编号,作业代码,初领日期,有效期至,应复审日期,实际复审日期,培训机构,乡镇代码\n";

/// One line: first issue, last day, due day, day of review.
fn line(n: usize, days: [&str; 4]) -> String {
    let [issued, until, due, reviewed] = days;
    let (name, number) = (
        format!("王{}", ["一", "二", "三", "四", "五"][n]),
        id_number(n),
    );
    format!("{name},T{number},1.1,{issued},{until},{due},{reviewed},县安全培训中心,330699001\n")
}

/// First issue, last day, due day, day of review.
const RECORDS: [[&str; 4]; 5] = [
    ["2018-01-10", "2024-01-10", "2021-01-10", ""],
    ["2017-03-01", "2023-03-01", "2020-03-01", "2020-02-20"],
    ["2017-03-01", "2023-03-01", "", ""],
    ["2023-06-01", "2029-06-01", "2026-06-01", ""],
    ["", "", "", ""],
];
/// How each of these stands on which days.
const STATUSES: [&[(&str, &str)]; 5] = [
    &[
        ("2018-01-09", "dates_unknown"),
        ("2020-11-10", "valid"),
        ("2020-11-11", "due_for_review"),
        ("2021-01-10", "due_for_review"),
        ("2021-01-11", "review_overdue"),
        ("2024-01-11", "lapsed"),
    ],
    &[
        ("2020-02-19", "due_for_review"),
        ("2020-02-20", "valid"),
        ("2022-12-30", "valid"),
        ("2022-12-31", "due_for_renewal"),
        ("2023-03-02", "lapsed"),
    ],
    &[
        ("2020-03-01", "due_for_review"),
        ("2020-03-02", "unverified"),
    ],
    &[("2026-05-31", "valid"), ("2026-06-02", "valid")],
    &[("2020-11-20", "dates_unknown")],
];

/// The only certificate of the n-th person.
async fn of_person(by: &Client, n: usize) -> Value {
    let path = format!("/v1/certificates?q=T{}", id_number(n));
    by.all(&path).await.remove(0)
}

#[rstest]
#[tokio::test]
async fn a_certificate_is_judged_by_the_rules_of_the_day_asked_for(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let noon = "2020-11-20T12:00:00+08:00".parse().unwrap();
    let app = Arc::new(TestApp::start_at(kind, noon).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let lines = RECORDS.into_iter().enumerate();
    let lines: String = lines.map(|(n, days)| line(n, days)).collect();
    let (status, report) = import_list(&officer, &format!("{HEADER}{lines}")).await;
    assert_eq!(
        (status, &report["accepted"]),
        (StatusCode::OK, &json!(5)),
        "{report}"
    );
    let mut ids = Vec::new();
    for (n, days) in STATUSES.into_iter().enumerate() {
        let seen = of_person(&officer, n).await;
        assert_eq!(
            (&seen["standing"], &seen["issuer_state"]),
            (&json!("active"), &json!("listed"))
        );
        assert_eq!(seen["training_centre"], "县安全培训中心");
        let id = seen["id"].as_str().unwrap().to_owned();
        for (day, expected) in days {
            let told = officer
                .read(&format!("/v1/certificates/{id}/status?on={day}"))
                .await;
            assert_eq!(
                (&told["status"], &told["on"]),
                (&json!(expected), &json!(day)),
                "{told}"
            );
        }
        ids.push(id);
    }
    // Today is told with the certificate, in the reader's language.
    let seen = of_person(&officer, 0).await;
    assert_eq!(
        (&seen["status"], &seen["status_words"], &seen["review_due"]),
        (
            &json!("due_for_review"),
            &json!("有效，待复审"),
            &json!("2021-01-10")
        )
    );
    let path = format!("/v1/certificates/{}/status", ids[0]);
    let request = officer
        .request(Method::GET, &path)
        .header("Accept-Language", "en");
    let (_, told) = answer(request).await;
    assert_eq!(
        (
            &told["on"],
            &told["status_words"],
            &told["review_due_computed"]
        ),
        (
            &json!("2020-11-20"),
            &json!("Valid; re-examination due"),
            &json!(false)
        )
    );
    let used: Vec<_> = told["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["kind"])
        .collect();
    assert_eq!(used, ["validity_years", "apply_days"]);
    assert!(
        told["rules"][0]["source"]
            .as_str()
            .unwrap()
            .contains("art. 19")
    );
    assert_eq!(told["rules"][1]["secondary_source"], true, "{told}");
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_law_changes_on_its_day_and_everybody_may_read_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
    let list = "/v1/certificates/rules";
    let all = trainer.read(list).await["items"].as_array().unwrap().len();
    assert_eq!(all, 9);
    let review = async |day: &str| {
        let told = trainer.read(&format!("{list}?on={day}")).await;
        let rules = told["items"].as_array().unwrap().clone();
        let of_kind = |kind| rules.iter().find(|rule| rule["kind"] == kind).cloned();
        (
            of_kind("review_years").map(|rule| rule["amount"].clone()),
            of_kind("review_years_unbroken").is_some(),
        )
    };
    assert_eq!(review("2010-06-30").await, (None, false));
    assert_eq!(review("2026-05-31").await, (Some(json!(3)), true));
    assert_eq!(review("2026-06-01").await, (Some(json!(0)), false));
    drop(trainer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_holder_sees_how_his_own_stands_and_no_others(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    let days = ["2018-01-10", "2024-01-10", "", ""];
    let list = format!("{HEADER}{}{}", line(0, days), line(1, days));
    import_list(&officer, &list).await;
    let (own, other) = (of_person(&officer, 0).await, of_person(&officer, 1).await);
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(own["person_id"].as_str().unwrap().parse().unwrap()),
    };
    let worker = county.account(&app, "wangyi", held).await;
    let path = |of: &Value| {
        let id = of["id"].as_str().unwrap();
        format!("/v1/certificates/{id}/status?on=2024-01-11")
    };
    assert_eq!(worker.read(&path(&own)).await["status"], "lapsed");
    assert_eq!(worker.get(&path(&other)).await.0, StatusCode::NOT_FOUND);
    drop((officer, worker));
    app.finish().await;
}
