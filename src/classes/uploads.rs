//! The upload of a sign-in sheet: preview, verdict for each line, commit; the same again has no second effect.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use uuid::Uuid;

use super::assess::{self, Assessment, Effect, Target, assess};
use super::marks::credit_of;
use super::rules::Judged;
use super::sheet::{self, AttendanceSheet, read_attendance};
use super::store::{self, Method};
use super::store_uploads::{self, Order, Upload};
use crate::people::{self, Named, Sighting};
use crate::plans::{self, Plan};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::intake::Handed;
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock, db, error, jobs};
use crate::sheets::{self, Limits, SheetError};
use crate::{audit, fresh, hours};

/// The kind of job that commits a large upload.
pub const COMMIT_JOB: &str = "classes.commit_upload";

/// Reads a sheet and tells what it would do; nothing of the county changes.
///
/// # Errors
/// The file's own faults; `plan_not_published`, `class_day_unclear`, `class_region_unclear`, `line_outside_scope` …
pub async fn preview(
    state: &State,
    by: &Caller,
    retry: Retry,
    file: Handed,
    plan_id: Uuid,
    target: Target,
) -> Result<Upload> {
    let scope = by.may(Action::ManageClasses)?;
    let plan = plans::open_plan(state.db.read(), by.county_id, plan_id).await?;
    if target
        .region_id
        .is_some_and(|region| !scope.reaches_region(region))
    {
        return Err(
            Fault::new(Code::RegionUnknown).with("region", target.region_id.unwrap_or_default())
        );
    }
    let id = clock::new_id();
    let key = format!("uploads/{id}");
    let (bytes, sheet) = read(file.bytes, file.name.clone(), plan.terms.minutes_per_hour).await?;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let work = fresh!(state.begin(by, retry).await?);
    let assessed = assess(&work.tx, state, &scope, &plan, target, &sheet).await?;
    // On disk before the row that names it: a crash between the two leaves a file nobody asks for, never the reverse.
    state.files.put(&state.seal, &key, &bytes).await?;
    let mut upload = Upload {
        id,
        region_id: target.region_id.or_else(|| only_region(&assessed)),
        plan_id,
        class_id: target.class_id,
        account_id: by.account(),
        file_name: file.name,
        file_key: key,
        file_hash: hex::decode(&file.hash).unwrap_or_default(),
        file_size: size,
        state: "previewed".to_owned(),
        all_or_nothing: false,
        lines: 0,
        accepted: 0,
        refused: 0,
        counts: BTreeMap::new(),
        effects: BTreeMap::new(),
        sessions: sheet
            .sessions
            .iter()
            .map(|s| {
                (
                    s.title.clone(),
                    s.day.map(|d| d.to_string()).unwrap_or_default(),
                )
            })
            .collect(),
        job_id: None,
        created_at: work.now,
        committed_at: None,
    };
    tally(&mut upload, &assessed);
    store_uploads::insert_upload(&work, &upload).await?;
    store_uploads::write_lines(&work, id, &sheet, &assessed).await?;
    let detail = json!({"lines": upload.lines, "accepted": upload.accepted});
    audit::record(
        &work,
        "classes.preview_upload",
        ("attendance_upload", id.to_string()),
        detail,
    )
    .await?;
    work.commit(&upload).await?;
    Ok(upload)
}

/// The township all its classes lie in, if it is one.
fn only_region(assessed: &Assessment) -> Option<Uuid> {
    let mut regions = assessed.classes.values().map(|(class, _)| class.region_id);
    let first = regions.next()?;
    regions.all(|region| region == first).then_some(first)
}

async fn read(
    bytes: Vec<u8>,
    name: String,
    minutes_per_hour: i32,
) -> Result<(Vec<u8>, AttendanceSheet)> {
    sheets::off_thread(move || {
        let book = sheets::read(&bytes, &Limits::default())?;
        let sheet = read_attendance(&book, &name, minutes_per_hour)?;
        Ok::<_, SheetError>((bytes, sheet))
    })
    .await
}

fn tally(upload: &mut Upload, assessed: &Assessment) {
    let counts = assess::counts(&assessed.verdicts);
    let total = i64::try_from(assessed.verdicts.len()).unwrap_or(i64::MAX);
    upload.lines = total;
    upload.accepted = counts.get("accepted").copied().unwrap_or(0);
    upload.refused = total - upload.accepted;
    upload.counts = counts
        .into_iter()
        .map(|(word, count)| (word.to_owned(), count))
        .collect();
    upload.effects = BTreeMap::new();
    for outcome in assessed.outcomes.iter().flatten() {
        *upload
            .effects
            .entry(outcome.effect.word().to_owned())
            .or_default() += 1;
    }
}

/// Commits a previewed upload, at once or, when it is large, as a background job. Committing it again answers the same.
///
/// # Errors
/// `not_found`, `upload_not_open` when it was discarded, `upload_has_refused_lines` when all or nothing was asked.
pub async fn commit(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    all_or_nothing: bool,
) -> Result<Upload> {
    let scope = by.may(Action::ManageClasses)?;
    let seen = store_uploads::upload(state.db.read(), &scope, by.account(), id)
        .await?
        .ok_or_else(Fault::not_found)?;
    if usize::try_from(seen.lines).unwrap_or(usize::MAX) <= state.settings.job_lines {
        return commit_now(state, by, retry, id, all_or_nothing, None).await;
    }
    let work = fresh!(state.begin(by, retry).await?);
    let upload = store_uploads::upload_for_update(&work.tx, &scope, by.account(), id).await?;
    let mut upload = upload.ok_or_else(Fault::not_found)?;
    match upload.state.as_str() {
        "previewed" => {}
        "discarded" => return Err(Fault::new(Code::UploadNotOpen)),
        "queued" if given_up(&work, &upload).await? => {}
        _ => return Ok(upload),
    }
    upload.state = "queued".to_owned();
    upload.all_or_nothing = all_or_nothing;
    let order = serde_json::to_value(Order::of(by, id))?;
    upload.job_id = Some(jobs::queue(&work, COMMIT_JOB, &order, upload.lines).await?);
    store_uploads::save_upload(&work.tx, &upload).await?;
    work.commit(&upload).await?;
    jobs::wake(state);
    Ok(upload)
}

async fn given_up(work: &Work<'_>, upload: &Upload) -> Result<bool> {
    match upload.job_id {
        Some(job) => jobs::was_given_up(work, job).await,
        None => Ok(true),
    }
}

/// Does a queued commit.
///
/// # Errors
/// As [`commit`].
pub async fn run_commit(state: &State, job_id: Uuid, payload: &str) -> Result<Value> {
    let order: Order = serde_json::from_str(payload)?;
    let id = order.upload_id;
    let by = order.caller();
    let scope = by.may(Action::ManageClasses)?;
    let upload = store_uploads::upload(state.db.read(), &scope, by.account(), id)
        .await?
        .ok_or_else(Fault::not_found)?;
    let done = commit_now(
        state,
        &by,
        Retry::never(),
        id,
        upload.all_or_nothing,
        Some(job_id),
    )
    .await;
    if let Err(fault) = &done
        && fault.code.status() < 500
    {
        reopen(state, &by, id).await?;
    }
    let done = done?;
    Ok(json!({"upload_id": id, "accepted": done.accepted, "refused": done.refused}))
}

/// A commit that a rule forbade leaves the upload as it was: previewed.
async fn reopen(state: &State, by: &Caller, id: Uuid) -> Result<()> {
    let scope = by.may(Action::ManageClasses)?;
    let work = state.begin_plain(by).await?;
    if let Some(mut upload) =
        store_uploads::upload_for_update(&work.tx, &scope, by.account(), id).await?
        && upload.state == "queued"
    {
        upload.state = "previewed".to_owned();
        store_uploads::save_upload(&work.tx, &upload).await?;
    }
    work.commit(&()).await
}

/// Judges every line anew, then saves the good ones with their hours and counters, or nothing at all.
async fn commit_now(
    state: &State,
    by: &Caller,
    retry: Retry,
    id: Uuid,
    all_or_nothing: bool,
    job: Option<Uuid>,
) -> Result<Upload> {
    let scope = by.may(Action::ManageClasses)?;
    let seen = store_uploads::upload(state.db.read(), &scope, by.account(), id)
        .await?
        .ok_or_else(Fault::not_found)?;
    // Whatever came after it, a commit that was done is answered as done: a retry, or a job cut off before its note.
    if seen.state == "committed" {
        return Ok(seen);
    }
    if seen.state == "discarded" {
        return Err(Fault::new(Code::UploadNotOpen));
    }
    let plan = plans::open_plan(state.db.read(), by.county_id, seen.plan_id).await?;
    let bytes = state.files.get(&state.seal, &seen.file_key).await?;
    let (_, sheet) = read(bytes, seen.file_name.clone(), plan.terms.minutes_per_hour).await?;
    note(job, 1, 4);
    let work = fresh!(state.begin(by, retry).await?);
    // One sheet after another within a county: two that name the same person must see each other.
    db::lock_in_line(&work.tx, &format!("attendance:{}", by.county_id)).await?;
    let upload = store_uploads::upload_for_update(&work.tx, &scope, by.account(), id).await?;
    let mut upload = upload.ok_or_else(Fault::not_found)?;
    match upload.state.as_str() {
        "committed" => return Ok(upload),
        "discarded" => return Err(Fault::new(Code::UploadNotOpen)),
        _ => {}
    }
    let assessed = assess(&work.tx, state, &scope, &plan, upload.target(), &sheet).await?;
    note(job, 2, 4);
    tally(&mut upload, &assessed);
    if all_or_nothing && upload.refused > 0 {
        return Err(Fault::new(Code::UploadHasRefusedLines).with("count", upload.refused));
    }
    apply(&work, &plan, &sheet, &assessed, id).await?;
    note(job, 3, 4);
    upload.state = "committed".to_owned();
    upload.all_or_nothing = all_or_nothing;
    upload.committed_at = Some(work.now);
    store_uploads::save_upload(&work.tx, &upload).await?;
    store_uploads::write_lines(&work, id, &sheet, &assessed).await?;
    let detail =
        json!({"accepted": upload.accepted, "refused": upload.refused, "effects": upload.effects});
    audit::record(
        &work,
        "classes.commit_upload",
        ("attendance_upload", id.to_string()),
        detail,
    )
    .await?;
    work.commit(&upload).await?;
    note(job, 4, 4);
    Ok(upload)
}

fn note(job: Option<Uuid>, done: i64, total: i64) {
    if let Some(job) = job {
        jobs::note_progress(job, done, total);
    }
}

/// Writes classes, people, posts, marks and hours of the accepted lines, each in set-based statements.
async fn apply(
    work: &Work<'_>,
    plan: &Plan,
    sheet: &AttendanceSheet,
    assessed: &Assessment,
    upload_id: Uuid,
) -> Result<()> {
    let new_classes: Vec<_> = assessed
        .classes
        .values()
        .filter(|(_, new)| *new)
        .map(|(class, _)| class.clone())
        .collect();
    store::insert_classes(work, &new_classes).await?;
    let mut strangers: HashMap<&str, Named> = HashMap::new();
    for (line, verdict) in sheet.lines.iter().zip(&assessed.verdicts) {
        if let (Judged::Accepted, Ok(id), Ok(name)) = (verdict, &line.id, &line.name)
            && !assessed.known.contains_key(id.number())
        {
            let named = || Named {
                id: id.clone(),
                name: name.clone(),
                phone: line.phone.clone(),
            };
            strangers.entry(id.number()).or_insert_with(named);
        }
    }
    let strangers: Vec<Named> = strangers.into_values().collect();
    let added = people::add_people(work, &strangers).await?;
    let (mut sightings, mut marks, mut replaced, mut credits) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (line, outcome) in sheet.lines.iter().zip(&assessed.outcomes) {
        let (Some(outcome), Ok(id)) = (outcome, &line.id) else {
            continue;
        };
        let class = assessed.classes.get(&outcome.class).map(|(class, _)| class);
        let person = outcome
            .person
            .or_else(|| added.get(id.number()).map(|known| known.person_id));
        let (Some(class), Some(person_id)) = (class, person) else {
            return Err(Fault::internal("an accepted line without class or person"));
        };
        if outcome.effect == Effect::Unchanged {
            continue;
        }
        let mark = store::Mark {
            person_id,
            ..outcome.mark.clone()
        };
        let sighting = Sighting {
            region_id: mark.at.region_id,
            enterprise_id: mark.at.enterprise_id,
            enterprise_name: outcome.seat.employer_name.clone(),
            role: mark.at.role,
            day: class.day,
        };
        sightings.push((person_id, sighting));
        credits.push(credit_of(class, &mark, Some(upload_id)));
        replaced.extend(outcome.replaces);
        marks.push((mark, Some(line.line)));
    }
    people::note_sightings(work, &sightings).await?;
    let method = Method {
        word: "upload",
        upload_id: Some(upload_id),
    };
    store::write_marks(work, method, &marks, &replaced).await?;
    hours::credit(work, plan, &credits).await?;
    let held: Vec<Uuid> = assessed.classes.keys().copied().collect();
    store::set_state(&work.tx, &held, super::ClassState::Held, work.now).await
}

/// Puts a previewed upload away: it can no longer be committed.
///
/// # Errors
/// `not_found`, `upload_not_open`.
pub async fn discard(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Upload> {
    let scope = by.may(Action::ManageClasses)?;
    let work = fresh!(state.begin(by, retry).await?);
    let upload = store_uploads::upload_for_update(&work.tx, &scope, by.account(), id).await?;
    let mut upload = upload.ok_or_else(Fault::not_found)?;
    if upload.state != "previewed" {
        return Err(Fault::new(Code::UploadNotOpen));
    }
    upload.state = "discarded".to_owned();
    store_uploads::save_upload(&work.tx, &upload).await?;
    audit::record(
        &work,
        "classes.discard_upload",
        ("attendance_upload", id.to_string()),
        json!({}),
    )
    .await?;
    work.commit(&upload).await?;
    Ok(upload)
}

/// The refused lines as a sheet of the same shape with a column of reasons, ready to mend and send again.
///
/// # Errors
/// `not_found`.
pub async fn refused_sheet(state: &State, by: &Caller, id: Uuid) -> Result<Vec<u8>> {
    let scope = by.may(Action::ReadClasses)?;
    let upload = store_uploads::upload(state.db.read(), &scope, by.account(), id)
        .await?
        .filter(|upload| !upload.file_key.is_empty())
        .ok_or_else(Fault::not_found)?;
    let limit = u64::try_from(upload.refused).unwrap_or(0);
    let lines = store_uploads::line_page(state.db.read(), id, Some(false), 0, limit).await?;
    let wanted: HashMap<u32, String> = lines
        .into_iter()
        .filter_map(|line| {
            Some((
                u32::try_from(line.line).ok()?,
                error::line_words(line.reason?, by.lang),
            ))
        })
        .collect();
    let bytes = state.files.get(&state.seal, &upload.file_key).await?;
    let title = by.lang.pick("退回原因", "Reason");
    let (header, rows) = sheets::off_thread(move || {
        let book = sheets::read(&bytes, &Limits::default())?;
        let sheet = read_attendance(&book, "", 45)?;
        Ok::<_, SheetError>((sheet.header, sheet::raw_lines(&book, &wanted)?))
    })
    .await?;
    sheets::refused_sheet(&header, title, &rows)
}

/// Previews and commits in one go, whatever the size: for the console and the demo.
///
/// # Errors
/// As [`preview`] and [`commit`].
pub async fn take(
    state: &State,
    by: &Caller,
    file: Handed,
    plan_id: Uuid,
    target: Target,
) -> Result<Upload> {
    let seen = preview(state, by, Retry::never(), file, plan_id, target).await?;
    commit_now(state, by, Retry::never(), seen.id, false, None).await
}

/// Whether a file of this content was committed before.
///
/// # Errors
/// Database faults.
pub async fn was_taken(state: &State, by: &Caller, hash: &str) -> Result<bool> {
    let hash = hex::decode(hash).unwrap_or_default();
    store_uploads::committed_before(state.db.read(), by.county_id, &hash).await
}
