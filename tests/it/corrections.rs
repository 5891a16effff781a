//! A person asks for his file to be put right, and is answered.

use anpei::platform::{Role, jobs};
use anpei::server;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use crate::codes::Town;
use crate::support::{Client, Kind, id_number};

const CORRECTIONS: &str = "/v1/corrections";

async fn asked(by: &Client, subject: &str, wanted: &str, words: &str) -> String {
    let mut told = json!({"subject": subject, "words": words});
    if !wanted.is_empty() {
        told["wanted"] = json!(wanted);
    }
    let made = by.make(CORRECTIONS, &told).await;
    assert_eq!(made["state"], "open", "{made}");
    made["id"].as_str().unwrap().to_owned()
}

async fn answered(by: &Client, id: &str, told: &Value) -> (StatusCode, Value) {
    by.post(&format!("{CORRECTIONS}/{id}/answer"), told).await
}

async fn file(town: &Town) -> Value {
    let path = format!("/v1/people/{}", town.person);
    town.township.read(&path).await
}

async fn waiting(by: &Client) -> (Value, Value) {
    let told = by.read("/v1/me/today").await["waiting"].clone();
    (
        told["corrections"].clone(),
        told["corrections_overdue"].clone(),
    )
}

#[rstest]
#[tokio::test]
async fn a_name_misspelt_on_file_is_put_right_and_his_code_says_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let (_, code) = town.claimed().await;
    let wrong = json!({"subject": "name", "words": "写错了"});
    let (_, told) = town.worker.post(CORRECTIONS, &wrong).await;
    assert_eq!(told["code"], "field_missing");
    let id = asked(&town.worker, "name", "王君", "身份证上是王君").await;
    assert_eq!(waiting(&town.township).await, (json!(1), json!(0)));
    let listed = town
        .township
        .all(&format!("{CORRECTIONS}?state=open"))
        .await;
    assert_eq!(listed[0]["name"], "王军");
    assert_eq!(listed[0]["correction"]["wanted"], "王君");
    // The next township has nothing to do with it; thirty days later it is late.
    let next = town
        .county
        .sign_in(&town.app, Role::TownshipOfficer, town.county.b)
        .await;
    assert!(next.all(CORRECTIONS).await.is_empty());
    let yes = json!({"accept": true, "words": "已核对身份证"});
    assert_eq!(answered(&next, &id, &yes).await.0, StatusCode::NOT_FOUND);
    assert_eq!(waiting(&next).await, (json!(0), json!(0)));
    let (status, told) = answered(&town.township, &id, &yes).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert_eq!(
        (&told["state"], &told["answer"]),
        (&json!("accepted"), &json!("已核对身份证"))
    );
    assert_eq!(file(&town).await["name"], "王君");
    let again = answered(&town.township, &id, &yes).await.1;
    assert_eq!(again["code"], "correction_settled");
    // He is told in the app, and his code is made anew with the name it should say.
    let mine = town.worker.all("/v1/notices/mine").await;
    assert!(
        mine.iter()
            .any(|one| one["template"] == "correction_answered"),
        "{mine:?}"
    );
    // The server's own hand may be at the job: it is done when its effect is there.
    let mut now = code.clone();
    while now["id"] == code["id"] {
        jobs::step(&town.app.state, server::dispatch).await.unwrap();
        now = town.worker.read("/v1/codes/mine").await;
    }
    assert_eq!(now["name"], "王君", "{now}");
    drop(next);
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn an_id_number_is_changed_only_by_whoever_read_it_from_the_card(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let right = id_number(7);
    let bad = json!({"subject": "id_number", "wanted": "330602199001010000", "words": "号码错"});
    let (status, told) = town.worker.post(CORRECTIONS, &bad).await;
    assert_eq!(
        (status, &told["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("id_number_invalid")
        )
    );
    let id = asked(&town.worker, "id_number", &right, "录入时错了一位").await;
    // Masked for both sides: whoever answers has the card before him.
    let listed = town.township.all(CORRECTIONS).await;
    let shown = listed[0]["correction"]["wanted"].as_str().unwrap();
    assert!(shown.contains('*') && !shown.contains(&right), "{shown}");
    let yes =
        |number: Option<&str>| json!({"accept": true, "words": "已核对", "id_number": number});
    for (typed, code) in [
        (None, "field_missing"),
        (Some("1"), "id_number_invalid"),
        (Some(id_number(8).as_str()), "correction_differs"),
    ] {
        let (status, told) = answered(&town.township, &id, &yes(typed)).await;
        assert_eq!(
            (status, told["code"].as_str().unwrap()),
            (StatusCode::UNPROCESSABLE_ENTITY, code)
        );
    }
    // Somebody else has it: then it is for people to find out who is who.
    let other = json!({"name": "李强", "id_number": right, "enterprise_id": town.county.shop_a,
        "role": "other", "from_day": "2020-01-02"});
    let other = town.officer.make("/v1/people", &other).await;
    let (status, told) = answered(&town.township, &id, &yes(Some(&right))).await;
    assert_eq!(
        (status, told["code"].as_str().unwrap()),
        (StatusCode::CONFLICT, "id_belongs_to_another_name"),
        "{told}"
    );
    // He was put right too, and the number is free.
    let path = format!("/v1/people?q={right}");
    assert_eq!(town.officer.all(&path).await[0]["id"], other["id"]);
    let no = json!({"accept": false, "words": "该号码属于他人，请到窗口核对"});
    let (_, told) = answered(&town.township, &id, &no).await;
    assert_eq!(told["state"], "refused");
    assert_eq!(town.officer.all(&path).await[0]["id"], other["id"]);
    // Another number that nobody has.
    let free = id_number(9);
    let id = asked(&town.worker, "id_number", &free, "换了证件").await;
    let (status, told) = answered(&town.township, &id, &yes(Some(&free))).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let found = town.officer.all(&format!("/v1/people?q={free}")).await;
    assert_eq!(found[0]["id"], json!(town.person));
    town.finish().await;
}

#[rstest]
#[tokio::test]
async fn five_requests_wait_at_a_time_and_one_can_be_taken_back(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let town = Town::make(kind).await;
    let first = asked(&town.worker, "phone", "138 0000 1234", "换号了").await;
    for _ in 1..5 {
        asked(&town.worker, "training", "", "八月的班没有记上").await;
    }
    let sixth = json!({"subject": "other", "words": "还有"});
    let (status, told) = town.worker.post(CORRECTIONS, &sixth).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("corrections_waiting"))
    );
    let mine = town.worker.all("/v1/corrections/mine").await;
    assert_eq!(mine.len(), 5);
    assert_eq!(mine[0]["wanted"], "138****1234");
    town.pass(31 * 86_400);
    // A month later both sign in again.
    let login = format!("township_officer-{}", town.county.a.simple());
    let township = town.county.back(&town.app, &login).await;
    let worker = town.county.back(&town.app, "wang.jun").await;
    assert_eq!(waiting(&township).await, (json!(5), json!(5)));
    assert_eq!(
        township
            .all(&format!("{CORRECTIONS}?overdue=true"))
            .await
            .len(),
        5
    );
    let back = format!("{CORRECTIONS}/{first}/withdrawal");
    assert_eq!(worker.make(&back, &Value::Null).await["state"], "withdrawn");
    let (_, told) = worker.post(&back, &Value::Null).await;
    assert_eq!(told["code"], "correction_settled");
    worker.make(CORRECTIONS, &sixth).await;
    // Accepted where no value is set: it was put right by its own operation, and he is told so.
    let second = mine[1]["id"].as_str().unwrap();
    let yes = json!({"accept": true, "words": "已补记 360 分钟"});
    assert_eq!(answered(&township, second, &yes).await.0, StatusCode::OK);
    let mine = worker.all("/v1/corrections/mine").await;
    let states: Vec<_> = mine
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["withdrawn", "accepted", "open", "open", "open", "open"]
    );
    assert_eq!(mine[1]["answer"], "已补记 360 分钟");
    // What was settled is kept three years, what waits is never old.
    town.pass(1_097 * 86_400);
    let gone = anpei::archives::purge(town.app.state.clone())
        .await
        .unwrap();
    assert_eq!(gone["corrections"], 2, "{gone}");
    drop((township, worker));
    town.finish().await;
}
