//! Marking people present: one by hand, or many at once by whatever way they came.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::assess::{Effect, same};
use super::rules::{credited_between, credited_minutes, passed};
use super::store::{self, Mark, Method};
use super::{Class, ClassState};
use crate::hours::{self, CountedAt, From, Given, Source};
use crate::people::Employment;
use crate::plans::{self, Plan};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db};
use crate::sheets::cells::Score;
use crate::sheets::posts::TargetRole;
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
    in_line(&work).await?;
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

/// One writer of a county's marks after another: sheets, rolls, scans and hands see each other's.
pub(super) async fn in_line(work: &Work<'_>) -> Result<()> {
    db::lock_in_line(&work.tx, &format!("attendance:{}", work.by.county_id)).await
}

/// Points of 100 as they are stored.
pub(super) fn hundredths(score: Option<f64>) -> Option<Result<i32, Code>> {
    #[expect(clippy::cast_possible_truncation, reason = "within the range checked")]
    score.map(|points| match points {
        _ if (0.0..=1_000.0).contains(&points) => Ok((points * 100.0).round() as i32),
        _ => Err(Code::InvalidField),
    })
}

async fn marked(work: &Work<'_>, class: &Class, plan: &Plan, new: &NewMark) -> Result<Mark> {
    if let (Some(from), Some(to)) = (new.check_in, new.check_out)
        && to <= from
    {
        return Err(Fault::new(Code::CheckoutBeforeCheckin).at("/check_out"));
    }
    let score = hundredths(new.score)
        .transpose()
        .map_err(|_| Fault::field("/score", "0–1000"))?;
    let post = people::post_on(&work.tx, new.person_id, class.day).await?;
    Ok(Mark {
        id: clock::new_id(),
        class_id: class.id,
        person_id: new.person_id,
        at: counted_at(class, post.as_ref()),
        check_in_at: new.check_in.map(|wall| work.state.clock.micros(wall)),
        check_out_at: new.check_out.map(|wall| work.state.clock.micros(wall)),
        minutes: i64::from(credited_minutes(class.minutes, new.check_in, new.check_out)),
        score_hundredths: score,
        passed: passed(score.map(Score::Hundredths), plan.terms.pass_mark),
    })
}

/// Where somebody counts: at the post of that day, or where the class was held.
fn counted_at(class: &Class, post: Option<&Employment>) -> CountedAt {
    post.map_or(
        CountedAt {
            region_id: class.region_id,
            enterprise_id: None,
            role: TargetRole::Other,
        },
        |post| CountedAt {
            region_id: post.region_id,
            enterprise_id: post.enterprise_id,
            role: post.role,
        },
    )
}

/// What is to stand of somebody's presence. What is not told stays as the mark before it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) class: &'a Class,
    pub(super) person_id: Uuid,
    pub(super) check_in_at: Option<i64>,
    pub(super) check_out_at: Option<i64>,
    pub(super) score_hundredths: Option<i32>,
}

/// What became of it: the mark that stands now.
#[derive(Clone, Debug)]
pub(super) struct Put {
    pub(super) mark: Mark,
    pub(super) effect: Effect,
}

/// Makes marks stand, with their hours and counters, in set-based statements; the same again changes nothing.
///
/// `old` holds the marks that stand so far, by class and person.
pub(super) async fn put(
    work: &Work<'_>,
    plan: &Plan,
    word: &'static str,
    wanted: &[Wanted<'_>],
    old: &HashMap<(Uuid, Uuid), Mark>,
) -> Result<Vec<Put>> {
    let days: Vec<_> = wanted
        .iter()
        .map(|wanted| (wanted.person_id, wanted.class.day))
        .collect();
    let posts = people::posts_on(&work.tx, &days).await?;
    let (mut put, mut pairs, mut marks, mut credits) = (vec![], vec![], vec![], vec![]);
    for wanted in wanted {
        let before = old.get(&(wanted.class.id, wanted.person_id));
        let post = posts.get(&(wanted.person_id, wanted.class.day));
        let mark = merged(plan, wanted, before, counted_at(wanted.class, post));
        let effect = match before {
            None => Effect::New,
            Some(before) if same(before, &mark) => Effect::Unchanged,
            Some(_) => Effect::Changed,
        };
        if let (Effect::Unchanged, Some(before)) = (effect, before) {
            let mark = before.clone();
            put.push(Put { mark, effect });
            continue;
        }
        pairs.extend(before.map(|before| (before.id, mark.id)));
        credits.push(credit_of(wanted.class, &mark, None));
        marks.push((mark.clone(), None));
        put.push(Put { mark, effect });
    }
    store::replace_marks(work, &pairs).await?;
    let method = Method {
        word,
        upload_id: None,
    };
    store::write_marks(work, method, &marks, &[]).await?;
    hours::credit(work, plan, &credits).await?;
    let mut held: Vec<_> = marks.iter().map(|(mark, _)| mark.class_id).collect();
    held.sort_unstable();
    held.dedup();
    store::set_state(&work.tx, &held, ClassState::Held, work.now).await?;
    Ok(put)
}

/// The mark that should stand. Times and points keep what stood where nothing is told of them.
fn merged(plan: &Plan, wanted: &Wanted<'_>, before: Option<&Mark>, at: CountedAt) -> Mark {
    let kept =
        |told: Option<i64>, of: fn(&Mark) -> Option<i64>| told.or_else(|| before.and_then(of));
    let (from, to) = (
        kept(wanted.check_in_at, |mark| mark.check_in_at),
        kept(wanted.check_out_at, |mark| mark.check_out_at),
    );
    let minutes = match before {
        // A column of hours on a sheet said them: times that did not change do not unsay it.
        Some(mark) if (mark.check_in_at, mark.check_out_at) == (from, to) => mark.minutes,
        _ => i64::from(credited_between(wanted.class.minutes, from, to)),
    };
    let score = wanted.score_hundredths;
    let told = passed(score.map(Score::Hundredths), plan.terms.pass_mark);
    Mark {
        id: clock::new_id(),
        class_id: wanted.class.id,
        person_id: wanted.person_id,
        at: before.map_or(at, |mark| mark.at),
        check_in_at: from,
        check_out_at: to,
        minutes,
        score_hundredths: score.or_else(|| before.and_then(|mark| mark.score_hundredths)),
        passed: match score {
            Some(_) => told,
            None => before.and_then(|mark| mark.passed),
        },
    }
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
