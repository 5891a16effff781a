//! A certificate looked up at its issuer's site: what was seen decides, and is kept.

use std::sync::Arc;

use anpei::certificates::REFRESH_JOB;
use anpei::platform::Role;
use entity::job;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{HEADER, import_list, line};
use crate::support::{Client, County, Kind, TestApp, answer};

struct Desk {
    app: Arc<TestApp>,
    county: County,
    officer: Client,
}

impl Desk {
    async fn make(kind: Kind) -> Self {
        let noon = "2020-12-20T12:00:00+08:00".parse().unwrap();
        let app = Arc::new(TestApp::start_at(kind, noon).await);
        let county = County::make(&app).await;
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        Self {
            app,
            county,
            officer,
        }
    }

    async fn claim(&self, lines: &str) {
        let sheet = format!("{HEADER}{lines}").into_bytes();
        let path = "/v1/certificates/claim-imports";
        let (status, report) = self.officer.hand_in(path, "领码.csv", sheet, &[]).await;
        assert_eq!(
            (status, &report["refused"]),
            (StatusCode::OK, &json!(0)),
            "{report}"
        );
    }

    async fn only(&self) -> Value {
        self.officer.all("/v1/certificates").await.remove(0)
    }

    async fn check(&self, id: &str, told: &Value) -> (StatusCode, Value) {
        let path = format!("/v1/certificates/{id}/issuer-checks");
        self.officer.post(&path, told).await
    }

    /// Issuer's state and status today of the only certificate.
    async fn stands(&self) -> (String, String) {
        let seen = self.only().await;
        let word = |name: &str| seen[name].as_str().unwrap().to_owned();
        (word("issuer_state"), word("status"))
    }

    /// The people whose codes were to be looked at anew, in the order of the jobs.
    async fn refreshes(&self) -> Vec<Value> {
        let jobs = job::Entity::find()
            .filter(job::Column::Kind.eq(REFRESH_JOB))
            .all(self.app.state.db.read())
            .await
            .unwrap();
        let people = |job: &job::Model| -> Value {
            serde_json::from_str::<Value>(&job.payload).unwrap()["people"].clone()
        };
        jobs.iter().map(people).collect()
    }

    async fn finish(self) {
        drop(self.officer);
        self.app.finish().await;
    }
}

fn state(issuer_state: &str, status: &str) -> (String, String) {
    (issuer_state.to_owned(), status.to_owned())
}

#[rstest]
#[tokio::test]
async fn the_latest_look_decides_and_all_are_kept(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::make(kind).await;
    desk.claim(&line("王军", 1, "1.1", "330699001")).await;
    let seen = desk.only().await;
    let id = seen["id"].as_str().unwrap();
    assert_eq!(desk.stands().await, state("unverified", "unverified"));
    let (status, told) = desk
        .check(
            id,
            &json!({"checked_on": "2020-12-10", "result": "waiting"}),
        )
        .await;
    assert_eq!(
        (status, &told["result_words"]),
        (StatusCode::OK, &json!("发证机关尚未录入，请过几天再查"))
    );
    assert_eq!(desk.stands().await, state("waiting", "waiting_for_issuer"));
    // Found, with the dates of the site; told twice under one key it is one look.
    let found = json!({
        "checked_on": "2020-12-15", "result": "confirmed", "valid_until": "2024-02-28", "review_due": "2021-02-28",
        "note": "截图存档"
    });
    let path = format!("/v1/certificates/{id}/issuer-checks");
    for _ in 0..2 {
        let request = desk.officer.request(Method::POST, &path);
        let (status, told) = answer(request.header("Idempotency-Key", "one").json(&found)).await;
        assert_eq!(
            (status, &told["result"]),
            (StatusCode::OK, &json!("confirmed"))
        );
    }
    let seen = desk.only().await;
    assert_eq!(
        (&seen["valid_until"], &seen["review_due"], &seen["status"]),
        (&json!("2024-02-28"), &json!("2021-02-28"), &json!("valid"))
    );
    // A look of an earlier day that is entered late is kept and decides nothing.
    let early = json!({"checked_on": "2020-12-14", "result": "not_found"});
    assert_eq!(desk.check(id, &early).await.0, StatusCode::OK);
    assert_eq!(desk.stands().await, state("confirmed", "valid"));
    let later =
        json!({"checked_on": "2020-12-18", "result": "differs", "unbroken_ten_years": true});
    desk.check(id, &later).await;
    assert_eq!(desk.stands().await, state("differs", "unverified"));
    let looks = desk.officer.all(&path).await;
    let results: Vec<_> = looks.iter().map(|look| &look["result"]).collect();
    assert_eq!(results, ["waiting", "confirmed", "not_found", "differs"]);
    let login = desk.officer.claims().login;
    assert!(
        looks
            .iter()
            .all(|look| look["checked_by"] == login.as_str())
    );
    // They are part of what is kept of its holder.
    let person = seen["person_id"].as_str().unwrap();
    let path = format!("/v1/archives/people/{person}/exports");
    let file = desk
        .officer
        .make(&path, &json!({"reason": "核对领码名单"}))
        .await;
    assert_eq!(file["issuer_checks"].as_array().unwrap().len(), 4);
    assert_eq!(file["certificates"][0]["issuer_state"], "differs");
    // Its code was claimed: each look that changed something is told to the codes.
    let holder = json!([seen["person_id"]]);
    assert_eq!(
        desk.refreshes().await,
        [holder.clone(), holder.clone(), holder]
    );
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_due_list_does_not_overrule_what_the_issuer_said(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::make(kind).await;
    let list = format!("{HEADER}{}", line("王军", 1, "1.1", "330699001"));
    let (status, report) = import_list(&desk.officer, &list).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    let seen = desk.only().await;
    let id = seen["id"].as_str().unwrap();
    assert_eq!(desk.stands().await.0, "listed");
    let missed = json!({"checked_on": "2020-12-10", "result": "not_found"});
    let (_, told) = desk.check(id, &missed).await;
    assert_eq!(told["result_words"], "发证机关网站查无此证，已记为未核验");
    assert_eq!(desk.stands().await, state("unverified", "unverified"));
    let again = async |day: &str, until: &str| {
        let sheet = list.replace("2024-03-01", until).into_bytes();
        let fields = [("frozen_on", day.to_owned()), ("source", "台账".to_owned())];
        let path = "/v1/certificates/due-list-imports";
        let (_, report) = desk.officer.hand_in(path, "名单.csv", sheet, &fields).await;
        assert_eq!(report["created"], 1, "{report}");
        desk.only().await
    };
    // Frozen before that look, a list knows less than it; one of later knows more.
    assert_eq!(
        again("2020-12-05", "2024-03-01").await["issuer_state"],
        "unverified"
    );
    assert_eq!(
        again("2020-12-11", "2024-03-01").await["issuer_state"],
        "listed"
    );
    let found =
        json!({"checked_on": "2020-12-12", "result": "confirmed", "valid_until": "2024-02-28"});
    desk.check(id, &found).await;
    let kept = again("2020-12-13", "2024-01-31").await;
    assert_eq!(
        (&kept["issuer_state"], &kept["valid_until"]),
        (&json!("confirmed"), &json!("2024-02-28"))
    );
    let renewed = again("2020-12-14", "2030-02-28").await;
    assert_eq!(
        (&renewed["issuer_state"], &renewed["valid_until"]),
        (&json!("listed"), &json!("2030-02-28"))
    );
    // Nobody claimed its code, so there is nothing to tell.
    assert!(desk.refreshes().await.is_empty());
    desk.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_look_that_cannot_be_is_refused_and_leaves_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let desk = Desk::make(kind).await;
    desk.claim(&line("王军", 1, "1.1", "330699001")).await;
    let seen = desk.only().await;
    let id = seen["id"].as_str().unwrap();
    let told = |field: &str, value: Value, result: &str| {
        let mut told = json!({"checked_on": "2020-12-20", "result": result});
        told[field] = value;
        told
    };
    for (told, at) in [
        (
            told("checked_on", json!("2020-12-21"), "confirmed"),
            "/checked_on",
        ),
        (
            told("valid_until", json!("2024-03-01"), "not_found"),
            "/valid_until",
        ),
        (
            told("review_due", json!("2024-03-01"), "waiting"),
            "/review_due",
        ),
        (
            told("reviewed_on", json!("2020-12-21"), "confirmed"),
            "/reviewed_on",
        ),
        (
            told("unbroken_ten_years", json!(true), "waiting"),
            "/unbroken_ten_years",
        ),
        (told("note", json!("电话13800000000"), "confirmed"), "/note"),
    ] {
        let (status, answer) = desk.check(id, &told).await;
        let expected = (StatusCode::UNPROCESSABLE_ENTITY, json!(at));
        assert_eq!(
            (status, answer["errors"][0]["at"].clone()),
            expected,
            "{told}"
        );
    }
    let manager = desk
        .county
        .sign_in(&desk.app, Role::Inspector, desk.county.a)
        .await;
    let path = format!("/v1/certificates/{id}/issuer-checks");
    let looked = json!({"checked_on": "2020-12-20", "result": "confirmed"});
    assert_eq!(manager.post(&path, &looked).await.0, StatusCode::FORBIDDEN);
    assert!(
        manager.all(&path).await.is_empty(),
        "an inspector reads them"
    );
    assert_eq!(desk.only().await, seen);
    drop(manager);
    desk.finish().await;
}
