//! Corrections (更正申请): a person asks for what is wrong in his own file to be put right, and is answered.
//!
//! Owns `file_correction`. Invariants: what is asked and answered is sealed; an accepted name, number or phone stands in
//! the file in the same transaction; an ID number is changed only by whoever read it from the card himself. May not
//! enter: marks of classes (objections have their own way), how other rooms put right what is theirs.

pub mod api;
pub mod rules;
mod store;
mod words;

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::people::{self, Right};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::page::Page;
use crate::platform::reseal::Column;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock};
use crate::sheets::{Cell, ids};
use crate::{audit, certificates, fresh};
use rules::{CorrectionState, Subject};
use store::Kept;

pub use store::old;

/// What the seal binds the value asked for to.
const WANTED_PURPOSE: &str = "file_correction.wanted";
/// What the seal binds the words of both sides to.
const WORDS_PURPOSE: &str = "file_correction.words";
/// Rows removed at a time.
const STEP: u64 = 500;

/// The columns of sealed values, to be sealed anew when another key is in use.
pub const SEALED: &[Column] = &[
    Column::new("file_correction", "wanted_sealed", WANTED_PURPOSE),
    Column::new("file_correction", "words_sealed", WORDS_PURPOSE),
    Column::new("file_correction", "answer_sealed", WORDS_PURPOSE),
];

/// A correction as its two sides read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Correction {
    pub id: Uuid,
    pub person_id: Uuid,
    pub subject: Subject,
    /// What is right: numbers masked.
    pub wanted: Option<String>,
    pub words: String,
    pub state: CorrectionState,
    pub answer: Option<String>,
    pub asked_at: i64,
    pub settled_at: Option<i64>,
}

impl Correction {
    /// When it should be answered, in microseconds since 1970.
    #[must_use]
    pub const fn due_at(&self) -> i64 {
        self.asked_at + rules::ANSWER_DAYS * 86_400_000_000
    }

    /// Open, and should have been answered.
    #[must_use]
    pub fn is_overdue(&self, now: i64) -> bool {
        self.state == CorrectionState::Open && self.asked_at < rules::overdue_before(now)
    }
}

/// A correction with who asked.
#[derive(Clone, Debug)]
pub struct Listed {
    pub correction: Correction,
    pub name: String,
    pub id_masked: String,
}

/// What is asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    pub subject: Subject,
    pub wanted: Option<String>,
    pub words: String,
}

fn opened(state: &State, kept: Kept) -> Result<Correction> {
    let wanted = kept
        .wanted_sealed
        .map(|sealed| state.seal.open_text(WANTED_PURPOSE, &sealed))
        .transpose()?;
    let wanted = wanted.map(|wanted| match kept.subject {
        Subject::IdNumber => people::rules::mask_id(&wanted),
        Subject::Phone => people::rules::mask_phone(&wanted),
        _ => wanted,
    });
    let answer = kept
        .answer_sealed
        .map(|sealed| state.seal.open_text(WORDS_PURPOSE, &sealed))
        .transpose()?;
    Ok(Correction {
        id: kept.id,
        person_id: kept.person_id,
        subject: kept.subject,
        wanted,
        words: state.seal.open_text(WORDS_PURPOSE, &kept.words_sealed)?,
        state: kept.state,
        answer,
        asked_at: kept.asked_at,
        settled_at: kept.settled_at,
    })
}

/// Asks for something in one's own file to be put right.
///
/// # Errors
/// `forbidden`; what [`rules::wanted`] refuses; `corrections_waiting`.
pub async fn ask(state: &State, by: &Caller, retry: Retry, asked: Asked) -> Result<Correction> {
    let scope = by.may(Action::ReadOwn)?;
    let person_id = own(&scope)?;
    let wanted = rules::wanted(asked.subject, asked.wanted.as_deref())?;
    said(&asked.words)?;
    let work = fresh!(state.begin(by, retry).await?);
    // In line with one's own other requests, so that no two count the same.
    people::hold(&work, person_id).await?;
    let open = store::open_of(&work.tx, person_id).await?;
    if open >= rules::MOST_OPEN {
        return Err(Fault::new(Code::CorrectionsWaiting).with("count", open));
    }
    let seal = |purpose, text: &str| state.seal.seal(purpose, text.as_bytes());
    let kept = Kept {
        id: clock::new_id(),
        person_id,
        subject: asked.subject,
        wanted_sealed: wanted
            .as_deref()
            .map(|wanted| seal(WANTED_PURPOSE, wanted))
            .transpose()?,
        words_sealed: seal(WORDS_PURPOSE, asked.words.trim())?,
        state: CorrectionState::Open,
        answer_sealed: None,
        asked_at: work.now,
        settled_at: None,
    };
    store::insert(&work, &kept).await?;
    note(&work, "corrections.ask", &kept).await?;
    let correction = opened(state, kept)?;
    work.commit(&correction).await?;
    Ok(correction)
}

fn own(scope: &Scope) -> Result<Uuid> {
    let person = scope.persons.first().copied();
    person.ok_or_else(|| Fault::new(Code::Forbidden))
}

fn said(words: &str) -> Result<()> {
    if words.trim().is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "words")
            .at("/words"));
    }
    Ok(())
}

async fn note(work: &Work<'_>, action: &str, kept: &Kept) -> Result<()> {
    let detail = json!({"subject": kept.subject, "state": kept.state, "person": kept.person_id});
    audit::record(
        work,
        action,
        ("file_correction", kept.id.to_string()),
        detail,
    )
    .await
}

/// A request that waits, within a reach; its row is held.
async fn open_one(work: &Work<'_>, scope: &Scope, id: Uuid) -> Result<Kept> {
    let kept = store::hold(&work.tx, scope, id).await?;
    let kept = kept.ok_or_else(Fault::not_found)?;
    if kept.state == CorrectionState::Open {
        Ok(kept)
    } else {
        Err(Fault::new(Code::CorrectionSettled))
    }
}

/// Takes one's own request back.
///
/// # Errors
/// `forbidden`, `not_found`, `correction_settled`.
pub async fn withdraw(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Correction> {
    let scope = by.may(Action::ReadOwn)?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut kept = open_one(&work, &scope, id).await?;
    kept.state = CorrectionState::Withdrawn;
    kept.settled_at = Some(work.now);
    store::settle(&work, &kept).await?;
    note(&work, "corrections.withdraw", &kept).await?;
    let correction = opened(state, kept)?;
    work.commit(&correction).await?;
    Ok(correction)
}

/// How a request is answered.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub accept: bool,
    pub words: String,
    /// The ID number as the officer read it from the card, where one is to be put right.
    pub id_number: Option<String>,
}

/// Answers a request. Accepted, a name, a number or a phone is put right at once; what else is wrong was put right
/// before, by its own operation.
///
/// # Errors
/// `forbidden`, `not_found`, `correction_settled`, `field_missing`, `correction_differs`, `id_belongs_to_another_name`.
pub async fn answer(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    answer: Answer,
) -> Result<Correction> {
    let scope = by.may(Action::AnswerCorrections)?;
    said(&answer.words)?;
    let work = fresh!(state.begin(by, retry).await?);
    let mut kept = open_one(&work, &scope, id).await?;
    if answer.accept {
        put_right(&work, &kept, answer.id_number.as_deref()).await?;
        kept.state = CorrectionState::Accepted;
    } else {
        kept.state = CorrectionState::Refused;
    }
    let words = answer.words.trim();
    kept.answer_sealed = Some(state.seal.seal(WORDS_PURPOSE, words.as_bytes())?);
    kept.settled_at = Some(work.now);
    store::settle(&work, &kept).await?;
    words::answered(&work, &kept, words).await?;
    note(&work, "corrections.answer", &kept).await?;
    let correction = opened(state, kept)?;
    work.commit(&correction).await?;
    Ok(correction)
}

/// Puts into the file what was asked for, where that is a value.
async fn put_right(work: &Work<'_>, kept: &Kept, read: Option<&str>) -> Result<()> {
    let Some(sealed) = &kept.wanted_sealed else {
        return Ok(());
    };
    let wanted = work.state.seal.open_text(WANTED_PURPOSE, sealed)?;
    let number = |text: &str| {
        ids::id_number(&Cell::Text(text.to_owned()))
            .map_err(|_| Fault::new(Code::IdNumberInvalid).at("/id_number"))
    };
    match kept.subject {
        Subject::IdNumber => {
            let read = read.ok_or_else(|| {
                Fault::new(Code::FieldMissing)
                    .with("field", "id_number")
                    .at("/id_number")
            })?;
            let id = number(read)?;
            if id.number() != wanted {
                return Err(Fault::new(Code::CorrectionDiffers).at("/id_number"));
            }
            people::amend(work, kept.person_id, &Right::IdNumber(&id)).await?;
        }
        Subject::Phone => people::amend(work, kept.person_id, &Right::Phone(&wanted)).await?,
        _ => people::amend(work, kept.person_id, &Right::Name(&wanted)).await?,
    }
    // His code says his name and the end of his number.
    certificates::people_changed(work, &[kept.person_id]).await
}

/// The caller's own requests, or those of people within his reach, the oldest first.
async fn page(
    state: &State,
    scope: &Scope,
    (wanted, overdue): (Option<CorrectionState>, bool),
    page: &Page,
) -> Result<(Vec<Listed>, Option<String>)> {
    let wanted = store::Wanted {
        state: wanted,
        overdue_before: overdue.then(|| rules::overdue_before(state.clock.now())),
    };
    let rows = store::page(state.db.read(), scope, wanted, page).await?;
    let (rows, next) = page.cut(rows, |(kept, ..)| kept.id);
    let listed = rows.into_iter().map(|(kept, name, id_masked)| {
        Ok(Listed {
            correction: opened(state, kept)?,
            name,
            id_masked,
        })
    });
    Ok((listed.collect::<Result<Vec<_>>>()?, next))
}

/// How many wait within a reach, and of these how many longer than they should.
///
/// # Errors
/// Database faults.
pub async fn waiting(db: &impl ConnectionTrait, scope: &Scope, now: i64) -> Result<(u64, u64)> {
    store::waiting(db, scope, rules::overdue_before(now)).await
}

/// Removes what was settled before an instant, some at a time.
///
/// # Errors
/// Database faults; what went before stays gone.
pub async fn forget(state: &State, county_id: Uuid, before: i64) -> Result<u64> {
    let mut gone = 0;
    loop {
        let tx = state.db.begin_write().await?;
        let some = store::forget(&tx, county_id, before, STEP).await?;
        tx.commit().await?;
        if some == 0 {
            return Ok(gone);
        }
        gone += some;
    }
}
