//! Signs of learning that was not one's own (异常线索): for somebody to look at, with what they rest on.
//!
//! Reads what courses, exams and classes keep; writes nothing. May not enter: any consequence.

pub mod api;
pub mod rules;
mod store;
mod store_classes;

use std::ops::Range;

use chrono::{Days, NaiveDate, NaiveTime};
use uuid::Uuid;

use crate::platform::{Action, Caller, Fault, Result, State};
use rules::{DAYS, SignKind};

/// Something odd, and what it rests on.
#[derive(Clone, Debug)]
pub struct Sign {
    pub kind: SignKind,
    /// The paper or the course.
    pub about: Uuid,
    /// Its title.
    pub title: String,
    /// People it concerns.
    pub people: i64,
    /// Microseconds since 1970.
    pub from: i64,
    pub to: i64,
    /// The phone, by the head of its hash.
    pub device: Option<String>,
    /// Wrong answers that are alike.
    pub wrong_answers: Option<i32>,
    pub evidence: Vec<Evidence>,
}

/// Who and when.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub person_id: Uuid,
    pub name: String,
    pub id_masked: String,
    pub at: i64,
    /// The class he was in.
    pub class: Option<(Uuid, String)>,
}

/// What is looked for.
pub struct Asked {
    pub kind: Option<SignKind>,
    pub from_day: Option<NaiveDate>,
    pub to_day: Option<NaiveDate>,
    /// Signs of each kind at most.
    pub limit: u64,
}

/// The signs in the caller's reach, those with most people first; whether there are more.
///
/// # Errors
/// `forbidden`; `invalid_field` for days that are out of order or too many.
pub async fn list(state: &State, by: &Caller, asked: Asked) -> Result<(Vec<Sign>, bool)> {
    let scope = by.may(Action::ReadSigns)?;
    let window = window(state, &asked)?;
    let db = state.db.read();
    let mut signs = Vec::new();
    let mut cut = false;
    for kind in SignKind::ALL {
        if asked.kind.is_some_and(|wanted| wanted != kind) {
            continue;
        }
        let mut found = store::signs(db, &scope, kind, &window, asked.limit + 1).await?;
        let most = usize::try_from(asked.limit).unwrap_or(usize::MAX);
        cut |= found.len() > most;
        found.truncate(most);
        signs.extend(found);
    }
    Ok((signs, cut))
}

/// The days looked through, in microseconds since 1970.
fn window(state: &State, asked: &Asked) -> Result<Range<i64>> {
    let (usual, most) = DAYS;
    let last = asked.to_day.unwrap_or_else(|| state.clock.today());
    let back = Days::new(u64::try_from(usual - 1).unwrap_or(0));
    let first = (asked.from_day).unwrap_or_else(|| last.checked_sub_days(back).unwrap_or(last));
    let days = (last - first).num_days() + 1;
    if !(1..=most).contains(&days) {
        return Err(Fault::field(
            "from_day",
            format!("1–{most} days before to_day"),
        ));
    }
    let after = last.succ_opt().unwrap_or(last);
    let micros = |day: NaiveDate| state.clock.micros(day.and_time(NaiveTime::MIN));
    Ok(micros(first)..micros(after))
}
