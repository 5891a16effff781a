//! What suspensions of many take and answer.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::Object;
use uuid::Uuid;

use crate::certificates::Certificate;
use crate::codes::batches::rules::{BatchState, Effect};
use crate::codes::batches::{Batch, Member, Preview, Selection};
use crate::page_of;
use crate::platform::App;

/// Which certificates are meant: all that fit everything that is said. Something must be.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct SuspensionSelectionInput {
    /// Where their holders were trained, as it stands on the register.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub training_centre: Option<String>,
    /// The item they are for, as 1.2.
    #[oai(validator(min_length = 1, max_length = 8))]
    pub item_code: Option<String>,
    /// The township they count for.
    pub region_id: Option<Uuid>,
    /// The enterprise of their holders.
    pub enterprise_id: Option<Uuid>,
    /// First issued on that day or later.
    pub issued_from: Option<NaiveDate>,
    /// First issued on that day or before.
    pub issued_to: Option<NaiveDate>,
    /// Of these.
    #[oai(validator(min_items = 1, max_items = 5000))]
    pub certificate_ids: Option<Vec<Uuid>>,
}

/// What is looked at.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct SuspensionPreviewInput {
    /// Which certificates.
    pub selection: SuspensionSelectionInput,
}

/// What is to be suspended.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct SuspensionBatchInput {
    /// Which certificates, as they were previewed.
    pub selection: SuspensionSelectionInput,
    /// Why; each holder reads it.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub cause: String,
    /// The preview's token: `selection_changed` when the list is another by now.
    #[oai(validator(min_length = 1, max_length = 64))]
    pub token: String,
}

/// Why a suspension is undone.
#[derive(Debug, Clone, Object)]
#[oai(deny_unknown_fields)]
pub struct SuspensionUndoInput {
    /// The reason; each holder reads it.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// What a suspension would do.
#[derive(Debug, Clone, Object)]
pub struct SuspensionPreviewView {
    /// Certificates it would suspend now.
    pub to_suspend: i64,
    /// Certificates that are suspended already; they stay so as long as this batch is in force.
    pub suspended: i64,
    /// Certificates it would leave alone: revoked or cancelled.
    pub left_alone: i64,
    /// People they are of.
    pub people: i64,
    /// How many lie in each township.
    pub regions: Vec<SuspensionRegion>,
    /// How many are for each item.
    pub items: Vec<SuspensionItem>,
    /// The first of them.
    pub sample: Vec<SuspensionSample>,
    /// What was seen; a batch is staged of this.
    pub token: String,
}

/// Certificates of a township.
#[derive(Debug, Clone, Object)]
pub struct SuspensionRegion {
    /// The township.
    pub region_id: Uuid,
    /// How many.
    pub certificates: i64,
}

/// Certificates for an item.
#[derive(Debug, Clone, Object)]
pub struct SuspensionItem {
    /// The item.
    pub item_code: String,
    /// How many.
    pub certificates: i64,
}

/// One of the certificates.
#[derive(Debug, Clone, Object)]
pub struct SuspensionSample {
    /// The certificate.
    pub certificate_id: Uuid,
    /// Its holder's name.
    pub person_name: String,
    /// Its number, masked.
    pub certificate_number: String,
    /// The item.
    pub item_code: String,
    /// The township.
    pub region_id: Uuid,
}

/// Which certificates were meant.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SuspensionSelectionView {
    /// Where their holders were trained.
    pub training_centre: Option<String>,
    /// The item they are for.
    pub item_code: Option<String>,
    /// The township they count for.
    pub region_id: Option<Uuid>,
    /// The enterprise of their holders.
    pub enterprise_id: Option<Uuid>,
    /// First issued on that day or later.
    pub issued_from: Option<NaiveDate>,
    /// First issued on that day or before.
    pub issued_to: Option<NaiveDate>,
    /// How many were named one by one.
    pub certificates_named: Option<i64>,
}

/// Certificates suspended for one cause.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct SuspensionBatchView {
    /// Id.
    pub id: Uuid,
    /// Where it is.
    pub state: BatchState,
    /// Why.
    pub cause: String,
    /// Which certificates were meant.
    pub selection: SuspensionSelectionView,
    /// Certificates of its list.
    pub total: i64,
    /// Not done yet.
    pub staged: i64,
    /// Suspended by this batch.
    pub suspended: i64,
    /// Suspended before; they stay so as long as this batch is in force.
    pub held: i64,
    /// Left alone: revoked or cancelled.
    pub skipped: i64,
    /// Given back.
    pub restored: i64,
    /// Not given back: changed since, or another batch asks them to stay suspended.
    pub kept: i64,
    /// The job that does it, where it is large.
    pub job_id: Option<Uuid>,
    /// The login of whoever staged it.
    pub staged_by: String,
    /// When.
    pub staged_at: DateTime<FixedOffset>,
    /// The login of whoever had it applied.
    pub applied_by: Option<String>,
    /// When.
    pub applied_at: Option<DateTime<FixedOffset>>,
    /// The login of whoever had it undone.
    pub undone_by: Option<String>,
    /// When.
    pub undone_at: Option<DateTime<FixedOffset>>,
    /// Why it was undone.
    pub undo_reason: Option<String>,
}

/// A certificate of a suspension.
#[derive(Debug, Clone, Object)]
pub struct SuspensionMemberView {
    /// The certificate.
    pub certificate_id: Uuid,
    /// Its holder.
    pub person_id: Uuid,
    /// The holder's name.
    pub person_name: String,
    /// The holder's ID number, masked.
    pub id_number: String,
    /// The item.
    pub item_code: String,
    /// The township.
    pub region_id: Uuid,
    /// What was done to it.
    pub effect: Effect,
}

page_of!(
    /// Suspensions.
    SuspensionBatchPage,
    SuspensionBatchView
);

page_of!(
    /// Certificates of a suspension.
    SuspensionMemberPage,
    SuspensionMemberView
);

impl From<SuspensionSelectionInput> for Selection {
    fn from(input: SuspensionSelectionInput) -> Self {
        Self {
            training_centre: input.training_centre,
            item_code: input.item_code,
            region_id: input.region_id,
            enterprise_id: input.enterprise_id,
            issued_from: input.issued_from,
            issued_to: input.issued_to,
            certificate_ids: input.certificate_ids,
        }
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn preview_view(seen: Preview) -> SuspensionPreviewView {
    SuspensionPreviewView {
        to_suspend: count(seen.to_suspend),
        suspended: count(seen.suspended),
        left_alone: count(seen.left_alone),
        people: count(seen.people),
        regions: seen
            .regions
            .into_iter()
            .map(|(region_id, n)| SuspensionRegion {
                region_id,
                certificates: count(n),
            })
            .collect(),
        items: seen
            .items
            .into_iter()
            .map(|(item_code, n)| SuspensionItem {
                item_code,
                certificates: count(n),
            })
            .collect(),
        sample: seen.sample.into_iter().map(sample).collect(),
        token: seen.token,
    }
}

fn sample(one: Certificate) -> SuspensionSample {
    SuspensionSample {
        certificate_id: one.id,
        person_name: one.person_name,
        certificate_number: one.number_masked,
        item_code: one.item_code,
        region_id: one.region_id,
    }
}

pub(super) fn batch_view(state: &App, batch: &Batch) -> SuspensionBatchView {
    let of = |effect| batch.counts.get(&effect).copied().unwrap_or(0);
    let signed = |by: &Option<(String, i64)>| {
        let by = by.clone();
        by.map(|(login, at)| (login, state.clock.local(at))).unzip()
    };
    let (applied_by, applied_at) = signed(&batch.applied);
    let (undone_by, undone_at) = signed(&batch.undone);
    SuspensionBatchView {
        id: batch.id,
        state: batch.state,
        cause: batch.cause.clone(),
        selection: selection_view(&batch.selection),
        total: batch.total,
        staged: of(Effect::Staged),
        suspended: of(Effect::Suspended),
        held: of(Effect::Held),
        skipped: of(Effect::Skipped),
        restored: of(Effect::Restored),
        kept: of(Effect::Kept),
        job_id: batch.job_id,
        staged_by: batch.staged_by.clone(),
        staged_at: state.clock.local(batch.staged_at),
        applied_by,
        applied_at,
        undone_by,
        undone_at,
        undo_reason: batch.undo_reason.clone(),
    }
}

fn selection_view(selection: &Selection) -> SuspensionSelectionView {
    let named = selection.certificate_ids.as_ref();
    SuspensionSelectionView {
        training_centre: selection.training_centre.clone(),
        item_code: selection.item_code.clone(),
        region_id: selection.region_id,
        enterprise_id: selection.enterprise_id,
        issued_from: selection.issued_from,
        issued_to: selection.issued_to,
        certificates_named: named.map(|ids| count(ids.len())),
    }
}

pub(super) fn member_view(member: Member) -> SuspensionMemberView {
    SuspensionMemberView {
        certificate_id: member.certificate_id,
        person_id: member.person_id,
        person_name: member.person_name,
        id_number: member.id_masked,
        item_code: member.item_code,
        region_id: member.region_id,
        effect: member.effect,
    }
}
