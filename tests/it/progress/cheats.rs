//! Who plays faster, skips, learns two things at once, or sends in another's name.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::json;

use super::{Study, at, played, seconds};
use crate::support::Kind;

#[rstest]
#[tokio::test]
async fn ten_times_as_fast_earns_nothing_and_says_why(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, None).await;
    for clock in [1, 10] {
        // Once the phone's clock is true, once it runs ten times too fast itself.
        let opened = at("18:00:00") + seconds(clock * 600);
        let mut phone = study.player(0, 0, opened).await;
        phone.place = 0;
        for n in 1..=30 {
            let beat = phone.plays(10, opened + seconds(n * clock));
            let told = study.send(&phone, &[beat], opened + seconds(n)).await;
            assert_eq!(told["heard"][0]["verdict"], "too_fast");
            assert_eq!(told["heard"][0]["code"], "heartbeat_too_fast");
            assert_eq!(told["credited_seconds"], 0);
        }
    }
    let progress = study.progress(0, at("20:00:00")).await;
    assert_eq!(progress["credited_seconds"], 0);
    study.finish().await;
}

#[rstest]
#[tokio::test]
async fn what_is_skipped_is_not_credited_and_watching_again_earns_nothing(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, None).await;
    let mut phone = study.player(0, 0, at("18:00:00")).await;
    let watched = phone.plays(60, at("18:01:00"));
    phone.place = 540;
    let end = phone.plays(60, at("18:02:00"));
    phone.place = 0;
    let again = phone.plays(60, at("18:03:00"));
    let told = study
        .send(&phone, &[watched, end, again], at("18:03:00"))
        .await;
    let seconds: Vec<_> = (0..3)
        .map(|n| told["heard"][n]["seconds"].as_i64().unwrap())
        .collect();
    assert_eq!(seconds, [60, 60, 0]);
    let progress = study.progress(0, at("18:03:00")).await;
    assert_eq!(played(&progress, 0), [(0, 60), (540, 600)]);
    assert_eq!(progress["lessons"][0]["done"], false);
    study.finish().await;
}

#[rstest]
#[tokio::test]
async fn two_lessons_at_once_are_given_the_time_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, None).await;
    let mut phone = study.player(0, 0, at("18:00:00")).await;
    let mut tablet = study.player(0, 1, at("18:00:00")).await;
    for n in 1..=20 {
        let now = at("18:00:00") + seconds(n * 10);
        let beat = phone.plays(10, now);
        study.send(&phone, &[beat], now).await;
        let beat = tablet.plays(10, now);
        let told = study.send(&tablet, &[beat], now).await;
        assert_eq!(told["heard"][0]["code"], "heartbeat_elsewhere");
    }
    let progress = study.progress(0, at("18:04:00")).await;
    assert_eq!(progress["credited_seconds"], 200);
    assert_eq!(progress["lessons"][1]["credited_seconds"], 0);
    // Alone it counts again at once.
    let beat = tablet.plays(10, at("18:03:40"));
    let told = study.send(&tablet, &[beat], at("18:04:00")).await;
    assert_eq!(told["heard"][0]["seconds"], 10);
    study.finish().await;
}

#[rstest]
#[tokio::test]
async fn anothers_player_and_anothers_course_are_not_there(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 2, None).await;
    let mut phone = study.player(0, 0, at("18:00:00")).await;
    let beat = phone.plays(60, at("18:01:00"));
    let body = json!({"heartbeats": [beat]});
    let (status, _) = study.try_send(&phone, 1, &body, at("18:01:00")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // Also when he has players of his own.
    study.player(1, 0, at("18:01:00")).await;
    let (status, _) = study.try_send(&phone, 1, &body, at("18:01:00")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let course = format!("/v1/courses/enrolments/{}", study.learners[0].enrolment);
    let (status, _) = study
        .ask(1, at("18:02:00"), &format!("{course}/progress"), None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let open = format!("{course}/lessons/{}/players", study.lessons[0]);
    let (status, _) = study.ask(1, at("18:02:00"), &open, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // The owner's goes through, and backwards is no stretch at all.
    let (status, told) = study.try_send(&phone, 0, &body, at("18:02:00")).await;
    assert_eq!(
        (status, &told["credited_seconds"]),
        (StatusCode::OK, &json!(60))
    );
    let odd = json!({"heartbeats": [{"seq": 1, "place_from": 9, "place_to": 3, "at_ms": 61_000}]});
    let (status, told) = study.try_send(&phone, 0, &odd, at("18:02:00")).await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_field"))
    );
    study.finish().await;
}
