//! Presence checks: asked at instants no phone can know, answered with a tap, and what it costs to miss one.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Player, Study, at, seconds};
use crate::support::Kind;

/// Plays ten seconds at a time from an instant until a check is asked for; the check, and the seconds played.
async fn until_asked(study: &Study, phone: &mut Player, from: &str) -> (Value, i64) {
    for n in 1..=60 {
        let now = at(from) + seconds(n * 10);
        let beat = phone.plays(10, now);
        let told = study.send(phone, &[beat], now).await;
        if told["presence_check"].is_object() {
            return (told, n * 10);
        }
    }
    panic!("no check in ten minutes");
}

async fn tap(study: &Study, phone: &Player, told: &Value, when: i64) -> Value {
    let path = format!("/v1/courses/players/{}/presence", phone.id);
    let when = phone.opened + seconds(when);
    let (status, told) = study.ask(phone.learner, when, &path, Some(told)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told
}

#[rstest]
#[tokio::test]
async fn a_missed_check_takes_its_stretch_back_at_once_and_a_tap_keeps_it(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, Some(100)).await;
    let mut phone = study.player(0, 0, at("18:00:00")).await;
    let (told, played) = until_asked(&study, &mut phone, "18:00:00").await;
    assert!((50..=160).contains(&played), "{played}");
    let number = told["presence_check"]["number"].as_i64().unwrap();
    let shown = (played + 1) * 1_000;
    let answer = json!({"number": number, "shown_at_ms": shown, "tapped_at_ms": shown + 29_000});
    let told = tap(&study, &phone, &answer, played + 31).await;
    assert_eq!(told["presence"]["passed"], true);
    assert_eq!(told["credited_seconds"], played);
    // Tapped again, as the answer was lost: nothing.
    let told = tap(&study, &phone, &answer, played + 40).await;
    assert!(told["presence"].is_null() && told["presence_check"].is_null());
    // The next one he lets pass.
    let (told, more) = until_asked(&study, &mut phone, "18:10:00").await;
    assert_eq!(told["credited_seconds"], played + more);
    let next = told["presence_check"]["number"].as_i64().unwrap();
    assert_eq!(next, number + 1);
    let shown = (600 + more + 1) * 1_000;
    let answer = json!({"number": next, "shown_at_ms": shown});
    let told = tap(&study, &phone, &answer, 600 + more + 31).await;
    assert_eq!(told["presence"]["passed"], false);
    assert_eq!(told["presence"]["code"], "presence_failed");
    assert_eq!(told["presence"]["taken_back_seconds"], more);
    assert_eq!(told["credited_seconds"], played);
    let progress = study.progress(0, at("18:30:00")).await;
    assert_eq!(progress["credited_seconds"], played);
    // Played again it counts again; a heartbeat of the lost stretch sent again does not.
    phone.place = played;
    let again = phone.plays(10, at("18:40:10"));
    let told = study.send(&phone, &[again], at("18:40:10")).await;
    assert_eq!(told["heard"][0]["seconds"], 10);
    study.finish().await;
}

#[rstest]
#[tokio::test]
async fn nothing_is_done_while_a_check_waits_for_its_tap(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, Some(100)).await;
    let mut phone = study.player(0, 0, at("18:00:00")).await;
    // Ten minutes in the hills; nobody could ask him there.
    let whole = phone.plays(600, at("18:10:00"));
    let told = study.send(&phone, &[whole], at("20:00:00")).await;
    assert_eq!(
        (&told["credited_seconds"], &told["lesson_done"]),
        (&json!(600), &json!(false))
    );
    let number = &told["presence_check"]["number"];
    let late = json!({"number": number, "shown_at_ms": 7_200_000, "tapped_at_ms": 7_231_000});
    // A player of the other lesson may carry the tap.
    let other = study.player(0, 1, at("20:00:01")).await;
    let answer = json!({"number": number, "shown_at_ms": 1_000, "tapped_at_ms": 4_000});
    let told = tap(&study, &other, &answer, 5).await;
    assert_eq!(told["presence"]["passed"], true);
    let progress = study.progress(0, at("20:01:00")).await;
    assert_eq!(progress["lessons"][0]["done"], true);
    // Another answer to it comes too late to change anything.
    let told = tap(&study, &phone, &late, 7_260).await;
    assert!(told["presence"].is_null());
    assert_eq!(told["credited_seconds"], 600);
    study.finish().await;
}
