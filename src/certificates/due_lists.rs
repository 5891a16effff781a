//! Importing a due list: the same reading for the preview and for the import.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::roster::{self, Ground};
use super::rules::{DueList, Sheet};
use super::{in_line, sheet, store};
use crate::platform::idempotency::{Retry, Work};
use crate::platform::intake::ImportReport;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock, seal};
use crate::{audit, fresh, people, sheets};

/// Imports a due list (应领名单): good lines make the list, refused ones are named with their remedy.
///
/// The newest list decides for all claims of the county whether they are on it, so only who reaches the whole county
/// may import one. A sheet without a single good line makes no list.
///
/// # Errors
/// The file's own faults (`not_a_sheet`, `no_header` …); `forbidden`, `invalid_field`, `due_list_exists`.
#[expect(
    clippy::too_many_arguments,
    reason = "what is told of a list, beside who tells it"
)]
pub async fn import_due_list(
    state: &State,
    by: &Caller,
    retry: Retry,
    bytes: Vec<u8>,
    file_name: &str,
    frozen_on: NaiveDate,
    source: &str,
    preview: bool,
) -> Result<ImportReport> {
    let scope = by.may(Action::ManageDueLists)?;
    let source = checked(&scope, source)?;
    let file_hash = seal::sha256(&bytes);
    let read = sheets::off_thread(move || sheet::read(&bytes)).await?;
    let work = fresh!(state.begin(by, retry).await?);
    in_line(&work).await?;
    let before =
        store::due_lists::of_day_and_source(&work.tx, by.county_id, frozen_on, source).await?;
    if before
        .as_ref()
        .is_some_and(|list| list.file_hash != file_hash)
    {
        return Err(Fault::new(Code::DueListExists));
    }
    let (lines, mut report) = roster::readable(&work, read, preview);
    let ground = Ground::of_list(&work, &lines, frozen_on).await?;
    let taken = ground.judge(&work, &scope, lines, &mut report);
    let again = before.is_some();
    if again {
        report.unchanged = report.accepted;
    } else {
        report.created = report.accepted;
    }
    if preview {
        return Ok(report);
    }
    if !again && !taken.is_empty() {
        let list = DueList {
            id: clock::new_id(),
            frozen_on,
            source: source.to_owned(),
            file_name: file_name.chars().take(200).collect(),
            file_hash,
            entries: report.created,
            imported_at: work.now,
        };
        save(&work, &ground, &taken, &list).await?;
        let detail =
            json!({"frozen_on": frozen_on, "created": report.created, "refused": report.refused});
        audit::record(
            &work,
            "certificates.import_due_list",
            ("due_list", list.id.to_string()),
            detail,
        )
        .await?;
    }
    work.commit(&report).await?;
    Ok(report)
}

/// The source, tidied, if the caller may import a list at all.
fn checked<'a>(scope: &Scope, source: &'a str) -> Result<&'a str> {
    if !scope.whole_county {
        return Err(Fault::new(Code::Forbidden));
    }
    let source = source.trim();
    if (1..=200).contains(&source.chars().count()) && !source.contains(char::is_control) {
        Ok(source)
    } else {
        Err(Fault::field("/source", "1–200"))
    }
}

async fn save(
    work: &Work<'_>,
    ground: &Ground,
    taken: &[roster::Taken],
    list: &DueList,
) -> Result<()> {
    let last = store::due_lists::newest(&work.tx, work.by.county_id).await?;
    let newest = last.is_none_or(|last| (last.frozen_on, last.id) < (list.frozen_on, list.id));
    let sheet = if newest {
        Sheet::NewestList
    } else {
        Sheet::OlderList
    };
    let on_file = ground.put_on_file(work, taken, sheet).await?;
    let rows = || taken.iter().zip(&on_file);
    let entries: Vec<(Uuid, Uuid)> = rows()
        .map(|(line, row)| (row.certificate_id, line.region_id))
        .collect();
    store::due_lists::insert(work, list, &entries).await?;
    let sightings: Vec<_> = rows()
        .filter(|(line, row)| row.new_person || roster::tells_employer(line))
        .map(|(line, row)| roster::sighting(line, row.person_id, list.frozen_on))
        .collect();
    people::note_sightings(work, &sightings).await?;
    if newest {
        store::claims::judge_anew(work, list.id).await?;
    }
    Ok(())
}
