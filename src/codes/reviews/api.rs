//! Reviews on the wire: the worker's own, and the officers' queue.

mod views;

use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::rules::{Dates, ReviewState};
use super::store::Wanted;
use super::{Approval, Asked, Review, Side, store};
use crate::photos::{self, Photo};
use crate::platform::caller::Signed;
use crate::platform::etag::Seen;
use crate::platform::idempotency::Retry;
use crate::platform::intake::{self, Handed};
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Fault, Result};
use views::{
    MyReviewPage, MyReviewView, ReviewApprovalInput, ReviewForm, ReviewPage, ReviewRefusalInput,
    ReviewView, my_view, review_view,
};

/// A photo.
#[derive(ApiResponse)]
enum Picture {
    /// The picture, written by us: no metadata.
    #[oai(status = 200, content_type = "image/jpeg")]
    Jpeg(Binary<Vec<u8>>),
}

/// Reviews of certificates shown by photo.
pub struct ReviewsApi;

/// A photo of a form, taken in and made ours; what it was is told by its hash.
async fn taken(file: Handed, at: &str) -> Result<Photo> {
    photos::read(file.bytes).await.map_err(|fault| fault.at(at))
}

async fn maybe(file: Option<poem_openapi::types::multipart::Upload>) -> Result<Option<Handed>> {
    match file {
        Some(file) => intake::take(file).await.map(Some),
        None => Ok(None),
    }
}

async fn maybe_taken(file: Option<Handed>, at: &str) -> Result<Option<Photo>> {
    match file {
        Some(file) => taken(file, at).await.map(Some),
        None => Ok(None),
    }
}

#[OpenApi(prefix_path = "/v1/codes/reviews", tag = "Tag::Codes")]
impl ReviewsApi {
    /// Show a certificate by photo
    ///
    /// For a worker whose certificate is not on the register. Its number is "T" and his own ID number, so he types none.
    /// Photos are JPEG, PNG or WebP of at most 8 MB and 40 megapixels; they are written anew without metadata.
    #[oai(path = "/", method = "post", operation_id = "askReview")]
    async fn ask_review(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: ReviewForm,
    ) -> Result<Json<MyReviewView>> {
        // Who may not ask shall cost no decoding.
        caller.0.may(Action::ClaimOwnCode)?;
        let front = intake::take(form.file).await?;
        let (back, portrait) = (maybe(form.back).await?, maybe(form.portrait).await?);
        let dates = Dates {
            first_issued: form.first_issued,
            valid_until: form.valid_until,
            review_due: form.review_due,
        };
        let hash = |file: &Option<Handed>| file.as_ref().map(|file| file.hash.clone());
        let told = (
            &front.hash,
            hash(&back),
            hash(&portrait),
            &form.item_code,
            &dates,
        );
        let retry = Retry::of(key.0, "askReview", &told)?;
        let asked = Asked {
            item_code: form.item_code,
            dates,
            front: taken(front, "/file").await?,
            back: maybe_taken(back, "/back").await?,
            portrait: maybe_taken(portrait, "/portrait").await?,
        };
        let review = super::ask(&state, &caller.0, retry, asked).await?;
        Ok(Json(my_view(&state, &review)))
    }

    /// List my reviews
    ///
    /// What the caller has shown, and what became of it; oldest first.
    #[oai(path = "/mine", method = "get", operation_id = "listMyReviews")]
    async fn list_my_reviews(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MyReviewPage>> {
        let scope = caller.0.may(Action::ClaimOwnCode)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = store::reviews(state.db.read(), &scope, &Wanted::default(), &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let items = rows.iter().map(|row| my_view(&state, row)).collect();
        Ok(Json(MyReviewPage::new((items, next))))
    }

    /// List reviews
    ///
    /// The queue of the caller's reach, oldest first; those nobody has looked at with `state=open`.
    #[oai(path = "/", method = "get", operation_id = "listReviews")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each query parameter is an argument"
    )]
    async fn list_reviews(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only those in this state.
        #[oai(name = "state")]
        wanted: Query<Option<ReviewState>>,
        /// Only those of this township.
        region_id: Query<Option<Uuid>>,
        /// Only those of this item, as 2.1.
        #[oai(validator(max_length = 8))]
        item_code: Query<Option<String>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<ReviewPage>> {
        let scope = caller.0.may(Action::ManageCodes)?;
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let wanted = Wanted {
            state: wanted.0,
            region_id: region_id.0,
            item_code: item_code.0,
        };
        let rows = store::reviews(state.db.read(), &scope, &wanted, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let items = rows.iter().map(|row| review_view(&state, row)).collect();
        Ok(Json(ReviewPage::new((items, next))))
    }

    /// Show a review
    #[oai(path = "/:review_id", method = "get", operation_id = "getReview")]
    async fn get_review(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The review.
        review_id: Path<Uuid>,
    ) -> Result<Json<ReviewView>> {
        let scope = caller.0.may(Action::ManageCodes)?;
        let row = store::review(state.db.read(), &scope, review_id.0).await?;
        row.map(|row| Json(review_view(&state, &row)))
            .ok_or_else(Fault::not_found)
    }

    /// Show a review's photo
    ///
    /// Whole, with the number on the card: each look is audited, and its holder sees who looked.
    #[oai(
        path = "/:review_id/photo",
        method = "get",
        operation_id = "getReviewPhoto"
    )]
    async fn get_review_photo(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The review.
        review_id: Path<Uuid>,
        /// Which photo; the card's front when absent.
        side: Query<Option<Side>>,
    ) -> Result<Picture> {
        let side = side.0.unwrap_or_default();
        let bytes = super::photo(&state, &caller.0, review_id.0, side).await?;
        Ok(Picture::Jpeg(Binary(bytes)))
    }

    /// Show a small picture of a review's photo
    ///
    /// No side is longer than 320 pixels.
    #[oai(
        path = "/:review_id/thumbnail",
        method = "get",
        operation_id = "getReviewThumbnail"
    )]
    async fn get_review_thumbnail(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The review.
        review_id: Path<Uuid>,
        /// Which photo; the card's front when absent.
        side: Query<Option<Side>>,
    ) -> Result<Picture> {
        let side = side.0.unwrap_or_default();
        let bytes = super::thumbnail(&state, &caller.0, review_id.0, side).await?;
        Ok(Picture::Jpeg(Binary(bytes)))
    }

    /// Approve a review
    ///
    /// The certificate goes on the register, with dates corrected where they are sent, and its holder may claim a code. It
    /// counts as confirmed if the caller looked it up at the issuer's, else as unverified: then the code is yellow.
    #[oai(
        path = "/:review_id/approval",
        method = "post",
        operation_id = "approveReview"
    )]
    async fn approve_review(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The review.
        review_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<ReviewApprovalInput>,
    ) -> Result<Json<ReviewView>> {
        let told = Approval {
            first_issued: body.0.first_issued,
            valid_until: body.0.valid_until,
            review_due: body.0.review_due,
            issuer_checked: body.0.issuer_checked,
        };
        let retry = Retry::of(key.0, "approveReview", &(review_id.0, told))?;
        let seen = seen(&state, if_match.0);
        let review = super::approve(&state, &caller.0, retry, review_id.0, told, seen).await?;
        Ok(Json(review_view(&state, &review)))
    }

    /// Refuse a review
    ///
    /// With a reason, which the worker reads; he may show the certificate again.
    #[oai(
        path = "/:review_id/refusal",
        method = "post",
        operation_id = "refuseReview"
    )]
    async fn refuse_review(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The review.
        review_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: Json<ReviewRefusalInput>,
    ) -> Result<Json<ReviewView>> {
        let reason = body.0.reason;
        let retry = Retry::of(key.0, "refuseReview", &(review_id.0, &reason))?;
        let seen = seen(&state, if_match.0);
        let review = super::refuse(&state, &caller.0, retry, review_id.0, &reason, seen).await?;
        Ok(Json(review_view(&state, &review)))
    }

    /// Leave a review until the issuer knows the certificate
    ///
    /// New certificates reach the national register days late. It stays in the queue and is approved or refused later.
    #[oai(
        path = "/:review_id/wait",
        method = "post",
        operation_id = "awaitIssuer"
    )]
    async fn await_issuer(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The review.
        review_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The ETag last seen of it; `stale` when it is another by now.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> Result<Json<ReviewView>> {
        let retry = Retry::of(key.0, "awaitIssuer", &review_id.0)?;
        let seen = seen(&state, if_match.0);
        let review = super::await_issuer(&state, &caller.0, retry, review_id.0, seen).await?;
        Ok(Json(review_view(&state, &review)))
    }
}

fn seen(state: &App, if_match: Option<String>) -> Seen<Review> {
    let shown = state.clone();
    Seen::of(if_match, move |row: &Review| review_view(&shown, row))
}
