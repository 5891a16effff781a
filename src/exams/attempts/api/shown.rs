//! Putting together what an exam shows: how much of it depends on how far it is and on its paper.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::views::{
    AskedView, AttemptView, ItemStatistics, MyExamView, PaperStatistics, points, score,
};
use crate::courses::media;
use crate::exams::attempts::rules::Mark;
use crate::exams::attempts::{Attempt, store};
use crate::exams::papers::rules::{Item, Review};
use crate::exams::papers::{self, Paper};
use crate::exams::questions::rules::{Content, Kind, letter};
use crate::exams::questions::store as bank;
use crate::platform::{App, Caller, Fault, Result, Scope};

/// An attempt of the caller's own.
pub(super) async fn attempt_view(
    state: &App,
    by: &Caller,
    attempt: Attempt,
) -> Result<AttemptView> {
    let db = state.db.read();
    let county = Scope::county(by.county_id);
    let paper = papers::store::find(db, &county, attempt.paper_id).await?;
    let paper = paper.ok_or_else(Fault::not_found)?;
    let graded = attempt.submitted_at.is_some();
    let shown = !graded || paper.rules.review != Review::Score;
    let questions = if shown {
        asked(state, by, &attempt, graded.then_some(paper.rules.review)).await?
    } else {
        Vec::new()
    };
    let at = |micros| state.clock.local(micros);
    Ok(AttemptView {
        id: attempt.id,
        paper_id: attempt.paper_id,
        title: paper.title,
        number: attempt.number,
        started_at: at(attempt.started_at),
        ends_at: at(attempt.ends_at),
        now: at(state.clock.now()),
        submitted_at: attempt.submitted_at.map(at),
        points: attempt.points.map(points),
        most_points: points(attempt.most_points),
        score: score(attempt.points, attempt.most_points),
        pass_percent: paper.rules.pass_percent,
        passed: attempt.passed,
        questions,
    })
}

async fn asked(
    state: &App,
    by: &Caller,
    attempt: &Attempt,
    review: Option<Review>,
) -> Result<Vec<AskedView>> {
    let db = state.db.read();
    let ids: Vec<Uuid> = attempt.items.iter().map(|item| item.version_id).collect();
    let contents = bank::contents(db, &ids).await?;
    let answers = store::answers(db, &[attempt.id]).await?;
    let marks = match review {
        Some(_) => store::marks(db, attempt.id).await?,
        None => BTreeMap::new(),
    };
    let each = (0..).zip(&attempt.items).map(|(position, item)| {
        let content = contents.get(&item.version_id);
        let content = content.ok_or_else(|| Fault::internal("a question is gone"))?;
        let chosen = answers.get(&(attempt.id, position)).cloned();
        Ok(question(
            position,
            item,
            content,
            by,
            chosen,
            marks.get(&position).zip(review),
            |picture| media::link(state, picture, by.account_id, media::LIFETIME_SECONDS),
        ))
    });
    each.collect()
}

/// The options as they stand on the screen.
fn options(item: &Item, content: &Content, by: &Caller) -> Vec<String> {
    let text = |place: &usize| match content.kind {
        Kind::TrueFalse if *place == 0 => by.lang.pick("对", "True").to_owned(),
        Kind::TrueFalse => by.lang.pick("错", "False").to_owned(),
        _ => content.options.get(*place).cloned().unwrap_or_default(),
    };
    item.order.iter().map(text).collect()
}

fn question(
    position: i32,
    item: &Item,
    content: &Content,
    by: &Caller,
    chosen: Option<String>,
    graded: Option<(&Mark, Review)>,
    link: impl Fn(Uuid) -> String,
) -> AskedView {
    let explained = graded.is_some_and(|(_, review)| review == Review::Explanations);
    let answer = || {
        let right = item.order.iter().enumerate();
        let right = right.filter(|(_, place)| content.answer.contains(place));
        right.map(|(shown, _)| letter(shown)).collect()
    };
    AskedView {
        position,
        kind: content.kind,
        text: content.text.clone(),
        picture_path: content.picture_id.map(link),
        options: options(item, content, by),
        points: points(item.points),
        chosen: chosen.filter(|chosen| !chosen.is_empty()),
        is_right: graded.map(|(mark, _)| mark.is_right),
        given_points: graded.map(|(mark, _)| points(mark.points)),
        answer: explained.then(answer),
        explanation: explained.then(|| content.explanation.clone()),
    }
}

/// The exams the caller may take, with what he has of each.
pub(super) fn exams(
    state: &App,
    papers: Vec<Paper>,
    tried: &HashMap<Uuid, store::Tried>,
) -> Vec<MyExamView> {
    let at = |micros| state.clock.local(micros);
    let view = |paper: Paper| {
        let tried = tried.get(&paper.id).copied().unwrap_or_default();
        MyExamView {
            paper_id: paper.id,
            questions: paper.rules.questions(),
            title: paper.title,
            plan_id: paper.plan_id,
            minutes: paper.rules.minutes,
            pass_percent: paper.rules.pass_percent,
            attempts: paper.rules.attempts,
            attempts_used: tried.attempts,
            best_score: tried.best.map(points),
            passed: tried.passed > 0,
            opens: paper.rules.opens_at.map(at),
            closes: paper.rules.closes_at.map(at),
        }
    };
    papers.into_iter().map(view).collect()
}

/// How a paper's questions are answered.
pub(super) async fn statistics(
    state: &App,
    scope: &Scope,
    paper_id: Uuid,
) -> Result<PaperStatistics> {
    let tx = state.db.begin_read().await?;
    let paper = papers::store::find(&tx, scope, paper_id).await?;
    paper.ok_or_else(Fault::not_found)?;
    let sums = store::sums(&tx, scope.county_id, paper_id).await?;
    let ids: Vec<Uuid> = sums.iter().map(|(version, _)| *version).collect();
    let contents = bank::contents(&tx, &ids).await?;
    tx.commit().await?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a count, whole and far below what an i64 holds"
    )]
    let whole = |count: f64| count.round() as i64;
    let items = sums.into_iter().filter_map(|(version_id, sums)| {
        let content = contents.get(&version_id)?;
        Some(ItemStatistics {
            version_id,
            kind: content.kind,
            text: content.text.clone(),
            asked: whole(sums.asked),
            right: whole(sums.right),
            difficulty: sums.difficulty()?,
            discrimination: sums.discrimination(),
        })
    });
    Ok(PaperStatistics {
        paper_id,
        as_of: state.clock.local(state.clock.now()),
        items: items.collect(),
    })
}
