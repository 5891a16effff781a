//! Answers of many phones in one exam, beside the driver's own commits of the same rows.

use std::sync::Arc;
use std::time::Duration;

use anpei::exams::papers::rules::Item;
use anpei::places;
use anpei::platform::clock;
use entity::{exam_attempt, exam_paper, person};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, QuerySelect};
use uuid::Uuid;

use crate::county::{Kind, Place};
use crate::learning::token;
use crate::load::{self, Load};
use crate::report::{Report, Rounds, median};
use crate::writes::{HANDS, driver, grouped};
use crate::{Out, Told};

const NOON: &str = "2020-06-01T12:00:00+08:00";
const GIVEN: &str = "2020-06-01T11:59:00+08:00";
const EXAMINEES: u64 = 8_000;
const QUESTIONS: usize = 40;
/// The row of an answer.
const ANSWER: [(&str, usize); 1] = [("answer", 80)];

pub async fn measure(told: &Told, kind: &Kind, load: &Load, report: &mut Report) -> Out<()> {
    let place = Place::demo_at(kind, NOON).await?;
    let address = place.serve().await?;
    let phones = phones(&place).await?;
    let time = Duration::from_millis(told.millis * 2);
    let (mut ratio, mut p99, mut refused) = (Rounds::default(), Vec::new(), 0);
    for round in 0..=told.rounds {
        let requests: Vec<_> = phones.iter().map(|phone| phone.answers(round)).collect();
        let shot = load.run(address, &Arc::new(requests), HANDS, time).await?;
        let limit = match kind {
            Kind::Sqlite => driver(&place, &ANSWER, time)?,
            Kind::Postgres(_) => grouped(&place, &ANSWER, time).await?,
        };
        if round > 0 {
            ratio.ours.push(shot.per_second);
            ratio.limit.push(limit);
            p99.push(shot.within(0.99));
            refused += shot.refused;
        }
    }
    let named = format!("{} · saveAnswers by {HANDS} phones", kind.word());
    let beside = "the driver's own commits of as many rows, grouped";
    report.row(&named, beside, &ratio, "/s", "≥ 0.50");
    report.note(format!(
        "{}: saveAnswers p99 {:.0} ms; {refused} refused",
        kind.word(),
        median(&p99)
    ));
    Ok(())
}

/// A phone in the middle of an exam.
struct Phone {
    token: String,
    attempt: Uuid,
}

impl Phone {
    /// One more answer in each round.
    fn answers(&self, round: usize) -> Vec<u8> {
        let path = format!("/v1/exams/attempts/{}/answers", self.attempt);
        let body = serde_json::json!({
            "answers": [{"position": round % QUESTIONS, "chosen": "A", "given_at": GIVEN}]
        });
        load::put(&path, &self.token, &body.to_string())
    }
}

/// Everybody in an exam that began a minute ago.
async fn phones(place: &Place) -> Out<Vec<Phone>> {
    let county = places::county(&place.state, None).await?;
    let db = place.state.db.begin_write().await?;
    let people = person::Entity::find().limit(EXAMINEES).all(&db).await?;
    let paper = exam_paper::Entity::find().one(&db).await?;
    let paper = paper.ok_or("the demo has no paper")?;
    let items: Vec<Item> = (0..QUESTIONS)
        .map(|_| Item {
            version_id: clock::new_id(),
            order: vec![0, 1, 2, 3],
            points: 250,
        })
        .collect();
    let items = serde_json::to_string(&items)?;
    let now = place.state.clock.now();
    let mut phones = Vec::with_capacity(people.len());
    for chunk in people.chunks(500) {
        let mut rows = Vec::with_capacity(chunk.len());
        for person in chunk {
            let attempt = clock::new_id();
            rows.push(exam_attempt::ActiveModel {
                id: Set(attempt),
                county_id: Set(county.id),
                paper_id: Set(paper.id),
                person_id: Set(person.id),
                role: Set("other".to_owned()),
                number: Set(1),
                items: Set(items.clone()),
                started_at: Set(now - 60_000_000),
                ends_at: Set(now + 3_600_000_000),
                most_points: Set(10_000),
                ..Default::default()
            });
            phones.push(Phone {
                token: token(place, county.id, person.id)?,
                attempt,
            });
        }
        exam_attempt::Entity::insert_many(rows)
            .exec_without_returning(&db)
            .await?;
    }
    db.commit().await?;
    Ok(phones)
}
