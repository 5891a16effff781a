//! What a sign-in sheet would do to the county: classes found or made, people matched, marks compared.
//!
//! Preview and commit both come through here, so they cannot disagree.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::rules::{Judged, Reason, Seat, credited_minutes, judge, passed, seat};
use super::sheet::{AttendanceLine, AttendanceSheet, Session};
use super::store::{self, Key, Mark};
use super::{Class, ClassState};
use crate::people::{self, Employment, Known};
use crate::places::{self, EnterpriseIndex, Regions};
use crate::plans::{Part, Plan};
use crate::platform::{Code, Fault, Result, Scope, State, clock};
use crate::sheets::cells::Score;

/// What an accepted line does to the mark that may be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    New,
    Changed,
    Unchanged,
}

impl Effect {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What an accepted line becomes.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) class: Uuid,
    pub(super) person: Option<Uuid>,
    pub(super) effect: Effect,
    /// The mark with a person yet to be put on file where `person` is none.
    pub(super) mark: Mark,
    pub(super) replaces: Option<Uuid>,
    pub(super) employer_known: bool,
    pub(super) seat: Seat,
}

/// A sheet, judged against what the county holds.
pub(super) struct Assessment {
    pub(super) verdicts: Vec<Judged>,
    /// One a line; none where it is refused.
    pub(super) outcomes: Vec<Option<Outcome>>,
    pub(super) classes: HashMap<Uuid, (Class, bool)>,
    pub(super) known: HashMap<String, Known>,
}

/// Where an upload is meant to go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target {
    pub region_id: Option<Uuid>,
    pub class_id: Option<Uuid>,
}

/// Judges a sheet by itself and by who is on file: what the console's preview shows.
///
/// # Errors
/// Database faults.
pub async fn judge_against(
    db: &impl ConnectionTrait,
    state: &State,
    county_id: Uuid,
    sheet: &AttendanceSheet,
) -> Result<(Vec<Judged>, HashMap<String, Known>)> {
    let numbers = sheet
        .lines
        .iter()
        .filter_map(|line| line.id.as_ref().ok())
        .map(crate::sheets::ids::IdNumber::number);
    let known = people::known(db, state, county_id, numbers).await?;
    let names = known
        .iter()
        .map(|(number, known)| (number.clone(), known.name.clone()))
        .collect();
    Ok((judge(sheet, &names), known))
}

/// Judges a sheet and works out what each accepted line becomes.
pub(super) async fn assess(
    db: &impl ConnectionTrait,
    state: &State,
    scope: &Scope,
    plan: &Plan,
    target: Target,
    sheet: &AttendanceSheet,
) -> Result<Assessment> {
    let (mut verdicts, known) = judge_against(db, state, scope.county_id, sheet).await?;
    let accepted = |place: usize| {
        verdicts
            .get(place)
            .is_some_and(|verdict| *verdict == Judged::Accepted)
    };
    let lines: Vec<(usize, &AttendanceLine)> = sheet
        .lines
        .iter()
        .enumerate()
        .filter(|(place, _)| accepted(*place))
        .collect();
    let codes: Vec<_> = lines
        .iter()
        .map(|(_, line)| line.credit_code.clone())
        .filter(|code| !code.is_empty())
        .collect();
    let names: Vec<_> = lines
        .iter()
        .map(|(_, line)| line.enterprise_name.clone())
        .collect();
    let employers = places::enterprise_index(db, scope.county_id, &codes, &names).await?;
    let regions = places::regions(db, scope.county_id).await?;
    let persons: Vec<_> = known.values().map(|known| known.person_id).collect();
    let histories = people::histories(db, &persons).await?;
    let finder = Finder {
        state,
        scope,
        plan,
        target,
        regions: &regions,
        employers: &employers,
        histories: &histories,
    };
    let (by_session, classes, faults) = finder.classes(db, sheet, &lines).await?;
    let ids: Vec<Uuid> = classes.keys().copied().collect();
    let marks = store::marks_of(db, &ids).await?;
    let mut outcomes: Vec<Option<Outcome>> = vec![None; sheet.lines.len()];
    for (place, line) in lines {
        if let Some(code) = faults.get(&line.session) {
            if let Some(verdict) = verdicts.get_mut(place) {
                *verdict = Judged::Refused(Reason(*code));
            }
            continue;
        }
        let class = by_session
            .get(&line.session)
            .and_then(|id| classes.get(id))
            .map(|(class, _)| class);
        let class = class.ok_or_else(|| Fault::internal("a session without a class"))?;
        if let Some(slot) = outcomes.get_mut(place) {
            *slot = Some(finder.outcome(line, class, &known, &marks));
        }
    }
    Ok(Assessment {
        verdicts,
        outcomes,
        classes,
        known,
    })
}

struct Finder<'a> {
    state: &'a State,
    scope: &'a Scope,
    plan: &'a Plan,
    target: Target,
    regions: &'a Regions,
    employers: &'a EnterpriseIndex,
    histories: &'a HashMap<Uuid, Vec<Employment>>,
}

/// The class of each session, the classes, and the sessions that can have none.
type Found = (
    HashMap<usize, Uuid>,
    HashMap<Uuid, (Class, bool)>,
    HashMap<usize, Code>,
);

impl Finder<'_> {
    /// The class of each session that has accepted lines, found or new (`true`).
    async fn classes(
        &self,
        db: &impl ConnectionTrait,
        sheet: &AttendanceSheet,
        lines: &[(usize, &AttendanceLine)],
    ) -> Result<Found> {
        let mut by_session: BTreeMap<usize, Vec<&AttendanceLine>> = BTreeMap::new();
        for (_, line) in lines {
            by_session.entry(line.session).or_default().push(line);
        }
        if let Some(id) = self.target.class_id {
            let class = store::class(db, self.scope, id)
                .await?
                .ok_or_else(Fault::not_found)?;
            if class.plan_id != self.plan.id {
                return Err(Fault::field("/class_id", "plan_id"));
            }
            if class.state == ClassState::Cancelled {
                return Err(Fault::new(Code::ClassCancelled));
            }
            if by_session.len() > 1 {
                return Err(Fault::new(Code::UploadSeveralClasses).with("count", by_session.len()));
            }
            let places = by_session.keys().map(|place| (*place, id)).collect();
            return Ok((
                places,
                HashMap::from([(id, (class, false))]),
                HashMap::new(),
            ));
        }
        let mut wanted: Vec<(usize, Class)> = Vec::new();
        let (mut faults, mut first_fault) = (HashMap::new(), None);
        for (place, lines) in by_session {
            let session = sheet
                .sessions
                .get(place)
                .ok_or_else(|| Fault::internal("a line without a session"))?;
            match self.class_of(session, &lines) {
                Ok(class) => wanted.push((place, class)),
                Err(fault) => {
                    faults.insert(place, fault.code);
                    first_fault.get_or_insert(fault);
                }
            }
        }
        // One odd day refuses its lines; a sheet of nothing else is refused whole.
        if let (true, Some(fault)) = (wanted.is_empty(), first_fault) {
            return Err(fault);
        }
        let keys: Vec<Key> = wanted.iter().map(|(_, class)| key(class)).collect();
        let existing = store::classes_of_keys(db, self.plan.id, &keys).await?;
        let (mut places, mut classes) = (HashMap::new(), HashMap::new());
        let mut made: HashMap<Key, Uuid> = HashMap::new();
        for (place, class) in wanted {
            let key = key(&class);
            let id = match (existing.get(&key), made.get(&key)) {
                (Some(found), _) => {
                    classes.insert(found.id, (found.clone(), false));
                    found.id
                }
                (None, Some(id)) => *id,
                (None, None) => {
                    let id = class.id;
                    made.insert(key, id);
                    classes.insert(id, (class, true));
                    id
                }
            };
            places.insert(place, id);
        }
        Ok((places, classes, faults))
    }

    /// The class a sheet tells of, were it new.
    fn class_of(&self, session: &Session, lines: &[&AttendanceLine]) -> Result<Class> {
        let terms = &self.plan.terms;
        let named = |code: Code| Fault::new(code).with("title", &session.title);
        let day = session.day.ok_or_else(|| named(Code::ClassDayUnclear))?;
        if day < terms.period_from || day > terms.period_to {
            return Err(Fault::new(Code::OutsidePlanPeriod));
        }
        let region_id = self
            .region_of(session, lines, day)
            .ok_or_else(|| named(Code::ClassRegionUnclear))?;
        if !self.scope.reaches_region(region_id) {
            return Err(Fault::new(Code::LineOutsideScope));
        }
        let span = session
            .starts
            .zip(session.ends)
            .map(|(from, to)| (to - from).num_minutes());
        let span = span
            .and_then(|minutes| i32::try_from(minutes).ok())
            .filter(|minutes| *minutes > 0);
        // A day in the room counts in full; what a plan does not ask for needs no credit beyond the day.
        let minutes = match (terms.required_offline, span) {
            (0, span) => span.unwrap_or(terms.minutes_per_hour),
            (asked, Some(span)) => asked.min(span),
            (asked, None) => asked,
        };
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        Ok(Class {
            id: clock::new_id(),
            region_id,
            plan_id: self.plan.id,
            title: session.title.clone(),
            place: session.place.clone(),
            teacher: session.teacher.clone(),
            day,
            starts_at: self.state.clock.micros(session.starts.unwrap_or(midnight)),
            ends_at: self.state.clock.micros(session.ends.unwrap_or(midnight)),
            capacity: None,
            minutes,
            part: Part::Offline,
            state: ClassState::Held,
            windows: super::Windows::default(),
        })
    }

    /// The township told with the upload, else named in the sheet, else where most of its people work.
    fn region_of(
        &self,
        session: &Session,
        lines: &[&AttendanceLine],
        day: NaiveDate,
    ) -> Option<Uuid> {
        if let Some(told) = self.target.region_id {
            return self.regions.get(told).map(|region| region.id);
        }
        let hints = &session.region_hints;
        let named = hints.iter().find_map(|hint| self.regions.named(hint, day));
        let mentioned = || {
            hints
                .iter()
                .find_map(|hint| self.regions.mentioned(hint, day))
        };
        if let Some(region) = named.or_else(mentioned) {
            return Some(region.id);
        }
        let mut votes: BTreeMap<Uuid, usize> = BTreeMap::new();
        for line in lines {
            if let Some(employer) = self
                .employers
                .find(&line.credit_code, &line.enterprise_name)
            {
                *votes.entry(employer.region_id).or_default() += 1;
            }
        }
        votes
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .map(|(region, _)| region)
    }

    fn outcome(
        &self,
        line: &AttendanceLine,
        class: &Class,
        known: &HashMap<String, Known>,
        marks: &HashMap<(Uuid, Uuid), Mark>,
    ) -> Outcome {
        let employer = self
            .employers
            .find(&line.credit_code, &line.enterprise_name);
        let person = line
            .id
            .as_ref()
            .ok()
            .and_then(|id| known.get(id.number()))
            .map(|known| known.person_id);
        let history = person.and_then(|person| self.histories.get(&person));
        let named = employer.map(|employer| (employer.id, employer.region_id));
        let held = (class.region_id, class.day);
        let mut seat = seat(line, named, held, history.map_or(&[], Vec::as_slice));
        // Whoever had taken a township over by that day stands for it.
        let standing = self.regions.standing(seat.at.region_id, class.day);
        seat.at.region_id = standing.unwrap_or(seat.at.region_id);
        let (from, to) = (line.check_in.at(), line.check_out.at());
        // A column of hours speaks for itself, but no class gives more than it lasts or the plan asks.
        let most = class.minutes.max(self.plan.terms.required_offline);
        let minutes = line.minutes.map_or_else(
            || credited_minutes(class.minutes, from, to),
            |told| told.min(most),
        );
        let score = line.score.as_ref().ok().copied().flatten();
        let old = person.and_then(|person| marks.get(&(class.id, person)));
        let mark = Mark {
            id: clock::new_id(),
            class_id: class.id,
            person_id: person.unwrap_or_default(),
            at: seat.at,
            check_in_at: from.map(|wall| self.state.clock.micros(wall)),
            check_out_at: to.map(|wall| self.state.clock.micros(wall)),
            minutes: i64::from(minutes),
            score_hundredths: score.and_then(|s| {
                if let Score::Hundredths(points) = s {
                    Some(points)
                } else {
                    None
                }
            }),
            passed: passed(score, self.plan.terms.pass_mark),
        };
        let effect = match old {
            None => Effect::New,
            Some(old) if same(old, &mark) => Effect::Unchanged,
            Some(_) => Effect::Changed,
        };
        Outcome {
            class: class.id,
            person,
            effect,
            mark,
            replaces: old.filter(|_| effect == Effect::Changed).map(|old| old.id),
            employer_known: seat.at.enterprise_id.is_some(),
            seat,
        }
    }
}

/// Whether two marks say the same.
pub(super) fn same(old: &Mark, new: &Mark) -> bool {
    let what = |mark: &Mark| {
        (
            mark.at,
            mark.check_in_at,
            mark.check_out_at,
            mark.minutes,
            mark.score_hundredths,
            mark.passed,
        )
    };
    what(old) == what(new)
}

fn key(class: &Class) -> Key {
    (class.region_id, class.day, class.title.clone())
}

/// How many lines got each verdict, by its word.
#[must_use]
pub fn counts(verdicts: &[Judged]) -> BTreeMap<&'static str, i64> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts {
        let word = match verdict {
            Judged::Accepted => "accepted",
            Judged::Refused(Reason(code)) => code.word(),
        };
        *counts.entry(word).or_default() += 1;
    }
    counts
}
