//! Honest evenings: bad networks, two devices, hours without any, and a whole group that finishes at once.

use reqwest::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Player, Study, at, played, seconds};
use crate::support::Kind;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % 100
    }
}

/// Plays on for some seconds from an instant; of the heartbeats three in ten are lost, but for the first and the last.
/// When it ends.
async fn play(
    study: &Study,
    player: &mut Player,
    length: i64,
    from: chrono::DateTime<chrono::Utc>,
    dice: &mut Dice,
) -> chrono::DateTime<chrono::Utc> {
    let start = player.plays(0, from);
    study.send(player, &[start], from).await;
    let (mut now, mut left, mut lost) = (from, length, 0);
    while left > 0 {
        let step = left.min(10);
        left -= step;
        now += seconds(step);
        let beat = player.plays(step, now);
        if dice.roll() < 30 && left > 0 {
            lost += 1;
            continue;
        }
        study.send(player, &[beat], now).await;
    }
    assert!(lost > 0 || length < 100, "something is lost");
    now
}

#[rstest]
#[tokio::test]
async fn a_course_is_played_through_over_a_bad_network_on_two_devices_to_the_second(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, None).await;
    let mut dice = Dice(7);
    let mut phone = study.player(0, 0, at("18:00:00")).await;
    let mut now = play(&study, &mut phone, 253, at("18:00:02"), &mut dice).await;
    let progress = study.progress(0, now).await;
    assert_eq!(progress["credited_seconds"], 253);
    assert_eq!(progress["lessons"][0]["place"], 253);
    // On the tablet it goes on where the phone stopped.
    now += seconds(5);
    let mut tablet = study.player(0, 0, now).await;
    assert_eq!(tablet.place, 253);
    now = play(&study, &mut tablet, 300, now + seconds(1), &mut dice).await;
    let progress = study.progress(0, now).await;
    assert_eq!(played(&progress, 0), [(0, 553)]);
    // Nine tenths are enough for the lesson; not for the course.
    assert_eq!(progress["lessons"][0]["done"], true);
    assert!(progress["finished_at"].is_null());
    assert!(
        study.ledger(0).await.is_empty(),
        "nothing before the whole is finished"
    );
    // The second lesson on the phone again, the whole of it.
    let mut phone = study.player(0, 1, now + seconds(3)).await;
    now = play(&study, &mut phone, 600, now + seconds(4), &mut dice).await;
    let progress = study.progress(0, now).await;
    assert_eq!(progress["credited_seconds"], 1_153);
    assert!(progress["finished_at"].is_string());
    let ledger = study.ledger(0).await;
    assert_eq!(ledger.len(), 1);
    assert_eq!(
        (
            &ledger[0]["minutes"],
            &ledger[0]["source"],
            &ledger[0]["part"],
            &ledger[0]["person_times"]
        ),
        (&json!(20), &json!("course"), &json!("online"), &json!(1))
    );
    // The last one sent again finishes nothing twice.
    phone.seq -= 1;
    phone.place -= 10;
    let again = phone.plays(10, now);
    let told = study.send(&phone, &[again], now + seconds(20)).await;
    assert_eq!(told["heard"][0]["verdict"], "repeated");
    assert_eq!(told["course_finished"], false);
    assert_eq!(study.ledger(0).await.len(), 1);
    study.finish().await;
}

#[rstest]
#[tokio::test]
async fn hours_without_a_network_arrive_late_and_count(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 1, None).await;
    // Both lessons are opened where there is a network, and played in the hills.
    let mut one = study.player(0, 0, at("18:00:00")).await;
    let mut two = study.player(0, 1, at("18:00:05")).await;
    let first: Vec<Value> = (0..60)
        .map(|n| one.plays(10, at("18:10:10") + seconds(n * 10)))
        .collect();
    let second: Vec<Value> = (0..60)
        .map(|n| two.plays(10, at("20:00:10") + seconds(n * 10)))
        .collect();
    // They come home after midnight, the later lesson first.
    let told = study.send(&two, &second, at("23:40:00")).await;
    assert_eq!(told["credited_seconds"], 600);
    let told = study.send(&one, &first, at("23:40:01")).await;
    assert_eq!(told["credited_seconds"], 600);
    assert_eq!(told["course_finished"], true);
    // The same batch again, as its answer was lost.
    let before = study.progress(0, at("23:40:02")).await;
    let told = study.send(&one, &first, at("23:41:00")).await;
    let heard = told["heard"].as_array().unwrap();
    assert!(
        heard
            .iter()
            .all(|one| one["verdict"] == "repeated" && one["seconds"] == 0)
    );
    assert_eq!(study.progress(0, at("23:41:01")).await, before);
    // A week later nothing is taken any more.
    let late = one.plays(0, at("23:50:00"));
    let body = json!({"heartbeats": [late]});
    let (status, told) = study
        .try_send(&one, 0, &body, at("18:00:00") + seconds(7 * 86_400))
        .await;
    assert_eq!(
        (status, &told["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
    study.finish().await;
}

#[rstest]
#[tokio::test]
async fn many_finish_at_the_same_moment_and_each_is_counted_once(
    #[values(Kind::Sqlite, Kind::Postgres)] kind: Kind,
) {
    let study = Study::open(kind, 12, None).await;
    let mut phones = Vec::new();
    for n in 0..12 {
        let mut one = study.player(n, 0, at("18:00:00")).await;
        let mut two = study.player(n, 1, at("18:20:00")).await;
        let first = one.plays(600, at("18:15:00"));
        study.send(&one, &[first], at("18:40:00")).await;
        let second = two.plays(600, at("18:35:00"));
        phones.push((two, second));
    }
    let sends = phones
        .iter()
        .map(|(two, second)| study.send(two, std::slice::from_ref(second), at("18:45:00")));
    let told = futures_util::future::join_all(sends).await;
    assert!(told.iter().all(|told| told["course_finished"] == true));
    for n in 0..12 {
        assert_eq!(study.ledger(n).await.len(), 1);
    }
    study.finish().await;
}
