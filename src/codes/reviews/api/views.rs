//! What reviews take and answer.

use chrono::{DateTime, FixedOffset, NaiveDate};
use poem_openapi::types::multipart::Upload;
use poem_openapi::{Multipart, Object};
use uuid::Uuid;

use crate::codes::reviews::Review;
use crate::codes::reviews::rules::ReviewState;
use crate::page_of;
use crate::platform::App;

/// A certificate shown by photo.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct ReviewForm {
    /// The card's front: a JPEG, PNG or WebP of at most 8 MB.
    pub file: Upload,
    /// The card's back.
    pub back: Option<Upload>,
    /// The worker's own face, for a printed card; nobody has to give it.
    pub portrait: Option<Upload>,
    /// Code of the item on the card, as 2.1.
    #[oai(validator(min_length = 1, max_length = 8))]
    pub item_code: String,
    /// First issued on.
    pub first_issued: NaiveDate,
    /// Valid until, that day included.
    pub valid_until: NaiveDate,
    /// The last day for its re-examination, where the card shows one.
    pub review_due: Option<NaiveDate>,
}

/// What an officer found.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ReviewApprovalInput {
    /// First issued on, where the worker typed another day.
    pub first_issued: Option<NaiveDate>,
    /// Valid until, where the worker typed another day.
    pub valid_until: Option<NaiveDate>,
    /// The last day for its re-examination, where the worker typed another or none.
    pub review_due: Option<NaiveDate>,
    /// The caller looked it up at the issuer's today and found it so.
    #[oai(default)]
    pub issuer_checked: bool,
}

/// Why it is refused.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct ReviewRefusalInput {
    /// The reason; the worker reads it.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: String,
}

/// A review as the worker sees it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct MyReviewView {
    /// Id.
    pub id: Uuid,
    /// Code of the item.
    pub item_code: String,
    /// First issued on.
    pub first_issued: NaiveDate,
    /// Valid until, that day included.
    pub valid_until: NaiveDate,
    /// The last day for its re-examination.
    pub review_due: Option<NaiveDate>,
    /// Where it stands.
    pub state: ReviewState,
    /// Why it was refused.
    pub reason: Option<String>,
    /// When it was asked for.
    pub asked: DateTime<FixedOffset>,
    /// When it was decided.
    pub decided: Option<DateTime<FixedOffset>>,
}

/// A review as an officer sees it.
#[derive(Debug, Clone, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct ReviewView {
    /// Id.
    pub id: Uuid,
    /// Whose certificate it is.
    pub person_id: Uuid,
    /// His name: compare with the card.
    pub person_name: String,
    /// His ID number, masked: the card's number is "T" and this.
    pub id_number: String,
    /// The township he works in, where he has a post.
    pub region_id: Option<Uuid>,
    /// Code of the item.
    pub item_code: String,
    /// First issued on.
    pub first_issued: NaiveDate,
    /// Valid until, that day included.
    pub valid_until: NaiveDate,
    /// The last day for its re-examination.
    pub review_due: Option<NaiveDate>,
    /// Where it stands.
    pub state: ReviewState,
    /// There is a photo of the back.
    pub has_back: bool,
    /// There is a photo of his face.
    pub has_portrait: bool,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Whoever approved it looked it up at the issuer's.
    pub issuer_checked: bool,
    /// What it became on the register.
    pub certificate_id: Option<Uuid>,
    /// When it was asked for.
    pub asked: DateTime<FixedOffset>,
    /// When it was decided.
    pub decided: Option<DateTime<FixedOffset>>,
}

page_of!(
    /// The caller's own reviews.
    MyReviewPage,
    MyReviewView
);

page_of!(
    /// Reviews.
    ReviewPage,
    ReviewView
);

pub(super) fn my_view(state: &App, review: &Review) -> MyReviewView {
    MyReviewView {
        id: review.id,
        item_code: review.item_code.clone(),
        first_issued: review.dates.first_issued,
        valid_until: review.dates.valid_until,
        review_due: review.dates.review_due,
        state: review.state,
        reason: Some(review.reason.clone()).filter(|reason| !reason.is_empty()),
        asked: state.clock.local(review.asked_at),
        decided: review.decided_at.map(|at| state.clock.local(at)),
    }
}

pub(super) fn review_view(state: &App, review: &Review) -> ReviewView {
    ReviewView {
        id: review.id,
        person_id: review.person_id,
        person_name: review.person_name.clone(),
        id_number: review.id_masked.clone(),
        region_id: review.region_id,
        item_code: review.item_code.clone(),
        first_issued: review.dates.first_issued,
        valid_until: review.dates.valid_until,
        review_due: review.dates.review_due,
        state: review.state,
        has_back: review.photos.back.is_some(),
        has_portrait: review.photos.portrait.is_some(),
        reason: Some(review.reason.clone()).filter(|reason| !reason.is_empty()),
        issuer_checked: review.issuer_checked,
        certificate_id: review.certificate_id,
        asked: state.clock.local(review.asked_at),
        decided: review.decided_at.map(|at| state.clock.local(at)),
    }
}
