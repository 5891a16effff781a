//! The code on the wall and the phones that scan it, online or not.

use chrono::Duration;
use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use super::{Hall, Scan, at, batch, field};
use crate::support::{County, Kind};

#[rstest]
#[tokio::test]
async fn a_phone_offline_for_five_hours_signs_in_by_the_time_of_its_scan(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 2).await;
    let came = hall.scanned("in", at("08:25:00")).await;
    let late = hall.scanned("in", at("08:45:00")).await;
    // Five hours later the phone finds a network. Its clock is two days slow, and always was.
    let slow = Duration::days(2);
    let remembered = Scan {
        scanned_at: came.scanned_at - slow,
        ..came.clone()
    };
    hall.now(at("13:25:00"));
    let body = batch("worker 0's phone", &[remembered], at("13:25:00") - slow);
    let told = hall
        .worker(0)
        .await
        .make("/v1/classes/check-ins", &body)
        .await;
    let told = &told["outcomes"][0];
    assert_eq!(
        (&told["state"], &told["judged_at"], &told["again"]),
        (
            &json!("present"),
            &json!("2020-05-12T08:25:00+08:00"),
            &json!(false)
        ),
        "{told}"
    );
    assert_eq!(
        (&told["opens"], &told["late_from"], &told["closes"]),
        (
            &json!("2020-05-12T08:00:00+08:00"),
            &json!("2020-05-12T08:40:00+08:00"),
            &json!("2020-05-12T09:30:00+08:00")
        )
    );
    assert!(
        told.get("minutes").is_none(),
        "one half makes no mark: {told}"
    );
    assert_eq!(hall.marks().await.len(), 0);

    let left = hall.scanned("out", at("16:12:00")).await;
    let told = hall
        .sends(0, std::slice::from_ref(&left), at("16:12:05"))
        .await;
    assert_eq!(
        (&told[0]["state"], &told[0]["minutes"]),
        (&json!("present"), &json!(360))
    );
    // His neighbour was late, and sends both in one batch when he is home.
    let both = [late, left];
    let told = hall.sends(1, &both, at("21:00:00")).await;
    assert_eq!(field(&told, "state"), ["late", "present"]);
    let marks = hall.marks().await;
    assert_eq!(
        field(&marks, "check_in"),
        ["2020-05-12T08:25:00+08:00", "2020-05-12T08:45:00+08:00"]
    );

    // The same batch again, a day later: nothing new.
    let told = hall
        .sends(1, &both, at("21:00:00") + Duration::days(1))
        .await;
    assert_eq!(field(&told, "state"), ["late", "present"]);
    assert!(told.iter().all(|one| one["again"] == true), "{told:?}");
    let trainer = hall.trainer().await;
    assert_eq!(trainer.all(&hall.path("marks")).await, marks);
    assert_eq!(trainer.all(&hall.path("check-ins")).await.len(), 4);
    assert_eq!(hall.officer().await.all("/v1/hours/records").await.len(), 2);
    drop(trainer);
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn a_scan_outside_its_time_is_told_the_time_and_one_that_is_not_ours_is_refused(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 1).await;
    let yesterday = hall.scanned("in", at("08:25:00") - Duration::days(1)).await;
    let early = hall.scanned("in", at("07:59:00")).await;
    let out_early = hall.scanned("out", at("11:00:00")).await;
    let closed = hall.scanned("in", at("09:30:00")).await;
    let good = hall.scanned("in", at("08:25:00")).await;
    let told = hall.sends(0, &[yesterday, early], at("08:01:00")).await;
    assert_eq!(field(&told, "state"), ["early", "early"]);
    assert_eq!(told[1]["opens"], "2020-05-12T08:00:00+08:00");
    let told = hall.sends(0, &[closed, out_early], at("12:00:00")).await;
    assert_eq!(field(&told, "state"), ["closed", "early"]);
    assert_eq!(told[1]["direction"], "out");

    // Another direction, another class or another time written into a good code; and no code at all.
    let letters = |from: usize, with: &str| {
        let mut text = good.token.clone();
        text.replace_range(from..from + with.len(), with);
        Scan {
            token: text,
            ..good.clone()
        }
    };
    let direction = "AC1:".len() + 2 + 32;
    let forged = [
        letters(direction, "01"),
        letters("AC1:".len() + 2, "00000000"),
        letters(direction + 16, "0"),
        Scan {
            token: "https://example.com/".into(),
            ..good.clone()
        },
    ];
    let told = hall.sends(0, &forged, at("08:26:00")).await;
    assert_eq!(field(&told, "state"), ["refused"; 4], "{told:?}");
    assert_eq!(field(&told, "code"), ["check_in_token_invalid"; 4]);

    // A code of another county's class; a scan after it was sent; one that comes after four days.
    let other = County::make_other(&hall.app).await;
    let there = other
        .sign_in(&hall.app, anpei::platform::Role::CountyOfficer, other.id)
        .await;
    let class = json!({
        "region_id": other.a, "plan_id": other.plan, "title": "外县第1期", "minutes": 360,
        "starts": "2020-05-12T08:30:00+08:00", "ends": "2020-05-12T16:30:00+08:00"
    });
    let class = there.make("/v1/classes/sessions", &class).await;
    let path = format!(
        "/v1/classes/sessions/{}/check-in-token?direction=in",
        class["id"].as_str().unwrap()
    );
    let foreign = Scan {
        token: there.read(&path).await["tokens"][0]["token"]
            .as_str()
            .unwrap()
            .to_owned(),
        ..good.clone()
    };
    let told = hall.sends(0, &[foreign], at("08:26:00")).await;
    assert_eq!(field(&told, "code"), ["check_in_token_invalid"]);
    let told = hall
        .sends(0, std::slice::from_ref(&good), at("08:24:00"))
        .await;
    assert_eq!(field(&told, "code"), ["scan_from_future"]);
    let told = hall
        .sends(
            0,
            std::slice::from_ref(&good),
            at("08:26:00") + Duration::hours(72),
        )
        .await;
    assert_eq!(field(&told, "code"), ["scan_too_old"]);

    let kept = hall.trainer().await.all(&hall.path("check-ins")).await;
    assert_eq!(kept.len(), 0, "nothing of all this was kept: {kept:?}");
    let told = hall.sends(0, &[good], at("08:26:00")).await;
    assert_eq!(field(&told, "state"), ["present"]);
    drop(there);
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn a_cancelled_class_has_no_code_and_takes_no_scan(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 1).await;
    let scan = hall.scanned("in", at("08:25:00")).await;
    let trainer = hall.trainer().await;
    trainer.make(&hall.path("cancellation"), &json!({})).await;
    let (status, told) = trainer.get(&hall.path("check-in-token?direction=in")).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::CONFLICT, &json!("class_cancelled"))
    );
    let told = hall.sends(0, &[scan], at("08:25:05")).await;
    assert_eq!(field(&told, "code"), ["class_cancelled"]);
    drop(trainer);
    hall.close().await;
}

#[rstest]
#[tokio::test]
async fn a_code_scanned_from_a_picture_waits_for_the_trainer(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 1).await;
    let mut picture = hall.scanned("in", at("08:25:00")).await;
    picture.scanned_at = at("11:00:00");
    let told = hall.sends(0, &[picture.clone()], at("11:00:02")).await;
    assert_eq!(field(&told, "state"), ["pending"]);
    let left = hall.scanned("out", at("16:20:00")).await;
    let told = hall.sends(0, &[left], at("16:20:05")).await;
    assert_eq!(field(&told, "state"), ["present"]);
    assert_eq!(
        hall.marks().await.len(),
        0,
        "a sign-in that waits makes no mark"
    );

    let hints = hall.trainer().await.read(&hall.path("hints")).await;
    let hint = &hints["items"][0];
    assert_eq!(
        (&hint["kind"], &hint["evidence"][0]["at"]),
        (
            &json!("clock_disagrees"),
            &json!("2020-05-12T08:25:00+08:00")
        )
    );
    // He was there, says the trainer, and calls his name.
    let told = hall
        .calls(&json!([{"line": "1", "person_id": hall.people[0]}]))
        .await;
    assert_eq!(
        (&told["accepted"], &told["lines"][0]["minutes"]),
        (&json!(1), &json!(360)),
        "{told}"
    );
    let marks = hall.marks().await;
    assert_eq!(field(&marks, "check_in"), ["2020-05-12T08:25:00+08:00"]);
    hall.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_phones_of_one_man_and_a_whole_room_at_once_give_each_one_mark(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let hall = Hall::open(kind, 12).await;
    let scans = [
        hall.scanned("in", at("08:25:00")).await,
        hall.scanned("out", at("16:20:00")).await,
    ];
    hall.now(at("16:20:10"));
    let mut phones = tokio::task::JoinSet::new();
    for place in 0..24 {
        let worker = hall.worker(place / 2).await;
        let body = batch(&format!("the phone {place}"), &scans, at("16:20:10"));
        phones.spawn(async move { worker.make("/v1/classes/check-ins", &body).await });
    }
    let mut first = 0;
    while let Some(told) = phones.join_next().await {
        let told = told.unwrap();
        let outcomes = told["outcomes"].as_array().unwrap();
        assert_eq!(field(outcomes, "state"), ["present", "present"]);
        assert!(outcomes.iter().all(|one| one["minutes"] == 360), "{told}");
        first += outcomes.iter().filter(|one| one["again"] == false).count();
    }
    assert_eq!(first, 24, "each scan counts once, on whichever phone");
    assert_eq!(hall.marks().await.len(), 12);
    let board = hall.officer().await.read("/v1/boards/progress").await;
    assert_eq!(board["person_times"], 12);
    hall.close().await;
}
