//! Certificates looked at before they are suspended, and their list frozen (预览、生成名单).

use std::collections::{BTreeMap, HashMap};

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::rules::{BatchState, SAMPLE};
use super::store::{self, Batch, NewMember};
use super::{Selection, said};
use crate::certificates::{self, Certificate, CertificateFacts, Standing};
use crate::platform::idempotency::{Begun, Retry, Work};
use crate::platform::page::Page;
use crate::platform::{Action, Caller, Code, Fault, Result, Scope, State, clock, seal};
use crate::{audit, places};

/// What a batch of these certificates would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Certificates that would be suspended now.
    pub to_suspend: usize,
    /// Certificates that are suspended already, and would be kept so.
    pub suspended: usize,
    /// Certificates left alone: revoked or cancelled.
    pub left_alone: usize,
    /// People they are of.
    pub people: usize,
    /// How many of the list lie in each township.
    pub regions: Vec<(Uuid, usize)>,
    /// How many of the list are for each item.
    pub items: Vec<(String, usize)>,
    /// The first of them.
    pub sample: Vec<Certificate>,
    /// What was seen: a batch is staged of this and nothing else.
    pub token: String,
}

/// What was found by a selection.
struct Found {
    /// Active or suspended, by certificate.
    list: Vec<(Uuid, CertificateFacts)>,
    left_alone: usize,
}

/// Tells what a batch would do. Nothing is changed, nothing kept.
///
/// # Errors
/// `forbidden`, `field_missing` where nothing is said, `region_unknown`, `period_reversed`.
pub async fn preview(state: &State, by: &Caller, selection: &Selection) -> Result<Preview> {
    let scope = by.may(Action::ManageBatches)?;
    let db = state.db.read();
    check(db, &scope, selection).await?;
    let found = find(db, &scope, selection).await?;
    let first = Page {
        after: None,
        limit: SAMPLE,
    };
    let sample = certificates::select(db, &scope, &selection.picked(), &first).await?;
    let (sample, _) = first.cut(sample.rows, |row| row.id);
    let mut regions: BTreeMap<Uuid, usize> = BTreeMap::new();
    let mut items: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, one) in &found.list {
        *regions.entry(one.region_id).or_default() += 1;
        *items.entry(&one.item_code).or_default() += 1;
    }
    let active = |(_, one): &&(Uuid, CertificateFacts)| one.standing == Standing::Active;
    let to_suspend = found.list.iter().filter(active).count();
    Ok(Preview {
        to_suspend,
        suspended: found.list.len() - to_suspend,
        left_alone: found.left_alone,
        people: people_of(&found.list).len(),
        token: token(&found.list),
        items: items
            .into_iter()
            .map(|(item, count)| (item.to_owned(), count))
            .collect(),
        regions: regions.into_iter().collect(),
        sample,
    })
}

/// Freezes the list of a batch. Nothing is suspended yet.
///
/// # Errors
/// Those of [`preview`]; `selection_changed` when it is no longer what the preview showed; `nothing_selected`.
pub async fn stage(
    state: &State,
    by: &Caller,
    retry: Retry,
    selection: Selection,
    (cause, seen): (&str, &str),
) -> Result<Batch> {
    let scope = by.may(Action::ManageBatches)?;
    let cause = said(cause, "cause")?;
    let work = match state.begin(by, retry).await? {
        Begun::Fresh(work) => work,
        Begun::Again(id) => return super::get(state, by, id).await,
    };
    check(&work.tx, &scope, &selection).await?;
    let found = find(&work.tx, &scope, &selection).await?;
    if token(&found.list) != seen {
        return Err(Fault::new(Code::SelectionChanged).at("/token"));
    }
    if found.list.is_empty() {
        return Err(Fault::new(Code::NothingSelected));
    }
    let id = clock::new_id();
    insert(&work, id, cause, &selection, found.list).await?;
    work.commit(&id).await?;
    super::get(state, by, id).await
}

async fn insert(
    work: &Work<'_>,
    id: Uuid,
    cause: String,
    selection: &Selection,
    list: Vec<(Uuid, CertificateFacts)>,
) -> Result<()> {
    let batch = Batch {
        id,
        cause,
        selection: selection.clone(),
        state: BatchState::Staged,
        total: i64::try_from(list.len()).unwrap_or(i64::MAX),
        counts: HashMap::new(),
        job_id: None,
        staged_by: work.by.login.clone(),
        staged_at: work.now,
        applied: None,
        undone: None,
        undo_reason: None,
    };
    store::insert(work, &batch).await?;
    let members: Vec<NewMember> = list
        .into_iter()
        .map(|(person_id, one)| NewMember {
            certificate_id: one.id,
            person_id,
            region_id: one.region_id,
            item_code: one.item_code,
        })
        .collect();
    store::insert_members(work, id, &members).await?;
    let detail = json!({"certificates": batch.total, "cause": batch.cause, "selection": selection});
    let subject = ("suspension_batch", id.to_string());
    audit::record(work, "codes.stage_suspension", subject, detail).await
}

async fn check(db: &impl ConnectionTrait, scope: &Scope, selection: &Selection) -> Result<()> {
    if selection.is_empty() {
        return Err(Fault::new(Code::FieldMissing)
            .with("field", "selection")
            .at("/selection"));
    }
    if let Some(region) = selection.region_id {
        let known = places::regions(db, scope.county_id).await?;
        if known.get(region).is_none() || !scope.reaches_region(region) {
            return Err(Fault::new(Code::RegionUnknown)
                .with("region", region)
                .at("/selection/region_id"));
        }
    }
    let reversed = selection
        .issued_from
        .zip(selection.issued_to)
        .is_some_and(|(from, to)| to < from);
    if reversed {
        return Err(Fault::new(Code::PeriodReversed).at("/selection/issued_to"));
    }
    Ok(())
}

async fn find(db: &impl ConnectionTrait, scope: &Scope, selection: &Selection) -> Result<Found> {
    let picked = certificates::select_all(db, scope, &selection.picked()).await?;
    let mut people: Vec<Uuid> = picked.iter().map(|(_, person)| *person).collect();
    people.sort_unstable();
    people.dedup();
    let mut facts = HashMap::new();
    for (person, all) in certificates::facts_of_people(db, scope.county_id, &people).await? {
        facts.extend(all.into_iter().map(|one| (one.id, (person, one))));
    }
    let total = picked.len();
    let list: Vec<(Uuid, CertificateFacts)> = picked
        .into_iter()
        .filter_map(|(id, _)| facts.remove(&id))
        .filter(|(_, one)| matches!(one.standing, Standing::Active | Standing::Suspended))
        .collect();
    Ok(Found {
        left_alone: total - list.len(),
        list,
    })
}

fn people_of(list: &[(Uuid, CertificateFacts)]) -> Vec<Uuid> {
    let mut people: Vec<Uuid> = list.iter().map(|(person, _)| *person).collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// What was seen, as a hash: every certificate of the list and how it stood.
fn token(list: &[(Uuid, CertificateFacts)]) -> String {
    let mut bytes = Vec::with_capacity(list.len() * 17);
    for (_, one) in list {
        bytes.extend_from_slice(one.id.as_bytes());
        bytes.push(u8::from(one.standing == Standing::Active));
    }
    hex::encode(seal::sha256(&bytes))
}
