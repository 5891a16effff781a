//! The worker's word on his marks: he confirms them or objects, and an objection is answered (确认、异议、答复).
//!
//! A correction is a new mark beside the old one; what was confirmed and what was said stays on record.

pub mod api;
mod store;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::assess::Effect;
use super::marks::{self, Wanted, hundredths, in_line};
use super::ratings;
use super::roll::rules::{Times, times};
use super::{Class, store as class_store};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::{audit, fresh, plans};
use store::Version;

/// Whether an objection was answered, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, poem_openapi::Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum ObjectionState {
    /// 待答复
    Open,
    /// 异议成立，已更正
    Accepted,
    /// 维持原记录
    Upheld,
}

impl ObjectionState {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Upheld => "upheld",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        match word {
            "accepted" => Self::Accepted,
            "upheld" => Self::Upheld,
            _ => Self::Open,
        }
    }
}

/// A worker's objection to a mark, and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Objection {
    pub id: Uuid,
    pub class_id: Uuid,
    /// The mark objected to.
    pub mark_id: Uuid,
    pub person_id: Uuid,
    pub words: String,
    pub state: ObjectionState,
    pub answer: Option<String>,
    /// The mark that replaced it.
    pub new_mark_id: Option<Uuid>,
    pub raised_at: i64,
    pub answered_at: Option<i64>,
}

/// Days within which a trainer answers an objection; the field sets none, so a week.
pub const ANSWER_DAYS: i64 = 7;

/// An objection raised before this instant should have been answered by now.
#[must_use]
pub const fn overdue_before(now: i64) -> i64 {
    now - ANSWER_DAYS * 86_400_000_000
}

impl Objection {
    /// When it should be answered, in microseconds since 1970.
    #[must_use]
    pub const fn due_at(&self) -> i64 {
        self.raised_at + ANSWER_DAYS * 86_400_000_000
    }

    /// Open, and should have been answered.
    #[must_use]
    pub fn is_overdue(&self, now: i64) -> bool {
        self.state == ObjectionState::Open && self.raised_at < overdue_before(now)
    }
}

/// A mark of one's own, with its class and what one said of it.
pub(super) struct OwnMark {
    version: Version,
    class: Class,
    /// The newest, of this mark or of one it replaced.
    objection: Option<Objection>,
    /// Whether one is satisfied with the class, where one said so.
    satisfied: Option<bool>,
}

/// A page of the caller's own marks that stand.
async fn own_marks(state: &State, scope: &Scope, page: &Page) -> Result<Vec<OwnMark>> {
    let db = state.db.read();
    let rows = store::own_marks(db, scope, page).await?;
    let classes: Vec<Uuid> = rows.iter().map(|(_, class)| class.id).collect();
    let mut said = store::newest_of(db, scope, &classes).await?;
    let rated = ratings::own(db, &scope.persons, &classes).await?;
    Ok(rows
        .into_iter()
        .map(|(version, class)| OwnMark {
            objection: said.remove(&(class.id, version.mark.person_id)),
            satisfied: rated.get(&class.id).copied(),
            version,
            class,
        })
        .collect())
}

/// The mark a worker speaks of: his own, standing, and without an open objection or a confirmation.
async fn to_be_answered(work: &Work<'_>, scope: &Scope, mark_id: Uuid) -> Result<(Version, Class)> {
    let (version, class) = store::own_mark(&work.tx, scope, mark_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if !version.stands {
        return Err(Fault::new(Code::MarkReplaced));
    }
    if version.confirmed_at.is_some() {
        return Err(Fault::new(Code::MarkConfirmed));
    }
    let said = store::newest_of(&work.tx, scope, &[class.id]).await?;
    let open = said
        .get(&(class.id, version.mark.person_id))
        .is_some_and(|said| said.state == ObjectionState::Open);
    if open {
        return Err(Fault::new(Code::ObjectionOpen));
    }
    Ok((version, class))
}

/// The worker says that a mark is right. Once said, it stands; a corrected mark asks anew.
///
/// # Errors
/// `not_found`, `mark_replaced`, `mark_confirmed`, `objection_open`.
pub async fn confirm_mark(state: &State, by: &Caller, retry: Retry, mark_id: Uuid) -> Result<i64> {
    let scope = by.may(Action::CheckIn)?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    to_be_answered(&work, &scope, mark_id).await?;
    store::set_confirmed(&work, mark_id).await?;
    audit::record(
        &work,
        "classes.confirm_mark",
        ("attendance_mark", mark_id.to_string()),
        json!({}),
    )
    .await?;
    let now = work.now;
    work.commit(&now).await?;
    Ok(now)
}

/// The worker says that a mark is wrong; the trainer must answer.
///
/// # Errors
/// `not_found`, `field_missing`, `mark_replaced`, `mark_confirmed`, `objection_open`.
pub async fn object_to_mark(
    state: &State,
    by: &Caller,
    retry: Retry,
    mark_id: Uuid,
    words: String,
) -> Result<Objection> {
    let scope = by.may(Action::CheckIn)?;
    said(&words, "/words")?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let (version, class) = to_be_answered(&work, &scope, mark_id).await?;
    let objection = Objection {
        id: clock::new_id(),
        class_id: class.id,
        mark_id,
        person_id: version.mark.person_id,
        words,
        state: ObjectionState::Open,
        answer: None,
        new_mark_id: None,
        raised_at: work.now,
        answered_at: None,
    };
    store::insert_objection(&work, class.region_id, &objection).await?;
    words::raised(&work, &class, &objection).await?;
    audit::record(
        &work,
        "classes.object_to_mark",
        ("attendance_mark", mark_id.to_string()),
        json!({"objection": objection.id}),
    )
    .await?;
    work.commit(&objection).await?;
    Ok(objection)
}

fn said(words: &str, at: &str) -> Result<()> {
    if words.trim().is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", at.trim_start_matches('/'))
            .at(at));
    }
    Ok(())
}

/// How an objection is answered: upheld with words, or accepted with what the mark should have said.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub accept: bool,
    pub words: String,
    pub check_in_at: Option<i64>,
    pub check_out_at: Option<i64>,
    /// Points of 100.
    pub score: Option<f64>,
}

/// Answers an objection. Accepted, the mark that stands is corrected, with its hours and counters.
///
/// # Errors
/// `not_found`, `objection_answered`, `field_missing`, `checkout_before_checkin` and the like; `conflict` when it is
/// accepted and nothing would change.
pub async fn answer_objection(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    answer: Answer,
) -> Result<Objection> {
    let scope = by.may(Action::ManageClasses)?;
    said(&answer.words, "/words")?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let mut objection = store::objection(&work.tx, &scope, id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if objection.state != ObjectionState::Open {
        return Err(Fault::new(Code::ObjectionAnswered));
    }
    objection.state = if answer.accept {
        objection.new_mark_id = Some(correct(&work, &scope, &objection, &answer).await?);
        ObjectionState::Accepted
    } else {
        ObjectionState::Upheld
    };
    objection.answer = Some(answer.words);
    objection.answered_at = Some(work.now);
    store::save_answer(&work, &objection).await?;
    words::answered(&work, &objection).await?;
    let detail = json!({"state": objection.state.word(), "mark": objection.mark_id});
    audit::record(
        &work,
        "classes.answer_objection",
        ("mark_objection", id.to_string()),
        detail,
    )
    .await?;
    work.commit(&objection).await?;
    Ok(objection)
}

/// Makes the mark say what it should have said; the id of the new one.
async fn correct(
    work: &Work<'_>,
    scope: &Scope,
    objection: &Objection,
    answer: &Answer,
) -> Result<Uuid> {
    let key = (objection.class_id, objection.person_id);
    let class = class_store::class(&work.tx, scope, key.0)
        .await?
        .ok_or_else(Fault::not_found)?;
    // A closed plan takes no new training; what was wrong in it is put right as ever.
    let plan = plans::any_plan(&work.tx, work.by.county_id, class.plan_id).await?;
    let old = class_store::marks_of_people(&work.tx, &[key.0], &[key.1]).await?;
    let stands = old.get(&key).ok_or_else(Fault::not_found)?;
    let told = Times {
        check_in_at: answer.check_in_at,
        check_out_at: answer.check_out_at,
    };
    let before = Times {
        check_in_at: stands.check_in_at,
        check_out_at: stands.check_out_at,
    };
    let right = times(told, before, Times::default()).map_err(Fault::new)?;
    let wanted = Wanted {
        class: &class,
        person_id: key.1,
        check_in_at: right.check_in_at,
        check_out_at: right.check_out_at,
        score_hundredths: hundredths(answer.score)
            .transpose()
            .map_err(|_| Fault::field("/score", "0–1000"))?,
    };
    let put = marks::put(work, &plan, "manual", &[wanted], &old).await?;
    put.into_iter()
        .find(|put| put.effect == Effect::Changed)
        .map(|put| put.mark.id)
        .ok_or_else(|| Fault::new(Code::Conflict).with("what", "unchanged"))
}
