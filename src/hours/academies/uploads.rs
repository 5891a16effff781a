//! A sheet of an academy: preview, verdict for each line, commit; the same results again have no second effect.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::assess::{apply, assess};
use super::rules::Mapping;
use super::sheet::{self, AcademySheet, read_results};
use super::store::{self, Upload};
use crate::plans;
use crate::platform::idempotency::Retry;
use crate::platform::intake::Handed;
use crate::platform::locale::Lang;
use crate::platform::scope::Grant;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock, db, error, jobs};
use crate::sheets::{self, Limits, SheetError};
use crate::{audit, fresh};

/// The kind of job that commits a large sheet.
pub const COMMIT_JOB: &str = "hours.commit_academy_upload";

/// Whose results, and what they count toward.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Target {
    pub academy_id: Uuid,
    pub plan_id: Uuid,
    /// The township it is handed in for.
    pub region_id: Option<Uuid>,
}

/// What a background commit needs to know of who asked for it.
#[derive(Serialize, Deserialize)]
struct Order {
    upload_id: Uuid,
    account_id: Uuid,
    county_id: Uuid,
    login: String,
    grants: Vec<Grant>,
    lang: Lang,
}

impl Order {
    fn of(by: &Caller, upload_id: Uuid) -> Self {
        Self {
            upload_id,
            account_id: by.account_id,
            county_id: by.county_id,
            login: by.login.clone(),
            grants: by.grants.clone(),
            lang: by.lang,
        }
    }

    fn caller(self) -> Caller {
        Caller {
            account_id: self.account_id,
            county_id: self.county_id,
            login: self.login,
            grants: self.grants,
            lang: self.lang,
            session: Uuid::nil(),
        }
    }
}

/// Reads a sheet by the mapping told, or by the one its academy keeps, and tells what it would do; nothing changes.
///
/// # Errors
/// `not_found`; the file's own faults; `mapping_twice`; `plan_not_published`; `region_unknown`.
pub async fn preview(
    state: &State,
    by: &Caller,
    retry: Retry,
    file: Handed,
    target: Target,
    told: Option<Mapping>,
) -> Result<Upload> {
    let scope = by.may(Action::ImportResults)?;
    let academy = store::academy(state.db.read(), &scope, target.academy_id).await?;
    let academy = academy.ok_or_else(Fault::not_found)?;
    let plan = plans::open_plan(state.db.read(), by.county_id, target.plan_id).await?;
    if let Some(region) = target.region_id
        && !scope.reaches_region(region)
    {
        return Err(Fault::new(Code::RegionUnknown).with("region", region));
    }
    let mapping = told.unwrap_or(academy.mapping);
    super::check(&mapping)?;
    let (bytes, sheet) = read(file.bytes, mapping.clone(), plan.terms.minutes_per_hour).await?;
    let id = clock::new_id();
    let key = format!("uploads/{id}");
    let work = fresh!(state.begin(by, retry).await?);
    let assessed = assess(&work.tx, state, &scope, &plan, &sheet).await?;
    // On disk before the row that names it: a crash between the two leaves a file nobody asks for, never the reverse.
    state.files.put(&state.seal, &key, &bytes).await?;
    let mut upload = Upload {
        id,
        region_id: target.region_id.or_else(|| only_region(&scope)),
        academy_id: target.academy_id,
        plan_id: target.plan_id,
        account_id: by.account(),
        file_name: file.name,
        file_key: key,
        file_hash: hex::decode(&file.hash).unwrap_or_default(),
        file_size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        mapping,
        columns: sheet.columns.clone(),
        state: "previewed".to_owned(),
        lines: 0,
        accepted: 0,
        refused: 0,
        counts: BTreeMap::new(),
        job_id: None,
        created_at: work.now,
        committed_at: None,
    };
    tally(&mut upload, &assessed.verdicts);
    store::insert_upload(&work, &upload).await?;
    store::write_lines(&work, id, &sheet.lines, &assessed.verdicts).await?;
    let detail = json!({"lines": upload.lines, "accepted": upload.accepted});
    let of = ("academy_upload", id.to_string());
    audit::record(&work, "hours.preview_academy_upload", of, detail).await?;
    work.commit(&upload).await?;
    Ok(upload)
}

/// The township of somebody who speaks for one.
fn only_region(scope: &Scope) -> Option<Uuid> {
    match scope.regions.as_slice() {
        [only] if !scope.whole_county => Some(*only),
        _ => None,
    }
}

async fn read(
    bytes: Vec<u8>,
    mapping: Mapping,
    minutes_per_hour: i32,
) -> Result<(Vec<u8>, AcademySheet)> {
    sheets::off_thread(move || {
        let book = sheets::read(&bytes, &Limits::default())?;
        let sheet = read_results(&book, &mapping, minutes_per_hour)?;
        Ok::<_, SheetError>((bytes, sheet))
    })
    .await
}

fn tally(upload: &mut Upload, verdicts: &[Result<(), Code>]) {
    upload.counts = BTreeMap::new();
    for verdict in verdicts {
        let word = verdict.map_or_else(Code::word, |()| "accepted");
        *upload.counts.entry(word.to_owned()).or_default() += 1;
    }
    upload.lines = i64::try_from(verdicts.len()).unwrap_or(i64::MAX);
    upload.accepted = upload.counts.get("accepted").copied().unwrap_or(0);
    upload.refused = upload.lines - upload.accepted;
}

/// Commits a previewed sheet, at once or, when it is large, as a background job. Committing it again answers the same.
///
/// # Errors
/// `not_found`, `upload_not_open` when it was discarded.
pub async fn commit(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Upload> {
    let scope = by.may(Action::ImportResults)?;
    let seen = store::upload(state.db.read(), &scope, by.account(), id).await?;
    let seen = seen.ok_or_else(Fault::not_found)?;
    if usize::try_from(seen.lines).unwrap_or(usize::MAX) <= state.settings.job_lines {
        return commit_now(state, by, retry, id).await;
    }
    let work = fresh!(state.begin(by, retry).await?);
    let upload = store::upload_for_update(&work.tx, &scope, by.account(), id).await?;
    let mut upload = upload.ok_or_else(Fault::not_found)?;
    let given_up = match upload.job_id {
        Some(job) => jobs::was_given_up(&work, job).await?,
        None => true,
    };
    match upload.state.as_str() {
        "previewed" => {}
        "discarded" => return Err(Fault::new(Code::UploadNotOpen)),
        "queued" if given_up => {}
        _ => return Ok(upload),
    }
    upload.state = "queued".to_owned();
    let order = serde_json::to_value(Order::of(by, id))?;
    upload.job_id = Some(jobs::queue(&work, COMMIT_JOB, &order, upload.lines).await?);
    store::save_upload(&work.tx, &upload).await?;
    work.commit(&upload).await?;
    jobs::wake(state);
    Ok(upload)
}

/// Does a queued commit.
///
/// # Errors
/// As [`commit`].
pub async fn run_commit(state: &State, payload: &str) -> Result<Value> {
    let order: Order = serde_json::from_str(payload)?;
    let id = order.upload_id;
    let by = order.caller();
    let done = commit_now(state, &by, Retry::never(), id).await;
    if let Err(fault) = &done
        && fault.code.status() < 500
    {
        reopen(state, &by, id).await?;
    }
    let done = done?;
    Ok(json!({"upload_id": id, "accepted": done.accepted, "refused": done.refused}))
}

/// A commit that a rule forbade leaves the sheet as it was: previewed.
async fn reopen(state: &State, by: &Caller, id: Uuid) -> Result<()> {
    let scope = by.may(Action::ImportResults)?;
    let work = state.begin_plain(by).await?;
    if let Some(mut upload) = store::upload_for_update(&work.tx, &scope, by.account(), id).await?
        && upload.state == "queued"
    {
        upload.state = "previewed".to_owned();
        store::save_upload(&work.tx, &upload).await?;
    }
    work.commit(&()).await
}

/// Judges every line anew, then enters the good ones with their counters and remembers the mapping, or does nothing.
async fn commit_now(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Upload> {
    let scope = by.may(Action::ImportResults)?;
    let seen = store::upload(state.db.read(), &scope, by.account(), id).await?;
    let seen = seen.ok_or_else(Fault::not_found)?;
    match seen.state.as_str() {
        "committed" => return Ok(seen),
        "discarded" => return Err(Fault::new(Code::UploadNotOpen)),
        _ => {}
    }
    let plan = plans::open_plan(state.db.read(), by.county_id, seen.plan_id).await?;
    let bytes = state.files.get(&state.seal, &seen.file_key).await?;
    let mapping = seen.mapping.clone();
    let (_, sheet) = read(bytes, mapping, plan.terms.minutes_per_hour).await?;
    let work = fresh!(state.begin(by, retry).await?);
    // In one line with the sheets of classes: two that name the same stranger must see each other.
    db::lock_in_line(&work.tx, &format!("attendance:{}", by.county_id)).await?;
    let upload = store::upload_for_update(&work.tx, &scope, by.account(), id).await?;
    let mut upload = upload.ok_or_else(Fault::not_found)?;
    match upload.state.as_str() {
        "committed" => return Ok(upload),
        "discarded" => return Err(Fault::new(Code::UploadNotOpen)),
        _ => {}
    }
    let assessed = assess(&work.tx, state, &scope, &plan, &sheet).await?;
    tally(&mut upload, &assessed.verdicts);
    apply(&work, &plan, &upload, &sheet, &assessed).await?;
    store::remember(&work, upload.academy_id, &upload.mapping).await?;
    upload.state = "committed".to_owned();
    upload.committed_at = Some(work.now);
    store::save_upload(&work.tx, &upload).await?;
    store::write_lines(&work, id, &sheet.lines, &assessed.verdicts).await?;
    let detail = json!({"accepted": upload.accepted, "refused": upload.refused});
    let of = ("academy_upload", id.to_string());
    audit::record(&work, "hours.commit_academy_upload", of, detail).await?;
    work.commit(&upload).await?;
    Ok(upload)
}

/// Puts a previewed sheet away: it can no longer be committed.
///
/// # Errors
/// `not_found`, `upload_not_open`.
pub async fn discard(state: &State, by: &Caller, retry: Retry, id: Uuid) -> Result<Upload> {
    let scope = by.may(Action::ImportResults)?;
    let work = fresh!(state.begin(by, retry).await?);
    let upload = store::upload_for_update(&work.tx, &scope, by.account(), id).await?;
    let mut upload = upload.ok_or_else(Fault::not_found)?;
    if upload.state != "previewed" {
        return Err(Fault::new(Code::UploadNotOpen));
    }
    upload.state = "discarded".to_owned();
    store::save_upload(&work.tx, &upload).await?;
    let of = ("academy_upload", id.to_string());
    audit::record(&work, "hours.discard_academy_upload", of, json!({})).await?;
    work.commit(&upload).await?;
    Ok(upload)
}

/// The refused lines as a sheet of the same shape with a column of reasons, ready to mend and send again.
///
/// # Errors
/// `not_found`.
pub async fn refused_sheet(state: &State, by: &Caller, id: Uuid) -> Result<Vec<u8>> {
    let scope = by.may(Action::ImportResults)?;
    let upload = store::upload(state.db.read(), &scope, by.account(), id).await?;
    let upload = upload
        .filter(|upload| !upload.file_key.is_empty())
        .ok_or_else(Fault::not_found)?;
    let limit = u64::try_from(upload.refused).unwrap_or(0);
    let lines = store::line_page(state.db.read(), id, Some(false), 0, limit).await?;
    let wanted: HashMap<u32, String> = lines
        .into_iter()
        .filter_map(|line| {
            let number = u32::try_from(line.line).ok()?;
            Some((number, error::line_words(line.reason?, by.lang)))
        })
        .collect();
    let bytes = state.files.get(&state.seal, &upload.file_key).await?;
    let title = by.lang.pick("退回原因", "Reason");
    let mapping = upload.mapping;
    let (header, rows) = sheets::off_thread(move || {
        let book = sheets::read(&bytes, &Limits::default())?;
        let header = read_results(&book, &mapping, 45)?.header;
        Ok::<_, SheetError>((header, sheet::raw_lines(&book, &mapping, &wanted)?))
    })
    .await?;
    sheets::refused_sheet(&header, title, &rows)
}
