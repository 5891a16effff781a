//! A township's quota after it was allotted: lent and borrowed, split, acknowledged, and explained line by line.

use std::sync::Arc;

use anpei::places::{self, NewRegion, RegionKind};
use anpei::platform::Caller;
use anpei::platform::Role;
use anpei::platform::idempotency::Retry;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Client, County, Kind, Person, TestApp, answer, person};

/// Townships A (quota 10) and B (quota 5), a third one without, and their officers.
struct Desk {
    app: Arc<TestApp>,
    county: County,
    a: Client,
    b: Client,
    third: Client,
    officer: Client,
}

impl Desk {
    async fn open(kind: Kind) -> Self {
        let app = Arc::new(TestApp::start(kind).await);
        let county = County::make(&app).await;
        let (a, b, officer) = county.officers(&app).await;
        let new = NewRegion {
            code: "330699009".into(),
            name: "南湾镇".into(),
            kind: RegionKind::Township,
            valid_from: "2020-01-01".parse().unwrap(),
        };
        let by = Caller::console(county.id);
        let third = places::create_region(&app.state, &by, Retry::never(), new)
            .await
            .unwrap();
        let third = county.sign_in(&app, Role::TownshipOfficer, third.id).await;
        Self {
            app,
            county,
            a,
            b,
            third,
            officer,
        }
    }

    fn loans(&self) -> String {
        format!("/v1/plans/{}/loans", self.county.plan)
    }

    fn quota(&self, region: Uuid, rest: &str) -> String {
        format!("/v1/plans/{}/quotas/{region}{rest}", self.county.plan)
    }

    fn loan(&self, amount: i64) -> Value {
        json!({"from_region_id": self.county.a, "to_region_id": self.county.b, "amount": amount,
            "day": "2020-06-01", "reason": "西河镇企业搬迁"})
    }

    /// The quotas of A and B on the county's board, as of a day.
    async fn board(&self, day: &str) -> [i64; 2] {
        let path = format!("/v1/boards/progress?as_of={day}");
        let board = self.officer.read(&path).await;
        [self.county.a, self.county.b].map(|region| {
            let rows = board["regions"].as_array().unwrap();
            let row = rows.iter().find(|row| row["id"] == region.to_string());
            row.unwrap()["quota"].as_i64().unwrap()
        })
    }

    async fn finish(self) {
        drop((self.a, self.b, self.third, self.officer));
        self.app.finish().await;
    }
}

#[rstest]
#[tokio::test]
async fn a_loan_moves_the_quota_once_both_townships_agreed(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let loan = desk.a.make(&desk.loans(), &desk.loan(3)).await;
    assert_eq!(loan["state"], "proposed");
    assert!(loan["lender_agreed_at"].is_string() && loan["borrower_agreed_at"].is_null());
    assert_eq!(
        desk.board("2020-12-31").await,
        [10, 5],
        "one side's word moves nothing"
    );
    let agree = format!(
        "{}/{}/agreement",
        desk.loans(),
        loan["id"].as_str().unwrap()
    );
    // Its own word again adds nothing; a stranger does not know of it; the county does not speak for a township.
    assert_eq!(desk.a.make(&agree, &json!({})).await["state"], "proposed");
    assert_eq!(
        desk.third.post(&agree, &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.officer.post(&agree, &json!({})).await.0,
        StatusCode::FORBIDDEN
    );
    assert!(desk.third.all(&desk.loans()).await.is_empty());
    assert_eq!(
        desk.b
            .all(&format!("{}?loan_state=proposed", desk.loans()))
            .await
            .len(),
        1
    );

    let agreed = desk.b.make(&agree, &json!({})).await;
    assert_eq!(agreed["state"], "agreed");
    assert_eq!(desk.board("2020-12-31").await, [7, 8]);
    assert_eq!(
        desk.board("2020-05-31").await,
        [10, 5],
        "the day before nothing was lent"
    );
    assert_eq!(
        desk.b.post(&agree, &json!({})).await.1["code"],
        "loan_closed"
    );
    let refuse = agree.replace("agreement", "refusal");
    assert_eq!(
        desk.a.post(&refuse, &json!({})).await.1["code"],
        "loan_closed"
    );
    assert_eq!(desk.board("2020-12-31").await, [7, 8]);

    // The balance says so line by line, to each from its side, and ends at the board's figure.
    for (client, region, words, quota) in [
        (
            &desk.a,
            desk.county.a,
            ["县局下达 10 人", "借给西河镇 3 人"],
            7,
        ),
        (
            &desk.b,
            desk.county.b,
            ["县局下达 5 人", "从东山街道借入 3 人"],
            8,
        ),
    ] {
        let told = client.read(&desk.quota(region, "")).await;
        let lines = told["lines"].as_array().unwrap();
        let said: Vec<_> = lines
            .iter()
            .map(|line| line["words"].as_str().unwrap())
            .collect();
        assert_eq!(said, words);
        assert_eq!(
            (&told["quota"], &lines[1]["balance"]),
            (&json!(quota), &json!(quota))
        );
        assert_eq!(lines[1]["loan_id"], loan["id"]);
        assert_eq!(
            client.read("/v1/plans").await["items"][0]["id"],
            desk.county.plan.to_string()
        );
    }
    assert_eq!(
        desk.b.get(&desk.quota(desk.county.a, "")).await.0,
        StatusCode::NOT_FOUND
    );
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_loan_that_is_refused_withdrawn_or_too_large_moves_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let end = async |by: &Client, loan: &Value| {
        let path = format!("{}/{}/refusal", desk.loans(), loan["id"].as_str().unwrap());
        by.make(&path, &json!({})).await["state"].clone()
    };
    let first = desk.a.make(&desk.loans(), &desk.loan(2)).await;
    assert_eq!(end(&desk.b, &first).await, "refused");
    let second = desk.a.make(&desk.loans(), &desk.loan(2)).await;
    assert_eq!(end(&desk.a, &second).await, "withdrawn");
    // The county's proposal is nobody's word: both must agree, and there must be so much to lend.
    let third = desk.officer.make(&desk.loans(), &desk.loan(11)).await;
    assert!(third["lender_agreed_at"].is_null());
    let agree = format!(
        "{}/{}/agreement",
        desk.loans(),
        third["id"].as_str().unwrap()
    );
    assert_eq!(desk.a.make(&agree, &json!({})).await["state"], "proposed");
    let (status, told) = desk.b.post(&agree, &json!({})).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("quota_too_small")),
        "{told}"
    );
    let kept = desk
        .b
        .all(&format!("{}?loan_state=proposed", desk.loans()))
        .await;
    assert!(
        kept[0]["borrower_agreed_at"].is_null(),
        "what failed left nothing behind"
    );
    assert_eq!(desk.board("2020-12-31").await, [10, 5]);
    for (change, at) in [
        (json!({"to_region_id": desk.county.a}), "/to_region_id"),
        (json!({"day": "2021-01-01"}), "/day"),
        (json!({"to_region_id": desk.county.id}), "/to_region_id"),
    ] {
        let mut loan = desk.loan(1);
        loan.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let (status, told) = desk.a.post(&desk.loans(), &loan).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert_eq!(told["errors"][0]["at"], at);
    }
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_who_agree_at_once_move_the_quota_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let loan = desk.officer.make(&desk.loans(), &desk.loan(4)).await;
    let agree = format!(
        "{}/{}/agreement",
        desk.loans(),
        loan["id"].as_str().unwrap()
    );
    let mut tries = tokio::task::JoinSet::new();
    for client in [&desk.a, &desk.b, &desk.a, &desk.b] {
        tries.spawn(answer(client.request(Method::POST, &agree)));
    }
    let told = tries.join_all().await;
    let agreed = told.iter().filter(|(_, told)| told["state"] == "agreed");
    assert_eq!(agreed.count(), 1, "{told:?}");
    assert_eq!(desk.board("2020-12-31").await, [6, 9]);
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_township_acknowledges_its_quota_and_the_county_sees_that(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let seen = desk.a.read(&desk.quota(desk.county.a, "")).await;
    assert_eq!(seen["unacknowledged"], 1);
    // A line comes while the officer reads: he has not seen it.
    let more = json!({"region_id": desk.county.a, "amount": -2, "day": "2020-07-01", "reason": "企业注销"});
    let lines = format!("/v1/plans/{}/quota-lines", desk.county.plan);
    desk.officer.make(&lines, &more).await;
    let path = desk.quota(desk.county.a, "/acknowledgement");
    let through = json!({"line_id": seen["lines"][0]["id"]});
    let told = desk.a.make(&path, &through).await;
    assert_eq!(
        (&told["quota"], &told["unacknowledged"]),
        (&json!(8), &json!(1))
    );
    assert!(told["lines"][0]["acknowledged_at"].is_string());
    assert_eq!(told["lines"][1]["words"], "调减 2 人");
    assert_eq!(desk.b.post(&path, &through).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        desk.officer.post(&path, &through).await.0,
        StatusCode::FORBIDDEN
    );
    let table = desk
        .officer
        .read(&format!("/v1/plans/{}/quotas", desk.county.plan))
        .await;
    let row = &table["items"][0];
    assert_eq!(
        [
            "allotted",
            "adjusted",
            "lent",
            "borrowed",
            "quota",
            "unacknowledged"
        ]
        .map(|name| row[name].as_i64().unwrap()),
        [10, -2, 0, 0, 8, 1]
    );
    assert_eq!(table["items"].as_array().unwrap().len(), 2);
    let own = desk
        .b
        .read(&format!("/v1/plans/{}/quotas", desk.county.plan))
        .await;
    assert_eq!(
        own["items"].as_array().unwrap().len(),
        1,
        "a township sees its own row"
    );
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_township_splits_its_quota_over_its_enterprises(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let people: Vec<Person> = [0, 2, 4].into_iter().map(person).collect();
    let plan = desk.county.plan.to_string();
    let uploads = "/v1/classes/attendance-uploads";
    let sheet = Person::sheet(&people, "东山街道第1期");
    let (_, seen) = desk
        .officer
        .hand_in(uploads, "a.csv", sheet, &[("plan_id", plan)])
        .await;
    let commit = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
    desk.officer.make(&commit, &json!({})).await;

    let path = desk.quota(desk.county.a, "/shares");
    let split = |day: &str, amount: i64| json!({"day": day, "shares": [{"enterprise_id": desk.county.shop_a, "amount": amount}]});
    let put =
        async |by: &Client, body: Value| answer(by.request(Method::PUT, &path).json(&body)).await;
    let (status, told) = put(&desk.a, split("2020-03-01", 2)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        ["version", "quota", "split", "left"].map(|name| told[name].as_i64().unwrap()),
        [1, 10, 2, 8]
    );
    // Three of a part of two: the rate passes a hundred.
    assert_eq!(
        (&told["shares"][0]["completed"], &told["shares"][0]["rate"]),
        (&json!(3), &json!("150.0"))
    );
    assert_eq!(
        put(&desk.a, split("2020-06-01", 12)).await.1["left"],
        -2,
        "shown, not forced"
    );
    let before = desk.officer.read(&format!("{path}?as_of=2020-05-31")).await;
    assert_eq!(
        (&before["version"], &before["split"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(desk.a.read(&path).await["version"], 2);
    // Another's enterprise is unknown here; another township does not see the split.
    let foreign = json!({"day": "2020-06-01", "shares": [{"enterprise_id": desk.county.shop_b, "amount": 1}]});
    let (status, told) = put(&desk.a, foreign).await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("enterprise_unknown")
        )
    );
    assert_eq!(desk.b.get(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        put(&desk.b, split("2020-06-01", 1)).await.0,
        StatusCode::NOT_FOUND
    );
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn the_county_sets_all_townships_in_one_change_or_none(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::open(kind).await;
    let path = format!("/v1/plans/{}/quotas", desk.county.plan);
    let table = |rows: Value| json!({"day": "2020-04-01", "reason": "按企业数调整", "rows": rows});
    let put = async |body: &Value, tag: Option<&str>| {
        let request = desk.officer.request(Method::PUT, &path).json(body);
        answer(match tag {
            Some(tag) => request.header("If-Match", tag),
            None => request,
        })
        .await
    };
    let seen = desk.officer.request(Method::GET, &path).send().await;
    let seen = seen.unwrap();
    let tag = seen.headers()["etag"].to_str().unwrap().to_owned();
    // One row at fault: nothing changes, and the row is named.
    let wrong = table(json!([
        {"region_id": desk.county.a, "quota": 12}, {"region_id": desk.county.id, "quota": 3},
        {"region_id": desk.county.a, "quota": 13}
    ]));
    let (status, told) = put(&wrong, None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    let at: Vec<_> = (told["errors"].as_array().unwrap().iter())
        .map(|one| one["at"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["/rows/1/region_id", "/rows/2/region_id"], "{told}");
    assert_eq!(desk.board("2020-12-31").await, [10, 5]);
    let right = table(json!([
        {"region_id": desk.county.a, "quota": 12}, {"region_id": desk.county.b, "quota": 5}
    ]));
    let (status, told) = put(&right, Some(&tag)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(desk.board("2020-03-31").await, [10, 5]);
    assert_eq!(desk.board("2020-12-31").await, [12, 5]);
    // Only the one that changed has a new line, with the reason.
    let balance = desk.a.read(&desk.quota(desk.county.a, "")).await;
    assert_eq!(balance["lines"][1]["reason"], "按企业数调整");
    assert_eq!(balance["unacknowledged"], 2);
    let other = desk.b.read(&desk.quota(desk.county.b, "")).await;
    assert_eq!(other["lines"].as_array().unwrap().len(), 1);
    // Whoever still looks at the table as it was is told so.
    let (status, told) = put(&right, Some(&tag)).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::PRECONDITION_FAILED, &json!("stale"))
    );
    // On no day may it fall below nothing: in February it was ten.
    let mut early = table(json!([{"region_id": desk.county.a, "quota": 1}]));
    early["day"] = json!("2020-02-01");
    let (_, told) = put(&early, None).await;
    assert_eq!(told["errors"][0]["at"], "/rows/0/quota", "{told}");
    desk.finish().await;
}
