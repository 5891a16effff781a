//! Signing in and out of a class by scanning the code on its wall (扫码签到、签退).
//!
//! A code stands for 12 seconds and proves by itself when it was on the wall, so a phone without a network signs in by
//! the time of its scan, however late that arrives. A sign-in and a sign-out together make a mark; one alone makes
//! none, as on a sheet.

pub mod api;
pub mod rules;
pub(super) mod store;
mod token;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::marks::{self, Wanted, in_line};
use super::{Class, ClassState, store as class_store};
use crate::plans::Plan;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::{audit, fresh, plans};
use rules::{Direction, Scan, ScanState, Window};
use store::Kept;
use token::Shown;

/// What the seal binds a device's name to.
const DEVICE_PURPOSE: &str = "check-in device";

/// A code for the wall, and the instants between which it stands there.
#[derive(Clone, Debug)]
pub struct WallCode {
    pub text: String,
    pub starts: i64,
    pub ends: i64,
}

/// The code of now and the one after it: a screen that fetches every few seconds never goes dark, and nobody who gets
/// hold of an answer can sign in later than that.
///
/// # Errors
/// `forbidden`, `not_found`, `class_cancelled`.
pub async fn wall_codes(
    state: &State,
    by: &Caller,
    class_id: Uuid,
    direction: Direction,
) -> Result<(Window, Vec<WallCode>)> {
    let scope = by.may(Action::ManageClasses)?;
    let class = class_store::class(state.db.read(), &scope, class_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if class.state == ClassState::Cancelled {
        return Err(Fault::new(Code::ClassCancelled));
    }
    let now = rules::step_of(state.clock.now());
    let codes = [now, now + 1].map(|step| {
        let shown = Shown {
            class_id,
            direction,
            step,
        };
        Ok(WallCode {
            text: token::sign(&state.seal, shown)?,
            starts: rules::step_begins(step),
            ends: rules::step_begins(step + 1),
        })
    });
    let codes = codes.into_iter().collect::<Result<_>>()?;
    Ok((window_of(&class, direction), codes))
}

fn window_of(class: &Class, direction: Direction) -> Window {
    class.windows.of(direction, class.starts_at, class.ends_at)
}

/// A scan as a phone sends it.
#[derive(Clone, Debug, Serialize)]
pub struct NewScan {
    pub token: String,
    /// By the phone's clock, in microseconds.
    pub scanned_at: i64,
    pub device_id: String,
}

/// What became of one scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub state: ScanState,
    /// Why it was refused.
    pub code: Option<String>,
    /// The class and what its code says, where the code is one.
    pub told: Option<Told>,
    /// Whether an earlier scan stands already; its state and time are the ones told.
    pub again: bool,
    /// Minutes of the mark that stands now.
    pub minutes: Option<i64>,
}

/// What the code on the wall says of a scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    pub class_id: Uuid,
    pub title: String,
    pub direction: Direction,
    /// The time the scan is judged by.
    pub judged_at: i64,
    pub window: Window,
}

/// Takes the scans of a worker's phone, in the order sent; the same again changes nothing.
///
/// Statements do not grow with the scans: they may be of several classes, and are counted plan by plan.
///
/// # Errors
/// `forbidden` when the caller is nobody on file; each scan's own fault is in its outcome.
pub async fn check_in(
    state: &State,
    by: &Caller,
    retry: Retry,
    sent_at: i64,
    scans: Vec<NewScan>,
) -> Result<Vec<Outcome>> {
    let scope = by.may(Action::CheckIn)?;
    let person_id = *scope
        .persons
        .first()
        .ok_or_else(|| Fault::new(Code::Forbidden))?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let read: Vec<Option<Shown>> = scans
        .iter()
        .map(|scan| token::read(&state.seal, &scan.token))
        .collect();
    let ground = Ground::find(&work, person_id, &read).await?;
    let mut desk = Desk {
        ground: &ground,
        work: &work,
        person_id,
        sent_at,
        kept: ground.kept.clone(),
        new: Vec::new(),
    };
    let mut outcomes: Vec<_> = scans
        .iter()
        .zip(&read)
        .map(|(scan, shown)| desk.take(scan, *shown))
        .collect();
    let (kept, new) = (desk.kept, desk.new);
    store::insert_scans(&work, &new).await?;
    let minutes = make_marks(&work, &ground, person_id, &kept).await?;
    for outcome in &mut outcomes {
        let class = outcome.told.as_ref().map(|told| told.class_id);
        outcome.minutes = class.and_then(|class| minutes.get(&class).copied());
    }
    let detail = json!({"scans": scans.len(), "kept": new.len()});
    audit::record(
        &work,
        "classes.check_in",
        ("person", person_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&outcomes).await?;
    Ok(outcomes)
}

/// All that a batch is judged against.
struct Ground {
    classes: HashMap<Uuid, Class>,
    /// The open plans of these classes.
    plans: BTreeMap<Uuid, Plan>,
    kept: Vec<Kept>,
    marks: HashMap<(Uuid, Uuid), class_store::Mark>,
}

impl Ground {
    async fn find(work: &Work<'_>, person_id: Uuid, read: &[Option<Shown>]) -> Result<Self> {
        let mut ids: Vec<Uuid> = read.iter().flatten().map(|shown| shown.class_id).collect();
        ids.sort_unstable();
        ids.dedup();
        // A worker may learn in any township of his county.
        let county = Scope::county(work.by.county_id);
        let classes = class_store::classes_of(&work.tx, &county, &ids).await?;
        let mut wanted: Vec<Uuid> = classes.values().map(|class| class.plan_id).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut open = BTreeMap::new();
        // A phone's classes are of one plan, but for the turn of a year.
        for id in wanted {
            match plans::open_plan(&work.tx, work.by.county_id, id).await {
                Ok(plan) => {
                    open.insert(id, plan);
                }
                Err(fault) if fault.code == Code::PlanNotPublished => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(Self {
            kept: store::scans_of(&work.tx, &ids, &[person_id]).await?,
            marks: class_store::marks_of_people(&work.tx, &ids, &[person_id]).await?,
            plans: open,
            classes,
        })
    }
}

/// Where one phone's scans are judged, one after another.
struct Desk<'a> {
    ground: &'a Ground,
    work: &'a Work<'a>,
    person_id: Uuid,
    sent_at: i64,
    /// Those kept before and those of this batch.
    kept: Vec<Kept>,
    new: Vec<Kept>,
}

impl Desk<'_> {
    fn take(&mut self, scan: &NewScan, shown: Option<Shown>) -> Outcome {
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
            sent_at: self.sent_at,
        };
        let state = match rules::judge(shown.direction, &window, &words, self.work.now) {
            Ok(state) => state,
            Err(code) => return refused(code, Some(told)),
        };
        // What stands is not replaced: neither by another scan, nor by one that waits.
        if let Some(before) = self.standing(shown, state) {
            told.judged_at = before.shown_at;
            return outcome(before.state, told, true);
        }
        if state.is_kept() {
            let kept = Kept {
                id: clock::new_id(),
                class_id: class.id,
                person_id: self.person_id,
                direction: shown.direction,
                state,
                shown_at,
                scanned_at: words.scanned_by_our_clock(self.work.now),
                arrived_at: self.work.now,
                device_hash: self.work.state.seal.lookup(DEVICE_PURPOSE, &scan.device_id),
            };
            self.kept.push(kept.clone());
            self.new.push(kept);
        }
        outcome(state, told, false)
    }

    fn standing(&self, shown: Shown, state: ScanState) -> Option<&Kept> {
        let of_it =
            |kept: &&Kept| kept.class_id == shown.class_id && kept.direction == shown.direction;
        let mut of_it = self.kept.iter().filter(of_it);
        of_it.find(|kept| kept.state.counts() || kept.state == state)
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

/// Makes a mark of each sign-in with its sign-out where none stands; the minutes of the marks that stand now, by class.
async fn make_marks(
    work: &Work<'_>,
    ground: &Ground,
    person_id: Uuid,
    kept: &[Kept],
) -> Result<HashMap<Uuid, i64>> {
    let mut minutes: HashMap<Uuid, i64> = ground
        .marks
        .values()
        .map(|mark| (mark.class_id, mark.minutes))
        .collect();
    let mut by_plan: BTreeMap<Uuid, Vec<Wanted<'_>>> = BTreeMap::new();
    for class in ground.classes.values() {
        let at = |direction| {
            let mut of_it = kept.iter().filter(|kept| {
                kept.class_id == class.id && kept.direction == direction && kept.state.counts()
            });
            of_it.next().map(|kept| kept.shown_at)
        };
        let (Some(from), Some(to)) = (at(Direction::In), at(Direction::Out)) else {
            continue;
        };
        // A hand or a sheet has spoken, or these scans have before; and nobody leaves before he comes.
        if ground.marks.contains_key(&(class.id, person_id)) || to <= from {
            continue;
        }
        by_plan.entry(class.plan_id).or_default().push(Wanted {
            class,
            person_id,
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
        minutes.extend(put.iter().map(|put| (put.mark.class_id, put.mark.minutes)));
    }
    Ok(minutes)
}
