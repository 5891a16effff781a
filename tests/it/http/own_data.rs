//! What is personal: looked at for a reason, seen by whom it is about, taken away by him whole.

use std::sync::Arc;

use anpei::accounts::Held;
use anpei::platform::Role;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, person};

/// A county where everybody of `people` was in one class of each township, and a worker's own account.
async fn trained(app: &Arc<TestApp>, county: &County) -> (Person, String, Client, Client) {
    let officer = county.sign_in(app, Role::CountyOfficer, county.id).await;
    for (region, title) in [(county.a, "东山第1期"), (county.b, "西河第1期")] {
        let mut people: Vec<Person> = (0..4).map(person).collect();
        if region == county.b {
            // Later, he works in the other township.
            for one in &mut people {
                one.shop = 1;
                one.times = ("2020-06-12 08:30", "2020-06-12 16:30");
            }
        }
        let fields = [
            ("plan_id", county.plan.to_string()),
            ("region_id", region.to_string()),
        ];
        let (status, seen) = officer
            .hand_in(
                "/v1/classes/attendance-uploads",
                "签到表.csv",
                Person::sheet(&people, title),
                &fields,
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        let path = format!(
            "/v1/classes/attendance-uploads/{}/commit",
            seen["id"].as_str().unwrap()
        );
        let done = officer.make(&path, &json!({})).await;
        assert_eq!(done["accepted"], 4, "{done}");
    }
    let who = person(0);
    let found = officer
        .all(&format!("/v1/people?q={}", who.id_number))
        .await;
    let id = found[0]["id"].as_str().unwrap().to_owned();
    let held = Held {
        role: Role::Worker,
        region_id: None,
        enterprise_id: None,
        person_id: Some(id.parse().unwrap()),
    };
    let worker = county.account(app, "worker", held).await;
    (who, id, worker, officer)
}

fn count(file: &Value, what: &str) -> usize {
    file[what].as_array().unwrap().len()
}

#[rstest]
#[tokio::test]
async fn a_number_is_shown_for_a_reason_and_its_owner_sees_who_looked(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (who, id, worker, officer) = trained(&app, &county).await;
    let path = format!("/v1/people/{id}/id-number");
    for (reason, status, code) in [
        (json!({}), StatusCode::BAD_REQUEST, "invalid_body"),
        (
            json!({"reason": ""}),
            StatusCode::BAD_REQUEST,
            "invalid_body",
        ),
        (
            json!({"reason": "     "}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_field",
        ),
        (
            json!({"reason": format!("查{}", who.id_number)}),
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_field",
        ),
    ] {
        let (got, told) = officer.post(&path, &reason).await;
        assert_eq!((got, told["code"].as_str()), (status, Some(code)), "{told}");
    }
    let views = format!("/v1/people/{id}/views");
    assert!(worker.all(&views).await.is_empty(), "nobody has seen it");
    let looked = ["核对领码名单", "本人来电更正姓名", "证书补发"];
    for reason in looked {
        let shown = officer.make(&path, &json!({"reason": reason})).await;
        assert_eq!(shown["id_number"], who.id_number);
    }
    let told = worker.all(&views).await;
    let reasons: Vec<_> = told
        .iter()
        .map(|look| look["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["证书补发", "本人来电更正姓名", "核对领码名单"]);
    for look in &told {
        assert_eq!(look["kind"], "id_number");
        assert!(look["by"].as_str().unwrap().starts_with("county_officer"));
    }
    // Page by page, each once.
    let page = worker.read(&format!("{views}?limit=2")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = worker
        .read(&format!("{views}?limit=2&cursor={cursor}"))
        .await;
    assert_eq!(rest["items"][0]["reason"], "核对领码名单");
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    // Another's looks are none of his business.
    let other = officer
        .all(&format!("/v1/people?q={}", person(1).id_number))
        .await;
    let (status, _) = worker
        .get(&format!(
            "/v1/people/{}/views",
            other[0]["id"].as_str().unwrap()
        ))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    drop((worker, officer));
    app.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_worker_takes_all_of_his_own_and_an_officer_what_he_reaches(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let app = Arc::new(TestApp::start(kind).await);
    let county = County::make(&app).await;
    let (who, id, worker, officer) = trained(&app, &county).await;
    let path = format!("/v1/archives/people/{id}/exports");
    let own = worker.make(&path, &json!({})).await;
    assert_eq!(
        (&own["name"], &own["id_number"]),
        (&json!(who.name), &json!(who.id_number))
    );
    assert_eq!(
        (
            count(&own, "employment"),
            count(&own, "training_records"),
            count(&own, "marks"),
            count(&own, "views")
        ),
        (2, 2, 2, 0),
        "{own}"
    );
    assert_eq!(own["training_records"][0]["minutes"], 360);
    assert!(
        own["marks"][0]["class_title"]
            .as_str()
            .unwrap()
            .contains("第1期")
    );
    // Another's: only for a reason, masked, and only what lies within the officer's township.
    let township = county.sign_in(&app, Role::TownshipOfficer, county.a).await;
    let (status, told) = township.post(&path, &json!({})).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("field_missing"))
    );
    let reason = json!({"reason": "本人书面申请"});
    let part = township.make(&path, &reason).await;
    assert!(part["id_number"].as_str().unwrap().contains("****"));
    assert!(!part.to_string().contains(&who.id_number));
    assert_eq!(
        (count(&part, "employment"), count(&part, "training_records")),
        (1, 1),
        "{part}"
    );
    assert!(part["views"].is_null(), "{part}");
    assert!(!part.to_string().contains(&county.b.to_string()));
    let whole = officer.make(&path, &reason).await;
    assert_eq!(count(&whole, "training_records"), 2);
    assert!(whole["id_number"].as_str().unwrap().contains("****"));
    // Each of them stands in his own next document.
    let own = worker.make(&path, &json!({})).await;
    let kinds: Vec<_> = own["views"]
        .as_array()
        .unwrap()
        .iter()
        .map(|look| {
            (
                look["kind"].as_str().unwrap(),
                look["reason"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("export", "本人书面申请"),
            ("export", "本人书面申请"),
            ("export", "")
        ]
    );
    // Somebody else's is not there for him.
    let other = officer
        .all(&format!("/v1/people?q={}", person(1).id_number))
        .await;
    let other = format!(
        "/v1/archives/people/{}/exports",
        other[0]["id"].as_str().unwrap()
    );
    let (status, _) = worker.post(&other, &reason).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    drop((worker, officer, township));
    app.finish().await;
}
