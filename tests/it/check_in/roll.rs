//! The trainer calls the roll, and those nobody knows are matched later.

use chrono::Duration;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{Hall, at, field, text};
use crate::support::{Kind, answer, person};

/// A roll with one of each kind of line.
fn lines(hall: &Hall) -> Value {
    let (known, unknown, other) = (person(1), person(7), person(2));
    let (from, noon, to) = (at("08:30:00"), at("11:30:00"), at("16:30:00"));
    let (from, noon, to) = (text(from), text(noon), text(to));
    json!([
        {"line": "a", "person_id": hall.people[0], "check_in": from, "check_out": to, "score": 90},
        {"line": "b", "name": known.name, "id_number": known.id_number, "check_in": from, "check_out": noon},
        {"line": "c", "name": unknown.name, "id_number": unknown.id_number, "score": 85},
        {"line": "d", "name": "别人", "id_number": other.id_number},
        {"line": "e", "name": "没带证"},
        {"line": "f", "person_id": hall.people[2], "check_in": from},
        {"line": "g", "person_id": hall.people[0]},
        {"line": "h", "name": "王五", "id_number": "330699198001010009"},
        {"line": "i", "person_id": hall.people[3], "check_in": to, "check_out": from},
    ])
}

#[rstest]
#[tokio::test]
async fn a_roll_called_twice_counts_once(#[values(Kind::Sqlite, Kind::Postgres)] kind: Kind) {
    let hall = Hall::open(kind, 4).await;
    let roll = lines(&hall);
    let told = hall.calls(&roll).await;
    let of_roll = told["lines"].as_array().unwrap();
    assert_eq!(
        field(of_roll, "state"),
        [
            "accepted", "accepted", "pending", "pending", "pending", "refused", "refused",
            "refused", "refused"
        ],
        "{told}"
    );
    assert_eq!(
        field(of_roll, "code"),
        [
            "",
            "",
            "person_unknown",
            "id_belongs_to_another_name",
            "id_missing",
            "checkout_missing",
            "duplicate_in_file",
            "id_checksum",
            "checkout_before_checkin"
        ]
    );
    assert_eq!(
        (&of_roll[0]["minutes"], &of_roll[1]["minutes"]),
        (&json!(360), &json!(180))
    );
    let waiting = hall.trainer().await.all(&hall.path("walk-ins")).await;
    assert_eq!(waiting.len(), 3);
    assert!(
        !waiting[0]["id_number"]
            .as_str()
            .unwrap()
            .contains(&person(7).id_number[4..14]),
        "masked: {waiting:?}"
    );

    let again = hall.calls(&roll).await;
    let second = again["lines"].as_array().unwrap();
    assert_eq!(field(&second[..2], "effect"), ["unchanged"; 2]);
    assert_eq!(field(second, "walk_in_id"), field(of_roll, "walk_in_id"));
    assert_eq!(hall.marks().await.len(), 2);
    assert_eq!(hall.officer().await.all("/v1/hours/records").await.len(), 2);

    // The same by key: the first answer, word for word, even if the phone was offline until the evening.
    let trainer = hall.trainer().await;
    let body = json!({"lines": [
        {"line": "z", "person_id": hall.people[2], "check_in": text(at("08:30:00")), "check_out": text(at("16:30:00"))}
    ]});
    let send = || {
        let request = trainer.request(Method::POST, &hall.path("roll"));
        answer(request.header("Idempotency-Key", "roll-1").json(&body))
    };
    let first = send().await;
    hall.now(at("07:30:00") + Duration::minutes(10));
    assert_eq!(send().await, first);
    assert_eq!(first.1["lines"][0]["effect"], "new");
    drop(trainer);
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn a_walk_in_matched_later_gets_his_hours(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 4).await;
    let told = hall.calls(&lines(&hall)).await;
    let walk_in = told["lines"][2]["walk_in_id"].as_str().unwrap().to_owned();
    let officer = hall.officer().await;
    let before = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (&before["completed"], &before["person_times"]),
        (&json!(1), &json!(2))
    );

    // The officer puts him on file, at the enterprise of township B; the trainer of A does not reach him there.
    let unknown = person(7);
    let on_file = json!({
        "name": unknown.name, "id_number": unknown.id_number, "role": "other",
        "enterprise_id": hall.county.shop_b, "from_day": "2020-01-02"
    });
    let on_file = officer.make("/v1/people", &on_file).await;
    let path = hall.path(&format!("walk-ins/{walk_in}/match"));
    let body = json!({"person_id": on_file["id"]});
    let (status, _) = hall.trainer().await.post(&path, &body).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let matched = officer.make(&path, &body).await;
    assert_eq!(
        (
            &matched["state"],
            &matched["person_id"],
            &matched["minutes"]
        ),
        (&json!("matched"), &on_file["id"], &json!(360))
    );
    let after = officer.read("/v1/boards/progress").await;
    assert_eq!(
        (&after["completed"], &after["person_times"]),
        (&json!(2), &json!(3))
    );
    let regions = after["regions"].as_array().unwrap();
    let b = regions
        .iter()
        .find(|r| r["id"] == hall.county.b.to_string());
    assert_eq!(
        b.unwrap()["completed"],
        1,
        "he counts where he works: {after}"
    );

    let (status, told) = officer.post(&path, &body).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("walk_in_settled"))
    );
    // The one without a number was a guest.
    let trainer = hall.trainer().await;
    let waiting = trainer.all(&hall.path("walk-ins?state=pending")).await;
    assert_eq!(field(&waiting, "line"), ["d", "e"]);
    let guest = waiting[1]["id"].as_str().unwrap();
    let path = hall.path(&format!("walk-ins/{guest}/dismissal"));
    let (status, _) = trainer.post(&path, &json!({"reason": "  "})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = trainer.make(&path, &json!({"reason": "旁听"})).await;
    assert_eq!(
        (&gone["state"], &gone["reason"]),
        (&json!("dismissed"), &json!("旁听"))
    );
    assert_eq!(hall.marks().await.len(), 3);
    drop((officer, trainer));
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn a_roll_fills_in_what_the_phones_left_open_and_takes_nothing_away(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 3).await;
    let came = hall.scanned("in", at("08:25:00")).await;
    let left = hall.scanned("out", at("16:20:00")).await;
    // One forgot to sign out; one did both; one is of another township's enterprise, out of the trainer's reach.
    hall.sends(0, std::slice::from_ref(&came), at("17:00:00"))
        .await;
    hall.sends(1, &[came, left.clone()], at("17:00:00")).await;
    let someone = person(8);
    let far = json!({
        "name": someone.name, "id_number": someone.id_number, "role": "other",
        "enterprise_id": hall.county.shop_b, "from_day": "2020-01-02"
    });
    let far = hall.officer().await.make("/v1/people", &far).await;
    let told = hall
        .calls(&json!([
            {"line": "1", "person_id": hall.people[0]},
            {"line": "2", "person_id": hall.people[1], "score": 95},
            {"line": "3", "person_id": far["id"]},
        ]))
        .await;
    let of_roll = told["lines"].as_array().unwrap();
    assert_eq!(
        field(of_roll, "code"),
        ["checkout_missing", "", "not_found"]
    );
    assert_eq!(of_roll[1]["effect"], "changed");
    let told = hall
        .calls(
            &json!([{"line": "1", "person_id": hall.people[0], "check_out": text(at("12:25:00"))}]),
        )
        .await;
    assert_eq!(told["lines"][0]["minutes"], 240, "{told}");
    let marks = hall.marks().await;
    let scored = marks.iter().find(|mark| mark["score"] == 95.0).unwrap();
    assert_eq!(
        (&scored["check_in"], &scored["minutes"]),
        (&json!("2020-05-12T08:25:00+08:00"), &json!(360)),
        "the points came to what the phone had said"
    );
    // He finds his phone again: what the trainer said stands.
    let told = hall.sends(0, &[left], at("18:00:00")).await;
    assert_eq!(
        (&told[0]["state"], &told[0]["minutes"]),
        (&json!("present"), &json!(240))
    );
    assert_eq!(hall.marks().await.len(), 2);
    hall.close().await;
}
