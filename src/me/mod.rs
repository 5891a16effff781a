//! What somebody sees first of himself: one small answer for a phone's first screen, and why a plan is not met yet (今日).
//!
//! Reads what other rooms hold, writes nothing. May not enter: anything about others than the caller, but for the
//! figures of his reach.

pub mod api;
mod store;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::boards::{self, why};
use crate::classes::objections;
use crate::corrections;
use crate::notices::inbox;
use crate::plans::{Plan, demands};
use crate::platform::{Action, Caller, Fault, Result, Scope, State};

pub use store::{Held, Mine};

/// All that a phone's first screen needs.
#[derive(Clone, Debug)]
pub struct Today {
    /// When this was read, in microseconds since 1970.
    pub as_of: i64,
    pub person: Option<(Uuid, String)>,
    /// Open plans for the caller's post, with what is missing.
    pub requirements: Vec<(Mine, Vec<String>)>,
    /// The next class on whose list he stands.
    pub next_class: Option<why::Coming>,
    pub certificates: Option<Held>,
    /// The board of the caller's reach.
    pub board: Option<boards::Board>,
    /// Classes of today in the caller's reach.
    pub classes_today: Option<i64>,
    pub waiting: Waiting,
}

/// How much waits for the caller; none where it is none of his duties.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// Marks of his own to be confirmed or objected to.
    pub marks_to_confirm: Option<i64>,
    /// Objections of his own without an answer.
    pub own_objections: Option<i64>,
    pub objections_to_answer: Option<i64>,
    pub objections_overdue: Option<i64>,
    pub walk_ins: Option<i64>,
    pub corrections: Option<i64>,
    pub corrections_overdue: Option<i64>,
    pub loans_to_agree: Option<i64>,
    pub quota_lines_unseen: Option<i64>,
    pub reviews: Option<i64>,
    pub reds: Option<i64>,
    /// Notices of his own that he has not read.
    pub notices: Option<i64>,
    /// Certificates of his enterprises that end within [`SOON_DAYS`].
    pub certificates_expiring: Option<i64>,
}

/// Days ahead of which an expiry is told: the longest of the usual reminders.
const SOON_DAYS: u64 = 90;

/// The person the caller is.
///
/// # Errors
/// `forbidden` for an account that is no worker's.
fn myself(by: &Caller) -> Result<(Scope, Uuid)> {
    let scope = by.may(Action::ReadOwn)?;
    let person = scope.persons.first().copied();
    Ok((scope, person.ok_or_else(Fault::not_found)?))
}

/// What the caller sees first: a handful of small queries, however large the county.
///
/// # Errors
/// Database faults.
pub async fn today(state: &State, by: &Caller) -> Result<Today> {
    let mut told = Today {
        as_of: state.clock.now(),
        person: None,
        requirements: Vec::new(),
        next_class: None,
        certificates: None,
        board: None,
        classes_today: None,
        waiting: Waiting::default(),
    };
    let day = state.clock.today();
    if let Ok((scope, person)) = myself(by) {
        own_part(state, by, &scope, person, day, &mut told).await?;
    }
    if let Ok(scope) = by.may(Action::ReadBoard) {
        told.board = Some(boards::board(state, &scope, None, None).await?);
    }
    if let Ok(scope) = by.may(Action::ReadClasses) {
        told.classes_today = Some(store::classes_on(state.db.read(), &scope, day).await?);
    }
    told.waiting = waiting(state, by, day).await?;
    Ok(told)
}

/// What waits for the caller, by his duties.
async fn waiting(state: &State, by: &Caller, day: NaiveDate) -> Result<Waiting> {
    use store::waiting as rows;
    let tx = state.db.begin_read().await?;
    let mut told = Waiting::default();
    if let Ok((scope, _)) = myself(by) {
        let (marks, open) = rows::own(&tx, &scope).await?;
        (told.marks_to_confirm, told.own_objections) = (Some(marks), Some(open));
        told.notices = Some(inbox::unread(&tx, &scope).await?);
    }
    if let Ok(scope) = by.may(Action::ManageClasses) {
        let before = objections::overdue_before(state.clock.now());
        let (open, overdue, walk_ins) = rows::classes(&tx, &scope, before).await?;
        (told.objections_to_answer, told.objections_overdue) = (Some(open), Some(overdue));
        told.walk_ins = Some(walk_ins);
    }
    if let Ok(scope) = by.may(Action::AnswerCorrections) {
        let (open, late) = corrections::waiting(&tx, &scope, state.clock.now()).await?;
        told.corrections = Some(whole(open));
        told.corrections_overdue = Some(whole(late));
    }
    if let Ok(scope) = by.may(Action::AgreeQuotas) {
        let (loans, lines) = rows::quotas(&tx, &scope).await?;
        (told.loans_to_agree, told.quota_lines_unseen) = (Some(loans), Some(lines));
    }
    if let Ok(scope) = by.may(Action::ManageCodes) {
        told.reviews = Some(rows::reviews(&tx, &scope).await?);
        told.reds = Some(rows::reds(&tx, &scope).await?);
    }
    if let Ok(scope) = by.may(Action::ReadCertificates)
        && !scope.enterprises.is_empty()
    {
        let soon = day + chrono::Days::new(SOON_DAYS);
        told.certificates_expiring = Some(rows::expiring(&tx, &scope, day, soon).await?);
    }
    tx.commit().await?;
    Ok(told)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn own_part(
    state: &State,
    by: &Caller,
    scope: &Scope,
    person: Uuid,
    day: NaiveDate,
    told: &mut Today,
) -> Result<()> {
    let tx = state.db.begin_read().await?;
    let name = store::name(&tx, scope, person).await?;
    told.person = name.map(|name| (person, name));
    told.requirements = store::requirements(&tx, scope, person, day)
        .await?
        .into_iter()
        .map(|mine| {
            let missing = missing_words(by, &mine);
            (mine, missing)
        })
        .collect();
    told.next_class = why::enrolled(&tx, person, state.clock.now(), 1)
        .await?
        .pop();
    told.certificates = Some(store::certificates(&tx, person, day).await?);
    tx.commit().await?;
    Ok(())
}

fn missing_words(by: &Caller, mine: &Mine) -> Vec<String> {
    let told = |plan: &Plan| -> Vec<String> {
        demands(&plan.terms, &mine.progress)
            .iter()
            .filter(|demand| demand.missing() > 0)
            .map(|demand| boards::rules::reason(&plan.terms, demand, false, "", by.lang).words)
            .collect()
    };
    told(&mine.plan)
}

/// The plans that ask something of the caller, with what he has of them.
///
/// # Errors
/// `forbidden` for an account that is no worker's.
pub async fn requirements(state: &State, by: &Caller) -> Result<Vec<(Mine, Vec<String>)>> {
    let (scope, person) = myself(by)?;
    let day = state.clock.today();
    let found = store::requirements(state.db.read(), &scope, person, day).await?;
    Ok(found
        .into_iter()
        .map(|mine| {
            let missing = missing_words(by, &mine);
            (mine, missing)
        })
        .collect())
}

/// Why the caller has not met a plan yet, or that he has.
///
/// # Errors
/// `forbidden` for an account that is no worker's; `not_found` for a plan of another county.
pub async fn requirement(state: &State, by: &Caller, plan_id: Uuid) -> Result<why::Why> {
    let (scope, person) = myself(by)?;
    why::why(state, &scope, person, plan_id, by.lang).await
}
