//! Marking somebody present by hand.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::rules::{credited_minutes, passed};
use super::store::{self, Mark, Method};
use super::{Class, ClassState};
use crate::hours::{self, CountedAt, From, Given, Source};
use crate::plans::{self, Plan};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db};
use crate::sheets::cells::Score;
use crate::{audit, fresh, people};

/// Who was there, when, and what he scored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewMark {
    pub person_id: Uuid,
    pub check_in: Option<NaiveDateTime>,
    pub check_out: Option<NaiveDateTime>,
    /// Points of 100.
    pub score: Option<f64>,
}

/// What a mark gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Marked {
    pub person_id: Uuid,
    pub minutes: i64,
    pub passed: Option<bool>,
}

/// Marks a person present, or changes his mark; minutes and counters follow at once.
///
/// # Errors
/// `not_found`, `class_cancelled`, `plan_not_published`, `checkout_before_checkin`, `invalid_field`.
pub async fn mark_attendance(
    state: &State,
    by: &Caller,
    retry: Retry,
    class_id: Uuid,
    new: NewMark,
) -> Result<Marked> {
    let scope = by.may(Action::ManageClasses)?;
    let reach = by.may(Action::ReadPeople)?;
    let work = fresh!(state.begin(by, retry).await?);
    db::lock_in_line(&work.tx, &format!("class:{class_id}")).await?;
    let class = store::class(&work.tx, &scope, class_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if class.state == ClassState::Cancelled {
        return Err(Fault::new(Code::ClassCancelled));
    }
    let plan = plans::open_plan(&work.tx, by.county_id, class.plan_id).await?;
    people::find_visible(&work.tx, &reach, new.person_id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let mark = marked(&work, &class, &plan, &new).await?;
    let old = store::marks_of(&work.tx, &[class_id])
        .await?
        .remove(&(class_id, new.person_id));
    let replaced: Vec<_> = old.iter().map(|old| old.id).collect();
    store::write_marks(
        &work,
        Method {
            word: "manual",
            upload_id: None,
        },
        &[(mark.clone(), None)],
        &replaced,
    )
    .await?;
    hours::credit(&work, &plan, &[credit_of(&class, &mark, None)]).await?;
    store::set_state(&work.tx, &[class_id], ClassState::Held, work.now).await?;
    let detail = json!({"person": new.person_id, "minutes": mark.minutes});
    audit::record(
        &work,
        "classes.mark",
        ("class", class_id.to_string()),
        detail,
    )
    .await?;
    let answer = Marked {
        person_id: new.person_id,
        minutes: mark.minutes,
        passed: mark.passed,
    };
    work.commit(&answer).await?;
    Ok(answer)
}

async fn marked(work: &Work<'_>, class: &Class, plan: &Plan, new: &NewMark) -> Result<Mark> {
    if let (Some(from), Some(to)) = (new.check_in, new.check_out)
        && to <= from
    {
        return Err(Fault::new(Code::CheckoutBeforeCheckin).at("/check_out"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the range checked")]
    let score = match new.score {
        Some(points) if (0.0..=1_000.0).contains(&points) => Some((points * 100.0).round() as i32),
        Some(_) => return Err(Fault::field("/score", "0–1000")),
        None => None,
    };
    let post = people::post_on(&work.tx, new.person_id, class.day).await?;
    let at = post.map_or(
        CountedAt {
            region_id: class.region_id,
            enterprise_id: None,
            role: crate::sheets::posts::TargetRole::Other,
        },
        |post| CountedAt {
            region_id: post.region_id,
            enterprise_id: post.enterprise_id,
            role: post.role,
        },
    );
    Ok(Mark {
        id: clock::new_id(),
        class_id: class.id,
        person_id: new.person_id,
        at,
        check_in_at: new.check_in.map(|wall| work.state.clock.micros(wall)),
        check_out_at: new.check_out.map(|wall| work.state.clock.micros(wall)),
        minutes: i64::from(credited_minutes(class.minutes, new.check_in, new.check_out)),
        score_hundredths: score,
        passed: passed(score.map(Score::Hundredths), plan.terms.pass_mark),
    })
}

/// What a mark gives the ledger.
pub(super) fn credit_of(class: &Class, mark: &Mark, evidence_id: Option<Uuid>) -> (From, Given) {
    let from = From {
        source: Source::Class,
        source_id: class.id,
        part: class.part,
        evidence_id,
    };
    let given = Given {
        person_id: mark.person_id,
        at: mark.at,
        minutes: mark.minutes,
        person_times: 1,
        passes: i64::from(mark.passed == Some(true)),
        score_hundredths: mark.score_hundredths,
        day: class.day,
    };
    (from, given)
}
