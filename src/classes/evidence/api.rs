//! Photos of classes on the wire.

use chrono::{DateTime, FixedOffset};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::types::multipart::Upload;
use poem_openapi::{ApiResponse, Multipart, Object, OpenApi};
use uuid::Uuid;

use super::Evidence;
use crate::page_of;
use crate::photos;
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{Action, App, Result, intake};

/// A photo of a class.
#[derive(Debug, Multipart)]
#[oai(deny_unknown_fields)]
pub struct EvidenceForm {
    /// The photo: a JPEG, PNG or WebP of at most 8 MB.
    file: Upload,
    /// What it shows.
    #[oai(validator(max_length = 200))]
    note: Option<String>,
}

/// Why a photo is taken away.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct EvidenceRemovalInput {
    /// The reason, for the audit.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub reason: String,
}

/// A photo of a class.
#[derive(Debug, Clone, Object)]
pub struct EvidenceView {
    /// Id.
    pub id: Uuid,
    /// The class.
    pub class_id: Uuid,
    /// What it shows; empty where nobody said.
    pub note: String,
    /// When it was handed in.
    pub created_at: DateTime<FixedOffset>,
}

page_of!(
    /// A page of photos of a class.
    EvidencePage,
    EvidenceView
);

/// A photo.
#[derive(ApiResponse)]
enum Picture {
    /// The picture, written by us: no metadata.
    #[oai(status = 200, content_type = "image/jpeg")]
    Jpeg(Binary<Vec<u8>>),
}

/// Photos of classes.
pub struct EvidenceApi;

#[OpenApi(prefix_path = "/v1/classes", tag = "Tag::Classes")]
impl EvidenceApi {
    /// Add a photo to a class
    ///
    /// Of a sign-in sheet or of the room: it proves marks and makes none. Photos are JPEG, PNG or WebP of at most 8 MB and
    /// 40 megapixels, 50 a class; they are written anew without metadata.
    #[oai(
        path = "/sessions/:class_id/evidence",
        method = "post",
        operation_id = "addEvidence"
    )]
    async fn add_evidence(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        form: EvidenceForm,
    ) -> Result<Json<EvidenceView>> {
        // Who may not hand in shall cost no decoding.
        caller.0.may(Action::ManageClasses)?;
        let file = intake::take(form.file).await?;
        let note = form.note.unwrap_or_default();
        let retry = Retry::of(key.0, "addEvidence", &(class_id.0, &file.hash, &note))?;
        let read = photos::read(file.bytes).await;
        let photo = read.map_err(|fault| fault.at("/file"))?;
        let made = super::add(&state, &caller.0, retry, class_id.0, &photo, &note).await?;
        Ok(Json(view(&state, made)))
    }

    /// List a class's photos
    ///
    /// The oldest first.
    #[oai(
        path = "/sessions/:class_id/evidence",
        method = "get",
        operation_id = "listEvidence"
    )]
    async fn list_evidence(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The class.
        class_id: Path<Uuid>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<EvidencePage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let rows = super::list(&state, &caller.0, class_id.0, &page).await?;
        let (rows, next) = page.cut(rows, |row| row.id);
        let views = rows.into_iter().map(|row| view(&state, row)).collect();
        Ok(Json(EvidencePage::new((views, next))))
    }

    /// Show a photo of a class
    ///
    /// Upright, at most 2,000 pixels long. A sign-in sheet shows names and numbers: the look is audited.
    #[oai(
        path = "/evidence/:evidence_id/photo",
        method = "get",
        operation_id = "getEvidencePhoto"
    )]
    async fn get_evidence_photo(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The photo.
        evidence_id: Path<Uuid>,
    ) -> Result<Picture> {
        let bytes = super::photo(&state, &caller.0, evidence_id.0).await?;
        Ok(Picture::Jpeg(Binary(bytes)))
    }

    /// Show a small picture of a class's photo
    ///
    /// At most 320 pixels long, for a list.
    #[oai(
        path = "/evidence/:evidence_id/thumbnail",
        method = "get",
        operation_id = "getEvidenceThumbnail"
    )]
    async fn get_evidence_thumbnail(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The photo.
        evidence_id: Path<Uuid>,
    ) -> Result<Picture> {
        let bytes = super::thumbnail(&state, &caller.0, evidence_id.0).await?;
        Ok(Picture::Jpeg(Binary(bytes)))
    }

    /// Take a class's photo away
    ///
    /// With a reason, which the audit keeps; the photo is gone.
    #[oai(
        path = "/evidence/:evidence_id/removal",
        method = "post",
        operation_id = "removeEvidence"
    )]
    async fn remove_evidence(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The photo.
        evidence_id: Path<Uuid>,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        body: Json<EvidenceRemovalInput>,
    ) -> Result<Json<EvidenceView>> {
        let told = (evidence_id.0, &body.0.reason);
        let retry = Retry::of(key.0, "removeEvidence", &told)?;
        let gone = super::remove(&state, &caller.0, retry, evidence_id.0, &body.0.reason).await?;
        Ok(Json(view(&state, gone)))
    }
}

fn view(state: &App, evidence: Evidence) -> EvidenceView {
    EvidenceView {
        id: evidence.id,
        class_id: evidence.class_id,
        note: evidence.note,
        created_at: state.clock.local(evidence.created_at),
    }
}
