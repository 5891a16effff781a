//! What the law asks, changed by the bureau from a day on, after it has seen whom that affects.

use std::sync::Arc;

use anpei::hours::law;
use anpei::platform::Role;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{Client, County, Kind, Person, TestApp, answer, id_number, person};

/// Two townships with people at work since 2020-01-02: the first two of each learned 360 minutes on 12 May.
struct Town {
    app: Arc<TestApp>,
    county: County,
    officer: Client,
    /// Those of township A, then those of B.
    people: Vec<String>,
}

const EACH: usize = 3;

impl Town {
    async fn make(kind: Kind) -> Self {
        let noon = "2020-06-01T12:00:00+08:00".parse().unwrap();
        let app = Arc::new(TestApp::start_at(kind, noon).await);
        let county = County::make(&app).await;
        law::ensure_rules(&app.state).await.unwrap();
        let officer = county.sign_in(&app, Role::CountyOfficer, county.id).await;
        let mut people = Vec::new();
        for shop in [county.shop_a, county.shop_b] {
            for _ in 0..EACH {
                let n = people.len();
                let told = json!({"name": person(n).name, "id_number": id_number(n), "enterprise_id": shop,
                    "role": "other", "from_day": "2020-01-02"});
                let made = officer.make("/v1/people", &told).await;
                people.push(made["id"].as_str().unwrap().to_owned());
            }
        }
        let learned: Vec<Person> = [0, 1, EACH, EACH + 1]
            .into_iter()
            .map(|n| Person {
                shop: n / EACH,
                ..person(n)
            })
            .collect();
        let sheet = Person::sheet(&learned, "东山街道第1期");
        let uploads = "/v1/classes/attendance-uploads";
        let plan = county.plan.to_string();
        let (status, seen) = officer
            .hand_in(uploads, "a.csv", sheet, &[("plan_id", plan)])
            .await;
        assert_eq!(status, StatusCode::OK, "{seen}");
        let commit = format!("{uploads}/{}/commit", seen["id"].as_str().unwrap());
        officer.make(&commit, &json!({})).await;
        Self {
            app,
            county,
            officer,
            people,
        }
    }

    async fn draft(&self, hours: i64, from: &str) -> String {
        let rule = json!({"role": "other", "industry": "general", "occasion": "first", "hours": hours,
            "effective_from": from, "source_zh": "第十三条（修订）", "source_en": "art. 13 (amended)"});
        let made = self.officer.make("/v1/hours/rules", &rule).await;
        assert_eq!(made["state"], "draft");
        made["id"].as_str().unwrap().to_owned()
    }

    async fn preview(&self, rule: &str) -> Value {
        self.officer
            .read(&format!("/v1/hours/rules/{rule}/preview"))
            .await
    }

    async fn publish(&self, rule: &str, said: &Value, key: &str) -> (StatusCode, Value) {
        let path = format!("/v1/hours/rules/{rule}/publication");
        let request = self.officer.request(Method::POST, &path);
        answer(request.header("Idempotency-Key", key).json(said)).await
    }

    async fn owed(&self, n: usize, day: &str) -> Value {
        let path = format!("/v1/hours/people/{}/law?on={day}", self.people[n]);
        self.officer.read(&path).await
    }

    async fn finish(self) {
        drop(self.officer);
        self.app.finish().await;
    }
}

#[rstest]
#[tokio::test]
async fn the_bureau_sees_whom_a_new_rule_affects_before_it_is_law_from_its_day_on(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    // 24 hours of 45 minutes are asked; four have 8 of them. From July on, 8 are enough.
    let before = town.owed(0, "2020-06-01").await;
    let figures = |told: &Value| {
        ["required_minutes", "has_minutes", "missing_minutes"]
            .map(|name| told[name].as_i64().unwrap())
    };
    assert_eq!(figures(&before), [1080, 360, 720]);
    assert_eq!(before["occasion"], "first");
    assert!(before["rule_source"].as_str().unwrap().contains("待核原文"));
    let rule = town.draft(8, "2020-07-01").await;
    assert_eq!(town.owed(0, "2020-07-01").await, {
        let mut same = before.clone();
        same["day"] = json!("2020-07-01");
        same
    });

    let seen = town.preview(&rule).await;
    assert_eq!(seen["judged_on"], "2020-07-01");
    let total = &seen["total"];
    assert_eq!(
        [
            "people",
            "more",
            "fewer",
            "lacking_before",
            "lacking_after",
            "newly_lacking",
            "no_longer_lacking"
        ]
        .map(|name| total[name].as_i64().unwrap()),
        [6, 0, 6, 6, 2, 0, 4],
        "{total}"
    );
    for region in [town.county.a, town.county.b] {
        let part = seen["regions"].as_array().unwrap().iter();
        let part = part
            .clone()
            .find(|part| part["region_id"] == region.to_string());
        let part = &part.unwrap()["figures"];
        assert_eq!(
            (&part["people"], &part["lacking_after"]),
            (&json!(3), &json!(1))
        );
    }
    // The figures are those of the people listed, one by one.
    let path = format!("/v1/hours/rules/{rule}/affected");
    let affected = town.officer.all(&path).await;
    let lacking = |side: &str| {
        let less = |row: &&Value| {
            row[format!("has_{side}")].as_i64() < row[format!("required_{side}")].as_i64()
        };
        affected.iter().filter(less).count()
    };
    assert_eq!(
        (affected.len(), lacking("before"), lacking("after")),
        (6, 6, 2)
    );
    assert!(
        affected
            .iter()
            .all(|row| row["id_number"].as_str().unwrap().contains('*'))
    );
    let here = town
        .officer
        .all(&format!(
            "{path}?region_id={}&effect=no_longer_lacks",
            town.county.a
        ))
        .await;
    assert_eq!(here.len(), 2);

    let said = json!({"preview_token": seen["token"]});
    let (status, published) = town.publish(&rule, &said, "once").await;
    assert_eq!(
        (status, &published["state"]),
        (StatusCode::OK, &json!("published"))
    );
    assert_eq!(
        town.publish(&rule, &said, "once").await,
        (status, published.clone())
    );
    assert_eq!(
        town.publish(&rule, &said, "twice").await.1["code"],
        "rule_not_draft"
    );
    // The old rule holds to the eve of the new one, and judges the days before as ever.
    assert_eq!(figures(&town.owed(0, "2020-06-30").await), [1080, 360, 720]);
    assert_eq!(figures(&town.owed(0, "2020-07-01").await), [360, 360, 0]);
    assert_eq!(figures(&town.owed(2, "2020-07-01").await), [360, 0, 360]);
    let on = |day: &str| format!("/v1/hours/rules?on={day}");
    let of_kind = |rules: &Value| -> Vec<Value> {
        let fits = |rule: &&Value| {
            (&rule["role"], &rule["industry"], &rule["occasion"])
                == (&json!("other"), &json!("general"), &json!("first"))
        };
        rules["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(fits)
            .cloned()
            .collect()
    };
    let eve = of_kind(&town.officer.read(&on("2020-06-30")).await);
    assert_eq!(
        (eve.len(), &eve[0]["effective_to"]),
        (1, &json!("2020-06-30"))
    );
    let day = of_kind(&town.officer.read(&on("2020-07-01")).await);
    assert_eq!((day.len(), &day[0]["id"]), (1, &json!(rule)));
    assert_eq!(published["supersedes"], eve[0]["id"]);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_was_previewed_is_what_is_published(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (first, second) = (
        town.draft(30, "2021-01-01").await,
        town.draft(36, "2021-06-01").await,
    );
    let stale = town.preview(&second).await["token"].clone();
    let token = town.preview(&first).await["token"].clone();
    let (status, _) = town
        .publish(&first, &json!({"preview_token": token}), "first")
        .await;
    assert_eq!(status, StatusCode::OK);
    // Another rule stands beside the draft now: whom it affects may be another matter.
    let (status, told) = town
        .publish(&second, &json!({"preview_token": stale}), "second")
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("preview_stale"))
    );
    let token = town.preview(&second).await["token"].clone();
    let (status, told) = town
        .publish(&second, &json!({"preview_token": token}), "again")
        .await;
    assert_eq!(
        (status, &told["supersedes"]),
        (StatusCode::OK, &json!(first))
    );
    // A rule that begins in the past says why.
    let past = town.draft(20, "2020-03-01").await;
    let token = town.preview(&past).await["token"].clone();
    let (status, told) = town
        .publish(&past, &json!({"preview_token": token}), "past")
        .await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("rule_begins_in_past")
        )
    );
    let said = json!({"preview_token": token, "reason": "县政府疫情期间决定"});
    assert_eq!(
        town.publish(&past, &said, "past-with-a-reason").await.0,
        StatusCode::OK
    );
    assert_eq!(town.owed(0, "2020-02-29").await["required_minutes"], 1080);
    assert_eq!(town.owed(0, "2020-03-01").await["required_minutes"], 900);
    assert_eq!(town.owed(0, "2021-01-01").await["required_minutes"], 1350);
    // A draft that is given up is gone; what is law is not.
    let idle = town.draft(1, "2022-01-01").await;
    let discard = |rule: &str| format!("/v1/hours/rules/{rule}/discard");
    town.officer.make(&discard(&idle), &json!({})).await;
    assert_eq!(
        town.officer.post(&discard(&idle), &json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        town.officer.post(&discard(&first), &json!({})).await.1["code"],
        "rule_not_draft"
    );
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn a_high_risk_enterprise_is_asked_more_from_the_day_it_is_one(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let path = format!("/v1/places/enterprises/{}/tags", town.county.shop_a);
    let put =
        async |tags: Value| answer(town.officer.request(Method::PUT, &path).json(&tags)).await;
    // The first tags say what it has always been; later ones hold from their day on.
    assert_eq!(put(json!({"tags": ["工贸"]})).await.0, StatusCode::OK);
    let (status, told) =
        put(json!({"tags": ["hazardous_chemicals"], "from_day": "2020-05-01"})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(told["items"].as_array().unwrap().len(), 2);
    let (status, told) = put(json!({"tags": ["危化"]})).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("tag_unknown"))
    );
    for (day, industry, minutes) in [
        ("2020-04-30", "general", 24 * 45),
        ("2020-05-01", "high_risk", 72 * 45),
    ] {
        let told = town.owed(0, day).await;
        assert_eq!(
            (&told["industry"], &told["required_minutes"]),
            (&json!(industry), &json!(minutes)),
            "{day}"
        );
    }
    assert_eq!(town.owed(EACH, "2020-05-01").await["industry"], "general");
    // A rule for high-risk industries affects these three only.
    let rule = json!({"role": "other", "industry": "high_risk", "occasion": "first", "hours": 80,
        "effective_from": "2020-09-01", "source_zh": "第十三条", "source_en": "art. 13"});
    let made = town.officer.make("/v1/hours/rules", &rule).await;
    let seen = town.preview(made["id"].as_str().unwrap()).await;
    assert_eq!(
        (&seen["total"]["people"], &seen["total"]["minutes_more"]),
        (&json!(3), &json!(3 * 8 * 45))
    );
    assert_eq!(seen["regions"].as_array().unwrap().len(), 1);
    // Who is no officer of the county reads the law and drafts none.
    let a = town
        .county
        .sign_in(&town.app, Role::TownshipOfficer, town.county.a)
        .await;
    a.read("/v1/hours/rules").await;
    assert_eq!(
        a.post("/v1/hours/rules", &rule).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        a.get("/v1/hours/rules?rule_state=draft").await.0,
        StatusCode::FORBIDDEN
    );
    drop(a);
    town.finish().await;
}
