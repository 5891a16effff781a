//! Rows of attempts, written.

use std::collections::HashMap;

use entity::{exam_answer as answer, exam_attempt as attempt, exam_grade as grade};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

use super::rules::{Mark, Wrong};
use super::{Attempt, Kept};
use crate::platform::Result;
use crate::platform::db::rows_per_statement;
use crate::platform::idempotency::Work;

fn row(county_id: Uuid, account: Option<Uuid>, of: &Attempt) -> Result<attempt::ActiveModel> {
    Ok(attempt::ActiveModel {
        id: Set(of.id),
        county_id: Set(county_id),
        paper_id: Set(of.paper_id),
        person_id: Set(of.person_id),
        account_id: Set(account),
        plan_id: Set(of.plan_id),
        region_id: Set(of.at.map(|at| at.region_id)),
        enterprise_id: Set(of.at.and_then(|at| at.enterprise_id)),
        role: Set(of.at.map_or("", |at| at.role.word()).to_owned()),
        number: Set(of.number),
        items: Set(serde_json::to_string(&of.items)?),
        device_hash: Set(None),
        started_at: Set(of.started_at),
        ends_at: Set(of.ends_at),
        submitted_at: Set(of.submitted_at),
        points: Set(of.points),
        most_points: Set(of.most_points),
        passed: Set(of.passed),
        wrong_count: Set(None),
        wrong_hash: Set(None),
    })
}

pub(super) async fn insert(work: &Work<'_>, new: &Attempt, device: Option<Vec<u8>>) -> Result<()> {
    let mut row = row(work.by.county_id, work.by.account(), new)?;
    row.device_hash = Set(device);
    attempt::Entity::insert(row)
        .exec_without_returning(&work.tx)
        .await?;
    Ok(())
}

/// Keeps answers; one that was given before what stands changes nothing.
pub(super) async fn keep(tx: &impl ConnectionTrait, county_id: Uuid, kept: &[Kept]) -> Result<()> {
    use answer::Column as A;
    let newer = Expr::col((Alias::new("excluded"), A::GivenAt))
        .gte(Expr::col((answer::Entity, A::GivenAt)));
    let mut update = OnConflict::columns([A::AttemptId, A::Position]);
    update
        .update_columns([A::Chosen, A::GivenAt, A::ArrivedAt])
        .action_and_where(newer);
    for chunk in in_rounds(kept)
        .iter()
        .flat_map(|round| round.chunks(rows_per_statement(6)))
    {
        let rows = chunk.iter().map(|kept| answer::ActiveModel {
            attempt_id: Set(kept.attempt_id),
            position: Set(kept.given.position),
            county_id: Set(county_id),
            chosen: Set(kept.given.chosen.clone()),
            given_at: Set(kept.given.given_at),
            arrived_at: Set(kept.arrived_at),
        });
        answer::Entity::insert_many(rows)
            .on_conflict(update.clone())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// No statement may write a row twice: where two phones of one person send at the same moment, the second has its own.
fn in_rounds(kept: &[Kept]) -> Vec<Vec<&Kept>> {
    let mut rounds: Vec<Vec<&Kept>> = Vec::new();
    let mut seen: HashMap<(Uuid, i32), usize> = HashMap::new();
    for one in kept {
        let round = seen
            .entry((one.attempt_id, one.given.position))
            .or_default();
        match rounds.get_mut(*round) {
            Some(rows) => rows.push(one),
            None => rounds.push(vec![one]),
        }
        *round += 1;
    }
    rounds
}

pub(super) async fn write_marks(work: &Work<'_>, marks: &[(Uuid, Uuid, Uuid, Mark)]) -> Result<()> {
    for chunk in marks.chunks(rows_per_statement(8)) {
        let rows =
            chunk.iter().map(
                |(attempt_id, paper_id, version_id, mark)| grade::ActiveModel {
                    attempt_id: Set(*attempt_id),
                    position: Set(mark.position),
                    county_id: Set(work.by.county_id),
                    paper_id: Set(*paper_id),
                    version_id: Set(*version_id),
                    chosen: Set(mark.chosen.clone()),
                    is_right: Set(mark.is_right),
                    points: Set(mark.points),
                },
            );
        grade::Entity::insert_many(rows)
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}

/// Notes what attempts came to.
pub(super) async fn end(
    work: &Work<'_>,
    graded: &[Attempt],
    wrong: &HashMap<Uuid, Wrong>,
) -> Result<()> {
    use attempt::Column as A;
    let mut update = OnConflict::column(A::Id);
    update.update_columns([
        A::SubmittedAt,
        A::Points,
        A::Passed,
        A::WrongCount,
        A::WrongHash,
    ]);
    let ended = |of: &Attempt| {
        let mut row = row(work.by.county_id, None, of)?;
        if let Some(wrong) = wrong.get(&of.id) {
            row.wrong_count = Set(Some(wrong.count));
            row.wrong_hash = Set(Some(wrong.hash.clone()));
        }
        Ok(row)
    };
    for chunk in graded.chunks(rows_per_statement(20)) {
        let rows: Result<Vec<_>> = chunk.iter().map(ended).collect();
        attempt::Entity::insert_many(rows?)
            .on_conflict(update.clone())
            .exec_without_returning(&work.tx)
            .await?;
    }
    Ok(())
}
