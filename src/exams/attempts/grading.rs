//! Ending attempts: by their submission or their deadline, many at once; each is graded once.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::{self, Given, Mark, Wrong};
use super::{Attempt, examinee, store, store_rows, words};
use crate::audit;
use crate::courses::progress;
use crate::exams::papers::{self, Paper};
use crate::exams::questions::store as bank;
use crate::hours::{self, From, Source};
use crate::plans::{self, Part};
use crate::platform::idempotency::Work;
use crate::platform::{App, Caller, Code, Fault, Result, Scope, State};

/// The recurring task's name.
pub const TASK: &str = "exam_deadlines";
/// Attempts ended in one transaction.
const SOME: u64 = 200;

/// A submission of one phone.
struct Submission {
    county_id: Uuid,
    person_id: Uuid,
    attempt_id: Uuid,
}

/// Submits an attempt with the answers given last; the same again gives the same result.
///
/// # Errors
/// `not_found` for another's attempt; the answers' own faults.
pub async fn submit(
    state: &State,
    by: &Caller,
    attempt_id: Uuid,
    given: Vec<Given>,
) -> Result<Attempt> {
    let person_id = examinee(by)?;
    if !given.is_empty() {
        match super::save(state, by, attempt_id, given).await {
            // Submitted before, by this phone or another: what stands then stands.
            Err(fault) if fault.code == Code::AttemptClosed => {}
            told => drop(told?),
        }
    }
    let job = Submission {
        county_id: by.county_id,
        person_id,
        attempt_id,
    };
    let group = state.groups.of::<Submission, Attempt>(by.county_id);
    group.submit(job, |jobs| together(state, jobs)).await
}

/// Ends several attempts at once or, where one of them spoils that, one after another.
async fn together(state: &State, jobs: Vec<Submission>) -> Vec<Result<Attempt>> {
    match end(state, &jobs).await {
        Ok(ended) => return ended,
        Err(fault) if jobs.len() < 2 => return vec![Err(fault)],
        Err(fault) => tracing::warn!(%fault, exams = jobs.len(), "one by one instead"),
    }
    let mut ended = Vec::with_capacity(jobs.len());
    for job in &jobs {
        let alone = end(state, std::slice::from_ref(job)).await;
        let alone = alone.map(|mut ended| ended.pop());
        ended.push(alone.and_then(|ended| {
            ended.unwrap_or_else(|| Err(Fault::internal("a submission without an answer")))
        }));
    }
    ended
}

/// Written by the service for many people: whose it is stands with each row.
fn service(county_id: Uuid) -> Caller {
    Caller {
        login: "exams".to_owned(),
        ..Caller::console(county_id)
    }
}

async fn end(state: &State, jobs: &[Submission]) -> Result<Vec<Result<Attempt>>> {
    let Some(first) = jobs.first() else {
        return Ok(Vec::new());
    };
    let by = service(first.county_id);
    let work = state.begin_plain(&by).await?;
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.attempt_id).collect();
    let mut found = store::to_end(&work.tx, first.county_id, &ids).await?;
    // Only his own: another's is neither ended nor told of.
    let own = |attempt: &Attempt| {
        jobs.iter()
            .any(|job| job.attempt_id == attempt.id && job.person_id == attempt.person_id)
    };
    found.retain(|_, attempt| own(attempt));
    let open = found
        .values()
        .filter(|attempt| attempt.submitted_at.is_none());
    let graded = grade(&work, open.cloned().collect()).await?;
    work.commit(&()).await?;
    found.extend(graded.into_iter().map(|attempt| (attempt.id, attempt)));
    let told = jobs.iter().map(|job| {
        let attempt = found.get(&job.attempt_id);
        let attempt = attempt.filter(|attempt| attempt.person_id == job.person_id);
        attempt.cloned().ok_or_else(Fault::not_found)
    });
    Ok(told.collect())
}

/// Grades attempts that are held for writing and not graded yet; passes go to the ledger in the same transaction.
pub(super) async fn grade(work: &Work<'_>, mut open: Vec<Attempt>) -> Result<Vec<Attempt>> {
    if open.is_empty() {
        return Ok(open);
    }
    let county = work.by.county_id;
    let ids: Vec<Uuid> = open.iter().map(|attempt| attempt.id).collect();
    let papers: Vec<Uuid> = open.iter().map(|attempt| attempt.paper_id).collect();
    let papers = papers::store::all_of(&work.tx, &Scope::county(county), &papers).await?;
    let papers: HashMap<Uuid, Paper> = papers.into_iter().map(|paper| (paper.id, paper)).collect();
    let mut versions: Vec<Uuid> = (open.iter().flat_map(|attempt| &attempt.items))
        .map(|item| item.version_id)
        .collect();
    versions.sort_unstable();
    versions.dedup();
    let contents = bank::contents(&work.tx, &versions).await?;
    let answers = store::answers(&work.tx, &ids).await?;
    let mut marks: Vec<(Uuid, Uuid, Uuid, Mark)> = Vec::new();
    let mut wrong: HashMap<Uuid, Wrong> = HashMap::new();
    for attempt in &mut open {
        let paper = papers.get(&attempt.paper_id);
        let paper = paper.ok_or_else(|| Fault::internal("an attempt without its paper"))?;
        let answer = |position| answers.get(&(attempt.id, position)).cloned();
        let content = |item: &crate::exams::papers::rules::Item| contents.get(&item.version_id);
        let graded = rules::grade(&paper.rules, &attempt.items, answer, content);
        wrong.extend(rules::wrong(&attempt.items, &graded).map(|wrong| (attempt.id, wrong)));
        let points = graded.iter().map(|mark| mark.points).sum();
        attempt.points = Some(points);
        attempt.passed = Some(rules::passes(
            points,
            attempt.most_points,
            paper.rules.pass_percent,
        ));
        attempt.submitted_at = Some(work.now.min(attempt.ends_at));
        let of = graded.into_iter().zip(&attempt.items);
        marks.extend(of.map(|(mark, item)| (attempt.id, attempt.paper_id, item.version_id, mark)));
    }
    store_rows::write_marks(work, &marks).await?;
    store_rows::end(work, &open, &wrong).await?;
    let passes: Vec<(Uuid, Uuid)> = (open.iter())
        .filter(|attempt| attempt.passed == Some(true))
        .map(|attempt| (attempt.person_id, attempt.paper_id))
        .collect();
    progress::papers_passed(work, &passes).await?;
    words::graded(work, &open, &papers).await?;
    credit(work, &open).await?;
    let passed = open
        .iter()
        .filter(|attempt| attempt.passed == Some(true))
        .count();
    let detail = json!({"attempts": ids, "passed": passed});
    audit::record(work, "exams.grade", ("county", county.to_string()), detail).await?;
    Ok(open)
}

/// A pass in the ledger for each who passed a plan's exam: once a paper, however often he passes it.
async fn credit(work: &Work<'_>, graded: &[Attempt]) -> Result<()> {
    let day = work.state.clock.local(work.now).date_naive();
    let mut by_plan: BTreeMap<Uuid, Vec<(From, hours::Given)>> = BTreeMap::new();
    for attempt in graded.iter().filter(|attempt| attempt.passed == Some(true)) {
        let (Some(plan_id), Some(at)) = (attempt.plan_id, attempt.at) else {
            continue;
        };
        let from = From {
            source: Source::Exam,
            source_id: attempt.paper_id,
            part: Part::Online,
            evidence_id: Some(attempt.id),
        };
        let score = rules::of_hundred(attempt.points.unwrap_or(0), attempt.most_points);
        let given = hours::Given {
            person_id: attempt.person_id,
            at,
            minutes: 0,
            person_times: 0,
            passes: 1,
            score_hundredths: i32::try_from(score).ok(),
            day,
        };
        by_plan.entry(plan_id).or_default().push((from, given));
    }
    for (plan_id, given) in by_plan {
        // Whoever passed what was asked has passed, also when the plan was closed meanwhile.
        let plan = plans::any_plan(&work.tx, work.by.county_id, plan_id).await?;
        hours::credit(work, &plan, &given).await?;
    }
    Ok(())
}

/// Ends one attempt whose time is over, when somebody looks at it before the round does.
///
/// # Errors
/// Database faults.
pub async fn settle_overdue(state: &State, county_id: Uuid, attempt_id: Uuid) -> Result<()> {
    let by = service(county_id);
    let work = state.begin_plain(&by).await?;
    let found = store::to_end(&work.tx, county_id, &[attempt_id]).await?;
    let overdue = |attempt: &Attempt| attempt.submitted_at.is_none() && !attempt.is_open(work.now);
    let overdue: Vec<Attempt> = found.into_values().filter(overdue).collect();
    grade(&work, overdue).await?;
    work.commit(&()).await
}

/// Ends all attempts whose time is over, some at a time: it may be cut off anywhere and done again.
///
/// # Errors
/// Database faults; what went before stays ended.
pub async fn deadlines(app: App) -> Result<Value> {
    let mut ended = 0;
    loop {
        let before = app.clock.now() - rules::GRACE;
        let Some((county_id, ids)) = store::overdue(app.db.read(), before, SOME).await? else {
            return Ok(json!({"ended": ended}));
        };
        let by = service(county_id);
        let work = app.begin_plain(&by).await?;
        let found = store::to_end(&work.tx, county_id, &ids).await?;
        let open = found
            .into_values()
            .filter(|attempt| attempt.submitted_at.is_none());
        let graded = grade(&work, open.collect()).await?;
        work.commit(&()).await?;
        ended += graded.len();
    }
}
