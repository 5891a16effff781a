//! Who moves township stays credited where he was trained.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{close, commit, correct, hand_in, id_of, region};
use crate::support::{Client, County, Kind, Person, TestApp, person};

/// Puts somebody on file at the first township's enterprise, from the first day of the year.
async fn employ(by: &Client, county: &County, n: usize) {
    let someone = person(n);
    let told = json!({
        "name": someone.name, "id_number": someone.id_number, "enterprise_id": county.shop_a,
        "role": "other", "from_day": "2020-01-01"
    });
    by.make("/v1/people", &told).await;
}

/// He begins at an enterprise.
async fn begin(by: &Client, n: usize, shop: Uuid, from: &str) {
    let path = format!("/v1/people/{}/employment", id_of(by, n).await);
    let post = json!({"enterprise_id": shop, "role": "other", "from_day": from});
    by.make(&path, &post).await;
}

/// People completed in the first and in the second township.
async fn completed(by: &Client, county: &County) -> (i64, i64) {
    let board = by.read("/v1/boards/progress").await;
    let of = |id| region(&board, id)["completed"].as_i64().unwrap();
    (of(county.a), of(county.b))
}

fn at_shop(n: usize, shop: usize) -> Person {
    Person { shop, ..person(n) }
}

/// In July, where he was not for the exam.
fn in_july(n: usize, shop: usize) -> Person {
    Person {
        times: ("2020-07-14 08:30", "2020-07-14 11:30"),
        score: "40".into(),
        ..at_shop(n, shop)
    }
}

#[rstest]
#[case::the_old_employer(Some(0), false)]
#[case::todays_employer(Some(1), true)]
#[case::no_employer(None, false)]
#[tokio::test]
async fn a_sheet_of_a_day_before_a_move_credits_the_old_township(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
    #[case] shop: Option<usize>,
    #[case] warned: bool,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    employ(&officer, &county, 0).await;
    begin(&officer, 0, county.shop_b, "2020-06-01").await;
    // The class of May was held in the second township, and its sheet is read after he moved there.
    let title = "西河镇第1期";
    let upload = match shop {
        Some(shop) => hand_in(&officer, &county, &[at_shop(0, shop)], title).await,
        None => {
            let (name, number) = (person(0).name, person(0).id_number);
            let sheet = format!(
                "{title}\n序号,姓名,身份证号码,签到时间,签退时间,考核成绩\n1,{name},{number},2020-05-12 08:30,2020-05-12 16:30,90\n"
            );
            let fields = [("plan_id", county.plan.to_string())];
            let uploads = "/v1/classes/attendance-uploads";
            let seen = officer.hand_in(uploads, "a.csv", sheet.into_bytes(), &fields);
            commit(&officer, seen.await).await
        }
    };
    assert_eq!(upload["accepted"], 1, "{upload}");
    assert_eq!(completed(&officer, &county).await, (1, 0));
    let lines = format!(
        "/v1/classes/attendance-uploads/{}/lines",
        upload["id"].as_str().unwrap()
    );
    let told = officer.read(&lines).await["items"][0]["warnings"].clone();
    let told = told.as_array().cloned().unwrap_or_default();
    assert_eq!(
        told.contains(&json!("employer_came_later")),
        warned,
        "{told:?}"
    );
    // What is known of his posts stays as it was.
    let posts = format!("/v1/people/{}/employment", id_of(&officer, 0).await);
    let posts = officer.all(&posts).await;
    let held: Vec<_> = posts
        .iter()
        .map(|p| (&p["region_id"], &p["from_day"]))
        .collect();
    let (a, b) = (json!(county.a), json!(county.b));
    assert_eq!(
        held,
        [(&b, &json!("2020-06-01")), (&a, &json!("2020-01-01"))]
    );
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_completion_stays_where_it_was_earned_and_comes_back_there(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
    hand_in(&officer, &county, &[at_shop(0, 0)], "东山街道第1期").await;
    assert_eq!(completed(&officer, &county).await, (1, 0));
    begin(&officer, 0, county.shop_b, "2020-06-01").await;
    assert_eq!(completed(&officer, &county).await, (1, 0), "he moved");
    hand_in(&officer, &county, &[in_july(0, 1)], "西河镇第2期").await;
    assert_eq!(
        completed(&officer, &county).await,
        (1, 0),
        "he learned more there"
    );
    correct(&officer, 0, false).await;
    assert_eq!(completed(&officer, &county).await, (0, 0));
    correct(&officer, 0, true).await;
    assert_eq!(
        completed(&officer, &county).await,
        (1, 0),
        "given back where it was frozen"
    );
    // Both without a move back: the same again after the plan was settled.
    close(&officer, &county).await;
    let path = format!("/v1/plans/{}/settlement", county.plan);
    officer.make(&path, &Value::Null).await;
    correct(&officer, 0, false).await;
    let east = region(&officer.read(&path).await, county.a)["difference"]["completed"].clone();
    assert_eq!(east, json!(-1));
    correct(&officer, 0, true).await;
    let told = officer.read(&path).await;
    for id in [county.a, county.b] {
        assert_eq!(region(&told, id)["difference"]["completed"], 0, "{told}");
    }
    drop(officer);
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_moved_credit_is_seen_by_both_townships_and_by_no_other(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (a, b, officer) = county.officers(&app).await;
    let third = json!({
        "code": "330699003", "name": "北岭街道", "kind": "township", "valid_from": "2020-01-01"
    });
    let third = officer.make("/v1/places/regions", &third).await;
    let third: Uuid = third["id"].as_str().unwrap().parse().unwrap();
    let c = county.sign_in(&app, Role::TownshipOfficer, third).await;
    // One completes and moves, one has half and moves, one stays, one moves within his township.
    let half = Person {
        times: ("2020-05-12 08:30", "2020-05-12 11:30"),
        ..at_shop(4, 0)
    };
    let people = [at_shop(0, 0), half, at_shop(2, 0), at_shop(6, 0)];
    hand_in(&officer, &county, &people, "东山街道第1期").await;
    begin(&officer, 0, county.shop_b, "2020-06-01").await;
    begin(&officer, 4, county.shop_b, "2020-06-01").await;
    let shop = json!({"region_id": county.a, "name": "东山第二机械厂"});
    let shop = officer.make("/v1/places/enterprises", &shop).await;
    let shop = shop["id"].as_str().unwrap().parse().unwrap();
    begin(&officer, 6, shop, "2020-06-01").await;

    let path = format!("/v1/plans/{}/moved-credits", county.plan);
    let all = officer.all(&path).await;
    let told: Vec<_> = all
        .iter()
        .map(|m| {
            (
                m["name"].as_str().unwrap(),
                m["complete"].as_bool().unwrap(),
            )
        })
        .collect();
    let (first, second) = (person(0).name, person(4).name);
    let mut expected = vec![(first.as_str(), true), (second.as_str(), false)];
    // By person: who of one sheet was put on file first is chance.
    if told.first() != expected.first() {
        expected.reverse();
    }
    assert_eq!(told, expected);
    let whole = all.iter().find(|m| m["complete"] == true).unwrap();
    assert_eq!(
        (
            &whole["from_region_id"],
            &whole["to_region_id"],
            &whole["day"]
        ),
        (&json!(county.a), &json!(county.b), &json!("2020-05-12"))
    );
    assert_eq!(whole["from_region_name"], "东山街道");
    assert!(whole["id_number"].as_str().unwrap().contains('*'));
    let part = all.iter().find(|m| m["complete"] == false).unwrap();
    assert_eq!(part["minutes_offline"], 180);
    assert_eq!(a.all(&path).await, all, "the old township");
    assert_eq!(b.all(&path).await, all, "the new township");
    assert!(c.all(&path).await.is_empty(), "no third");
    let page = b.read(&format!("{path}?limit=1")).await;
    assert_eq!(page["items"], json!([all[0]]));

    // A township that took another over is the same township: nobody moved.
    let end = json!({"successor_id": county.b, "last_day": "2020-12-31"});
    let successor = format!("/v1/places/regions/{}/successor", county.a);
    let (status, told) = officer.post(&successor, &end).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert!(officer.all(&path).await.is_empty());
    drop((a, b, c, officer));
    app.finish().await;
}
