//! Who is on the staff: listed, moved to another post, shut out and let in again.

use std::sync::Arc;

use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, TestApp, answer};

const ACCOUNTS: &str = "/v1/accounts";

async fn listed(by: &Client, query: &str) -> Vec<(String, String, bool)> {
    let told = by.all(&format!("{ACCOUNTS}{query}")).await;
    let mut rows: Vec<_> = told
        .iter()
        .map(|one| {
            let text = |field: &str| one[field].as_str().unwrap().to_owned();
            (text("name"), text("state"), one["may_change"] == true)
        })
        .collect();
    rows.sort();
    rows
}

fn row(name: &str, state: &str, may: bool) -> (String, String, bool) {
    (name.to_owned(), state.to_owned(), may)
}

/// Two townships with a trainer each; an invited one in A.
struct Office {
    app: Arc<TestApp>,
    county: County,
    a: Client,
    b: Client,
    admin: Client,
    trainer: Client,
}

impl Office {
    async fn open(kind: Kind) -> Self {
        let app = Arc::new(TestApp::start(kind).await);
        let county = County::make(&app).await;
        let (a, b, _) = county.officers(&app).await;
        let admin = county.sign_in(&app, Role::CountyAdmin, county.id).await;
        let trainer = county.sign_in(&app, Role::Trainer, county.a).await;
        let invited = json!({"login": "chen.li", "name": "陈力", "email": "chen@example.com",
            "role": "inspector", "region_id": county.a});
        a.make("/v1/accounts/invitations", &invited).await;
        Self {
            app,
            county,
            a,
            b,
            admin,
            trainer,
        }
    }

    async fn finish(self) {
        drop((self.a, self.b, self.admin, self.trainer));
        self.app.finish().await;
    }
}

#[rstest]
#[tokio::test]
async fn each_office_sees_its_own_staff_and_what_it_may_change(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let office = Office::open(kind).await;
    let (a, b, admin) = (&office.a, &office.b, &office.admin);
    let own = listed(a, "").await;
    // Himself, his trainer, and whom he invited; the officer's own account is not his to change.
    assert_eq!(own.iter().filter(|row| row.2).count(), 2, "{own:?}");
    assert!(own.contains(&row("陈力", "invited", true)), "{own:?}");
    assert_eq!(own.len(), 3, "{own:?}");
    assert_eq!(listed(b, "").await.len(), 1);
    assert_eq!(listed(a, "?role=trainer").await.len(), 1);
    assert_eq!(
        listed(a, "?state=invited").await,
        [row("陈力", "invited", true)]
    );
    assert_eq!(listed(a, "?q=chen").await, [row("陈力", "invited", true)]);
    let all = listed(admin, "").await;
    assert!(all.len() > 4, "{all:?}");
    let auditor = office
        .county
        .sign_in(&office.app, Role::Auditor, office.county.id)
        .await;
    let seen = listed(&auditor, "").await;
    assert_eq!(seen.len(), all.len() + 1, "he himself is new");
    assert!(seen.iter().all(|row| !row.2), "an auditor changes nothing");
    // Where the role is held is told by name, and the address masked.
    let told = a.all(&format!("{ACCOUNTS}?state=invited")).await;
    assert_eq!(told[0]["posts"][0]["place"], "东山街道");
    assert_eq!(told[0]["email"], "c***@example.com");
    assert_eq!(told[0]["seen_at"], Value::Null);
    drop(auditor);
    office.finish().await;
}

#[rstest]
#[tokio::test]
async fn somebody_who_left_is_shut_out_at_once_and_let_in_again(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let office = Office::open(kind).await;
    let id = office.trainer.claims().sub;
    let path = |what: &str| format!("{ACCOUNTS}/{id}/{what}");
    let reason = json!({"reason": "已调离"});
    // Not by the neighbour, and nobody himself.
    let (status, _) = office.b.post(&path("disabling"), &reason).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let own = office.a.claims().sub;
    let (status, told) = office
        .a
        .post(&format!("{ACCOUNTS}/{own}/disabling"), &reason)
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::FORBIDDEN, &json!("own_account"))
    );
    let told = office.a.make(&path("disabling"), &reason).await;
    assert_eq!(told["state"], "disabled");
    let (status, told) = office.trainer.get("/v1/classes/sessions").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{told}");
    let me = json!({"login": format!("trainer-{}", office.county.a.simple()), "password": "correct horse battery"});
    let door = office
        .app
        .request(Method::POST, "/v1/accounts/session")
        .json(&me);
    assert_eq!(answer(door).await.0, StatusCode::UNAUTHORIZED);
    let told = office.a.make(&path("enabling"), &reason).await;
    assert_eq!(told["state"], "active");
    let door = office
        .app
        .request(Method::POST, "/v1/accounts/session")
        .json(&me);
    assert_eq!(answer(door).await.0, StatusCode::OK);
    office.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_post_changes_within_the_givers_reach_and_ends_the_sessions(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let office = Office::open(kind).await;
    let (a, admin, county) = (&office.a, &office.admin, &office.county);
    let id = office.trainer.claims().sub;
    let role = format!("{ACCOUNTS}/{id}/role");
    let post =
        |role: &str, region| json!({"role": role, "region_id": region, "reason": "岗位调整"});
    let above = a.put(&role, &post("county_officer", county.id)).await;
    assert_eq!(above.0, StatusCode::FORBIDDEN, "{}", above.1);
    let next_door = a.put(&role, &post("trainer", county.b)).await;
    assert_eq!(next_door.1["code"], "region_unknown");
    // The sessions live on after what was refused.
    assert_eq!(
        office.trainer.get("/v1/classes/sessions").await.0,
        StatusCode::OK
    );
    let shown = answer(a.request(Method::GET, &format!("{ACCOUNTS}/{id}")))
        .await
        .1;
    assert_eq!(shown["posts"][0]["role"], "trainer");
    // The county moves him; what the township saw before is stale now, and he is out of its sight.
    let seen = a
        .request(Method::GET, &format!("{ACCOUNTS}/{id}"))
        .send()
        .await
        .unwrap();
    let tag = seen.headers()["etag"].to_str().unwrap().to_owned();
    let (status, moved) = admin.put(&role, &post("inspector", county.a)).await;
    assert_eq!(status, StatusCode::OK, "{moved}");
    assert_eq!(moved["posts"][0]["role"], "inspector");
    let late = a
        .request(Method::PUT, &role)
        .header("If-Match", tag)
        .json(&post("trainer", county.a));
    assert_eq!(answer(late).await.0, StatusCode::PRECONDITION_FAILED);
    assert_eq!(
        office.trainer.get("/v1/classes/sessions").await.0,
        StatusCode::UNAUTHORIZED
    );
    let (_, moved) = admin.put(&role, &post("inspector", county.b)).await;
    assert_eq!(moved["posts"][0]["place"], "西河镇");
    assert_eq!(
        a.get(&format!("{ACCOUNTS}/{id}")).await.0,
        StatusCode::NOT_FOUND
    );
    office.finish().await;
}
