//! Where phones' scans are judged and written, those of many phones in one transaction.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use uuid::Uuid;

use super::rules::{self, Direction, Scan, ScanState};
use super::store::{self, Kept};
use super::token::{self, Shown};
use super::{Batch, NewScan, Outcome, Told, window_of};
use crate::classes::marks::{self, Wanted, in_line};
use crate::classes::{Class, ClassState, store as class_store};
use crate::plans::Plan;
use crate::platform::idempotency::{Work, keep_answers, kept_answers};
use crate::platform::{Caller, Code, Fault, Result, Scope, State, clock};
use crate::{audit, plans};

/// What the seal binds a device's name to.
const DEVICE_PURPOSE: &str = "check-in device";

/// Takes batches of one county, each with its answer; all of them are written, or none.
///
/// Statements do not grow with phones, scans or classes, but by the thousand and by the plan.
pub(super) async fn take(state: &State, batches: &[Batch]) -> Result<Vec<Result<Vec<Outcome>>>> {
    let Some(first) = batches.first() else {
        return Ok(Vec::new());
    };
    // Written by the service for many people: whose scan it was stands with each scan.
    let service = Caller {
        login: "check-in".to_owned(),
        ..Caller::console(first.by.county_id)
    };
    let work = state.begin_plain(&service).await?;
    in_line(&work).await?;
    let asked: Vec<_> = batches
        .iter()
        .map(|batch| (&batch.by, &batch.retry))
        .collect();
    let mut answers: Vec<Option<Result<Vec<Outcome>>>> = kept_answers(&work, &asked).await?;
    let fresh: Vec<usize> = answers
        .iter()
        .enumerate()
        .filter(|(_, answer)| answer.is_none())
        .map(|(place, _)| place)
        .collect();
    let new: Vec<&Batch> = fresh
        .iter()
        .filter_map(|place| batches.get(*place))
        .collect();
    let outcomes = take_new(&work, &new).await?;
    let given: Vec<_> = new
        .iter()
        .zip(&outcomes)
        .map(|(batch, outcomes)| (&batch.by, &batch.retry, outcomes))
        .collect();
    keep_answers(&work, &given).await?;
    work.commit(&()).await?;
    for (place, outcomes) in fresh.into_iter().zip(outcomes) {
        if let Some(answer) = answers.get_mut(place) {
            *answer = Some(Ok(outcomes));
        }
    }
    let told = answers
        .into_iter()
        .map(|answer| answer.unwrap_or_else(|| Err(Fault::internal("a batch without an answer"))));
    Ok(told.collect())
}

async fn take_new(work: &Work<'_>, batches: &[&Batch]) -> Result<Vec<Vec<Outcome>>> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let read: Vec<Vec<Option<Shown>>> = batches
        .iter()
        .map(|batch| {
            let texts = batch.scans.iter().map(|scan| scan.token.as_str());
            texts
                .map(|text| token::read(&work.state.seal, text))
                .collect()
        })
        .collect();
    let ground = Ground::find(work, batches, &read).await?;
    let mut desk = Desk::open(work, &ground);
    let mut outcomes: Vec<Vec<Outcome>> = batches
        .iter()
        .zip(&read)
        .map(|(batch, read)| {
            let scans = batch.scans.iter().zip(read);
            scans
                .map(|(scan, shown)| desk.take(batch, scan, *shown))
                .collect()
        })
        .collect();
    let Desk { kept, new, .. } = desk;
    store::insert_scans(work, &new).await?;
    let minutes = make_marks(work, &ground, &kept).await?;
    for (batch, outcomes) in batches.iter().zip(&mut outcomes) {
        for outcome in outcomes {
            let class = outcome.told.as_ref().map(|told| told.class_id);
            outcome.minutes =
                class.and_then(|class| minutes.get(&(class, batch.person_id)).copied());
        }
    }
    let logins: Vec<&str> = batches
        .iter()
        .map(|batch| batch.by.login.as_str())
        .collect();
    let scans: usize = batches.iter().map(|batch| batch.scans.len()).sum();
    audit::record(
        work,
        "classes.check_in",
        ("county", work.by.county_id.to_string()),
        json!({"by": logins, "scans": scans, "kept": new.len()}),
    )
    .await?;
    Ok(outcomes)
}

/// A class, somebody, and into it or out of it.
type Key = (Uuid, Uuid, Direction);

/// All that batches are judged against.
struct Ground {
    classes: HashMap<Uuid, Class>,
    /// The open plans of these classes.
    plans: BTreeMap<Uuid, Plan>,
    kept: Vec<Kept>,
    marks: HashMap<(Uuid, Uuid), class_store::Mark>,
}

impl Ground {
    async fn find(
        work: &Work<'_>,
        batches: &[&Batch],
        read: &[Vec<Option<Shown>>],
    ) -> Result<Self> {
        let mut ids: Vec<Uuid> = read
            .iter()
            .flatten()
            .flatten()
            .map(|shown| shown.class_id)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        // A worker may learn in any township of his county.
        let county = Scope::county(work.by.county_id);
        let classes = class_store::classes_of(&work.tx, &county, &ids).await?;
        let mut wanted: Vec<Uuid> = classes.values().map(|class| class.plan_id).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut open = BTreeMap::new();
        // A county's classes of one moment are of one plan, but for the turn of a year.
        for id in wanted {
            match plans::open_plan(&work.tx, work.by.county_id, id).await {
                Ok(plan) => {
                    open.insert(id, plan);
                }
                Err(fault) if fault.code == Code::PlanNotPublished => {}
                Err(fault) => return Err(fault),
            }
        }
        let persons: Vec<Uuid> = batches.iter().map(|batch| batch.person_id).collect();
        Ok(Self {
            kept: store::scans_of(&work.tx, &ids, &persons).await?,
            marks: class_store::marks_of_people(&work.tx, &ids, &persons).await?,
            plans: open,
            classes,
        })
    }
}

/// Judges scans one after another, each against those before it.
struct Desk<'a> {
    work: &'a Work<'a>,
    ground: &'a Ground,
    /// Those kept before and those kept now.
    kept: HashMap<Key, Vec<Kept>>,
    new: Vec<Kept>,
}

impl<'a> Desk<'a> {
    fn open(work: &'a Work<'a>, ground: &'a Ground) -> Self {
        let mut kept: HashMap<Key, Vec<Kept>> = HashMap::new();
        for scan in &ground.kept {
            let key = (scan.class_id, scan.person_id, scan.direction);
            kept.entry(key).or_default().push(scan.clone());
        }
        Self {
            work,
            ground,
            kept,
            new: Vec::new(),
        }
    }

    fn take(&mut self, batch: &Batch, scan: &NewScan, shown: Option<Shown>) -> Outcome {
        let found = shown.and_then(|shown| {
            let class = self.ground.classes.get(&shown.class_id)?;
            Some((shown, class))
        });
        let Some((shown, class)) = found else {
            return refused(Code::CheckInTokenInvalid, None);
        };
        let shown_at = rules::step_begins(shown.step);
        let window = window_of(class, shown.direction);
        let mut told = Told {
            class_id: class.id,
            title: class.title.clone(),
            direction: shown.direction,
            judged_at: shown_at,
            window,
        };
        if class.state == ClassState::Cancelled {
            return refused(Code::ClassCancelled, Some(told));
        }
        if !self.ground.plans.contains_key(&class.plan_id) {
            return refused(Code::PlanNotPublished, Some(told));
        }
        let words = Scan {
            shown_at,
            scanned_at: scan.scanned_at,
            sent_at: batch.sent_at,
        };
        let state = match rules::judge(shown.direction, &window, &words, batch.arrived_at) {
            Ok(state) => state,
            Err(code) => return refused(code, Some(told)),
        };
        let kept = self
            .kept
            .entry((class.id, batch.person_id, shown.direction))
            .or_default();
        // What stands is not replaced: neither by another scan, nor by one that waits.
        if let Some(before) = kept
            .iter()
            .find(|kept| kept.state.counts() || kept.state == state)
        {
            told.judged_at = before.shown_at;
            return outcome(before.state, told, true);
        }
        if state.is_kept() {
            let new = Kept {
                id: clock::new_id(),
                class_id: class.id,
                person_id: batch.person_id,
                direction: shown.direction,
                state,
                shown_at,
                scanned_at: words.scanned_by_our_clock(batch.arrived_at),
                arrived_at: batch.arrived_at,
                device_hash: self.work.state.seal.lookup(DEVICE_PURPOSE, &scan.device_id),
                account_id: batch.by.account(),
            };
            kept.push(new.clone());
            self.new.push(new);
        }
        outcome(state, told, false)
    }
}

fn outcome(state: ScanState, told: Told, again: bool) -> Outcome {
    Outcome {
        state,
        code: None,
        told: Some(told),
        again,
        minutes: None,
    }
}

fn refused(code: Code, told: Option<Told>) -> Outcome {
    Outcome {
        state: ScanState::Refused,
        code: Some(code.word().to_owned()),
        told,
        again: false,
        minutes: None,
    }
}

/// Makes a mark of each sign-in with its sign-out where none stands; the minutes of the marks that stand now, by class
/// and person.
async fn make_marks(
    work: &Work<'_>,
    ground: &Ground,
    kept: &HashMap<Key, Vec<Kept>>,
) -> Result<HashMap<(Uuid, Uuid), i64>> {
    let mut minutes: HashMap<(Uuid, Uuid), i64> = ground
        .marks
        .iter()
        .map(|(key, mark)| (*key, mark.minutes))
        .collect();
    let at = |key: &Key| {
        let scans = kept.get(key)?;
        let counts = scans.iter().find(|kept| kept.state.counts());
        counts.map(|kept| kept.shown_at)
    };
    let mut by_plan: BTreeMap<Uuid, Vec<Wanted<'_>>> = BTreeMap::new();
    for key @ (class_id, person_id, direction) in kept.keys() {
        if *direction == Direction::In {
            continue;
        }
        let came = (*class_id, *person_id, Direction::In);
        let (Some(from), Some(to), Some(class)) =
            (at(&came), at(key), ground.classes.get(class_id))
        else {
            continue;
        };
        // A hand or a sheet has spoken, or these scans have before; and nobody leaves before he comes.
        if ground.marks.contains_key(&(*class_id, *person_id)) || to <= from {
            continue;
        }
        by_plan.entry(class.plan_id).or_default().push(Wanted {
            class,
            person_id: *person_id,
            check_in_at: Some(from),
            check_out_at: Some(to),
            score_hundredths: None,
        });
    }
    for (plan_id, wanted) in by_plan {
        let Some(plan) = ground.plans.get(&plan_id) else {
            continue;
        };
        let put = marks::put(work, plan, "scan", &wanted, &ground.marks).await?;
        minutes.extend(put.iter().map(|put| {
            let key = (put.mark.class_id, put.mark.person_id);
            (key, put.mark.minutes)
        }));
    }
    Ok(minutes)
}
