//! Certificates of training: issued to whoever met a plan's demand, printed, scanned by anybody, ended by a correction.

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::scope::world::committed;
use crate::support::{Client, County, Kind, TestApp, person};

/// A county whose first person has met its plan's demand and whose third has not.
struct Office {
    app: Arc<TestApp>,
    county: County,
    officer: Client,
    done: String,
    open: String,
}

impl Office {
    async fn open(kind: Kind) -> Self {
        Self::open_with(kind, &[]).await
    }

    async fn open_with(kind: Kind, more: &[&str]) -> Self {
        let app = Arc::new(TestApp::start_with(kind, more).await);
        let county = County::make(&app).await;
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        let mut late = person(2);
        late.times = ("2020-05-12 08:30", "2020-05-12 10:30");
        committed(&officer, county.plan, county.a, &[person(0), late], "第1期").await;
        let people = officer.all("/v1/people").await;
        let of = |name: &str| -> String {
            let one = people.iter().find(|one| one["name"] == name).unwrap();
            one["id"].as_str().unwrap().to_owned()
        };
        let (done, open) = (of(&person(0).name), of(&person(2).name));
        Self {
            app,
            county,
            officer,
            done,
            open,
        }
    }

    async fn issue(&self) -> Value {
        let told = json!({"plan_id": self.county.plan, "person_ids": [self.done, self.open]});
        self.officer.make("/v1/proofs", &told).await
    }

    async fn page(&self, query: &str) -> (StatusCode, String) {
        let answer = self.app.request(Method::GET, &format!("/t{query}"));
        let answer = answer.send().await.unwrap();
        assert!(answer.headers().contains_key("content-security-policy"));
        (answer.status(), answer.text().await.unwrap())
    }

    async fn finish(self) {
        let Self { app, officer, .. } = self;
        drop(officer);
        app.finish().await;
    }
}

/// What a reader that is not ours reads off the drawing's QR code: its runs of dark modules, painted.
fn scanned(svg: &str) -> String {
    let path = svg.split("<path d=\"M").nth(1).unwrap();
    let path = path.split('"').next().unwrap();
    let runs: Vec<[usize; 3]> = (path.split('M'))
        .map(|run| {
            let mut numbers = run.split([' ', 'h', 'v']).map(|n| n.parse().unwrap());
            [(); 3].map(|()| numbers.next().unwrap())
        })
        .collect();
    let side = runs.iter().map(|[x, _, run]| x + run).max().unwrap() + 4;
    let scale = 6;
    let dark = |x: usize, y: usize| {
        let (x, y) = (x / scale, y / scale);
        (runs.iter()).any(|[from, row, run]| *row == y && (*from..from + run).contains(&x))
    };
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(side * scale, side * scale, |x, y| {
            if dark(x, y) { 0 } else { 255 }
        });
    prepared.detect_grids()[0].decode().unwrap().1
}

#[rstest]
#[tokio::test]
async fn whoever_met_the_demand_has_a_certificate_that_anybody_can_check(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let office = Office::open(kind).await;
    let issued = office.issue().await;
    assert_eq!(issued["not_due"], json!([office.open]));
    let proof = &issued["items"][0];
    let number = proof["number"].as_str().unwrap();
    assert!(number.starts_with("330699-2020-"), "{number}");
    assert_eq!(
        (
            &proof["minutes"],
            &proof["completed_on"],
            &proof["person_id"]
        ),
        (&json!(360), &json!("2020-05-12"), &json!(office.done))
    );
    let again = office.issue().await;
    assert_eq!(again["items"], issued["items"], "one for each completion");
    let listed = office.officer.all("/v1/proofs").await;
    assert_eq!(listed.len(), 1);

    // He prints it himself; the paper says no more of his ID number than it must.
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(office.done.parse().unwrap()),
    };
    let himself = office.county.account(&office.app, "himself", held).await;
    let own = himself
        .make("/v1/proofs", &json!({"plan_id": office.county.plan}))
        .await;
    assert_eq!(own["items"], issued["items"]);
    let path = format!("/v1/proofs/{}/sheet.svg", proof["id"].as_str().unwrap());
    let answer = himself.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/svg+xml");
    let svg = answer.text().await.unwrap();
    assert!(svg.contains(&person(0).name) && svg.contains(number) && svg.contains("8 学时"));
    assert!(!svg.contains(&person(0).id_number));
    // What a camera reads off the paper leads to the page.
    let address = scanned(&svg);
    let query = address.split("/t").nth(1).unwrap();
    let (status, page) = office.page(query).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("证明有效") && page.contains("王*") && !page.contains(&person(0).name));
    let (_, page) = office.page(&format!("{query}&lang=en")).await;
    assert!(page.contains("Genuine and in force"), "{page}");
    // Typed by hand, small and with spaces.
    let typed = format!(
        "/v1/proofs/numbers/{}",
        number.to_lowercase().replace('-', " - ")
    );
    let told = office
        .app
        .request(Method::GET, &typed)
        .send()
        .await
        .unwrap();
    let told: Value = told.json().await.unwrap();
    assert_eq!(
        (&told["is_valid"], &told["name_masked"]),
        (&json!(true), &json!("王*"))
    );
    drop(himself);
    office.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_correction_of_the_ledger_ends_it_and_a_new_completion_has_a_new_one(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let office = Office::open(kind).await;
    let issued = office.issue().await;
    let (id, number) = (&issued["items"][0]["id"], &issued["items"][0]["number"]);
    let (id, number) = (id.as_str().unwrap(), number.as_str().unwrap());
    let records = format!("/v1/hours/records?person_id={}", office.done);
    let correct = async |minutes: i64| {
        let ledger = office.officer.all(&records).await;
        let record = ledger.last().unwrap()["id"].as_str().unwrap();
        let path = format!("/v1/hours/records/{record}/corrections");
        let told =
            json!({"minutes": minutes, "finished": true, "passed": true, "reason": "点名册核对"});
        office.officer.make(&path, &told).await;
    };
    correct(90).await;
    let (status, page) = office.page(&format!("?n={number}")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("证明已失效"), "{page}");
    let path = format!("/v1/proofs/{id}");
    assert!(office.officer.read(&path).await["withdrawn_at"].is_string());
    let (status, told) = office.officer.get(&format!("{path}/sheet.svg")).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("proof_withdrawn"))
    );
    assert_eq!(office.issue().await["items"], json!([]));
    correct(400).await;
    let anew = office.issue().await;
    assert_ne!(anew["items"][0]["number"], number);
    assert_eq!(office.officer.all("/v1/proofs").await.len(), 2);
    office.finish().await;
}

#[rstest]
#[tokio::test]
async fn nobody_walks_through_the_numbers(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let office = Office::open_with(kind, &["--address-limit", "40"]).await;
    for (query, status, words) in [
        ("", StatusCode::OK, "证明编号"),
        (
            "?n=330699-2020-<b>",
            StatusCode::UNPROCESSABLE_ENTITY,
            "&lt;b&gt;",
        ),
        (
            "?n=330699-2020-22222222",
            StatusCode::NOT_FOUND,
            "查无此证明",
        ),
    ] {
        let told = office.page(query).await;
        assert_eq!(told.0, status, "{query}: {}", told.1);
        assert!(
            told.1.contains(words) && !told.1.contains("<b>"),
            "{}",
            told.1
        );
    }
    let mut last = StatusCode::OK;
    for _ in 0..20 {
        last = office.page("?n=330699-2020-22222222").await.0;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    office.finish().await;
}
