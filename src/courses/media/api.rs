//! Files of courses on the wire: handed in by tus 1.0.0 (core, creation, termination, checksum, expiration), listed,
//! removed.

pub mod content;
mod views;

use chrono::{DateTime, Utc};
use poem::Body;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiRequest, ApiResponse, OpenApi};
use uuid::Uuid;

use super::rules::{Checksum, Told};
use super::{Arrived, Chunk};
use crate::platform::caller::Signed;
use crate::platform::idempotency::Retry;
use crate::platform::page::Page;
use crate::platform::tag::Tag;
use crate::platform::{App, Code, Fault, Result};
use views::{MediaPage, MediaPurpose, MediaView, view};

/// The version of tus that is spoken here.
pub const TUS: &str = "1.0.0";
const EXTENSIONS: &str = "creation,termination,checksum,expiration";
const ALGORITHMS: &str = "sha1,sha256";
/// Most bytes of any file.
const MOST_BYTES: i64 = 2 << 30;

/// What is spoken here.
#[derive(ApiResponse)]
enum Spoken {
    /// What is spoken here.
    #[oai(status = 204)]
    Tus(
        /// Versions of tus.
        #[oai(header = "Tus-Version")]
        String,
        /// Its extensions.
        #[oai(header = "Tus-Extension")]
        String,
        /// Most bytes of any file.
        #[oai(header = "Tus-Max-Size")]
        i64,
        /// Checksums of pieces.
        #[oai(header = "Tus-Checksum-Algorithm")]
        String,
    ),
}

/// An upload that was begun.
#[derive(ApiResponse)]
enum Started {
    /// Begun; `Location` is where its pieces go.
    #[oai(status = 201)]
    Here(
        Json<MediaView>,
        /// Where its pieces go, below the service's own address.
        #[oai(header = "Location")]
        String,
        /// When it is forgotten if nothing comes.
        #[oai(header = "Upload-Expires")]
        String,
    ),
}

/// How far an upload is.
#[derive(ApiResponse)]
enum Offset {
    /// How far it is.
    #[oai(status = 200)]
    At(
        /// Bytes that are here.
        #[oai(header = "Upload-Offset")]
        i64,
        /// Bytes that were to come.
        #[oai(header = "Upload-Length")]
        i64,
        /// When it is forgotten if nothing comes; absent once all of it is here.
        #[oai(header = "Upload-Expires")]
        Option<String>,
    ),
}

/// A piece that was taken.
#[derive(ApiResponse)]
enum Taken {
    /// Taken.
    #[oai(status = 204)]
    To(
        /// Bytes that are here now.
        #[oai(header = "Upload-Offset")]
        i64,
        /// When it is forgotten if nothing comes; absent once all of it is here.
        #[oai(header = "Upload-Expires")]
        Option<String>,
    ),
}

/// A file that was removed.
#[derive(ApiResponse)]
enum Removed {
    /// Removed.
    #[oai(status = 204)]
    Gone,
}

/// A piece of a file, read as it comes.
#[derive(ApiRequest)]
enum Piece {
    /// The bytes from `Upload-Offset` on.
    #[oai(content_type = "application/offset+octet-stream")]
    Bytes(Binary<Body>),
}

/// Files of courses.
pub struct MediaApi;

#[OpenApi(prefix_path = "/v1/courses/media", tag = "Tag::Courses")]
impl MediaApi {
    /// Ask what uploads are spoken
    ///
    /// tus 1.0.0 with its extensions creation, termination, checksum and expiration. A piece may have 64 MiB at most.
    #[oai(path = "/", method = "options", operation_id = "getUploadOptions")]
    async fn get_upload_options(&self) -> Spoken {
        Spoken::Tus(
            TUS.to_owned(),
            EXTENSIONS.to_owned(),
            MOST_BYTES,
            ALGORITHMS.to_owned(),
        )
    }

    /// Begin an upload
    ///
    /// tus creation: tells how many bytes will come and what the file is for. Its pieces are then sent by
    /// `appendToUpload` to `Location`; they are kept for seven days after the last of them.
    #[oai(path = "/", method = "post", operation_id = "startMediaUpload")]
    async fn start_media_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Any word of the client's; the same request again has no second effect.
        #[oai(name = "Idempotency-Key")]
        key: Header<Option<String>>,
        /// The version of tus: 1.0.0.
        #[oai(name = "Tus-Resumable")]
        tus: Header<String>,
        /// Bytes of the whole file.
        #[oai(
            name = "Upload-Length",
            validator(minimum(value = "1"), maximum(value = "2147483648"))
        )]
        length: Header<i64>,
        /// Pairs of a word and its value in base64, parted by commas: `purpose` (video, document or picture), `filename`.
        #[oai(name = "Upload-Metadata")]
        metadata: Header<String>,
    ) -> Result<Started> {
        speaks(&tus.0)?;
        let told = Told::read(&metadata.0)?;
        let retry = Retry::of(key.0, "startMediaUpload", &(length.0, &told))?;
        let (media, expires_at) = super::begin(&state, &caller.0, retry, told, length.0).await?;
        let place = format!("/v1/courses/media/{}", media.id);
        let view = view(&state, media, &caller.0, false);
        Ok(Started::Here(Json(view), place, http_day(expires_at)))
    }

    /// List files
    ///
    /// Those the caller handed in himself; of the county's officers, all of the county's. Oldest first.
    #[oai(path = "/", method = "get", operation_id = "listMedia")]
    async fn list_media(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// Only files for this.
        purpose: Query<Option<MediaPurpose>>,
        /// Rows wanted, 1 to 200; 50 when absent.
        limit: Query<Option<i32>>,
        /// `next_cursor` of the page before.
        cursor: Query<Option<String>>,
    ) -> Result<Json<MediaPage>> {
        let page = Page::read(limit.0, cursor.0.as_deref())?;
        let purpose = purpose.0.map(Into::into);
        let rows = super::list(&state, &caller.0, purpose, &page).await?;
        let (rows, next) = page.cut(rows, |media| media.id);
        let each = rows.into_iter();
        let items = each.map(|media| view(&state, media, &caller.0, false));
        Ok(Json(MediaPage::new((items.collect(), next))))
    }

    /// See a file
    ///
    /// What it is, how it stands, and where the caller may look at it. A file that was not what it should be tells why for
    /// a week.
    #[oai(path = "/:media_id", method = "get", operation_id = "getMedia")]
    async fn get_media(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The file.
        media_id: Path<Uuid>,
    ) -> Result<Json<MediaView>> {
        let media = super::one(&state, &caller.0, media_id.0).await?;
        Ok(Json(view(&state, media, &caller.0, true)))
    }

    /// Ask how far an upload is
    ///
    /// tus: where to go on after a piece was cut off, on whatever device or instance.
    #[oai(path = "/:media_id", method = "head", operation_id = "getUploadOffset")]
    async fn get_upload_offset(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The file.
        media_id: Path<Uuid>,
        /// The version of tus: 1.0.0.
        #[oai(name = "Tus-Resumable")]
        tus: Header<String>,
    ) -> Result<Offset> {
        speaks(&tus.0)?;
        let Arrived {
            offset,
            length,
            expires_at,
        } = super::arrived(&state, &caller.0, media_id.0).await?;
        Ok(Offset::At(offset, length, expires_at.map(http_day)))
    }

    /// Send a piece of a file
    ///
    /// tus: the bytes from `Upload-Offset` on, 64 MiB at most. What came of a piece that was cut off is kept, unless it has a
    /// checksum: then it is kept whole or not at all. With the last byte the file is judged by its content: one that is not
    /// what it is for is refused and removed; a picture is drawn anew without metadata, at most 1,280 pixels wide.
    #[oai(path = "/:media_id", method = "patch", operation_id = "appendToUpload")]
    #[expect(clippy::too_many_arguments, reason = "each header is an argument")]
    async fn append_to_upload(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The file.
        media_id: Path<Uuid>,
        /// The version of tus: 1.0.0.
        #[oai(name = "Tus-Resumable")]
        tus: Header<String>,
        /// Where the piece begins: what `getUploadOffset` told.
        #[oai(
            name = "Upload-Offset",
            validator(minimum(value = "0"), maximum(value = "2147483648"))
        )]
        offset: Header<i64>,
        /// `sha256` (or `sha1`) and the piece's hash in base64.
        #[oai(name = "Upload-Checksum")]
        checksum: Header<Option<String>>,
        piece: Piece,
    ) -> Result<Taken> {
        speaks(&tus.0)?;
        let Piece::Bytes(Binary(body)) = piece;
        let chunk = Chunk {
            offset: offset.0,
            checksum: checksum.0.as_deref().map(Checksum::read).transpose()?,
        };
        let bytes = body.into_bytes_stream();
        let at = super::append(&state, &caller.0, media_id.0, chunk, bytes).await?;
        Ok(Taken::To(at.offset, at.expires_at.map(http_day)))
    }

    /// Remove a file
    ///
    /// Or end its upload (tus termination). A file that a published lesson shows is not removed.
    #[oai(path = "/:media_id", method = "delete", operation_id = "removeMedia")]
    async fn remove_media(
        &self,
        state: Data<&App>,
        caller: Signed,
        /// The file.
        media_id: Path<Uuid>,
    ) -> Result<Removed> {
        super::remove(&state, &caller.0, media_id.0).await?;
        Ok(Removed::Gone)
    }
}

/// That the caller speaks the version of tus we do.
fn speaks(version: &str) -> Result<()> {
    if version.trim() == TUS {
        return Ok(());
    }
    Err(Fault::new(Code::TusVersion).with("version", TUS))
}

/// An instant as HTTP's headers tell it.
fn http_day(micros: i64) -> String {
    let at = DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default();
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
