//! Results of an outside academy (外部学习平台成绩导入): its sheets go into the ledger as what it taught online.
//!
//! Owns `academy`, `academy_upload` and `academy_line`. An academy keeps how its columns are read, so that its next
//! sheet needs no telling; what is committed is remembered. Preview and commit read the same file the same way. May not
//! enter: how a plan counts (that is `plans`), sheets of our own classes (that is `classes`).

pub mod api;
mod assess;
pub mod purge;
pub mod rules;
pub mod sheet;
mod store;
pub mod uploads;

use serde_json::json;
use uuid::Uuid;

use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::{Action, Caller, Code, Fault, Result, State, clock};
use crate::{audit, fresh};

pub use rules::{Mapping, Meaning, Unit};
pub use store::{Academy, Upload};

/// The most columns a mapping names.
pub const MOST_COLUMNS: usize = 100;

/// Puts an academy on file.
///
/// # Errors
/// `academy_name_taken`, `mapping_twice`.
pub async fn create(
    state: &State,
    by: &Caller,
    retry: Retry,
    name: &str,
    mapping: Mapping,
) -> Result<Academy> {
    by.may(Action::ImportResults)?;
    check(&mapping)?;
    let academy = Academy {
        id: clock::new_id(),
        name: crate::sheets::text::tidy(name),
        mapping,
        updated_at: 0,
    };
    if academy.name.is_empty() {
        return Err(Fault::field("/name", "1–100"));
    }
    let work = fresh!(state.begin(by, retry).await?);
    if store::name_taken(&work, &academy.name).await? {
        return Err(Fault::new(Code::AcademyNameTaken).with("name", &academy.name));
    }
    let academy = Academy {
        updated_at: work.now,
        ..academy
    };
    store::insert_academy(&work, &academy).await?;
    let of = ("academy", academy.id.to_string());
    audit::record(
        &work,
        "hours.create_academy",
        of,
        json!({"name": academy.name}),
    )
    .await?;
    work.commit(&academy).await?;
    Ok(academy)
}

/// Says how an academy's sheets are read from now on.
///
/// # Errors
/// `not_found`, `mapping_twice`, `stale`.
pub async fn set_mapping(
    state: &State,
    by: &Caller,
    retry: Retry,
    seen: Seen<Academy>,
    id: Uuid,
    mapping: Mapping,
) -> Result<Academy> {
    let scope = by.may(Action::ImportResults)?;
    check(&mapping)?;
    let work = fresh!(state.begin(by, retry).await?);
    let academy = store::academy_for_update(&work.tx, &scope, id).await?;
    let academy = academy.ok_or_else(Fault::not_found)?;
    seen.check(&academy)?;
    store::remember(&work, id, &mapping).await?;
    let of = ("academy", id.to_string());
    let detail = json!({"columns": mapping.columns.len()});
    audit::record(&work, "hours.set_academy_mapping", of, detail).await?;
    let academy = Academy {
        mapping,
        updated_at: work.now,
        ..academy
    };
    work.commit(&academy).await?;
    Ok(academy)
}

fn check(mapping: &Mapping) -> Result<()> {
    match mapping.twice() {
        Some(meaning) => Err(Fault::new(Code::MappingTwice).with("meaning", words(meaning))),
        None => Ok(()),
    }
}

/// A meaning as people call it, in both languages.
const fn words(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Name => "姓名 name",
        Meaning::IdNumber => "身份证号码 id_number",
        Meaning::Enterprise => "工作单位 enterprise",
        Meaning::CreditCode => "统一社会信用代码 credit_code",
        Meaning::Course => "课程 course",
        Meaning::Duration => "学习时长 duration",
        Meaning::Score => "成绩 score",
        Meaning::FinishedOn => "完成日期 finished_on",
        Meaning::Finished => "是否完成 finished",
        Meaning::Unused => "不用 unused",
    }
}
