//! What looks odd is told with its evidence, and blocks nobody.

use rstest::rstest;
use serde_json::{Value, json};

use super::{Hall, at, field, text};
use crate::support::Kind;

fn of_kind<'a>(hints: &'a [Value], kind: &str) -> &'a Value {
    let found = hints.iter().find(|hint| hint["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} among {hints:?}"))
}

#[rstest]
#[tokio::test]
async fn one_phone_for_three_people_a_shared_picture_and_a_full_room_are_told(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 6).await;
    let came = hall.scanned("in", at("08:25:00")).await;
    // Three on one phone, there and then.
    for n in 0..3 {
        let told = hall
            .sends_from(
                n,
                "the foreman's phone",
                std::slice::from_ref(&came),
                at("08:25:05"),
            )
            .await;
        assert_eq!(field(&told, "state"), ["present"], "nobody is kept out");
    }
    // Three on phones of their own, with one and the same code, all at noon.
    let other = hall.scanned("in", at("08:29:00")).await;
    for n in 3..6 {
        let told = hall
            .sends(n, std::slice::from_ref(&other), at("12:00:00"))
            .await;
        assert_eq!(field(&told, "state"), ["present"]);
    }
    let left = hall.scanned("out", at("16:20:00")).await;
    for n in 0..3 {
        hall.sends_from(
            n,
            "the foreman's phone",
            std::slice::from_ref(&left),
            at("16:20:05"),
        )
        .await;
    }
    let trainer = hall.trainer().await;
    let hints = trainer.read(&hall.path("hints")).await;
    let hints = hints["items"].as_array().unwrap();
    assert_eq!(
        field(hints, "kind"),
        ["shared_device", "same_picture", "over_capacity"]
    );
    let phone = of_kind(hints, "shared_device");
    assert_eq!(
        (&phone["count"], phone["evidence"].as_array().unwrap().len()),
        (&json!(3), 6),
        "three people, in and out"
    );
    assert!(
        !phone.to_string().contains("foreman"),
        "the phone by its hash"
    );
    let picture = of_kind(hints, "same_picture");
    assert_eq!(
        (&picture["count"], &picture["evidence"][0]["arrived_at"]),
        (&json!(3), &json!("2020-05-12T12:00:00+08:00"))
    );
    let room = of_kind(hints, "over_capacity");
    // Two seats: all six who came count, also those who have not signed out; the last four to come are shown.
    assert_eq!((&room["count"], &room["capacity"]), (&json!(6), &json!(2)));
    let last = room["evidence"].as_array().unwrap();
    let mut shown = field(last, "person_id");
    shown.sort_unstable();
    assert_eq!(
        (shown.len(), &last[0]["at"]),
        (4, &json!("2020-05-12T08:29:00+08:00"))
    );
    for late in &hall.people[3..6] {
        assert!(shown.contains(&late.as_str()), "{last:?}");
    }
    let all = trainer
        .all(&format!("/v1/classes/hints?plan_id={}", hall.county.plan))
        .await;
    assert_eq!(&all, hints, "the same over all classes");
    drop(trainer);
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn who_is_in_two_classes_at_once_is_told_and_the_other_class_to_who_may_see_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 2).await;
    let officer = hall.officer().await;
    let there = json!({
        "region_id": hall.county.b, "plan_id": hall.county.plan, "title": "西河镇第1期", "minutes": 180,
        "starts": text(at("13:00:00")), "ends": text(at("17:00:00"))
    });
    let there = officer.make("/v1/classes/sessions", &there).await;
    let there = there["id"].as_str().unwrap();
    let mark = |n: usize, from: &str, to: &str| {
        json!({
            "line": n.to_string(), "person_id": hall.people[n],
            "check_in": text(at(from)), "check_out": text(at(to))
        })
    };
    // One left here at noon and went there; the other cannot have been in both.
    hall.calls(&json!([
        mark(0, "08:30:00", "12:00:00"),
        mark(1, "08:30:00", "16:30:00")
    ]))
    .await;
    let roll = json!({"lines": [mark(0, "13:00:00", "17:00:00"), mark(1, "13:00:00", "17:00:00")]});
    officer
        .make(&format!("/v1/classes/sessions/{there}/roll"), &roll)
        .await;
    let seen = officer.read(&hall.path("hints")).await;
    let seen = of_kind(seen["items"].as_array().unwrap(), "overlapping_classes").clone();
    let evidence = &seen["evidence"];
    assert_eq!(
        (
            &seen["count"],
            &evidence[0]["person_id"],
            &evidence[0]["other_title"]
        ),
        (&json!(1), &json!(hall.people[1]), &json!("西河镇第1期"))
    );
    let told = hall.trainer().await.read(&hall.path("hints")).await;
    let told = of_kind(told["items"].as_array().unwrap(), "overlapping_classes").clone();
    assert_eq!(
        (
            &told["evidence"][0]["other_from"],
            told["evidence"][0].get("other_class_id")
        ),
        (&json!("2020-05-12T13:00:00+08:00"), None),
        "the trainer of A learns when, not where: {told}"
    );
    assert!(!told.to_string().contains(there), "{told}");
    drop(officer);
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn who_signs_in_at_two_places_is_told_before_anybody_has_marked_him(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 2).await;
    let officer = hall.officer().await;
    let there = json!({
        "region_id": hall.county.b, "plan_id": hall.county.plan, "title": "西河镇第1期", "minutes": 180,
        "starts": text(at("08:30:00")), "ends": text(at("11:30:00"))
    });
    let there = officer.make("/v1/classes/sessions", &there).await;
    let there = there["id"].as_str().unwrap().to_owned();
    drop(officer);
    let here = hall.scanned("in", at("08:25:00")).await;
    hall.sends(0, std::slice::from_ref(&here), at("08:25:05"))
        .await;
    hall.sends(1, &[here], at("08:25:06")).await;
    let path = format!("/v1/classes/sessions/{there}/check-in-token?direction=in");
    hall.now(at("08:40:00"));
    let codes = hall.officer().await.read(&path).await;
    let elsewhere = super::Scan {
        token: codes["tokens"][0]["token"].as_str().unwrap().to_owned(),
        scanned_at: at("08:40:02"),
    };
    hall.sends(1, &[elsewhere], at("08:40:05")).await;
    let seen = hall.officer().await.read(&hall.path("hints")).await;
    let seen = of_kind(seen["items"].as_array().unwrap(), "overlapping_classes").clone();
    let evidence = &seen["evidence"][0];
    assert_eq!(
        (
            &seen["count"],
            &evidence["person_id"],
            &evidence["other_from"]
        ),
        (
            &json!(1),
            &json!(hall.people[1]),
            &json!("2020-05-12T08:40:00+08:00")
        )
    );
    assert_eq!(evidence["other_class_id"], json!(there));
    hall.close().await;
}
