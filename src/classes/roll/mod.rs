//! Calling the roll: everybody of a class in one request (手工点名), kept on a phone without a network if need be.
//!
//! The same request again, and the same line again, have no second effect. Who is not on file waits as a walk-in until
//! somebody settles whom he is.

pub mod api;
pub mod rules;
mod store;
mod walk_ins;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::check_in::rules::{Direction, ScanState};
use super::check_in::store::{Kept, scans_of};
use super::marks::{self, Wanted, hundredths, in_line};
use super::store::Mark;
use super::{Class, ClassState, store as class_store};
use crate::people::{self, ID_PURPOSE, Known};
use crate::plans::Plan;
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::sheets::ids::{self, IdNumber};
use crate::sheets::{self, Cell};
use crate::{audit, fresh, plans};
use rules::{LineState, Times, WalkInState};
use store::NewWalkIn;

pub use store::WalkIn;
pub use walk_ins::{Matched, dismiss_walk_in, match_walk_in};

/// Most lines of one roll.
pub const MOST_LINES: usize = 1_000;

/// A line of a roll: somebody on file by id, or anybody by name and ID number.
#[derive(Clone, Debug, Serialize)]
pub struct RollLine {
    /// The client's word for the line.
    pub line: String,
    pub person_id: Option<Uuid>,
    pub name: Option<String>,
    pub id_number: Option<String>,
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
    /// Points of 100.
    pub score: Option<f64>,
}

impl RollLine {
    fn times(&self) -> Times {
        Times {
            check_in_at: self.check_in_at,
            check_out_at: self.check_out_at,
        }
    }
}

/// The verdict on a line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    pub line: String,
    pub state: LineState,
    /// What an accepted line did to the mark that may have stood.
    pub effect: Option<String>,
    /// Why it waits, or why it was refused.
    pub code: Option<String>,
    pub walk_in_id: Option<Uuid>,
    pub minutes: Option<i64>,
}

/// Who a line speaks of.
enum Who {
    OnFile(Uuid),
    Stranger(Stranger),
}

struct Stranger {
    name: String,
    id: Option<IdNumber>,
    why: Code,
    key: Vec<u8>,
}

/// Calls the roll of a class.
///
/// # Errors
/// `not_found`, `class_cancelled`, `plan_not_published`; each line's own fault is in its verdict.
pub async fn call_roll(
    state: &State,
    by: &Caller,
    retry: Retry,
    class_id: Uuid,
    lines: Vec<RollLine>,
) -> Result<Vec<Verdict>> {
    let scope = by.may(Action::ManageClasses)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let (class, plan) = open_class(&work, &scope, class_id).await?;
    let roll = Roll::read(&work, &class, &lines).await?;
    let mut verdicts = Vec::with_capacity(lines.len());
    let (mut wanted, mut strangers) = (Vec::new(), Vec::new());
    for (line, who) in lines.iter().zip(&roll.who) {
        verdicts.push(match roll.judge(line, who) {
            Ok(Judged::Mark(mark)) => {
                wanted.push((verdicts.len(), mark));
                verdict(line, LineState::Accepted, None)
            }
            Ok(Judged::Waits(stranger, score)) => {
                strangers.push((verdicts.len(), line, stranger, score));
                verdict(line, LineState::Pending, Some(stranger.why))
            }
            Err(code) => verdict(line, LineState::Refused, Some(code)),
        });
    }
    let marks: Vec<Wanted<'_>> = wanted.iter().map(|(_, mark)| *mark).collect();
    let put = marks::put(&work, &plan, "roll", &marks, &roll.marks).await?;
    for ((place, _), put) in wanted.iter().zip(&put) {
        if let Some(verdict) = verdicts.get_mut(*place) {
            verdict.effect = Some(put.effect.word().to_owned());
            verdict.minutes = Some(put.mark.minutes);
        }
    }
    let waiting = keep_strangers(&work, class_id, &strangers).await?;
    for ((place, ..), id) in strangers.iter().zip(waiting) {
        if let Some(verdict) = verdicts.get_mut(*place) {
            verdict.walk_in_id = Some(id);
        }
    }
    let detail = json!({"lines": lines.len(), "marks": put.len(), "walk_ins": strangers.len()});
    audit::record(
        &work,
        "classes.call_roll",
        ("class", class_id.to_string()),
        detail,
    )
    .await?;
    work.commit(&verdicts).await?;
    Ok(verdicts)
}

async fn open_class(work: &Work<'_>, scope: &Scope, class_id: Uuid) -> Result<(Class, Plan)> {
    let class = class_store::class(&work.tx, scope, class_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if class.state == ClassState::Cancelled {
        return Err(Fault::new(Code::ClassCancelled));
    }
    let plan = plans::open_plan(&work.tx, work.by.county_id, class.plan_id).await?;
    Ok((class, plan))
}

fn verdict(line: &RollLine, state: LineState, code: Option<Code>) -> Verdict {
    Verdict {
        line: line.line.clone(),
        state,
        effect: None,
        code: code.map(|code| code.word().to_owned()),
        walk_in_id: None,
        minutes: None,
    }
}

/// What a line that is not refused becomes.
enum Judged<'a> {
    Mark(Wanted<'a>),
    Waits(&'a Stranger, Option<i32>),
}

/// A roll, with all that its lines are judged against.
struct Roll<'a> {
    class: &'a Class,
    who: Vec<Result<Who, Code>>,
    marks: HashMap<(Uuid, Uuid), Mark>,
    scans: HashMap<Uuid, Times>,
}

impl<'a> Roll<'a> {
    async fn read(work: &Work<'_>, class: &'a Class, lines: &[RollLine]) -> Result<Self> {
        let reach = work.by.may(Action::ReadPeople)?;
        let told: Vec<Uuid> = lines.iter().filter_map(|line| line.person_id).collect();
        let visible = people::visible_of(&work.tx, &reach, &told).await?;
        let numbers: Vec<Option<Result<IdNumber, Code>>> = lines.iter().map(number_of).collect();
        let read = numbers.iter().flatten().flatten().map(IdNumber::number);
        let known = people::known(&work.tx, work.state, work.by.county_id, read).await?;
        let (mut seen, mut words) = (HashSet::new(), HashSet::new());
        let who: Vec<_> = lines
            .iter()
            .zip(numbers)
            .map(|(line, number)| {
                let who = who(work, line, number, &visible, &known)?;
                let key = match &who {
                    Who::OnFile(person) => person.as_bytes().to_vec(),
                    Who::Stranger(stranger) => stranger.key.clone(),
                };
                // Somebody stands on a roll once, and so does the client's word for a line.
                if !words.insert(line.line.as_str()) || !seen.insert(key) {
                    return Err(Code::DuplicateInFile);
                }
                Ok(who)
            })
            .collect();
        let persons: Vec<Uuid> = who
            .iter()
            .flatten()
            .filter_map(|who| match who {
                Who::OnFile(person) => Some(*person),
                Who::Stranger(_) => None,
            })
            .collect();
        Ok(Self {
            class,
            who,
            marks: class_store::marks_of_people(&work.tx, &[class.id], &persons).await?,
            scans: scanned(&scans_of(&work.tx, &[class.id], &persons).await?),
        })
    }

    fn judge<'b>(
        &'b self,
        line: &RollLine,
        who: &'b Result<Who, Code>,
    ) -> Result<Judged<'b>, Code> {
        let score_hundredths = hundredths(line.score).transpose()?;
        match who.as_ref().map_err(|code| *code)? {
            Who::Stranger(stranger) => {
                rules::times(line.times(), Times::default(), Times::default())?;
                Ok(Judged::Waits(stranger, score_hundredths))
            }
            Who::OnFile(person_id) => wanted(
                self.class,
                *person_id,
                (line.times(), score_hundredths),
                self.marks.get(&(self.class.id, *person_id)),
                self.scans.get(person_id).copied().unwrap_or_default(),
            )
            .map(Judged::Mark),
        }
    }
}

/// The mark that a line asks for.
fn wanted<'a>(
    class: &'a Class,
    person_id: Uuid,
    (told, score_hundredths): (Times, Option<i32>),
    mark: Option<&Mark>,
    scans: Times,
) -> Result<Wanted<'a>, Code> {
    let stands = mark.map_or_else(Times::default, |mark| Times {
        check_in_at: mark.check_in_at,
        check_out_at: mark.check_out_at,
    });
    // Where a mark stands without times, it stands for the whole class: a half scan takes nothing from it.
    let scans = mark.map_or(scans, |_| Times::default());
    let times = rules::times(told, stands, scans)?;
    Ok(Wanted {
        class,
        person_id,
        check_in_at: times.check_in_at,
        check_out_at: times.check_out_at,
        score_hundredths,
    })
}

/// What the phones say of when people came and left. A trainer who calls somebody's name settles a scan that waits.
fn scanned(scans: &[Kept]) -> HashMap<Uuid, Times> {
    let mut found: HashMap<Uuid, Times> = HashMap::new();
    let (waiting, sure): (Vec<&Kept>, Vec<&Kept>) = scans
        .iter()
        .partition(|kept| kept.state == ScanState::Pending);
    for kept in sure.into_iter().chain(waiting) {
        let at = match kept.direction {
            Direction::In => Times {
                check_in_at: Some(kept.shown_at),
                check_out_at: None,
            },
            Direction::Out => Times {
                check_in_at: None,
                check_out_at: Some(kept.shown_at),
            },
        };
        let times = found.entry(kept.person_id).or_default();
        *times = times.or(at);
    }
    found
}

fn number_of(line: &RollLine) -> Option<Result<IdNumber, Code>> {
    let text = line
        .id_number
        .as_ref()
        .filter(|_| line.person_id.is_none())?;
    Some(ids::id_number(&Cell::Text(text.clone())).map_err(|fault| fault.code()))
}

fn who(
    work: &Work<'_>,
    line: &RollLine,
    number: Option<Result<IdNumber, Code>>,
    visible: &HashSet<Uuid>,
    known: &HashMap<String, Known>,
) -> Result<Who, Code> {
    if let Some(person) = line.person_id {
        let reached = visible.contains(&person);
        return reached.then_some(Who::OnFile(person)).ok_or(Code::NotFound);
    }
    let name = Cell::Text(line.name.clone().unwrap_or_default());
    let name = sheets::person_name(&name).map_err(|fault| fault.code)?;
    let id = number.transpose()?;
    let on_file = id.as_ref().and_then(|id| known.get(id.number()));
    let why = match (&id, on_file) {
        (Some(_), Some(known)) if known.name == name => return Ok(Who::OnFile(known.person_id)),
        (Some(_), Some(_)) => Code::IdBelongsToAnotherName,
        (Some(_), None) => Code::PersonUnknown,
        (None, _) => Code::IdMissing,
    };
    // Without a number a name alone tells nobody apart: the client's word for the line does.
    let key = match &id {
        Some(id) => format!("{name}\0{}", id.number()),
        None => format!("{name}\0\0{}", line.line),
    };
    let key = work.state.seal.lookup("walk-in", &key);
    Ok(Who::Stranger(Stranger { name, id, why, key }))
}

/// Keeps those nobody matches, each once; their ids in order.
async fn keep_strangers(
    work: &Work<'_>,
    class_id: Uuid,
    strangers: &[(usize, &RollLine, &Stranger, Option<i32>)],
) -> Result<Vec<Uuid>> {
    if strangers.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = strangers
        .iter()
        .map(|(_, _, who, _)| who.key.clone())
        .collect();
    let before = store::walk_ins_of(&work.tx, class_id, &keys).await?;
    let (mut ids, mut new) = (Vec::new(), Vec::new());
    for (_, line, who, score_hundredths) in strangers {
        if let Some(before) = before.get(&who.key) {
            ids.push(before.id);
            continue;
        }
        let number = who.id.as_ref().map(IdNumber::number);
        let shown = WalkIn {
            id: clock::new_id(),
            class_id,
            line: line.line.clone(),
            name: who.name.clone(),
            id_masked: number.map(people::rules::mask_id).unwrap_or_default(),
            why: who.why.word().to_owned(),
            check_in_at: line.check_in_at,
            check_out_at: line.check_out_at,
            score_hundredths: *score_hundredths,
            state: WalkInState::Pending,
            reason: None,
            person_id: None,
            created_at: work.now,
            settled_at: None,
        };
        ids.push(shown.id);
        new.push(NewWalkIn {
            shown,
            key_hash: who.key.clone(),
            id_sealed: number
                .map(|number| work.state.seal.seal(ID_PURPOSE, number.as_bytes()))
                .transpose()?,
        });
    }
    store::insert_walk_ins(work, &new).await?;
    Ok(ids)
}
