//! Heartbeats of many phones, and the last ones of a course, beside the driver's own commits of the same rows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anpei::courses::progress::rules::{Player, Terms, encode_players};
use anpei::places;
use anpei::platform::caller::sign_token;
use anpei::platform::scope::Grant;
use anpei::platform::{Caller, Role, clock};
use entity::{course_version, enrolment, learner_clock, lesson, person, plan, region};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::county::{Kind, Place};
use crate::load::{self, Load};
use crate::report::{Report, Rounds};
use crate::writes::{HANDS, driver, grouped};
use crate::{Out, Told};

const EVENING: &str = "2020-06-01T20:00:00+08:00";
/// Hours since everybody opened his lesson.
const OPEN: i64 = 10;
const LEARNERS: u64 = 12_000;
/// Rows of one heartbeat: the learner's clock, what he has of the lesson, and his enrolment.
const HEARTBEAT: [(&str, usize); 3] = [("clock", 180), ("lesson", 160), ("enrolment", 140)];
/// Rows of the last one: also the ledger, and the counters of person, township and enterprise.
const LAST: [(&str, usize); 7] = [
    ("clock", 180),
    ("lesson", 160),
    ("enrolment", 140),
    ("ledger", 250),
    ("person", 60),
    ("township", 60),
    ("enterprise", 60),
];

pub async fn measure(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let mut ratios = [Rounds::default(), Rounds::default()];
    let (mut p99, mut refused) = ([Vec::new(), Vec::new()], 0);
    let time = Duration::from_millis(told.millis * 2);
    for (which, ratio) in ratios.iter_mut().enumerate() {
        let place = Place::demo_at(kind, EVENING).await?;
        let address = place.serve().await?;
        let phones = phones(&place).await?;
        let share = phones.len() / (told.rounds + 1);
        for round in 0..=told.rounds {
            let requests: Vec<_> = if which == 0 {
                phones.iter().map(|phone| phone.beats(round)).collect()
            } else {
                // Nobody finishes twice: each round has learners of its own.
                let own = phones.iter().skip(round * share).take(share);
                own.map(Phone::finishes).collect()
            };
            let count = requests.len();
            let time = if which == 0 { time } else { time / 2 };
            let shot = load.run(address, &Arc::new(requests), HANDS, time).await?;
            let rows: &[(&str, usize)] = if which == 0 { &HEARTBEAT } else { &LAST };
            let limit = match kind {
                Kind::Sqlite => driver(&place, rows, time)?,
                Kind::Postgres(_) => grouped(&place, rows, time).await?,
            };
            if round > 0 {
                #[expect(clippy::cast_precision_loss, reason = "a count of phones")]
                let once = count as f64 / time.as_secs_f64();
                if shot.per_second > once {
                    report.note(format!("{}: some phones sent twice", kind.word()));
                }
                ratio.ours.push(shot.per_second);
                ratio.limit.push(limit);
                p99[which].push(shot.within(0.99));
                refused += shot.refused;
            }
        }
    }
    let beside = "the driver's own commits of as many rows, grouped";
    for (which, name) in ["sendHeartbeats", "sendHeartbeats, the last of a course,"]
        .into_iter()
        .enumerate()
    {
        let named = format!("{} · {name} by {HANDS} phones", kind.word());
        report.row(&named, beside, &ratios[which], "/s", "≥ 0.50");
        let p99 = crate::report::median(&p99[which]);
        report.note(format!(
            "{}: {name} p99 {p99:.0} ms; {refused} refused",
            kind.word()
        ));
    }
    Ok(())
}

/// A learner's phone, with a player opened ten hours ago.
struct Phone {
    token: String,
    player: Uuid,
}

impl Phone {
    fn send(&self, seq: usize, from: usize, to: usize, at: usize) -> Vec<u8> {
        let path = format!("/v1/courses/players/{}/heartbeats", self.player);
        let beat = serde_json::json!({
            "heartbeats": [{"seq": seq, "place_from": from, "place_to": to, "at_ms": at}]
        });
        load::post(&path, &self.token, &beat.to_string())
    }

    /// Ten seconds more in each round.
    fn beats(&self, round: usize) -> Vec<u8> {
        self.send(round, round * 10, round * 10 + 10, round * 10_000 + 10_000)
    }

    /// The whole lesson at once, as after an hour without a network.
    fn finishes(&self) -> Vec<u8> {
        self.send(0, 0, 3_600, 3_600_000)
    }
}

/// Everybody in a course of one lesson of an hour, which he opened this morning.
async fn phones(place: &Place) -> Out<Vec<Phone>> {
    let county = places::county(&place.state, None).await?;
    let db = place.state.db.begin_write().await?;
    let people = person::Entity::find().limit(LEARNERS).all(&db).await?;
    let plan = plan::Entity::find().one(&db).await?.ok_or("no plan")?;
    let township: Vec<Uuid> = region::Entity::find()
        .select_only()
        .column(region::Column::Id)
        .filter(region::Column::Kind.eq("township"))
        .into_tuple()
        .all(&db)
        .await?;
    let [version, video] = [clock::new_id(), clock::new_id()];
    let row = course_version::ActiveModel {
        id: Set(version),
        county_id: Set(county.id),
        course_id: Set(version),
        minutes: Set(60),
        ..Default::default()
    };
    course_version::Entity::insert(row)
        .exec_without_returning(&db)
        .await?;
    let row = lesson::ActiveModel {
        id: Set(video),
        county_id: Set(county.id),
        version_id: Set(version),
        kind: Set("video".to_owned()),
        title: Set("安全生产基础".to_owned()),
        seconds: Set(3_600),
        ..Default::default()
    };
    lesson::Entity::insert(row)
        .exec_without_returning(&db)
        .await?;
    let now = place.state.clock.now();
    let terms = Terms {
        seconds: 3_600,
        demanded: 3_240,
        presence_every: 0,
    };
    let mut players = HashMap::new();
    for chunk in people.chunks(1_000) {
        let enrolments: Vec<_> = chunk
            .iter()
            .zip(township.iter().cycle())
            .map(|(person, region)| enrolment::ActiveModel {
                id: Set(clock::new_id()),
                county_id: Set(county.id),
                person_id: Set(person.id),
                course_id: Set(version),
                version_id: Set(version),
                plan_id: Set(Some(plan.id)),
                region_id: Set(Some(*region)),
                enterprise_id: Set(None),
                role: Set("other".to_owned()),
                credited_seconds: Set(0),
                lessons_done: Set(0),
                started_at: Set(now),
                finished_at: Set(None),
            })
            .collect();
        let clocks = enrolments.iter().map(|enrolment| {
            let (id, opened) = (clock::new_id(), now / 1_000 - OPEN * 3_600_000);
            let of = [*enrolment.id.as_ref(), video];
            players.insert(*enrolment.person_id.as_ref(), id);
            learner_clock::ActiveModel {
                person_id: enrolment.person_id.clone(),
                county_id: Set(county.id),
                spent: Set(Vec::new()),
                players: Set(encode_players(&[Player::open(id, of, terms, 0, opened)])),
                check_number: Set(1),
                check_since: Set(0),
                check_told_at: Set(None),
                checks_passed: Set(0),
                checks_failed: Set(0),
                updated_at: Set(now),
            }
        });
        let clocks: Vec<_> = clocks.collect();
        enrolment::Entity::insert_many(enrolments)
            .exec_without_returning(&db)
            .await?;
        learner_clock::Entity::insert_many(clocks)
            .exec_without_returning(&db)
            .await?;
    }
    db.commit().await?;
    let phone = |(person, player): (Uuid, Uuid)| {
        Ok(Phone {
            token: token(place, county.id, person)?,
            player,
        })
    };
    players.into_iter().map(phone).collect()
}

/// A learner's token.
pub fn token(place: &Place, county: Uuid, person: Uuid) -> Out<String> {
    let mut caller = Caller::console(county);
    caller.account_id = clock::new_id();
    caller.session = clock::new_id();
    caller.grants = vec![Grant {
        role: Role::Worker,
        county: false,
        regions: Vec::new(),
        enterprise: None,
        person: Some(person),
    }];
    Ok(sign_token(&place.state, &caller)?)
}
